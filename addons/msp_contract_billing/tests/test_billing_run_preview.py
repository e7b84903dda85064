from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from ..models.msp_contract_waiting import Waiting
from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunPreview(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])

    def test_form_proposes_today_and_the_sales_journal(self):
        form = Form(self.env["msp.billing.run"])
        self.assertEqual(form.date_until, day(3, 10))
        self.assertEqual(form.invoice_date, day(3, 10))
        self.assertEqual(form.accounting_date, day(3, 10))
        self.assertEqual(form.journal_id, self.company_data["default_journal_sale"])

    def test_archived_journal_is_refused_before_anything_is_made(self):
        run = self.env["msp.billing.run"].create(
            {"date_until": day(1), "invoice_date": day(1)}
        )
        run.journal_id.active = False
        with self.assertRaisesRegex(UserError, "is archived. Choose another"):
            run.action_preview()

    def test_figures_are_those_of_the_charges(self):
        run = self._preview(day(2), self.contract)
        self.assertRecordValues(
            run.line_ids,
            [
                {
                    "state": "due",
                    "amount": 250.0,
                    "amount_company": 250.0,
                    "charge_count": 2,
                    "position_count": 1,
                    "is_first": True,
                    "is_outlier": False,
                }
            ],
        )
        self.assertEqual(run.line_ids.preview.count("Business Premium"), 2)
        self.assertIn("125.00", run.line_ids.details)

    def test_amount_is_compared_with_the_contracts_last_run(self):
        quarterly = self._contract(
            day(1), [(self.backup, 1, 300)], terms={"billing_every": 3}
        )
        both = self.contract | quarterly
        self._run(day(1), contracts=both)
        self._run(day(2), contracts=both)
        self._set(self.contract.position_ids, day(4), quantity=18)
        run = self._preview(day(4), both, invoice_date=day(4))
        self.assertRecordValues(
            run.line_ids,
            [
                # March and April are 12.50 x (10 + 18) = 2 x 175 against 125.
                {
                    "contract_id": self.contract.id,
                    "amount_before": 125.0,
                    "amount": 350.0,
                    "period_count": 2,
                    "deviation": 50.0,
                    "deviation_percent": 40.0,
                    "is_outlier": True,
                },
                {
                    "contract_id": quarterly.id,
                    "amount_before": 300.0,
                    "amount": 300.0,
                    "period_count": 1,
                    "deviation": 0.0,
                    "deviation_percent": 0.0,
                    "is_outlier": False,
                },
            ],
        )
        self.assertEqual(run.outlier_count, 1)
        outliers = run.line_ids.search(
            [("run_id", "=", run.id), ("is_outlier", "=", True)]
        )
        self.assertEqual(outliers.contract_id, self.contract)

    def test_selection_narrows_the_contracts(self):
        other = self._customer("Other")
        arrears = self._contract(
            day(1),
            [(self.backup, 1, 30)],
            other,
            terms={"billing_timing": "arrears"},
            user_id=self._role_user("anna", "group_account_manager").id,
        )
        yearly = self._contract(
            day(1), [(self.backup, 1, 360)], terms={"billing_unit": "year"}
        )
        everything = self.contract | arrears | yearly
        for values, expected in (
            ({"partner_ids": other.ids}, arrears),
            ({"manager_ids": arrears.user_id.ids}, arrears),
            ({"only_timing": "arrears"}, arrears),
            ({"only_unit": "year"}, yearly),
            ({"only_unit": "month"}, self.contract | arrears),
            ({"product_ids": self.backup.ids}, arrears | yearly),
        ):
            run = self._preview(day(2), everything, **values)
            self.assertEqual(run.line_ids.contract_id, expected, values)

    def test_only_positions_of_the_products_are_billed(self):
        contract = self._contract(day(1), [(self.seats, 1, 10), (self.backup, 1, 30)])
        run = self._preview(day(1), contract, product_ids=self.backup.ids)
        self.assertEqual(run.amount_due, 30.0)
        run.action_create_invoices()
        self.assertEqual(run.move_ids.invoice_line_ids.product_id, self.backup)
        rest = self._run(day(1), contracts=contract)
        self.assertEqual(rest.move_ids.invoice_line_ids.product_id, self.seats)

    def test_other_selection_asks_for_another_preview(self):
        run = self._preview(day(1), self.contract)
        run.date_until = day(2)
        self.assertEqual(run.state, "draft")
        self.assertFalse(run.line_ids)

    # Exceptions

    def test_exceptions_are_data_on_the_lines(self):
        self.assertFalse(self._codes(self._preview(day(1), self.contract)))
        bare = self.env["res.partner"].create({"name": "Bare"})
        untaxed = self._product("Untaxed", 5, taxes_id=[Command.clear()])
        contract = self._contract(day(1), [(self.seats, 2, 0), (untaxed, 1, 5)], bare)
        run = self._preview(day(1), self.contract | contract)
        self.assertEqual(
            {key: set(codes) for key, codes in self._codes(run).items()},
            {contract: {"no_address", "no_country", "no_email", "no_price", "no_tax"}},
        )
        line = run.line_ids.filtered(lambda line: line.contract_id == contract)
        self.assertEqual(line.state, "due")
        self.assertIn("No price", line.notes)
        run.action_create_invoices()
        self.assertEqual(set(run.line_ids.mapped("state")), {"done"})

    def test_customer_who_gets_paper_needs_no_address_for_mails(self):
        self.customer.email = False
        self.customer.invoice_sending_method = "manual"
        self.assertFalse(self._codes(self._preview(day(1), self.contract)))
        self.customer.invoice_sending_method = "email"
        codes = self._codes(self._preview(day(1), self.contract))
        self.assertEqual(codes, {self.contract: ["no_email"]})
        self.contract.invoice_goal = "post"
        self.assertFalse(self._codes(self._preview(day(1), self.contract)))

    def test_archived_customer_blocks_until_the_cause_is_gone(self):
        other = self._contract(day(1), [(self.seats, 1, 10)], self._customer("Other"))
        self.customer.active = False
        run = self._preview(day(1), self.contract | other)
        line = run.line_ids.filtered(lambda one: one.contract_id == self.contract)
        self.assertEqual(line.state, "blocked")
        self.assertIn("archived", line.error)
        run.action_create_invoices()
        self.assertEqual(run.move_ids.partner_id, other.partner_id)
        self.assertEqual(line.state, "blocked")
        self.customer.active = True
        run.action_create_invoices()
        self.assertEqual(line.state, "done")
        self.assertEqual(len(run.move_ids), 2)

    def test_currency_without_a_rate_blocks(self):
        currency = self.env["res.currency"].create(
            {"name": "XQX", "symbol": "Q", "rounding": 0.01}
        )
        contract = self._contract(
            day(1), [(self.seats, 1, 10)], currency_id=currency.id
        )
        run = self._preview(day(1), contract)
        self.assertEqual(self._codes(run), {contract: ["no_rate"]})
        self.assertEqual(run.line_ids.state, "blocked")
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": day(1), "rate": 4.0}
        )
        run = self._preview(day(1), contract)
        self.assertEqual(run.line_ids.state, "due")
        self.assertEqual(run.line_ids.amount_company, 2.5)

    def test_negative_total_is_noted(self):
        self._run(day(1), contracts=self.contract)
        self._set(self.contract.position_ids, day(1), quantity=4)
        run = self._preview(day(1), self.contract, "differential")
        self.assertEqual(self._codes(run), {self.contract: ["negative"]})
        self.assertRecordValues(
            run.line_ids,
            [{"amount_before": 125.0, "amount": -75.0, "deviation_percent": -60.0}],
        )

    def test_many_missed_periods_are_caught_up_in_parts(self):
        self.company.msp_max_periods = 2
        run = self._preview(day(3), self.contract)
        self.assertEqual(run.line_ids.amount, 250.0)
        exception = run.exception_ids
        self.assertRecordValues(
            exception,
            [
                {
                    "code": "catch_up",
                    "severity": "waiting",
                    "amount": 125.0,
                    "charge_count": 1,
                }
            ],
        )
        self.assertIn("1 are left for the next run", exception.reason)
        run.action_create_invoices()
        self.assertEqual(self._parts(run)["rest"], (0, 0.0))
        # The position is billed; what it waits for is money only.
        self.assertEqual(self._parts(run)["waiting"], (0, 125.0))
        following = self._run(day(3), contracts=self.contract)
        self.assertEqual(following.move_ids.amount_untaxed, 125.0)
        self.assertSettled(self.contract, day(3))

    def test_what_others_wait_for_is_shown(self):
        position = self.contract.position_ids
        waiting = Waiting("moon", "The file of May is not finished.", day(3, 31))
        model = type(self.env["msp.contract"])
        with patch.object(model, "_find_waiting", lambda self: {position.id: waiting}):
            run = self._preview(day(1), self.contract)
        self.assertEqual(run.line_ids.state, "held")
        self.assertRecordValues(
            run.exception_ids,
            [
                {
                    "code": "other",
                    "severity": "waiting",
                    "reason": "The file of May is not finished.",
                    "date_until": day(3, 31),
                }
            ],
        )
        self.assertEqual(
            self._parts(run),
            {"waiting": (1, 125.0), "total": (1, 125.0), "rest": (0, 0.0)},
        )

    # The equation

    def test_equation_accounts_for_everything_that_is_due(self):
        other = self._customer("Other")
        held = self._contract(day(1), [(self.seats, 1, 10), (self.backup, 1, 30)])
        excluded = self._contract(day(1), [(self.seats, 1, 40)])
        blocked = self._contract(day(1), [(self.seats, 1, 50)], other)
        self.env["msp.hold"].create(
            {
                "contract_id": held.id,
                "position_ids": held.position_ids[1].ids,
                "reason": "Customer objects",
            }
        )
        other.active = False
        run = self._preview(day(1), self.contract | held | excluded | blocked)
        run.line_ids.filtered(lambda x: x.contract_id == excluded).action_exclude()
        parts = {
            "total": (5, 255.0),
            "hold": (1, 30.0),
            "excluded": (1, 40.0),
            "blocked": (1, 50.0),
            "rest": (0, 0.0),
        }
        self.assertEqual(self._parts(run), {**parts, "due": (2, 135.0)})
        self.assertIn("+ on hold", run.equation)
        run.action_create_invoices()
        self.assertEqual(self._parts(run), {**parts, "billed": (2, 135.0)})
        # A draft that somebody deletes is not billed any more, and the run shows it.
        run.move_ids.filtered(lambda move: move.amount_untaxed == 10).unlink()
        self.assertEqual(
            self._parts(run),
            {**parts, "billed": (1, 125.0), "taken_back": (1, 10.0)},
        )

    def test_equation_shows_what_nobody_can_explain(self):
        run = self._preview(day(1), self.contract)
        run.action_create_invoices()
        self.assertEqual(run.equation_rest, 0)
        self.contract.charge_ids._system_write({"run_id": False})
        self.assertEqual(self._parts(run)["rest"], (1, 125.0))
        run.invalidate_recordset(["equation", "equation_rest"])
        self.assertEqual(run.equation_rest, 1)
        self.assertIn("table-danger", run.equation)

    # No contract forgotten

    def test_pitfall_002_active_contract_in_no_run_is_listed(self):
        forgotten = self._contract(day(1), [(self.seats, 1, 10)])
        future = self._contract(day(6), [(self.seats, 1, 10)])
        everything = self.contract | forgotten | future
        found = everything.search(
            [("is_forgotten", "=", True), ("id", "in", everything.ids)]
        )
        self.assertEqual(found, self.contract | forgotten)
        run = self._run(day(3), contracts=self.contract)
        self.env.invalidate_all()
        self.assertEqual(everything.filtered("is_forgotten"), forgotten)
        self.assertEqual(everything.filtered("is_never_billed"), forgotten)
        listed = self.env["msp.contract"].search(run.action_view_forgotten()["domain"])
        self.assertIn(forgotten, listed)
        self.assertNotIn(self.contract, listed)
        self.assertEqual(run.forgotten_count, len(listed))
        # A deleted invoice is no invoice.
        run.move_ids.button_draft()
        run.move_ids.unlink()
        self.env.invalidate_all()
        self.assertTrue(self.contract.is_never_billed)
