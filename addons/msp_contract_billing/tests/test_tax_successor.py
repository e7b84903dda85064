from datetime import date

import psycopg2

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ContractCommon

JULY = date(2020, 7, 1)
JANUARY = date(2021, 1, 1)


@tagged("post_install", "-at_install")
class TestTaxSuccessor(ContractCommon):
    """Germany in 2020: 19 % until June, 16 % until December, then 19 % again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.returned = cls._tax("19 % since 2021", 19)
        cls.lowered = cls._tax(
            "16 %", 16, msp_successor_id=cls.returned.id, msp_successor_date=JANUARY
        )
        cls.usual = cls._tax(
            "19 %", 19, msp_successor_id=cls.lowered.id, msp_successor_date=JULY
        )
        cls.seats.taxes_id = cls.usual

    @classmethod
    def _tax(cls, name, amount, **values):
        return cls.env["account.tax"].create(
            {"name": name, "amount": amount, "type_tax_use": "sale", **values}
        )

    def _lines(self, moves):
        """Return [(first day, last day, amount, rates)] of invoice lines by day."""
        lines = moves.invoice_line_ids.sorted(
            lambda line: (line.move_id, line.msp_period_start)
        )
        return [
            (
                line.msp_period_start,
                line.msp_period_end,
                line.price_subtotal,
                line.tax_ids.mapped("amount"),
            )
            for line in lines
        ]

    def _from_15th(self, quantity=10, **values):
        return self._contract(
            date(2020, 6, 15),
            [(self.seats, quantity, 3.01)],
            terms={"anchor_date": date(2020, 6, 15)},
            **values,
        )

    def test_service_period_across_the_day_gets_two_charges(self):
        contract = self._from_15th()
        run = self._run(date(2020, 6, 15), contracts=contract)
        # 30.10 x 16/30 and x 14/30
        self.assertEqual(
            self._lines(run.move_ids),
            [
                (date(2020, 6, 15), date(2020, 6, 30), 16.05, [19]),
                (date(2020, 7, 1), date(2020, 7, 14), 14.05, [16]),
            ],
        )
        self.assertEqual(run.move_ids.amount_untaxed, 30.10)
        self.assertEqual(run.move_ids.amount_tax, 5.30)
        self.assertEqual(
            contract.charge_ids.mapped(lambda c: (c.tax_ids, c.days)),
            [(self.usual, 16), (self.lowered, 14)],
        )
        self.assertSettled(contract, date(2020, 6, 15))

    def test_months_caught_up_bear_the_tax_of_their_days_whenever_billed(self):
        contract = self._contract(date(2020, 6, 1), [(self.seats, 1, 10)])
        run = self._run(date(2021, 1, 1), contracts=contract)
        rates = [rates for *_rest, rates in self._lines(run.move_ids)]
        self.assertEqual(rates, [[19], *[[16]] * 6, [19]])
        self.assertEqual(
            run.move_ids.invoice_line_ids.tax_ids,
            self.usual + self.lowered + self.returned,
        )

    def test_year_crosses_both_days(self):
        contract = self._contract(
            date(2020, 4, 1),
            [(self.seats, 1, 365)],
            terms={"billing_unit": "year", "anchor_date": date(2020, 4, 1)},
        )
        run = self._run(date(2020, 4, 1), contracts=contract)
        self.assertEqual(
            self._lines(run.move_ids),
            [
                (date(2020, 4, 1), date(2020, 6, 30), 91, [19]),
                (date(2020, 7, 1), date(2020, 12, 31), 184, [16]),
                (date(2021, 1, 1), date(2021, 3, 31), 90, [19]),
            ],
        )
        self.assertSettled(contract, date(2020, 4, 1))

    def test_correction_is_split_by_the_taxes_of_what_it_corrects(self):
        contract = self._from_15th()
        self._run(date(2020, 6, 15), contracts=contract)
        self._set(contract.position_ids, date(2020, 6, 29), quantity=20)
        run = self._run(date(2020, 6, 15), "differential", contract)
        # 30.10 more per period, for 2 and for 14 of 30 days
        self.assertEqual(
            self._lines(run.move_ids),
            [
                (date(2020, 6, 15), date(2020, 6, 30), 2.01, [19]),
                (date(2020, 7, 1), date(2020, 7, 14), 14.04, [16]),
            ],
        )
        june, july = run.move_ids.invoice_line_ids.sorted("msp_period_start")
        self.assertIn("06/29/2020 – 06/30/2020", june.name)
        self.assertNotIn("07/0", june.name)
        self.assertEqual(july.msp_charge_ids.compared_charge_ids.tax_ids, self.lowered)
        self.assertSettled(contract, date(2020, 6, 15))

    def test_correction_on_one_side_has_that_tax_only(self):
        contract = self._from_15th()
        self._run(date(2020, 6, 15), contracts=contract)
        self._set(contract.position_ids, date(2020, 7, 5), quantity=0)
        run = self._run(date(2020, 6, 15), "differential", contract)
        self.assertEqual(run.move_ids.move_type, "out_refund")
        [(_first, _last, amount, rates)] = self._lines(run.move_ids)
        self.assertEqual((amount, rates), (10.03, [16]))
        self.assertSettled(contract, date(2020, 6, 15))

    def test_correction_keeps_the_tax_that_was_billed_though_it_was_replaced(self):
        for tax in (self.usual, self.lowered):
            tax.write({"msp_successor_id": False, "msp_successor_date": False})
        contract = self._from_15th()
        self._run(date(2020, 6, 15), contracts=contract)
        self.usual.write(
            {"msp_successor_id": self.lowered.id, "msp_successor_date": JULY}
        )
        # The new rate alone is no difference in price.
        self.assertSettled(contract, date(2020, 6, 15))
        self._set(contract.position_ids, date(2020, 7, 5), quantity=20)
        run = self._run(date(2020, 6, 15), "differential", contract)
        [(_first, _last, amount, rates)] = self._lines(run.move_ids)
        self.assertEqual((amount, rates), (10.03, [19]))

    def test_fiscal_position_comes_first_and_its_tax_may_be_replaced_too(self):
        export = self._tax("0 % export", 0)
        reduced = self._tax("5 %", 5)
        food = self._tax("7 %", 7, msp_successor_id=reduced.id, msp_successor_date=JULY)
        for mapped, expected in ((export, [[0]]), (food, [[7], [5]])):
            fiscal_position = self.env["account.fiscal.position"].create(
                {"name": mapped.name, "tax_ids": [Command.set(mapped.ids)]}
            )
            mapped.original_tax_ids = self.usual
            contract = self._from_15th(fiscal_position_id=fiscal_position.id)
            run = self._run(date(2020, 6, 15), contracts=contract)
            rates = [rates for *_rest, rates in self._lines(run.move_ids)]
            self.assertEqual(rates, expected)
            self.assertEqual(contract.charge_ids.fiscal_position_id, fiscal_position)

    def test_customer_tax_status_applies_from_its_day_and_is_no_difference(self):
        contract = self._contract(date(2020, 3, 1), [(self.seats, 1, 10)])
        self._run(date(2020, 3, 1), contracts=contract)
        export = self._tax("0 % export", 0, original_tax_ids=self.usual.ids)
        abroad = self.env["account.fiscal.position"].create(
            {"name": "Abroad", "tax_ids": [Command.set(export.ids)]}
        )
        contract.fiscal_position_id = abroad
        self.assertSettled(contract, date(2020, 3, 31))
        self._set(contract.position_ids, date(2020, 3, 1), quantity=2)
        april = self._run(date(2020, 4, 1), contracts=contract)
        march = self._run(date(2020, 4, 1), "differential", contract)
        self.assertEqual(april.move_ids.invoice_line_ids.tax_ids, export)
        self.assertEqual(march.move_ids.invoice_line_ids.tax_ids, self.usual)
        charges = contract.charge_ids.sorted("id")
        self.assertEqual(
            [charge.fiscal_position_id.id for charge in charges],
            [False, abroad.id, False],
        )

    def test_correction_bears_the_tax_that_a_clerk_put_on_the_invoice(self):
        contract = self._contract(date(2020, 3, 1), [(self.seats, 1, 10)])
        invoice = self._run(date(2020, 3, 1), contracts=contract, post=False).move_ids
        free = self._tax("0 % by hand", 0)
        invoice.invoice_line_ids.tax_ids = free
        invoice.action_post()
        self._set(contract.position_ids, date(2020, 3, 1), quantity=2)
        march = self._run(date(2020, 3, 1), "differential", contract)
        self.assertEqual(march.move_ids.invoice_line_ids.tax_ids, free)
        self.assertEqual(march.move_ids.amount_tax, 0.0)
        april = self._run(date(2020, 4, 1), contracts=contract)
        self.assertEqual(april.move_ids.invoice_line_ids.tax_ids, self.usual)
        self.assertSettled(contract, date(2020, 4, 1))

    def test_taxes_that_never_change_cut_nothing(self):
        self.backup.taxes_id = self._tax("7 %", 7) + self._tax("1 %", 1)
        contract = self._contract(
            date(2020, 6, 15),
            [(self.backup, 1, 30)],
            terms={"anchor_date": date(2020, 6, 15)},
        )
        run = self._run(date(2020, 6, 15), contracts=contract)
        [(first, last, _amount, rates)] = self._lines(run.move_ids)
        self.assertEqual((first, last), (date(2020, 6, 15), date(2020, 7, 14)))
        self.assertEqual(rates, [7, 1])

    # Entering it

    def test_chain_must_make_sense(self):
        other_company = self.setup_other_company()["company"]
        elsewhere = self.env["account.tax"].create(
            {
                "name": "elsewhere",
                "amount": 1,
                "company_id": other_company.id,
                "country_id": other_company.account_fiscal_country_id.id,
                "tax_group_id": self.env["account.tax.group"]
                .search([("company_id", "=", other_company.id)], limit=1)
                .id,
            }
        )
        included = self._tax("incl.", 19, price_include_override="tax_included")
        purchase = self._tax("purchase", 19, type_tax_use="purchase")
        for values, message in (
            ({"msp_successor_id": self.usual.id}, "enter both"),
            ({"msp_successor_date": JULY}, "enter both"),
            (
                {"msp_successor_id": self.usual.id, "msp_successor_date": JULY},
                "cannot replace itself",
            ),
            (
                {"msp_successor_id": elsewhere.id, "msp_successor_date": JANUARY},
                "of another company",
            ),
            (
                {"msp_successor_id": purchase.id, "msp_successor_date": JANUARY},
                "one is for sales",
            ),
            (
                {"msp_successor_id": included.id, "msp_successor_date": JANUARY},
                "included in prices",
            ),
        ):
            with (
                self.subTest(message),
                self.assertRaisesRegex(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                self.returned.write(values)
        with self.assertRaisesRegex(ValidationError, "Check the days"):
            self.usual.msp_successor_date = JANUARY
        with self.assertRaisesRegex(ValidationError, "Check the days"):
            self.lowered.msp_successor_date = JULY

    def test_tax_that_replaces_another_cannot_be_deleted(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.returned.unlink()

    def test_entered_in_the_tax_form(self):
        with Form(self.returned) as form:
            form.msp_successor_id = self._tax("21 %", 21)
            form.msp_successor_date = date(2030, 1, 1)
        self.assertEqual(self.returned._msp_on(date(2030, 1, 1)).amount, 21)
        self.assertEqual(self.usual._msp_on(date(2029, 12, 31)), self.returned)
        self.assertEqual(self.usual._msp_on(date(2020, 6, 30)), self.usual)
        self.assertEqual(
            self.usual._msp_change_days(), [JULY, JANUARY, date(2030, 1, 1)]
        )
        copy = self.usual.copy()
        self.assertFalse(copy.msp_successor_id or copy.msp_successor_date)
