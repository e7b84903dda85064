from odoo.tests import tagged

from .common import day
from .ledger_common import LedgerCommon


@tagged("post_install", "-at_install")
class TestCorrections(LedgerCommon):
    """Documents that correct others, and claims that cross periods."""

    def test_pitfall_052_net_negative_becomes_a_credit_note(self):
        self._bill()
        self.contract.corrections_with_regular = True
        self._set(self.position, day(1), quantity=1)
        run = self._run(day(2), contracts=self.contract)
        # February for one seat, and nine seats of January back.
        self.assertEqual(run.move_ids.move_type, "out_refund")
        self.assertEqual(run.move_ids.amount_untaxed, 9 * 12.50 - 12.50)
        lines = run.move_ids.invoice_line_ids.sorted("price_subtotal")
        self.assertEqual(lines.mapped("price_subtotal"), [-12.50, 112.50])
        # EN 16931, BR-27: never a negative price.
        self.assertTrue(all(line.price_unit >= 0 for line in lines))
        self.assertEqual(sum(c[2] for c in self._claims(self.contract)), 25.00)
        self.assertSettled(self.contract, day(2))

    def test_correction_of_several_invoices_names_them_all(self):
        january, february = self._bill(), self._bill(day(2))
        self._set(self.position, day(1), quantity=8)
        credit = self._bill(day(2), "differential")
        self.assertEqual(credit.msp_corrected_move_ids, january + february)
        self.assertFalse(credit.reversed_entry_id)
        for invoice in january + february:
            self.assertIn(invoice.name, "".join(credit.invoice_line_ids.mapped("name")))

    def test_credit_of_one_invoice_is_reconciled_only_if_that_is_unpaid(self):
        for is_paid in (False, True):
            with self.subTest(paid=is_paid), self.env.cr.savepoint() as savepoint:
                invoice = self._bill()
                if is_paid:
                    self._pay(invoice)
                    self.assertIn(invoice.payment_state, ("paid", "in_payment"))
                self._set(self.position, day(1), quantity=8)
                credit = self._bill(kind="differential")
                self.assertEqual(credit.msp_corrected_move_ids, invoice)
                self.assertEqual(
                    credit.reversed_entry_id, invoice.browse() if is_paid else invoice
                )
                savepoint.rollback()

    def test_periods_joined_by_a_claim_are_compared_as_one(self):
        contract = self._contract(
            day(1),
            [(self.seats, 10, 120.00)],
            terms={"billing_unit": "year"},
        )
        self._run(day(1), contracts=contract)
        self._version(
            contract,
            day(7),
            [
                {"action": "terms", "anchor_date": day(1)},
                {
                    "action": "set",
                    "position_id": contract.position_ids.id,
                    "sets_price": True,
                    "price_unit": 11.00,
                },
            ],
        )
        # Half a year at 1200.00 for 365 days, six months at 110.00.
        entitled = round(1200 * 181 / 365, 2) + 660
        run = self._run(day(1), "differential", contract)
        [correction] = run.move_ids.invoice_line_ids.msp_charge_ids
        self.assertEqual(
            (correction.date_start, correction.date_end), (day(1), day(12, 31))
        )
        self.assertEqual(run.move_ids.amount_untaxed, round(entitled - 1200, 2))
        self.assertEqual(correction.kind, "correction")
        self.assertSettled(contract, day(12))
        january = day(1, year=2027)
        self.assertEqual(
            self._run(january, contracts=contract).move_ids.amount_untaxed, 110.00
        )

    def test_claim_outside_every_period_is_compared_with_nothing(self):
        first = self.contract.version_ids
        self._bill(day(2))
        changes = [
            {"action": "terms", "anchor_date": day(1)},
            {
                "action": "begin",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": 10,
                "sets_price": True,
                "price_unit": 12.50,
            },
        ]
        self._version(self.contract, day(2), changes)
        first._withdraw("began a month later")
        credit = self._bill(day(2), "differential")
        self.assertEqual(credit.amount_untaxed, 125.00)
        self.assertEqual(credit.move_type, "out_refund")
        self.assertIn("began a month later", credit.invoice_line_ids.name)
        self.assertSettled(self.contract, day(2))

    def test_everything_withdrawn_is_credited(self):
        self._bill(day(2))
        self.contract.version_ids._withdraw("never agreed")
        credit = self._bill(day(2), "differential")
        self.assertEqual(credit.amount_untaxed, 250.00)
        self.assertSettled(self.contract, day(2))

    def test_pitfall_045_manual_correction_stays_and_can_be_undone(self):
        invoice = self._bill(post=False)
        line = invoice.invoice_line_ids
        line.price_unit = 11.00
        invoice.action_post()
        self.assertEqual(line.msp_deviation, -15.00)
        self._set(self.position, day(1), quantity=12)
        more = self._bill(day(2), "differential")
        # What was changed by hand is not asked back with the two seats.
        self.assertEqual(more.amount_untaxed, 25.00)
        self.assertSettled(self.contract, day(1))
        invoice.button_draft()
        line.price_unit = 12.50
        invoice.action_post()
        self.assertEqual(line.msp_deviation, 0.00)
        self.assertFalse(invoice.msp_has_deviation)
        self.assertSettled(self.contract, day(1))
