from decimal import Decimal
from random import Random

from odoo import Command
from odoo.tests import tagged

from .common import ContractCommon, day


@tagged("post_install", "-at_install")
class TestInvoiceLines(ContractCommon):
    """Quantity x price, rounded, equals the charge's amount, whatever the taxes."""

    def _tax(self, name, included):
        return self.env["account.tax"].create(
            {
                "name": name,
                "amount": 19,
                "price_include_override": "tax_included"
                if included
                else "tax_excluded",
            }
        )

    def _check(self, product, fiscal_position=None, seed=1):
        random = Random(seed)
        contracts = self.env["msp.contract"]
        for _index in range(25):
            quantity = random.choice(
                [1, 3, 7, 10, 250, 0.5, round(random.uniform(0, 9), 6), 0.001]
            )
            price = round(random.uniform(0, 400), random.choice([0, 2, 5]))
            first = day(1, random.randint(1, 31))
            contract = self._contract(
                first, [(product, quantity, price, random.choice([0, 0, 12.5]))]
            )
            contract.fiscal_position_id = fiscal_position
            contracts |= contract
        run = self._run(day(2), contracts=contracts)
        self.assertFalse(run.line_ids.filtered("error"), run.line_ids.mapped("error"))
        for charge in contracts.charge_ids:
            line = charge.move_line_id
            self.assertEqual(line.msp_deviation, 0)
            total = "price_total" if self._is_included(line) else "price_subtotal"
            self.assertEqual(
                Decimal(str(line[total])).quantize(Decimal("0.01")),
                Decimal(str(charge.amount)).quantize(Decimal("0.01")),
            )

    def _is_included(self, line):
        return any(tax.price_include for tax in line.tax_ids)

    def test_taxes_excluded(self):
        tax = self._tax("19 excluded", False)
        self._check(self._product("Net", 1, taxes_id=[Command.set(tax.ids)]))

    def test_taxes_included(self):
        tax = self._tax("19 included", True)
        self._check(self._product("Gross", 1, taxes_id=[Command.set(tax.ids)]), seed=2)

    def test_fiscal_position_turns_included_into_excluded(self):
        included = self._tax("19 included", True)
        excluded = self._tax("7 excluded", False)
        fiscal_position = self.env["account.fiscal.position"].create(
            {"name": "Net customers", "tax_ids": [Command.set(excluded.ids)]}
        )
        excluded.original_tax_ids = included
        product = self._product("Gross", 1, taxes_id=[Command.set(included.ids)])
        self._check(product, fiscal_position, seed=3)

    def test_texts_are_in_the_recipients_language_whoever_runs(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        contract = self._contract(day(1, 15), [(self.seats, 10, 12.50)])
        run = self._run(day(1, 31), contracts=contract)
        self.assertIn("15.01.2026 – 31.01.2026", run.move_ids.invoice_line_ids.name)
        self.assertIn("17 von 31 Tagen", run.move_ids.invoice_line_ids.name)

    def test_quantity_zero_is_visible(self):
        contract = self._contract(day(1), [(self.seats, 0, 12.50)])
        run = self._run(day(1), contracts=contract)
        self.assertEqual(len(run.move_ids.invoice_line_ids), 1)
        self.assertIn(
            "0 Units × $12.50, 31 of 31 days", run.move_ids.invoice_line_ids.name
        )
