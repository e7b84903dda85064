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
from decimal import Decimal
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from demo import expected, story  # noqa: E402
from demo.generator import build  # noqa: E402


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
            },
            {
                "contracts": self.figures.contracts,
                "versions": self.figures.versions,
                "invoices": self.figures.invoices,
                "credit_notes": self.figures.credit_notes,
                "invoiced_total": self.figures.invoiced_total,
            },
        )
        self.assertEqual(self.summary["imports"], 3)
        self.assertEqual(json.loads(json.dumps(self.summary)), self.summary)

    def test_months_are_what_the_events_say(self):
        months = defaultdict(Decimal)
        for step in self.figures.steps:
            months[f"{step.step.day:%Y-%m}"] += step.net
        self.assertEqual(
            {row["month"]: Decimal(row["net"]) for row in self.summary["months"]},
            dict(months),
        )

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
        imports = self.env["msp.import"].search([("company_id", "=", self.company.id)])
        self.assertEqual([money(one.amount_lost) for one in imports], [0] * 3)
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
            "40 contracts",
            "microsoft-2026-03.csv",
            "nothing",
            "Elbtal Fahrradhaus GmbH",
            "Power BI Pro",
            f"{self.figures.invoiced_total:,.2f}",
            "user bernd",
        ):
            self.assertIn(part, text)
