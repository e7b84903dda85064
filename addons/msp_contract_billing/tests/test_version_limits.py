from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .approval_common import ApprovalCommon
from .common import day


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestVersionLimits(ApprovalCommon):
    """Which changes pass which limit."""

    def test_without_limits_nothing_waits(self):
        draft = self._draft(self.ben, day(1), quantity=5000, price=1)
        self.assertIs(draft.action_activate(), True)
        self.assertEqual((draft.state, draft.approval_state), ("active", False))

    def test_percent_of_the_monthly_amount(self):
        self._limit(percent=25)
        # 150.00 to 187.50 is 25 %, which does not pass.
        within = self._draft(self.ben, quantity=15)
        within.action_activate()
        self.assertEqual(within.state, "active")
        with freeze_time("2026-03-11 13:00:00"):
            beyond = self._asked(quantity=19)
        # 187.50 to 237.50
        self.assertEqual(
            beyond.approval_reasons,
            "The monthly amount rises by 26.67 % ($187.50 → $237.50); limit 25 %",
        )
        self.assertEqual(beyond.state, "draft")
        self.assertEqual(self.contract.line_ids.sorted("date_start")[-1].quantity, 15)

    def test_a_fall_counts_as_well(self):
        self._limit(percent=25)
        draft = self._asked(changes=[{"action": "terminate"}])
        self.assertEqual(
            draft.approval_reasons,
            "The monthly amount falls by 100 % ($150.00 → $0.00); limit 25 %",
        )

    def test_amount_per_month(self):
        self._limit(amount=37.5)
        self._draft(self.ben, quantity=15).action_activate()
        with freeze_time("2026-03-11 13:00:00"):
            draft = self._asked(quantity=19)
        self.assertEqual(
            draft.approval_reasons,
            "The monthly amount rises by $50.00 ($187.50 → $237.50); limit $37.50",
        )

    def test_amount_is_compared_in_the_companys_currency(self):
        self._limit(amount=30)
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        contract = self._contract(
            day(1), [(self.seats, 12, 12.50)], currency_id=euro.id, user_id=self.anna.id
        )
        change = {"action": "set", "position_id": contract.position_ids.id}
        change.update(quantity_mode="set", quantity=14)
        # 25.00 EUR are 50.00 USD.
        draft = self._draft(self.ben, contract=contract, changes=[change])
        draft.action_activate()
        self.assertEqual(draft.approval_state, "waiting")
        self.assertIn("limit $30.00", draft.approval_reasons)
        self.assertIn("25.00", draft.approval_reasons)

    def test_price_whatever_the_quantity(self):
        self._limit(price_percent=5)
        self._draft(self.ben, quantity=24).action_activate()
        with freeze_time("2026-03-11 13:00:00"):
            draft = self._asked(quantity=12, price=13.50)
        self.assertEqual(
            draft.approval_reasons,
            "The price of Business Premium per month rises by 8 % "
            "($12.50 → $13.50); limit 5 %",
        )

    def test_discount_and_rhythm_are_prices(self):
        self._limit(price_percent=5)
        change = {"action": "set", "position_id": self.position.id}
        change.update(sets_discount=True, discount=10)
        draft = self._asked(changes=[change])
        self.assertIn("falls by 10 %", draft.approval_reasons)
        # A price per billing period pays for three months then.
        rhythm = {"action": "terms", "anchor_date": day(1), "billing_unit": "quarter"}
        draft = self._asked(changes=[rhythm])
        self.assertIn("falls by 66.67 %", draft.approval_reasons)

    def test_suspension_is_no_price(self):
        self._limit(price_percent=5)
        suspend = {"action": "suspend", "billed_share": 0}
        draft = self._draft(self.ben, changes=[suspend])
        draft.action_activate()
        self.assertEqual(draft.state, "active")

    def test_backdated(self):
        self._limit(backdated_days=9)
        self._draft(self.ben, day(3, 1), quantity=13).action_activate()
        draft = self._asked(start=day(2, 28), quantity=14)
        self.assertEqual(
            draft.approval_reasons,
            "It holds from 02/28/2026 on, 10 days back; limit 9 days",
        )

    def test_several_limits_give_several_sentences(self):
        self._limit(percent=10, amount=10, price_percent=10, backdated_days=10)
        draft = self._asked(start=day(2), price=25)
        self.assertEqual(len(draft.approval_reasons.splitlines()), 4)

    def test_first_version_has_no_percentage_but_an_amount(self):
        self._limit(percent=10)
        contract = self.env["msp.contract"].create({"partner_id": self.customer.id})
        position = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": self.seats.id}
        )
        changes = [
            {"action": "terms", "anchor_date": day(4)},
            {
                "action": "begin",
                "position_id": position.id,
                "quantity_mode": "set",
                "quantity": 10,
                "sets_price": True,
                "price_unit": 20,
            },
        ]
        draft = self._draft(self.ben, contract=contract, changes=changes)
        self.assertFalse(draft._find_passed_limits())
        self._limit(amount=199.99)
        self.assertEqual(
            [item["kind"] for item in draft._find_passed_limits()[draft.id]],
            ["amount"],
        )

    def test_many_small_drafts_at_once_are_one_change(self):
        self._limit(percent=25)
        drafts = self._draft(self.ben, day(4), quantity=15)
        drafts += self._draft(self.ben, day(5), quantity=18)
        waiting = drafts._activate_or_ask()
        self.assertEqual(waiting, drafts)
        # 12 to 15 is 25 %, 12 to 18 is 50 %.
        self.assertFalse(drafts[0].approval_reasons)
        self.assertIn("50 %", drafts[1].approval_reasons)

    def test_limits_cannot_be_negative(self):
        with self.assertRaisesRegex(ValidationError, "negative"):
            self._limit(percent=-1)

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self._limit(amount=10)
        draft = self._asked(quantity=112)
        self.assertIn("$1,250.00", draft.approval_reasons)
        german = draft.with_context(lang="de_DE")
        self.assertIn("1.250,00", german.approval_reasons)


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestLimitsOfLaterDays(ApprovalCommon):
    """What costs nothing on its first day is measured on the day on which it does."""

    def test_more_units_while_nothing_is_billed(self):
        self._limit(amount=100)
        for number, changes in enumerate(
            (
                [{"action": "suspend", "billed_share": 0}],
                [
                    {
                        "action": "set",
                        "position_id": self.position.id,
                        "sets_discount": True,
                        "discount": 100,
                    }
                ],
            )
        ):
            with self.subTest(number):
                free = self._version(
                    self.contract, day(4), changes, date_end=day(5, 31)
                )
                draft = self._draft(self.ben, quantity=100)
                draft.action_activate()
                self.assertEqual(draft.approval_state, "waiting")
                # 88 x 12.50 more from June on
                self.assertEqual(
                    draft.approval_reasons,
                    "The monthly amount from 06/01/2026 on rises by $1,100.00 "
                    "($150.00 → $1,250.00); limit $100.00",
                )
                draft.unlink()
                free._withdraw("over")


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestDraftsOfRun(ApprovalCommon):
    """A run tells of drafts that would change what it bills."""

    def _preview(self, until):
        run = self.env["msp.billing.run"].create(
            {"date_until": until, "contract_ids": [Command.set(self.contract.ids)]}
        )
        run.action_preview()
        return run.exception_ids.filtered(
            lambda one: one.code in ("approval", "not_live")
        )

    def test_change_that_waits_and_touches_what_is_billed_is_told(self):
        self._limit(price_percent=10)
        self._asked(start=day(3, 15), price=20.0)
        self.assertFalse(self._preview(day(2)))
        found = self._preview(day(3))
        self.assertRecordValues(found, [{"code": "approval", "severity": "warning"}])
        self.assertIn("03/15/2026", found.reason)
        self.assertIn("price", found.reason)

    def test_refused_and_other_drafts_are_not_told(self):
        self._limit(price_percent=10)
        self._refuse(self._asked(start=day(3), price=20.0), self.anna)
        self._draft(self.ben, start=day(3), quantity=13)
        self.assertFalse(self._preview(day(3)))

    def test_what_is_sold_and_not_live_is_told(self):
        draft = self._draft(self.ben, start=day(3), quantity=13)
        draft._system_write({"awaits": "acceptance"})
        found = self._preview(day(3))
        self.assertRecordValues(found, [{"code": "not_live", "severity": "info"}])
