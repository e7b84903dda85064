from unittest.mock import patch

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from ..models.msp_contract_due import Due
from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunGrouping(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one = cls._contract(day(1), [(cls.seats, 10, 12.50)], title="Licences")
        cls.two = cls._contract(
            day(1), [(cls.backup, 1, 30)], customer_reference="PO 7"
        )
        cls.both = cls.one | cls.two

    def _moves(self, until=None, contracts=None):
        run = self._run(until or day(1), contracts=contracts or self.both, post=False)
        self.assertFalse(run.line_ids.filtered("error"))
        self.assertEqual(run.equation_rest, 0)
        return run.move_ids.sorted("id")

    def _totals(self, moves):
        return sorted(moves.mapped("amount_untaxed"))

    def test_one_invoice_per_contract_unless_said_otherwise(self):
        self.assertEqual(self._totals(self._moves()), [30.0, 125.0])

    def test_pitfall_065_one_invoice_per_customer_from_the_customers_day_on(self):
        self.customer.write({"msp_invoice_grouping": "customer", "msp_invoice_day": 15})
        run = self._preview(day(1, 10), self.both)
        self.assertEqual(set(run.line_ids.mapped("state")), {"held"})
        self.assertEqual(set(run.exception_ids.mapped("code")), {"invoice_day"})
        self.assertEqual(
            self._parts(run),
            {"waiting": (2, 155.0), "total": (2, 155.0), "rest": (0, 0.0)},
        )
        move = self._moves(day(1, 15))
        self.assertEqual(
            [
                (line.display_type, line.name.split("\n")[0], line.price_subtotal)
                for line in move.invoice_line_ids.sorted("sequence")
            ],
            [
                ("line_section", f"Contract {self.one.name} Licences", 0.0),
                ("product", "Business Premium", 125.0),
                (
                    "line_section",
                    f"Contract {self.two.name}, your reference PO 7",
                    0.0,
                ),
                ("product", "Backup", 30.0),
            ],
        )
        self.assertEqual(move.ref, "PO 7")
        self.assertEqual(move.invoice_origin, f"{self.one.name}, {self.two.name}")
        charges = self.both.charge_ids
        self.assertEqual(
            [(c.move_line_id.product_id, c.amount) for c in charges.sorted("amount")],
            [(self.backup, 30.0), (self.seats, 125.0)],
        )

    def test_invoice_day_is_one_that_every_month_has(self):
        with self.assertRaisesRegex(ValidationError, "1 to 28"):
            self.customer.msp_invoice_day = 31

    def test_invoices_are_shared_only_by_what_agrees_in_everything(self):
        self.customer.msp_invoice_grouping = "customer"
        address = self._customer("Branch", parent_id=self.customer.id, type="invoice")
        elsewhere = self._contract(
            day(1), [(self.seats, 1, 1)], partner_invoice_id=address.id
        )
        later = self._contract(
            day(1), [(self.seats, 1, 2)], payment_term_id=self.pay_terms_b.id
        )
        euros = self._contract(
            day(1),
            [(self.seats, 1, 4)],
            currency_id=self.setup_other_currency("EUR").id,
        )
        moves = self._moves(contracts=self.both | elsewhere | later | euros)
        self.assertEqual(self._totals(moves), [1.0, 2.0, 4.0, 155.0])

    def test_contract_may_keep_invoices_of_its_own(self):
        self.customer.msp_invoice_grouping = "customer"
        self.two.invoice_grouping = "contract"
        self.assertEqual(self._totals(self._moves()), [30.0, 125.0])

    def test_one_invoice_per_environment(self):
        contract = self._contract(
            day(1), [(self.seats, 10, 10), (self.seats, 2, 10), (self.backup, 1, 30)]
        )
        production, test = self.env["msp.environment"].create(
            [{"name": "Productive"}, {"name": "Trial"}]
        )
        contract.position_ids[0].environment_id = production
        contract.position_ids[1].environment_id = test
        contract.position_ids[2].environment_id = production
        contract.invoice_grouping = "environment"
        moves = self._moves(contracts=contract)
        self.assertEqual(self._totals(moves), [20.0, 130.0])

    def test_one_invoice_per_order_number_across_contracts(self):
        self.company.msp_invoice_grouping = "order"
        contract = self._contract(
            day(1),
            [(self.seats, 1, 10), (self.backup, 1, 20)],
            customer_reference="PO 8",
        )
        contract.position_ids[1].purchase_order = "PO 7"
        moves = self._moves(contracts=self.both | contract)
        self.assertEqual(
            {move.ref or "": move.amount_untaxed for move in moves},
            {"PO 7": 50.0, "PO 8": 10.0, "": 125.0},
        )

    def test_one_invoice_per_month_of_service(self):
        self.customer.write(
            {"msp_invoice_grouping": "customer", "msp_split_months": True}
        )
        moves = self._moves(day(2))
        self.assertEqual(self._totals(moves), [155.0, 155.0])
        self.assertEqual(
            sorted(moves.mapped("delivery_date")), [day(1, 31), day(2, 28)]
        )

    def test_total_of_the_group_decides_between_invoice_and_credit_note(self):
        self.customer.msp_invoice_grouping = "customer"
        self.both.corrections_with_regular = True
        self._moves().action_post()
        self._set(self.one.position_ids, day(1), quantity=9)
        move = self._moves(day(2))
        # February is 12.50 x 9 + 30, January goes back by 12.50.
        self.assertEqual(move.move_type, "out_invoice")
        self.assertEqual(move.amount_untaxed, 130.0)
        self.assertTrue(all(price >= 0 for price in self._prices(move)))
        move.action_post()
        self._end(self.one.position_ids, day(1))
        credit = self._moves(day(3))
        # March is 30 only; the seats of January and February go back.
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(credit.amount_untaxed, 225.0 - 30.0)
        self.assertTrue(all(price >= 0 for price in self._prices(credit)))
        self.assertEqual(len(credit.msp_corrected_move_ids), 2)
        for contract in self.both:
            self.assertSettled(contract, day(3))

    def _prices(self, move):
        lines = move.invoice_line_ids
        return lines.filtered(lambda x: x.display_type == "product").mapped(
            "price_unit"
        )

    def test_group_is_billed_in_one_batch_and_fails_as_a_whole(self):
        self.customer.msp_invoice_grouping = "customer"
        other = self._contract(day(1), [(self.seats, 1, 5)], self.partner_b)
        contracts = self.both | other
        run = self._preview(day(1), contracts)
        self.customer.company_id = self.setup_other_company()["company"]
        run.action_create_invoices()
        states = {line.contract_id: line.state for line in run.line_ids}
        self.assertEqual(
            states, {self.one: "failed", self.two: "failed", other: "done"}
        )
        self.customer.company_id = False
        run.action_create_invoices()
        self.assertEqual(self._totals(run.move_ids), [5.0, 155.0])

    def test_contract_that_cannot_be_computed_leaves_the_others_their_invoice(self):
        self.customer.msp_invoice_grouping = "customer"
        third = self._contract(day(1), [(self.seats, 1, 5)])
        run = self._preview(day(1), self.both | third)
        model = type(third)
        compute_due = model._compute_due

        def with_error(contracts, until, kind):
            found = compute_due(contracts, until, kind)
            return {**found, third.id: Due([], [], "The price has no period.")}

        self.startPatcher(patch.object(model, "_compute_due", with_error))
        run.action_create_invoices()
        self.assertEqual(self._totals(run.move_ids), [155.0])
        failed = run.line_ids.filtered("error")
        self.assertEqual(failed.contract_id, third)
        self.assertEqual(failed.error, "The price has no period.")

    def test_pitfall_069_company_currency_and_fiscal_position_per_contract(self):
        data = self.setup_other_company()
        self.env.user.company_ids |= data["company"]
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        zero = self.tax_sale_a.copy({"amount": 0, "name": "Export"})
        export = self.env["account.fiscal.position"].create({"name": "Export"})
        zero.write(
            {
                "fiscal_position_ids": [Command.set(export.ids)],
                "original_tax_ids": [Command.set(self.seats.taxes_id.ids)],
            }
        )
        abroad = self._contract(
            day(1),
            [(self.seats, 1, 100)],
            currency_id=euro.id,
            fiscal_position_id=export.id,
        )
        elsewhere = self._contract(
            day(1), [(self.seats, 1, 70)], company_id=data["company"].id
        )
        run = self._run(day(1), contracts=self.one | abroad)
        move = run.move_ids.filtered(lambda one: one.currency_id == euro)
        self.assertRecordValues(
            move,
            [
                {
                    "amount_untaxed": 100.0,
                    "amount_tax": 0.0,
                    "amount_untaxed_signed": 200.0,
                    "fiscal_position_id": export.id,
                }
            ],
        )
        self.assertEqual(run.amount_billed, 325.0)
        self.assertEqual(run.equation_rest, 0)
        other_run = self.env["msp.billing.run"].create(
            {
                "date_until": day(1),
                "invoice_date": day(1),
                "company_id": data["company"].id,
            }
        )
        other_run.action_preview()
        self.assertEqual(other_run.line_ids.contract_id, elsewhere)
        other_run.action_create_invoices()
        self.assertEqual(other_run.move_ids.company_id, data["company"])
        self.assertEqual(other_run.move_ids.journal_id, other_run.journal_id)
        self.assertEqual(other_run.journal_id.company_id, data["company"])

    def test_customers_whose_bills_another_pays_stay_apart(self):
        payer = self._customer("Holding")
        contracts = self.env["msp.contract"]
        for name in ("North", "South"):
            customer = self._customer(name, msp_invoice_grouping="customer")
            for _time in range(2):
                contracts |= self._contract(
                    day(1), [(self.seats, 1, 10)], customer, partner_invoice_id=payer.id
                )
        run = self._run(day(1), contracts=contracts)
        self.assertEqual(run.move_ids.partner_id, payer)
        self.assertEqual(run.move_ids.mapped("amount_untaxed"), [20.0, 20.0])

    def test_total_with_taxes_decides_between_invoice_and_credit_note(self):
        self.customer.country_id = self.company.country_id
        untaxed = self._product("Postage", 1, taxes_id=False)
        cases = (
            # The seats bear 15 %: 100.00 - 95.00 - 14.25, and the other way round.
            (100, -95, "out_refund", 9.25),
            (-100, 95, "out_invoice", 9.25),
            (100, -80, "out_invoice", 8.0),
        )
        for postage, seats, move_type, total in cases:
            contract = self._contract(day(1), [(self.seats, 0, 10)])
            for product, price in ((untaxed, postage), (self.seats, seats)):
                self.env["msp.one.off"].create(
                    {
                        "contract_id": contract.id,
                        "product_id": product.id,
                        "price_unit": price,
                        "reason": "Settled",
                        "date": day(1),
                    }
                )
            run = self._run(day(1), contracts=contract)
            self.assertEqual(run.move_ids.move_type, move_type)
            self.assertEqual(run.move_ids.amount_total, total)
            self.assertEqual(run.move_ids.state, "posted")
            self.assertTrue(
                all(price >= 0 for price in run.move_ids.line_ids.mapped("price_unit"))
            )
