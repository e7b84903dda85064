"""A correction bears the taxes of what it corrects, whatever holds today."""

from odoo import Command
from odoo.tests import tagged

from .common import day
from .run_common import RunCommon


@tagged("post_install", "-at_install")
class TestCorrectionTaxes(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old_tax = cls._tax(16)
        cls.new_tax = cls._tax(19)
        cls.product = cls._product("Seats", 10, taxes_id=[Command.set(cls.old_tax.ids)])
        cls.contract = cls._contract(day(1), [(cls.product, 10, 10)])

    @classmethod
    def _tax(cls, percent, **values):
        return cls.env["account.tax"].create(
            {"name": f"VAT {percent}", "amount": percent, **values}
        )

    def _correct(self, until, **values):
        """Change January and return the correction's invoice."""
        self._set(self.contract.position_ids, day(1), **values)
        run = self._run(until, kind="differential", contracts=self.contract)
        return run.move_ids

    def test_archived_tax_is_credited_as_it_was_billed(self):
        self._run(day(1), contracts=self.contract)
        self.product.taxes_id = self.new_tax
        self.old_tax.active = False
        credit = self._correct(day(1, 20), quantity=8)
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(credit.amount_untaxed, 20)
        self.assertEqual(credit.amount_tax, 3.20)

    def test_tax_of_a_charge_cannot_be_deleted(self):
        run = self._run(day(1), contracts=self.contract, post=False)
        charge = run.move_ids.invoice_line_ids.msp_charge_ids
        self.assertEqual(charge.tax_ids, self.old_tax)
        relation = charge._fields["tax_ids"]
        self.assertEqual(relation.ondelete, "restrict")

    def test_correction_keeps_the_fiscal_position_of_its_claim(self):
        """Its revenue account and its legal notes are those of the invoice."""
        domestic, abroad = self.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": "income"}
                for name, code in (("Domestic", "MSP400"), ("EU", "MSP125"))
            ]
        )
        self.product.property_account_income_id = domestic
        union = self.env["account.fiscal.position"].create(
            {
                "name": "EU",
                "note": "<p>Reverse charge</p>",
                "account_ids": [
                    Command.create(
                        {"account_src_id": domestic.id, "account_dest_id": abroad.id}
                    )
                ],
            }
        )
        exempt = self._tax(0, fiscal_position_ids=[Command.set(union.ids)])
        exempt.original_tax_ids = self.old_tax
        before = self.contract.fiscal_position_id
        self._run(day(1), contracts=self.contract)
        self.contract.fiscal_position_id = union
        self._run(day(2), contracts=self.contract)
        corrections = self._correct(day(2, 20), quantity=12)
        self.assertEqual(len(corrections), 2)
        by_position = corrections.grouped("fiscal_position_id")
        found = {
            position: (move.amount_untaxed, move.amount_tax, line.account_id)
            for position, move in by_position.items()
            for line in move.invoice_line_ids
        }
        self.assertEqual(
            found,
            {
                before: (20, 3.20, domestic),
                union: (20, 0, abroad),
            },
        )
        self.assertNotIn("Reverse charge", by_position[before].narration or "")

    def test_tax_per_unit_is_noted_on_corrections(self):
        self.product.taxes_id = self._tax(0.5, amount_type="fixed")
        self._run(day(1), contracts=self.contract)
        self._set(self.contract.position_ids, day(1), quantity=4)
        run = self._preview(day(1, 20), self.contract, kind="differential")
        self.assertEqual(run.exception_ids.mapped("code"), ["negative", "tax_per_unit"])
