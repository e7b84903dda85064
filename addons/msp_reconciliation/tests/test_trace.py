from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.msp_contract_billing.tests.trace_common import TraceMixin

from .common import ReconciliationCommon


@freeze_time("2026-03-10")
@tagged("post_install", "-at_install")
class TestBillTrace(TraceMixin, ReconciliationCommon):
    """The row of a file leads to the line of the vendor bill that books it."""

    def _applied(self, *rows, book=True):
        contract = self._seats_contract()
        import_ = self._import(*rows)
        if book:
            import_.with_user(self.accountant).action_create_bill()
        return contract, import_

    def test_pitfall_122_from_an_invoice_to_the_vendor_bill(self):
        contract, import_ = self._applied(self._row(12))
        move = self._run(date(2026, 1, 1), contracts=contract).move_ids
        line = move.invoice_line_ids
        self.assertEqual(
            [label for _, label, _ in self._outline(line)],
            [
                "Invoice line",
                "Charge",
                "Rests on",
                "Rests on",
                "Caused by file",
                "Row of the file",
                "Booked on vendor bill",
                "Booked as",
                "Made by run",
                "Booked as",
                "Tax",
            ],
        )
        bill = self._find(line, "Booked on vendor bill")
        self.assertEqual(bill.record, import_.bill_ids)
        self.assertEqual(
            bill.details[:2], [self.vendor.display_name, self.premium.display_name]
        )
        (item,) = bill.children
        self.assertEqual(item.record, import_.bill_ids.invoice_line_ids)
        self.assertEqual(item.details, ["Debit $180.00, once posted"])
        # Only the customer's documents are printed.
        action = line.action_msp_trace()
        trace = self.env["msp.trace"].browse(action["context"]["msp_trace_id"])
        self.assertEqual(trace.move_ids, move)

    def test_credits_lead_to_their_own_line(self):
        credit = self._row(
            10,
            price="-1.15",
            ChargeType="customerCredit",
            OrderDate=date(2026, 2, 19),
            InvoiceNumber="G02",
        )
        _contract, import_ = self._applied(self._row(12, month=2), credit)
        rows = import_.provider_charge_ids
        nodes = self.env["msp.trace"]._trace_row_documents(rows.sudo())
        booked = {
            row.billed_cost: nodes[row.id][0].children[0].record.price_subtotal
            for row in rows
        }
        self.assertEqual(booked, {180.00: 180.00, -11.50: -11.50})

    def test_rows_without_a_bill_end_at_the_row(self):
        contract, import_ = self._applied(self._row(12), book=False)
        self.assertFalse(self._all(contract.version_ids, "Booked on vendor bill"))
        import_.with_user(self.accountant).action_create_bill()
        self.assertTrue(self._all(contract.version_ids, "Booked on vendor bill"))
        import_.bill_ids.button_cancel()
        self.assertFalse(self._all(contract.version_ids, "Booked on vendor bill"))

    def test_bills_one_may_not_see_have_a_name_only(self):
        contract, import_ = self._applied(self._row(12))
        import_.bill_ids.invoice_user_id = self.accountant
        node = self._find(contract.version_ids, "Booked on vendor bill", self.manager)
        self.assertEqual(node.details, ["You may not see it."])
        self.assertFalse(node.record)
        self.assertFalse(node.children)
