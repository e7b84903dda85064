from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .bill_common import BillCommon


class TaxCases(BillCommon):
    """A German company buys from vendors of three kinds of countries."""

    @classmethod
    def _vendor(cls, code, vat=False, position=None):
        """Move the vendor to a country; of services an accountant says so."""
        cls.vendor.write({"country_id": cls.env.ref(f"base.{code}").id, "vat": vat})
        if position:
            name = f"account.{cls.company.id}_fiscal_position_{position}_skr03"
            cls.vendor.property_account_position_id = cls.env.ref(name)

    def _sums(self, bill):
        """Return {account code: balance} of the posted bill."""
        sums = {}
        for line in bill.line_ids:
            code = line.account_id.code
            sums[code] = round(sums.get(code, 0.0) + line.balance, 2)
        return sums

    def _taxed(self, net, tax):
        return {
            **self._row(10, Subtotal=f"{net:.2f}"),
            "TaxTotal": f"{tax:.2f}",
            "Total": f"{net + tax:.2f}",
        }


@freeze_time("2026-02-10")
@tagged("post_install_l10n", "post_install", "-at_install")
class TestVendorBillGerman(TaxCases):
    """On the German chart, by the vendor's fiscal position."""

    @classmethod
    @AccountTestInvoicingCommon.setup_chart_template("de_skr03")
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"country_id": cls.env.ref("base.de").id, "vat": "DE136695976"}
        )
        cls.licences = cls.env["account.account"].search(
            [("code", "=", "3400"), ("company_ids", "in", cls.company.ids)]
        )
        cls.premium.property_account_expense_id = cls.licences

    def test_domestic_has_input_tax(self):
        self._vendor("de", "DE123456788")
        self.provider.bill_tax = "file"
        bill = self._bill(self._taxed(150.00, 28.50))
        self._post(bill)
        self.assertEqual((bill.amount_untaxed, bill.amount_total), (150.00, 178.50))
        sums = self._sums(bill)
        self.assertEqual((sums["3400"], sums["1576"]), (150.00, 28.50))

    def test_intra_community_is_reverse_charge(self):
        self._vendor("ie", "IE6388047V", "eu_vat_id_partner_service")
        self.provider.bill_tax = "file"
        bill = self._bill(self._taxed(150.00, 0.0))
        self._post(bill)
        self.assertEqual(
            bill.fiscal_position_id, self.vendor.property_account_position_id
        )
        self.assertEqual(self._sums(bill)["3123"], 150.00)
        self.assertEqual((bill.amount_untaxed, bill.amount_total), (150.00, 150.00))
        taxes = bill.line_ids.filtered("tax_repartition_line_id")
        # 19 % of 150.00, owed and deducted at once
        self.assertEqual(sorted(taxes.mapped("balance")), [-28.50, 28.50])

    def test_third_country_is_reverse_charge_without_vat_number(self):
        # The chart has this tax, archived until somebody buys abroad.
        name = (
            f"account.{self.company.id}_tax_vst_ust_19_purchase_13b_werk_ausland_skr03"
        )
        self.env.ref(name).active = True
        self._vendor("us", position="non_eu_partner_service")
        self.provider.bill_tax = "file"
        bill = self._bill(self._taxed(150.00, 0.0))
        self._post(bill)
        self.assertEqual((bill.amount_untaxed, bill.amount_total), (150.00, 150.00))
        self.assertEqual(self._sums(bill)["3125"], 150.00)
        taxes = bill.line_ids.filtered("tax_repartition_line_id")
        # Owed under section 13b, and deducted at once
        self.assertEqual(sorted(taxes.mapped("balance")), [-28.50, 28.50])

    def test_the_fiscal_position_of_goods_says_what_is_wrong(self):
        """A US vendor without one is taxed like one at home, and the bill refused."""
        self._vendor("us")
        self.provider.bill_tax = "file"
        with self.assertRaisesRegex(UserError, "fiscal position of Contoso Ireland"):
            self._bill(self._taxed(150.00, 0.0))

    def test_lines_of_several_products_are_mapped_as_well(self):
        """Grouped by customer they name no product, and no tax of their own."""
        self._vendor("ie", "IE6388047V", "eu_vat_id_partner_service")
        self.provider.bill_grouping = "customer"
        archive = self._product("Archive", 9.0, msp_recurring=True)
        archive.supplier_taxes_id = self.premium.supplier_taxes_id
        archive.property_account_expense_id = self.licences
        self._article(archive, "CFQ7TTC0LCHC:0004")
        rows = [self._row(10), self._row(2, SkuId="0004", SubscriptionId="5b5b-4")]
        line = self._bill(*rows).invoice_line_ids
        self.assertEqual((len(line), line.price_subtotal), (1, 180.0))
        self.assertFalse(line.product_id)
        single = self._bill(
            self._row(10, month=2), name="february.csv"
        ).invoice_line_ids
        self.assertEqual(single.product_id, self.premium)
        self.assertEqual(
            (line.account_id, line.tax_ids), (single.account_id, single.tax_ids)
        )


