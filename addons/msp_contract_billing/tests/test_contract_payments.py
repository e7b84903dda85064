from odoo.tests import freeze_time, tagged

from .common import day
from .ledger_common import LedgerCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestPayments(LedgerCommon):
    """What of a contract's invoices is paid, open and overdue: Odoo's payments."""

    def _amounts(self, contract=None):
        contract = contract or self.contract
        self.env.flush_all()
        self.env.invalidate_all()
        return [
            round(contract[f"amount_{name}"], 2)
            for name in ("invoiced", "paid", "open", "overdue")
        ]

    def test_invoices_are_open_then_overdue_then_paid(self):
        self.assertEqual(self._amounts(), [0, 0, 0, 0])
        # 125.00 and 15 % tax
        first = self._bill(day(1))
        self._bill(day(3))
        self.assertEqual(self._amounts(), [431.25, 0, 431.25, 0], "due today")
        with freeze_time("2026-05-15 12:00:00"):
            self.assertEqual(self._amounts(), [431.25, 0, 431.25, 431.25])
            self._pay(first)
            self.assertEqual(self._amounts(), [431.25, 143.75, 287.5, 287.5])

    def test_what_is_not_due_is_not_overdue(self):
        self.contract.payment_term_id = self.env.ref(
            "account.account_payment_term_30days"
        )
        invoice = self._run(day(5), contracts=self.contract).move_ids
        self.assertEqual(invoice.invoice_date_due, day(5, 31))
        total = 5 * 143.75
        self.assertEqual(self._amounts(), [total, 0, total, 0])
        with freeze_time("2026-06-01 12:00:00"):
            self.assertEqual(self._amounts(), [total, 0, total, total])

    def test_instalments_are_overdue_one_by_one(self):
        self.contract.payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "Half at once, half in 60 days",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 0}),
                    (0, 0, {"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        self._run(day(5), contracts=self.contract)
        total = 5 * 143.75
        with freeze_time("2026-05-15 12:00:00"):
            half = round(total / 2, 2)
            self.assertEqual(self._amounts(), [total, 0, total, half])

    def test_credit_notes_count_and_cancelled_ones_do_not(self):
        invoice = self._bill()
        credit = self._reverse(invoice)
        self.assertEqual(self._amounts(), [143.75, 0, 143.75, 0])
        credit.action_post()
        self.assertEqual(self._amounts(), [0, 0, 0, 0])
        rows = self.contract.invoice_ids
        self.assertEqual(sorted(rows.mapped("amount_total")), [-143.75, 143.75])
        draft = self._bill(post=False)
        self.assertEqual(self._amounts(), [0, 0, 0, 0], "a draft is not invoiced yet")
        draft.button_cancel()
        self.env.flush_all()
        self.contract.invalidate_recordset()
        self.assertEqual(len(self.contract.invoice_ids), 2)

    def test_shared_invoice_counts_by_share(self):
        other = self._contract(day(1), [(self.backup, 1, 375.0)])
        both = self.contract + other
        both.write({"invoice_grouping": "customer"})
        invoice = self._run(day(1), contracts=both).move_ids
        self.assertEqual(invoice.amount_total, 575.0)
        rows = both.invoice_ids.sorted("amount_total")
        self.assertRecordValues(
            rows,
            [
                {
                    "contract_id": self.contract.id,
                    "is_shared": True,
                    "contract_count": 2,
                    "amount_document": 575.0,
                    "amount_total": 143.75,
                    "amount_residual": 143.75,
                    "amount_overdue": 0.0,
                },
                {
                    "contract_id": other.id,
                    "is_shared": True,
                    "contract_count": 2,
                    "amount_document": 575.0,
                    "amount_total": 431.25,
                    "amount_residual": 431.25,
                    "amount_overdue": 0.0,
                },
            ],
        )
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 115.0})._create_payments()
        # A fifth of the document is paid, so a fifth of each share.
        with freeze_time("2026-05-15 12:00:00"):
            self.assertEqual(self._amounts(), [143.75, 28.75, 115.0, 115.0])
            self.assertEqual(self._amounts(other), [431.25, 86.25, 345.0, 345.0])

    def test_account_manager_sees_amounts_of_the_own_companies(self):
        self._bill()
        manager = self._role_user("pay.manager", "group_account_manager")
        contract = self.contract.with_user(manager)
        self.assertEqual(contract.amount_open, 143.75)
        self.assertEqual(contract.invoice_ids.amount_residual, 143.75)
        other = self.setup_other_company()["company"]
        manager.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        rows = self.env["msp.contract.invoice"].with_user(manager)
        self.assertFalse(rows.search([("contract_id", "=", self.contract.id)]))
