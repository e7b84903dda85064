from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, freeze_time, tagged

from .common import ContractCommon, day


class OrderCommon(ContractCommon):
    """Ten seats at 31.00, billed until the end of July."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._billed_contract()
        cls.position = cls.contract.position_ids

    @classmethod
    def _billed_contract(cls):
        contract = cls._contract(day(1), [(cls.seats, 10, 31.0)])
        cls._run(day(7), contracts=contract)
        return contract

    def _assert_backdated(self, contract):
        """Assert two more seats from 16 May and 34.10 from 16 June, and the money."""
        self.assertEqual(
            [line[1:] for line in self._content(contract)],
            [
                (day(1), day(5, 15), 10, 31.0),
                (day(5, 16), day(6, 15), 12, 31.0),
                (day(6, 16), False, 12, 34.1),
            ],
        )
        run = self._run(day(7), "differential", contract)
        # May: 2 x 31.00 x 16/31 = 32.00. June: 15 days of 12 x 31.00 = 372.00 and 15
        # of 12 x 34.10 = 409.20, 390.60 instead of 310.00. July: 409.20.
        self.assertEqual(
            sorted(
                charge.amount for charge in run.move_ids.invoice_line_ids.msp_charge_ids
            ),
            [32.0, 80.6, 99.2],
        )
        self.assertSettled(contract, day(7))


@freeze_time("2026-07-10 10:00:00")
@tagged("post_install", "-at_install")
class TestVersionOrder(OrderCommon):
    """The order of entry does not matter; time does."""

    def test_backdated_price_and_seats_in_both_orders(self):
        self._set(self.position, day(6, 16), price=34.1)
        self._set(self.position, day(5, 16), move=2)
        self._assert_backdated(self.contract)
        other = self._billed_contract()
        self._set(other.position_ids, day(5, 16), move=2)
        self._set(other.position_ids, day(6, 16), price=34.1)
        self._assert_backdated(other)

    def test_settled_in_between_comes_to_the_same(self):
        self._set(self.position, day(6, 16), price=34.1)
        self._run(day(7), "differential", self.contract)
        self._set(self.position, day(5, 16), move=2)
        self._run(day(7), "differential", self.contract)
        claims = self.contract.charge_ids.filtered("counts")
        # January to April 1240.00, then 342.00 + 390.60 + 409.20
        self.assertAlmostEqual(sum(claims.mapped("amount")), 2381.8, places=2)
        self.assertSettled(self.contract, day(7))

    def test_future_version_becomes_active_by_itself(self):
        self._set(self.position, day(8), quantity=12)
        self._set(self.position, day(9), price=34.1)

        def today():
            self.env.invalidate_all()
            line = self.contract.current_line_ids
            position = self.position
            self.assertEqual(
                (line.quantity, line.price_unit),
                (position.quantity, position.price_unit),
            )
            return line.quantity, line.price_unit

        self.assertEqual(today(), (10, 31.0))
        with freeze_time("2026-08-01 10:00:00"):
            self.assertEqual(today(), (12, 31.0))
            run = self._run(day(8), contracts=self.contract)
            self.assertEqual(run.line_ids.amount, 372.0)
        with freeze_time("2026-09-01 10:00:00"):
            self.assertEqual(today(), (12, 34.1))
            run = self._run(day(9), contracts=self.contract)
            self.assertEqual(run.line_ids.amount, 409.2)

    def test_pitfall_055_two_months_of_another_product(self):
        """Entered once, with a last day; nothing has to be undone."""
        backup = self.env["msp.contract.position"].create(
            {"contract_id": self.contract.id, "product_id": self.backup.id}
        )
        self._version(
            self.contract,
            day(8),
            [
                {"action": "end", "position_id": self.position.id},
                backup._prepare_begin_vals(10, 20.0, "0"),
            ],
            date_end=day(9, 30),
        )
        # A price revision meanwhile is there afterwards.
        self._set(self.position, day(9), price=40.0)
        amounts = []
        for month in (8, 9, 10):
            run = self._run(day(month), contracts=self.contract)
            amounts.append(run.line_ids.amount)
        self.assertEqual(amounts, [200.0, 200.0, 400.0])
        self.assertSettled(self.contract, day(10))

    def test_temporary_version_in_the_amend_wizard(self):
        form = self._dialog(self.contract.action_amend())
        form.date_start = day(8)
        form.date_end = day(9, 30)
        with form.line_ids.edit(0) as line:
            line.quantity = 20
        form.save().action_apply()
        self.assertEqual(
            [line[1:4] for line in self._content(self.contract)],
            [
                (day(1), day(7, 31), 10),
                (day(8), day(9, 30), 20),
                (day(10), False, 10),
            ],
        )

    def test_withdrawal_needs_a_reason_and_keeps_it(self):
        version = self._set(self.position, day(6), quantity=99)
        form = self._dialog(version.action_withdraw())
        with self.assertRaises(AssertionError):
            form.save()
        form.reason = "entered for another customer"
        form.save().action_withdraw()
        self.assertRecordValues(
            version,
            [
                {
                    "state": "withdrawn",
                    "withdraw_reason": "entered for another customer",
                    "withdrawn_by_id": self.env.uid,
                }
            ],
        )
        self.assertSettled(self.contract, day(7))
        message = self.contract.message_ids.sorted("id")[-1]
        self.assertIn("entered for another customer", message.body)

    def test_withdrawn_in_any_order(self):
        price = self._set(self.position, day(6, 16), price=34.1)
        seats = self._set(self.position, day(5, 16), move=2)
        price._withdraw("no agreement")
        self.assertEqual(self.contract.line_ids.mapped("quantity"), [10, 12])
        seats._withdraw("no agreement")
        self.assertEqual(len(self.contract.line_ids), 1)

    # Sentences

    def test_change_before_the_contract_begins_says_when_it_begins(self):
        amend = self.env["msp.contract.amend"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(12, 1, 2025),
                "line_ids": [
                    Command.create({"product_id": self.backup.id, "quantity": 1})
                ],
            }
        )
        with self.assertRaisesRegex(
            UserError,
            "begins on 01/01/2026, but the change holds from 12/01/2025 on, when "
            "nothing says yet how it is billed. Choose 01/01/2026 or a later day",
        ):
            amend.action_apply()

    def test_change_before_the_contract_begins_with_terms(self):
        amend = self.env["msp.contract.amend"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(12, 1, 2025),
                "changes_terms": True,
                "terms_date": day(12, 1, 2025),
                "line_ids": [
                    Command.create({"product_id": self.backup.id, "quantity": 1})
                ],
            }
        )
        amend.action_apply()
        self.assertEqual(self.contract.date_start, day(12, 1, 2025))

    def test_withdrawing_the_first_version_names_those_that_still_hold(self):
        first = self.contract.version_ids
        later = self._set(self.position, day(8), quantity=12)
        with (
            self.assertRaisesRegex(
                UserError, f"nothing says how it is billed, while {later.display_name}"
            ),
            self.env.cr.savepoint(),
        ):
            first._withdraw("never agreed")
        self.env.invalidate_all()
        (later + first)._withdraw("never agreed")
        self.assertFalse(self.contract.line_ids)

    def test_first_version_without_terms(self):
        contract = self.env["msp.contract"].create({"partner_id": self.customer.id})
        position = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": self.seats.id}
        )
        with self.assertRaisesRegex(UserError, "Let the first version set the terms"):
            self._version(
                contract, day(7), [position._prepare_begin_vals(1, 10.0, "0")]
            )


@freeze_time("2026-07-10 10:00:00")
@tagged("post_install", "-at_install")
class TestVersionOrderTour(OrderCommon, HttpCase):
    def test_backdated_price_and_seats_in_both_orders_by_an_account_manager(self):
        self.start_tour(
            f"/odoo/contracts/{self.contract.id}",
            "msp_backdated_price_first",
            login="accountman",
        )
        other = self._billed_contract()
        self.start_tour(
            f"/odoo/contracts/{other.id}",
            "msp_backdated_seats_first",
            login="accountman",
        )
        for contract in (self.contract, other):
            self.assertEqual(len(contract.version_ids), 3)
            self._assert_backdated(contract)
