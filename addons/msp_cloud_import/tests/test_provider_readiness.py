from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common import microsoft_csv, seats
from .steps_common import StepsCommon


@tagged("post_install", "-at_install")
class TestProviderReadiness(StepsCommon):
    """Which months of a provider are there, and what billing waits for."""

    def _months(self):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["msp.readiness"].search(
            [("provider_id", "=", self.provider.id)]
        )
        return [(str(row.month), row.state, row.is_late) for row in rows]

    @freeze_time("2026-05-20")
    def test_each_month_says_what_it_lacks(self):
        self.provider.expected_day = 8
        import_ = self._applied(seats(12))
        self.assertEqual(
            self._months(),
            [("2026-04-01", "missing", True), ("2026-03-01", "unchecked", False)],
        )
        import_.invoice_amount = 120.0
        self.assertEqual(self._months()[-1][1], "complete")
        import_.invoice_amount = 121.0
        self.assertEqual(self._months()[-1][1], "differs")
        self._prepared(
            seats(12, ChargeStartDate=date(2026, 4, 5), ChargeEndDate=date(2026, 5, 4)),
            name="april.csv",
        )
        self.assertEqual(self._months()[0], ("2026-04-01", "open", False))

    def _due(self):
        due = self.contract._compute_due(date(2026, 4, 30), "regular")[self.contract.id]
        return (
            {(str(one.start), str(one.end)) for one in due.charges},
            {(str(one.charge.start), one.waiting.code) for one in due.held},
        )

    @freeze_time("2026-04-03")
    def test_days_of_a_missing_month_wait_and_those_ahead_do_not(self):
        self._applied(
            seats(12, ChargeStartDate=date(2026, 2, 5), ChargeEndDate=date(2026, 3, 4))
        )
        charges, held = self._due()
        self.assertFalse(held)
        self.provider.write({"billing_waits": True, "expected_day": 8})
        charges, held = self._due()
        self.assertEqual(held, {("2026-03-01", "file")})
        self.assertIn(("2026-04-01", "2026-05-01"), charges)
        self._applied(seats(12), name="march.csv")
        charges, held = self._due()
        self.assertFalse(held)

    @freeze_time("2026-04-03")
    def test_other_positions_do_not_wait(self):
        self._applied(
            seats(12, ChargeStartDate=date(2026, 2, 5), ChargeEndDate=date(2026, 3, 4))
        )
        self.provider.billing_waits = True
        support = self._product("Support", 50.0)
        other = self._contract(self.customer, [(support, 1, 50.0)])
        due = other._compute_due(date(2026, 4, 30), "regular")[other.id]
        self.assertFalse(due.held)

    @freeze_time("2026-04-03")
    def test_shares_and_bundles_of_what_is_mapped_wait_too(self):
        mail, support = self._product("Mail", 2.0), self._product("Support", 50.0)
        workplace = self._product(
            "Workplace",
            50.0,
            msp_bundle_line_ids=[
                Command.create({"product_id": mail.id, "quantity": 2})
            ],
        )
        contract = self._contract(
            self.customer, [(workplace, 10, 50.0), (support, 1, 50.0)]
        )
        component = contract.position_ids.filtered("bundle_id")
        others = self._contract(self.customer, [(mail, 1, 2.0), (mail, 1, 2.0)])
        self._applied(
            seats(12, ChargeStartDate=date(2026, 2, 5), ChargeEndDate=date(2026, 3, 4))
        )
        known = {"provider_id": self.provider.id, "company_id": self.company.id}
        _mapping, split = self.env["msp.position.mapping"].create(
            [
                {
                    **known,
                    "subscription_id": f"s-{number}",
                    "sku_id": "MAIL",
                    "position_id": position.id,
                }
                for number, position in enumerate((component, others.position_ids[0]))
            ]
        )
        split.share_ids = [
            Command.create(
                {"position_id": position.id, "quantity": 1, "takes_rest": not number}
            )
            for number, position in enumerate(others.position_ids)
        ]
        self.provider.billing_waits = True
        contracts = contract + others + self.contract
        self.assertEqual(
            set(contracts._find_waiting()),
            {component.id, component.bundle_id.id, self.position.id}
            | set(others.position_ids.ids),
        )
        self.assertEqual(
            set(others._find_waiting()),
            set(others.position_ids.ids),
        )

    @freeze_time("2026-04-03")
    def test_the_sentence_names_provider_month_and_day(self):
        self._applied(
            seats(12, ChargeStartDate=date(2026, 2, 5), ChargeEndDate=date(2026, 3, 4))
        )
        self.provider.write({"billing_waits": True, "expected_day": 8})
        waiting = self.contract._find_waiting()[self.position.id]
        for part in ("Microsoft CSP", "March 2026", "04/08/2026"):
            self.assertIn(part, waiting.reason)

    def test_a_changed_layout_is_told_with_both_sides(self):
        owner = self._user("owner", "group_account_manager")
        self.provider.user_id = owner
        first = self._read(seats(12))
        header = microsoft_csv(seats(12)).splitlines()[0].decode("utf-8-sig")
        names = [name.strip('"') for name in header.split(",")]
        self._read(
            seats(13),
            name="other.csv",
            columns=[name for name in names if name != "PublisherName"] + ["Colour"],
        )
        layout = self.env["msp.layout"].search([("provider_id", "=", self.provider.id)])
        self.assertEqual(layout.added, ["Colour"])
        self.assertEqual(layout.gone, ["PublisherName"])
        self.assertIn("PublisherName", layout.before)
        self.assertIn("Colour", layout.now)
        self.assertEqual(layout.activity_ids.user_id, owner)
        self.assertEqual(first.state, "read")

    def test_readiness_of_other_companies_is_not_seen(self):
        self._applied(seats(12))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user("stranger", "group_billing_clerk")
        stranger.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        rows = self.env["msp.readiness"].with_user(stranger)
        self.assertFalse(rows.with_context(allowed_company_ids=other.ids).search([]))