@freeze_time("2026-02-10")
@tagged("post_install", "-at_install")
class TestVendorBillGeneric(TaxCases):
    """On the generic chart, by fiscal positions of our own."""

    def _position(self, name, tax, **vals):
        """Return a fiscal position that maps the purchase tax to another."""
        position = self.env["account.fiscal.position"].create(
            {"name": name, "auto_apply": True, **vals}
        )
        tax.write(
            {
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(self.tax.ids)],
            }
        )
        return position

    def test_reverse_charge_by_a_fiscal_position(self):
        reverse = self.env["account.tax"].create(
            {
                "name": "Reverse charge 15 %",
                "amount": 15.0,
                "type_tax_use": "purchase",
                "invoice_repartition_line_ids": [
                    Command.create({"repartition_type": "base"}),
                    Command.create({"factor_percent": 100, "repartition_type": "tax"}),
                    Command.create({"factor_percent": -100, "repartition_type": "tax"}),
                ],
                "refund_repartition_line_ids": [
                    Command.create({"repartition_type": "base"}),
                    Command.create({"factor_percent": 100, "repartition_type": "tax"}),
                    Command.create({"factor_percent": -100, "repartition_type": "tax"}),
                ],
            }
        )
        ireland = self.env.ref("base.ie")
        position = self._position("Ireland", reverse, country_id=ireland.id)
        self._vendor("ie")
        bill = self._bill(self._row(10))
        self.assertEqual(bill.fiscal_position_id, position)
        self.assertEqual(bill.invoice_line_ids.tax_ids, reverse)
        self.assertEqual((bill.amount_untaxed, bill.amount_total), (150.00, 150.00))

    def test_the_files_rate_books_a_foreign_bill(self):
        eur = self.env.ref("base.EUR")
        eur.active = True
        self.provider.rate_rule = "vendor"
        rows = [
            self._row(
                10,
                Currency="EUR",
                PricingCurrency=self.currency.name,
                PCToBCExchangeRate="0.8",
            ),
            self._row(
                10,
                start=2,
                Currency="EUR",
                PricingCurrency=self.currency.name,
                PCToBCExchangeRate="0.75",
            ),
        ]
        bill = self._bill(*rows)
        # 150.00 / 0.8 + 150.00 / 0.75 = 187.50 + 200.00
        self.assertAlmostEqual(bill.invoice_currency_rate, 300.00 / 387.50, 9)
        self.assertIn("The provider's file: 1 USD = 0.774194 EUR", bill.msp_rate_note)
        self._post(bill)
        self.assertEqual(sum(bill.invoice_line_ids.mapped("balance")), 387.50)
        self.assertAlmostEqual(bill.invoice_currency_rate, 300.00 / 387.50, 9)

    def test_the_booked_rate_is_that_of_the_last_day_charged(self):
        eur = self.env.ref("base.EUR")
        eur.active = True
        eur.rate_ids.unlink()
        for day, rate in ((date(2026, 1, 31), 0.5), (date(2026, 2, 5), 0.4)):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": eur.id,
                    "name": day,
                    "rate": rate,
                    "company_id": self.company.id,
                }
            )
        self.provider.rate_rule = "booked"
        foreign = {"Currency": "EUR", "PricingCurrency": "EUR"}
        bill = self._bill(self._row(10, **foreign))
        self._post(bill)
        self.assertEqual(bill.invoice_currency_rate, 0.5)
        self.assertEqual(sum(bill.invoice_line_ids.mapped("balance")), 300.00)
        self.assertIn("01/31/2026", bill.msp_rate_note)
