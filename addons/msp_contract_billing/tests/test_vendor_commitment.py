from datetime import datetime

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import ContractCommon, day
from .sale_common import SaleContractCommon


class VendorCommon(ContractCommon):
    """A contract of ten seats that were bought from a vendor for a year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.env["res.partner"].create({"name": "Microsoft"})
        cls.contract = cls._contract(
            day(1), [(cls.seats, 10, 25.0), (cls.backup, 4, 30.0)]
        )
        cls.position, cls.backups = cls.contract.position_ids
        cls.currency = cls.contract.currency_id
        cls.commitment = cls._commitment(cls.position)

    @classmethod
    def _commitment(cls, position, quantity=10, price=18.0, **vals):
        vals = {"vendor_id": cls.vendor.id, **vals}
        return cls._vendor_commitment(position, quantity, price, **vals)

    def _warn(self, quantity, on=None, position=None, **options):
        """Return the warnings without line breaks within amounts."""
        position = position or self.position
        found = position._get_vendor_warnings(
            {position: quantity}, on or day(3, 15), **options
        )
        return [text.replace("\xa0", " ") for text in found]


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestVendorCommitment(VendorCommon):
    """What the vendor charges whatever the customer needs."""

    def test_pitfall_110_reduction_is_warned_of_in_money(self):
        charged = "Business Premium: Microsoft still charges"
        self.assertEqual(
            self._warn(7),
            [f"{charged} 3 × $18.00 per month until 05/14/2026: $108.00."],
        )

    def test_part_months_by_their_days_and_years_by_their_months(self):
        # 16 March: 30 of 31 days and one month: 3 × 18.00 × 61/31
        self.assertIn("$106.26.", self._warn(7, day(3, 16))[0])
        self.commitment.write({"price_unit": 216.0, "price_months": "12"})
        self.assertIn(
            "3 × $216.00 per year until 05/14/2026: $108.00.", self._warn(7)[0]
        )

    def test_nothing_is_said_where_nothing_is_lost(self):
        self.assertEqual(self._warn(10), [])
        self.assertEqual(self._warn(7, day(5, 15)), [])
        self.assertEqual(self._warn(1, position=self.backups), [])
        self.assertEqual(self.position._get_vendor_warnings({}, day(3)), [])

    def _count_queries(self, quantities):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        found = self.position._get_vendor_warnings(quantities, day(3, 15))
        self.assertEqual(len(found), len(quantities))
        return self.env.cr.sql_log_count - before

    def test_several_positions_take_no_more_queries_than_one(self):
        self._commitment(self.backups, 4, 9.0)
        both = {self.position: 0, self.backups: 0}
        self._count_queries(both)
        self.assertEqual(
            self._count_queries(both), self._count_queries({self.position: 0})
        )

    def test_inside_the_window_the_moment_is_named(self):
        self._commitment(
            self.position,
            5,
            date_start=day(3, 9),
            reduction_until=datetime(2026, 3, 16, 14, 0),
        )
        # Five more were bought: three of them are given back.
        self.assertEqual(
            self._warn(12, day(3, 11)),
            [
                "Business Premium: Microsoft takes 3 back and charges nothing for them "
                + "if it is told until 03/16/2026 14:00 UTC."
            ],
        )
        # Of seven, five are given back and two are charged for two months and more.
        charged, returned = self._warn(8, day(3, 15))
        self.assertIn("2 × $18.00 per month until 05/14/2026: $72.00.", charged)
        self.assertIn("takes 5 back", returned)
        with freeze_time("2026-03-16 14:00:00"):
            [text] = self._warn(12, day(3, 16))
            self.assertIn("still charges 3 × $18.00", text)

    def test_terms_that_are_alike_are_one_sentence(self):
        self._commitment(self.position, 2)
        charged = "Business Premium: Microsoft still charges"
        self.assertEqual(
            self._warn(1),
            [f"{charged} 11 × $18.00 per month until 05/14/2026: $396.00."],
        )

    def test_temporary_reduction_costs_until_its_last_day(self):
        [text] = self._warn(7, last=day(4, 14))
        self.assertIn("until 04/14/2026: $54.00.", text)

    def test_unknown_price_and_renewal_are_said(self):
        self.commitment.write({"price_unit": 0, "auto_renew": True, "vendor_id": False})
        [text] = self._warn(7)
        self.assertEqual(
            text,
            "Business Premium: The vendor still charges 3 until 05/14/2026, at a price "
            "that nobody has entered. It renews by itself after that unless it is "
            "reduced there before.",
        )

    def test_amend_wizard_warns_while_quantities_are_entered(self):
        amend = Form.from_action(self.env, self.contract.action_amend())
        amend.date_start = day(3, 15)
        self.assertFalse(amend.vendor_warning)
        with amend.line_ids.edit(0) as line:
            line.quantity = 12
        self.assertFalse(amend.vendor_warning)
        with amend.line_ids.edit(0) as line:
            line.quantity = 7
        self.assertIn("$108.00", amend.vendor_warning)
        amend.date_end = day(4, 14)
        self.assertIn("$54.00", amend.vendor_warning)
        amend.date_end = False
        with amend.line_ids.edit(0) as line:
            line.is_ended = True
        self.assertIn("10 × $18.00", amend.vendor_warning)

    def test_terminate_wizard_warns_for_all_or_a_part(self):
        with self._dialog(self.contract.action_terminate()) as wizard:
            wizard.churn_reason_id = self.env["msp.churn.reason"].search([], limit=1)
            wizard.date_last = day(3, 14)
            self.assertIn("10 × $18.00", wizard.vendor_warning)
            self.assertIn("$360.00", wizard.vendor_warning)
            wizard.scope = "part"
            self.assertFalse(wizard.vendor_warning)
            with wizard.line_ids.edit(0) as line:
                line.quantity = 7
            self.assertIn("$108.00", wizard.vendor_warning)
            wizard.date_last = day(5, 14)
            self.assertFalse(wizard.vendor_warning)

    def test_suspend_wizard_warns_for_its_time(self):
        with self._dialog(self.contract.action_suspend()) as wizard:
            wizard.reason = "Closed for the season"
            wizard.date_start = day(3, 15)
            wizard.date_end = day(4, 14)
            self.assertIn("10 × $18.00", wizard.vendor_warning)
            self.assertIn("until 04/14/2026: $180.00", wizard.vendor_warning)
            wizard.position_ids.add(self.backups)
            self.assertFalse(wizard.vendor_warning)

    def test_pitfall_114_terms_of_vendors_stand_in_the_calendar(self):
        self._commitment(self.position, 5, date_start=day(2))
        # A monthly term is not told of.
        self._commitment(self.backups, 4, date_start=day(3, 15), date_end=day(4, 14))
        rows = self.env["msp.upcoming"].search(
            [("contract_id", "=", self.contract.id), ("kind", "=", "vendor")]
        )
        # One row for all seats that end on a day, worth what the customer pays.
        self.assertRecordValues(
            rows,
            [
                {
                    "date": day(5, 14),
                    "position_id": self.position.id,
                    "amount_month": 0,
                    "amount_stake": 250.0,
                }
            ],
        )
        company = self.contract.company_id
        self.assertEqual(company._get_remind_days()["vendor"], 30)
        with self.assertRaisesRegex(ValidationError, "1 to 366 days"):
            company.msp_remind_vendor = 400

    def _draft(self, *changes, **vals):
        return self.env["msp.contract.version"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(3, 15),
                "change_ids": [Command.create(change) for change in changes],
                **vals,
            }
        )

    def test_drafts_warn_until_they_are_active(self):
        change = {"action": "set", "position_id": self.position.id}
        move = {**change, "quantity_mode": "move", "quantity": -3}
        draft = self._draft(move)
        self.assertIn("$108.00", draft.vendor_warning)
        several = (
            draft
            | self._draft({**change, "quantity_mode": "set", "quantity": 11})
            | self._draft({"action": "end", "position_id": self.position.id})
            | self._draft({"action": "terminate"})
            | self._draft(move, date_end=day(4, 14))
        )
        amounts = [
            (text or "").rpartition("$")[2] for text in several.mapped("vendor_warning")
        ]
        self.assertEqual(amounts, ["108.00.", "", "360.00.", "360.00.", "54.00."])
        draft.action_activate()
        self.assertFalse(draft.vendor_warning)

    def test_state_and_money_left(self):
        # 10 March to 14 May: 5 of 28 days of the running month, then two months
        self.assertRecordValues(
            self.commitment,
            [{"state": "running", "is_reducible": False, "amount_left": 392.14}],
        )
        self.assertEqual(self.contract.vendor_commitment_count, 1)
        with freeze_time("2026-05-15 12:00:00"):
            self.commitment.invalidate_recordset()
            self.assertEqual(self.commitment.state, "ended")
            self.assertEqual(self.commitment.amount_left, 0)
        with freeze_time("2025-05-14 12:00:00"):
            self.commitment.invalidate_recordset()
            self.assertEqual(self.commitment.state, "future")
            self.assertEqual(self.commitment.amount_left, 2160.0)

    def test_impossible_values_are_refused(self):
        for vals, sentence in (
            ({"date_end": day(5, 14, 2025)}, "cannot end on 05/14/2025"),
            ({"reduction_until": datetime(2027, 3, 16, 14)}, "Check the year"),
        ):
            with (
                self.assertRaisesRegex(ValidationError, sentence),
                self.env.cr.savepoint(),
            ):
                self.commitment.write(vals)
        for vals in ({"quantity": 0}, {"price_unit": -1}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.commitment.write(vals)
                self.env.flush_all()
        for days in ("'2027-01-01', date_end", "date_start, '2028-01-01'"):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                first, until = days.split(", ")
                self.env.cr.execute(
                    f"UPDATE msp_vendor_commitment SET date_start = {first}, "
                    f"reduction_until = {until} WHERE id = %s",
                    [self.commitment.id],
                )

    def test_vendor_is_that_of_the_product(self):
        seller = self.env["res.partner"].create({"name": "Distributor"})
        self.backup.seller_ids = [Command.create({"partner_id": seller.id})]
        with Form(self.env["msp.vendor.commitment"]) as form:
            form.position_id = self.backups
            form.date_end = day(12, 31)
        self.assertEqual(form.record.vendor_id, seller)

    def test_account_managers_write_and_clerks_read(self):
        manager = self._role_user("vendor_manager", "group_account_manager")
        clerk = self._role_user("vendor_clerk", "group_billing_clerk")
        self.commitment.with_user(manager).auto_renew = True
        seen = self.commitment.with_user(clerk)
        self.assertEqual(seen.quantity, 10)
        with self.assertRaises(AccessError):
            seen.quantity = 9
        self.assertIn(
            "$108.00",
            self.position.with_user(clerk)._get_vendor_warnings(
                {self.position.with_user(clerk): 7}, day(3, 15)
            )[0],
        )

    def test_contract_opens_its_commitments(self):
        action = self.contract.action_view_vendor_commitments()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, self.commitment)


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestVendorCommitmentOrder(SaleContractCommon):
    """An order that takes units away says what they cost at the vendor."""

    def test_downsell_warns_on_the_quotation(self):
        contract, _order = self._confirm((self.seats, 10), msp_date_start=day(1))
        self._vendor_commitment(contract.position_ids)
        order = self._amendment(contract, (self.seats, -3), msp_date_start=day(3, 15))
        self.assertIn("Business Premium: 10 → 7", order.order_line.msp_effect)
        self.assertIn("until 05/14/2026: $108.00.", order.order_line.msp_effect)
        more = self._amendment(contract, (self.seats, 3), msp_date_start=day(3, 15))
        self.assertEqual(more.order_line.msp_effect, "Business Premium: 10 → 13")

    def test_swap_warns_of_what_it_replaces(self):
        contract, _order = self._confirm((self.seats, 10), msp_date_start=day(1))
        position = contract.position_ids
        self._vendor_commitment(position)
        order = self._amendment(
            contract,
            (self.backup, 4, {"msp_replaces_id": position.id}),
            msp_date_start=day(3, 15),
        )
        self.assertEqual(order.order_line.msp_replaced_qty, 4)
        self.assertIn(
            "Microsoft still charges 4 × $18.00 per month until 05/14/2026: $144.00.",
            order.order_line.msp_effect,
        )

    def test_lines_that_take_from_one_position_are_counted_together(self):
        contract, _order = self._confirm((self.seats, 10), msp_date_start=day(1))
        position = contract.position_ids
        vendor = self.env["res.partner"].create({"name": "MS"})
        for quantity, until in ((5, False), (5, datetime(2026, 3, 20))):
            self.env["msp.vendor.commitment"].create(
                {
                    "position_id": position.id,
                    "vendor_id": vendor.id,
                    "quantity": quantity,
                    "price_unit": 18.0,
                    "currency_id": contract.currency_id.id,
                    "date_start": day(3, 15 if until else 1),
                    "date_end": day(5, 14),
                    "reduction_until": until,
                }
            )
        replaced = {"msp_replaces_id": position.id}
        order = self._amendment(
            contract,
            (self.backup, 6, replaced),
            (self._product("Basic", 9.0, msp_recurring=True), 4, replaced),
            msp_date_start=day(3, 15),
        )
        first, last = order.order_line
        # Alone, each would take back of the same five, and the vendor charge one.
        self.assertNotIn("MS", first.msp_effect)
        self.assertIn("MS takes 5 back", last.msp_effect)
        self.assertIn("MS still charges 5 × $18.00 per month", last.msp_effect)
        self.assertIn("until 05/14/2026: $180.00.", last.msp_effect)

    def test_fewer_for_some_time_are_charged_for_that_time(self):
        contract, _order = self._confirm((self.seats, 10), msp_date_start=day(1))
        self.env["msp.vendor.commitment"].create(
            {
                "position_id": contract.position_ids.id,
                "quantity": 10,
                "price_unit": 18.0,
                "currency_id": contract.currency_id.id,
                "date_start": day(1),
                "date_end": day(12, 31),
            }
        )
        line = {"msp_until": "date", "msp_until_date": day(4, 30)}
        order = self._amendment(contract, (self.seats, -3, line), msp_date_start=day(4))
        # 3 x 18.00 for April, not until December.
        self.assertIn("until 04/30/2026: $54.00.", order.order_line.msp_effect)
