"""The demo's story bills exactly what its list of events says.

The figures to compare with come from `demo.expected`, which knows the scenario
but neither Odoo nor the billing engine.
"""

import contextlib
import io
import json
import sys
import tempfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from demo import april, expected, microsoft_file, skykick_file, story  # noqa: E402
from demo.generator import build  # noqa: E402
from demo.scenario import Delisting, SeatChange  # noqa: E402


def money(value):
    return Decimal(f"{value:.2f}")


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.scenario = build("en")
        cls.figures = expected.compute(cls.scenario)
        cls.printed = io.StringIO()
        with contextlib.redirect_stdout(cls.printed):
            cls.summary = story.main(cls.env, Path(folder.name), "en")
            story.print_logins(cls.summary)
        cls.company = cls.env.ref("base.main_company")
        cls.runs = cls.env["msp.billing.run"].search(
            [("company_id", "=", cls.company.id)], order="id"
        )
        providers = cls.env["msp.provider"].search([("partner_id", "!=", False)])
        cls.vendors = {one.code: one.partner_id for one in providers}
        #: those that the story's figures are of; April's are left to go on with
        cls.imports = cls.env["msp.import"].search(
            [("company_id", "=", cls.company.id), ("month", "<", april.APRIL)]
        )
        cls.numbers = {
            customer.name: customer.number for customer in cls.scenario.customers
        }

    def test_summary_is_what_the_events_say(self):
        self.assertEqual(
            {
                "contracts": self.summary["contracts"],
                "versions": self.summary["versions"],
                "invoices": self.summary["invoices"],
                "credit_notes": self.summary["credit_notes"],
                "invoiced_total": Decimal(self.summary["invoiced_total"]),
                "vendor_bills": self.summary["vendor_bills"],
                "vendor_total": Decimal(self.summary["vendor_total"]),
                "leakage_total": Decimal(self.summary["leakage_total"]),
                "overbilled_total": Decimal(self.summary["overbilled_total"]),
            },
            {
                "contracts": self.figures.contracts,
                "versions": self.figures.versions,
                "invoices": self.figures.invoices,
                "credit_notes": self.figures.credit_notes,
                "invoiced_total": self.figures.invoiced_total,
                "vendor_bills": 9,
                "vendor_total": self.figures.vendor_total,
                "leakage_total": self.figures.leakage_total,
                "overbilled_total": self.figures.overbilled_total,
            },
        )
        self.assertEqual(self.summary["imports"], 9)
        self.assertEqual(json.loads(json.dumps(self.summary)), self.summary)

    def test_months_are_what_the_events_say(self):
        names = ("versions", "invoices", "credit_notes", "net", "vendor_net")
        months = defaultdict(lambda: dict.fromkeys(names, Decimal(0)))
        for step in self.figures.steps:
            month = months[f"{step.step.day:%Y-%m}"]
            for name in names[:4]:
                month[name] += getattr(step, name)
            month["vendor_net"] += sum(bill.net for bill in step.bills)
        self.assertEqual(
            {
                row["month"]: {name: Decimal(row[name]) for name in names}
                for row in self.summary["months"]
            },
            dict(months),
        )

    def test_vendor_bills_are_what_the_files_ask_for(self):
        imports = self.imports
        found = {
            (one.month, one.provider_id.code): [
                (
                    bill.state,
                    bill.move_type,
                    bill.partner_id,
                    money(bill.amount_untaxed),
                )
                for bill in one.bill_ids
            ]
            for one in imports
        }
        self.assertEqual(
            found,
            {
                (bill.month, bill.provider): [
                    ("posted", "in_invoice", self.vendors[bill.provider], bill.net)
                ]
                for bill in self.figures.bills
            },
        )
        days = {s.month: s.day for s in self.scenario.calendar if s.action == "bill"}
        for one in imports:
            self.assertEqual(one.bill_ids.invoice_date, days[one.month])

    def test_findings_are_what_was_planted(self):
        found = [
            (
                *(row[name] for name in ("month", "provider", "cause", "direction")),
                *(row[name] for name in ("customer", "article")),
                Decimal(row["amount"]),
            )
            for row in self.summary["findings"]
        ]
        planted = [
            (
                *(f"{one.month:%Y-%m}", one.provider, one.cause, one.direction),
                *(one.customer, one.article),
                one.amount,
            )
            for one in self.figures.findings
        ]
        self.assertEqual(sorted(found), sorted(planted))

    def test_nothing_that_was_found_is_settled_or_hidden(self):
        reconciliations = self.env["msp.reconciliation"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(len(reconciliations), 9)
        self.assertEqual(len(reconciliations.finding_ids), len(self.figures.findings))

    def test_january_is_signed_off_and_one_finding_is_resolved(self):
        reconciliations = self.env["msp.reconciliation"].search(
            [("company_id", "=", self.company.id)]
        )
        signed = reconciliations.filtered(lambda one: one.state == "signed")
        self.assertEqual(set(signed.mapped("month")), {date(2026, 1, 1)})
        self.assertEqual(len(signed), 3)
        self.assertEqual(signed.signed_by_id.login, "clara")
        self.assertFalse(any(signed.mapped("sign_reason")))
        self.assertFalse(any(signed.mapped("changed_count")))
        self.assertEqual(set(signed.sample_ids.mapped("verdict")), {"right"})
        self.assertEqual(signed.sample_ids.user_id.login, "bernd")
        self.assertEqual(self.summary["proof"]["resolved"]["amount"], "37.60")
        months = self.env["msp.proof.month"].search(
            [("company_id", "=", self.company.id), ("month", "=", date(2026, 3, 1))]
        )
        # 130.20 nobody is assigned to, 37.60 resolved, 47.80 of seats left out
        self.assertEqual(
            [
                money(months[name])
                for name in ("leakage_found", "leakage_recovered", "leakage_open")
            ],
            [Decimal("215.60"), Decimal("37.60"), Decimal("178.00")],
        )
        action = self.env["msp.proof.month"].action_open_health()
        self.assertEqual(action["res_id"], months.id)
        self.assertEqual(months.waiting_months, "April 2026")

    def test_the_columns_of_two_providers_were_confirmed_once(self):
        imports = self.imports.filtered("profile_id")
        by_code = imports.grouped(lambda one: one.provider_id.code)
        self.assertEqual(set(by_code), {"ingram", "skykick"})
        for code, of_provider in by_code.items():
            self.assertEqual(len(of_provider), 3, code)
            (profile,) = of_provider.profile_id
            self.assertEqual(profile.state, "confirmed", code)
            self.assertEqual(profile.confirmed_by_id.login, "bernd", code)

    def test_what_a_customer_disputes_is_left_out_and_its_money_shown(self):
        (event,) = (e for e in self.scenario.events if getattr(e, "is_left_out", False))
        changes = self.env["msp.import.change"].search(
            [
                ("subscription_id", "=", event.subscription.id),
                ("state", "=", "excluded"),
            ],
            order="date_start",
        )
        self.assertEqual(
            [(change.date_start, change.quantity) for change in changes],
            [(event.day, event.new), (date(2026, 3, 1), event.new)],
        )
        left_out = {
            row["file"]: Decimal(row["ignored"])
            for row in self.summary["money_imported"]
        }
        self.assertEqual(left_out["ingram-2026-01.csv"], 0)
        self.assertGreater(left_out["ingram-2026-02.csv"], 0)
        self.assertGreater(left_out["ingram-2026-03.csv"], 0)

    def test_each_run_bills_each_customer_what_the_events_say(self):
        steps = [
            step
            for step in self.figures.steps
            if step.step.action in ("regular", "differential")
        ]
        for run, step in zip(self.runs, steps, strict=True):
            with self.subTest(run=run.name, day=step.step.day):
                self.assertEqual(run.state, "posted")
                self.assertEqual(set(run.move_ids.mapped("state")) - {"posted"}, set())
                billed = {
                    self.numbers[move.partner_id.name]: money(
                        move.amount_untaxed_signed
                    )
                    for move in run.move_ids
                }
                self.assertEqual(len(billed), len(run.move_ids))
                self.assertEqual(billed, dict(step.documents))

    def test_charges_of_a_period_add_up_to_the_final_history(self):
        """Conservation: corrections included, each period costs what it should."""
        charges = self.env["msp.charge"].search(
            [("company_id", "=", self.company.id), ("counts", "=", True)]
        )
        last = max(
            step.day for step in self.scenario.calendar if step.action == "regular"
        )
        starts = {
            quote.customer.number: expected.periods(quote, last)
            for quote in self.scenario.quotes
        }
        keys = {
            line.article.name: line.article.key
            for quote in self.scenario.quotes
            for line in quote.lines
        }
        billed = defaultdict(Decimal)
        for charge in charges:
            number = self.numbers[charge.partner_id.name]
            (start,) = (
                start
                for start, end in starts[number]
                if start <= charge.date_start <= charge.date_end < end
            )
            key = (number, keys[charge.position_id.product_id.name], start)
            billed[key] += money(charge.amount)
        entitled = expected.final_entitlements(self.scenario)
        # A period whose content was cancelled afterwards was billed and went back.
        gone = {key for key in billed if key not in entitled}
        self.assertTrue(gone)
        self.assertFalse(any(billed.pop(key) for key in gone))
        self.assertEqual(billed, entitled)

    def test_nothing_is_left_to_bill(self):
        """The story's last run billed nothing, and so do more of both kinds."""
        self.assertFalse(self.runs[-1].move_ids)
        clerk = self.env["res.users"].search([("login", "=", "bernd")])
        for kind in ("differential", "regular"):
            run = (
                self.env["msp.billing.run"]
                .with_user(clerk)
                .with_company(self.company)
                .create(
                    {
                        "kind": kind,
                        "date_until": "2026-04-10",
                        "invoice_date": "2026-04-10",
                    }
                )
            )
            run.action_preview()
            self.assertFalse(run.line_ids, kind)

    def test_imports_lose_no_money_and_say_what_waits(self):
        imports = self.imports
        self.assertEqual([money(one.amount_lost) for one in imports], [0] * 9)
        self.assertEqual(
            {
                item["unknown"]: Decimal(item["amount"])
                for item in self.summary["waiting"]
            },
            self.figures.waiting,
        )
        self.assertEqual(
            sum(money(one.amount_unmapped) for one in imports),
            sum(self.figures.waiting.values()),
        )
        self.assertEqual(
            {
                (one.month, one.provider_id.code): money(one.amount_read)
                for one in imports
            },
            {(bill.month, bill.provider): bill.net for bill in self.figures.bills},
        )

    def test_a_file_cannot_be_imported_twice(self):
        path = Path(self.summary["files"][0])
        provider = self.env["msp.provider"].search([("code", "=", "microsoft")])
        with self.assertRaisesRegex(UserError, "imported"):
            self.env["msp.import"].with_company(self.company).import_file(
                provider, path.name, path.read_bytes()
            )

    def test_each_role_has_a_log_in(self):
        roles = {
            "anna": "msp_contract_billing.group_account_manager",
            "bernd": "msp_contract_billing.group_billing_clerk",
            "clara": "msp_contract_billing.group_accountant",
            "admin": "msp_contract_billing.group_administrator",
        }
        self.assertEqual({item["login"] for item in self.summary["logins"]}, set(roles))
        for item in self.summary["logins"]:
            user = self.env["res.users"].search([("login", "=", item["login"])])
            self.assertTrue(user.has_group(roles[item["login"]]), item["login"])
            if item["login"] != "admin":
                # Raises AccessDenied if the password is another one.
                user.with_user(user)._check_credentials(
                    {"type": "password", **item}, {"interactive": False}
                )

    def test_a_person_reads_what_happened(self):
        text = self.printed.getvalue()
        for part in (
            "41 contracts",
            "Mar 2026  SkyKick",
            "nobody has assigned the customer",
            "Vendor bills of March posted",
            "nothing",
            "Elbtal Fahrradhaus GmbH",
            "Power BI Pro",
            "ended there, still billed",
            f"{self.figures.invoiced_total:,.2f}",
            f"{self.figures.vendor_total:,.2f}",
            f"{self.figures.leakage_total:,.2f}",
            "336 rows of usage for 674.31, passed on to 3 customers with 12 %: 755.23",
            "61 rows the same, 1 changed, 1 missing, 1 new",
            "18,697.30 before, 57.30 more, 41.40 missing, -166.50 new, 18,546.70 now",
            "waits: 167.80 of Elbtal Fahrradhaus GmbH",
            "Jan 2026 signed off for 3 providers",
            "resolved since: 37.60, Power BI Pro",
            "Read in 90 nights",
            "user bernd",
        ):
            self.assertIn(part, text)
        lines = text.splitlines()
        self.assertLessEqual(len(lines), 90)
        self.assertLessEqual(max(map(len, lines)), 130)

    def test_april_passes_usage_on_and_the_next_run_bills_it(self):
        # One customer's usage: 24 h x 30 x 0.2210, 12 h x 22 x 0.0912,
        # 17.0667 GB x 30 x 0.0184, (3.415 x 22 + 0.382 x 8) GB x 0.0730, less 15 %.
        # Twice that for the second; with 12 %: 188.81 + 377.61 + 188.81.
        usage = self.summary["april"]["usage"]
        self.assertEqual((usage["rows"], usage["charges"]), (336, 12))
        self.assertEqual(usage["cost"], "674.31")
        self.assertEqual(usage["passed_on"], "755.23")
        run = self.env["msp.billing.run"].create(
            {"date_until": "2026-05-01", "invoice_date": "2026-05-01"}
        )
        run.action_preview()
        run.action_create_invoices()
        while run.state == "running":
            run.action_create_invoices()
        lines = run.move_ids.invoice_line_ids.filtered(
            lambda line: line.product_id.name == "Microsoft Azure"
        )
        self.assertEqual(
            sorted(money(line.price_subtotal) for line in lines),
            [Decimal("188.81"), Decimal("188.81"), Decimal("377.61")],
        )

    def test_april_compares_a_corrected_file_with_what_it_said_before(self):
        rows = april.microsoft_rows(self.scenario)
        before = microsoft_file.total(rows)
        now = microsoft_file.total(april.corrected_rows(self.scenario))
        corrected = self.summary["april"]["corrected"]
        self.assertEqual(
            {name: Decimal(text) for name, text in corrected["amounts"].items()},
            {
                # three seats of Business Premium at 19.10
                "before": before,
                "changed": Decimal("57.30"),
                # twelve seats of Exchange Online at 3.45
                "gone": Decimal("41.40"),
                # 37 seats of Business Standard at 4.50
                "new": Decimal("-166.50"),
                "now": now,
            },
        )
        self.assertEqual(before + Decimal("57.30") - Decimal("207.90"), now)
        self.assertEqual(corrected["same"], len(rows) - 2)

    def test_april_leaves_a_customer_a_mail_and_a_late_file(self):
        waiting, mail = self.summary["april"]["waiting"], self.summary["april"]["mail"]
        self.assertEqual(waiting["customer"], "Elbtal Fahrradhaus GmbH")
        self.assertEqual(waiting["suggestion"], "Fahrradhaus Elbtal")
        self.assertEqual(mail["mailbox"].partition("@")[0], "skykick")
        self.assertEqual(
            Decimal(mail["amount"]),
            skykick_file.total(skykick_file.rows_of(self.scenario, april.APRIL)),
        )
        (delisted,) = (e for e in self.scenario.events if isinstance(e, Delisting))
        self.assertEqual(mail["missing"], [delisted.subscription.customer.name])
        board = {card["provider"]: card for card in self.summary["april"]["board"]}
        # March is complete where nothing of it waits; April is still worked on.
        self.assertEqual(
            {code: card["complete"] for code, card in board.items()},
            {"microsoft": "2026-01", "ingram": "2026-03", "skykick": "2026-03"},
        )
        self.assertEqual(board["ingram"]["expected"], "2026-05-08")
        self.assertTrue(board["ingram"]["late"])
        self.assertFalse(board["microsoft"]["late"])

    def test_nights_leave_a_log_with_failures(self):
        connections = self.env["msp.connection"].search(
            [("company_id", "=", self.company.id)]
        )
        by_kind = {one.kind: one for one in connections}
        self.assertEqual(set(by_kind), {"microsoft", "ingram"})
        nights = {kind: one.sync_ids for kind, one in by_kind.items()}
        # each has failed in one night, and in three in a row
        self.assertEqual(
            {
                kind: sorted(syncs.mapped("state")).count("failed")
                for kind, syncs in nights.items()
            },
            {"microsoft": 4, "ingram": 4},
        )
        self.assertEqual({len(syncs) for syncs in nights.values()}, {90})
        self.assertFalse(connections.sync_ids.filtered("is_active"))
        self.assertEqual(by_kind["microsoft"].state, "connected")
        self.assertEqual(by_kind["ingram"].state, "failing")
        self.assertEqual(by_kind["ingram"].activity_ids.user_id.login, "bernd")
        self.assertEqual(self.summary["nights"]["failed"], 8)

    def test_nights_reach_no_provider(self):
        """Nothing begins by itself, and nothing could sign in."""
        connections = self.env["msp.connection"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(connections.mapped("is_nightly"), [False, False])
        self.assertEqual(connections.mapped("next_run_at"), [False, False])
        for connection in connections:
            self.assertTrue(connection._find_missing_entries())
        self.env.cr.execute(
            "SELECT count(*) FROM msp_connection_secret WHERE value IS NOT NULL"
        )
        self.assertEqual(self.env.cr.fetchone(), (0,))
        orders = self.env["msp.provider.order"].search([])
        self.assertEqual(orders.mapped("look_at"), [False])
        self.assertEqual(orders.mapped("state"), ["waiting"])

    def test_nights_leave_differences_that_are_proposed(self):
        status = self.env["msp.licence.status"].search([("is_different", "=", True)])
        known = status.filtered("contract_id")
        # seats that Bernd left out at Ingram; two with more, one with fewer at Microsoft
        self.assertEqual(sorted(known.mapped("difference")), [-2.0, 2.0, 3.0, 5.0])
        # bought alone, and what nobody has assigned
        self.assertEqual(len(status - known), 3)
        (import_,) = self.env["msp.import"].search([("is_count", "=", True)])
        self.assertEqual(import_.state, "prepared")
        proposed = import_.change_ids.filtered(lambda one: one.state == "proposed")
        # not what is ordered at the provider; what was bought alone begins
        self.assertEqual(
            sorted((one.kind, one.quantity - one.old_quantity) for one in proposed),
            [("begin", 6.0), ("set", -2.0), ("set", 5.0)],
        )
        layout = self.env["msp.layout"].search([("changed_at", "!=", False)])
        self.assertEqual(layout.added, ["promotionId"])
        missing = self.env["msp.readiness"].search([("state", "=", "missing")])
        self.assertIn("ingram", missing.provider_id.mapped("code"))

    def test_desks_are_left_with_something_to_go_on_with(self):
        """The next run bills the travels and holds back what is disputed."""
        disputed = next(
            event
            for event in self.scenario.events
            if isinstance(event, SeatChange) and event.is_left_out
        ).subscription
        hold = self.env["msp.hold"].search([("state", "=", "active")])
        self.assertEqual(hold.partner_id.name, disputed.customer.name)
        self.assertEqual(hold.position_ids.product_id.name, disputed.article.name)
        quote = self.env["sale.order"].search([("state", "=", "draft")])
        # 10 at 3.90, 25 at 3.20
        self.assertEqual(money(quote.order_line.price_subtotal), Decimal("119.00"))
        run = self.env["msp.billing.run"].create(
            {"date_until": "2026-05-01", "invoice_date": "2026-05-01"}
        )
        run.action_preview()
        self.assertEqual(sum(run.line_ids.mapped("hold_count")), 1)
        travel = self.env["msp.one.off"].search([])
        self.assertEqual(money(travel.amount), Decimal("170.00"))
        run.action_create_invoices()
        while run.state == "running":
            run.action_create_invoices()
        self.assertEqual(travel.move_id.msp_run_id, run)

    def test_desks_are_left_with_what_is_to_come(self):
        """A contract with a term, an end, a suspension, a discount, an approval."""
        upcoming = self.env["msp.upcoming"].search([("date", ">=", "2026-05-01")])
        by_kind = upcoming.grouped("kind")
        for kind in ("end", "pause", "suspension", "promotion", "notice", "renewal"):
            self.assertEqual(len(by_kind.get(kind, ())), 1, kind)
        # What is suspended at 30 % comes back, and nothing else.
        self.assertEqual(
            by_kind["pause"].amount_month, -by_kind["suspension"].amount_month
        )
        # 12 complete workplaces at 45.00
        self.assertEqual(money(by_kind["renewal"].amount_stake), Decimal("540.00"))
        self.assertEqual(len(by_kind["renewal"].contract_id.position_ids), 3)
        waiting = self.env["msp.contract.version"].search(
            [("approval_state", "=", "waiting")]
        )
        self.assertEqual(waiting.user_id.login, "anna")
        self.assertTrue(waiting.with_user(self.env.ref("base.user_admin")).may_approve)
