from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import ContractCommon, day


@tagged("post_install", "-at_install")
class TestBillingRun(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    def test_first_month_is_billed_and_second_run_does_nothing(self):
        run = self._run(day(1), contracts=self.contract)
        self.assertEqual(run.state, "posted")
        self.assertEqual(run.move_ids.amount_untaxed, 125.00)
        self.assertEqual(run.move_ids.state, "posted")
        self.assertEqual(run.move_ids.delivery_date, day(1, 31))
        self.assertEqual(run.move_ids.partner_id, self.customer)
        self.assertEqual(run.move_ids.invoice_user_id, self.contract.user_id)
        self.assertSettled(self.contract, day(1, 31))

    def test_form_says_when_a_run_bills_far_ahead(self):
        with Form(self.env["msp.billing.run"]) as form:
            form.date_until = form.invoice_date = day(3, 10)
            self.assertFalse(form.until_note)
            form.date_until = day(3, 10, 2027)
            self.assertIn("365 days after the invoice date", form.until_note)
            form.date_until = day(4)
            self.assertFalse(form.until_note)

    def test_preview_takes_nothing(self):
        run = self.env["msp.billing.run"].create(
            {
                "date_until": day(2),
                "invoice_date": day(2),
                "contract_ids": [Command.set(self.contract.ids)],
            }
        )
        run.action_preview()
        self.assertEqual(run.amount_due, 250.00)
        self.assertEqual(run.line_ids.charge_count, 2)
        self.assertIn("Business Premium", run.line_ids.preview)
        self.assertFalse(self.contract.charge_ids)

    def test_pitfall_015_missed_months_are_caught_up_one_line_each(self):
        run = self._run(day(3, 15), contracts=self.contract)
        lines = run.move_ids.invoice_line_ids
        self.assertEqual(
            lines.mapped(lambda line: (line.msp_period_start, line.msp_period_end)),
            [(day(1), day(1, 31)), (day(2), day(2, 28)), (day(3), day(3, 31))],
        )
        self.assertEqual(run.move_ids.amount_untaxed, 375.00)

    def test_change_inside_a_month_gives_two_lines(self):
        self._set(self.position, day(2, 15), quantity=12)
        self._run(day(1), contracts=self.contract)
        run = self._run(day(2), contracts=self.contract)
        self.assertEqual(
            run.move_ids.invoice_line_ids.mapped("price_subtotal"), [62.50, 75.00]
        )
        self.assertIn("14 of 28 days", run.move_ids.invoice_line_ids[0].name)

    def test_backdated_seats_are_billed_once_by_the_differential_run(self):
        self._run(day(1), contracts=self.contract)
        self._set(self.position, day(1, 15), quantity=12, reason="two colleagues")
        self.assertFalse(self._run(day(1, 31), contracts=self.contract).line_ids)
        run = self._run(day(1, 31), "differential", self.contract)
        # 12.50 x 2 seats x 17 of 31 days = 13.7097
        self.assertEqual(run.move_ids.amount_untaxed, 13.71)
        line = run.move_ids.invoice_line_ids
        self.assertEqual(line.msp_period_start, day(1))
        self.assertEqual(line.msp_period_end, day(1, 31))
        self.assertIn("10 Units × $12.50 → 12 Units × $12.50", line.name)
        self.assertIn("two colleagues", line.name)
        first = self.contract.charge_ids.move_id.sorted("id")[0]
        self.assertIn(first.name, line.name)
        self.assertEqual(run.move_ids.msp_corrected_move_ids, first)
        self.assertSettled(self.contract, day(1, 31))

    def test_pitfall_038_backdated_end_is_credited(self):
        self._run(day(3), contracts=self.contract)
        self._version(
            self.contract, day(2, 15), [{"action": "terminate"}], reason="notice"
        )
        run = self._run(day(3), "differential", self.contract)
        # 125 x 14/28 of February and all of March
        self.assertEqual(run.move_ids.move_type, "out_refund")
        self.assertEqual(run.move_ids.amount_untaxed, 187.50)
        self.assertEqual(
            run.move_ids.reversed_entry_id, run.move_ids.msp_corrected_move_ids
        )
        self.assertSettled(self.contract, day(6))

    def test_pitfall_027_second_change_in_one_period_uses_what_was_billed(self):
        self._run(day(1), contracts=self.contract)
        self._set(self.position, day(1, 11), quantity=20)
        self._run(day(1), "differential", self.contract)
        self._set(self.position, day(1, 21), quantity=5)
        self._run(day(1), "differential", self.contract)
        # 12.50 x (10 x 10 + 20 x 10 + 5 x 11) / 31 = 143.145
        total = sum(amount for *_days, amount in self._claims(self.contract))
        self.assertAlmostEqual(total, 143.15, 2)

    def test_pitfall_040_withdrawn_version_settles_to_zero(self):
        self._run(day(1), contracts=self.contract)
        version = self._set(self.position, day(1), quantity=99)
        self._run(day(1), "differential", self.contract)
        version._withdraw("typing error")
        run = self._run(day(1), "differential", self.contract)
        self.assertEqual(run.move_ids.move_type, "out_refund")
        self.assertEqual(sum(c[2] for c in self._claims(self.contract)), 125.00)
        self.assertIn("typing error", run.move_ids.invoice_line_ids.name)

    def test_backdated_price_and_seats_in_both_orders(self):
        totals = []
        for order in ((0, 1), (1, 0)):
            contract = self._contract(day(1), [(self.seats, 10, 12.50)])
            self._run(day(2), contracts=contract)
            edits = [
                lambda c=contract: self._set(c.position_ids, day(1, 10), price=13),
                lambda c=contract: self._set(c.position_ids, day(1, 20), move=3),
            ]
            for index in order:
                edits[index]()
                self._run(day(2), "differential", contract)
            totals.append(sum(c[2] for c in self._claims(contract)))
        # January: 12.50 x 10 x 9/31 + 13 x 10 x 10/31 + 13 x 13 x 12/31 = 143.65
        # (143.6451…); February: 13 x 13 = 169
        self.assertEqual([round(total, 2) for total in totals], [312.65, 312.65])

    def test_pitfall_011_period_of_amount_zero_is_billed_once(self):
        contract = self._contract(day(1), [(self.seats, 10, 0.0)])
        run = self._run(day(1), contracts=contract)
        self.assertEqual(run.move_ids.amount_untaxed, 0)
        self.assertEqual(len(run.move_ids.invoice_line_ids), 1)
        self.assertSettled(contract, day(1))

    def test_pitfall_066_end_of_month_and_before_the_start_need_no_add_on(self):
        terms = {"billing_lead_days": 10}
        early = self._contract(day(2), [(self.seats, 1, 100)], terms=terms)
        late = self._contract(
            day(1), [(self.seats, 1, 70)], terms={"billing_timing": "arrears"}
        )
        both = early | late
        self.assertFalse(self._run(day(1, 21), contracts=both).line_ids)
        run = self._run(day(1, 22), contracts=both)
        self.assertEqual(run.move_ids.amount_untaxed, 100.00)
        self.assertEqual(run.move_ids.invoice_line_ids.msp_period_start, day(2))
        run = self._run(day(2), contracts=both)
        self.assertEqual(run.move_ids.amount_untaxed, 70.00)
        self.assertEqual(run.move_ids.invoice_line_ids.msp_period_end, day(1, 31))

    def test_arrears_are_billed_after_the_period(self):
        contract = self._contract(
            day(1), [(self.seats, 10, 12.50)], terms={"billing_timing": "arrears"}
        )
        self.assertFalse(self._run(day(1, 31), contracts=contract).line_ids)
        run = self._run(day(2), contracts=contract)
        self.assertEqual(run.move_ids.amount_untaxed, 125.00)

    def test_pitfall_005_change_of_rhythm_is_a_clean_cut(self):
        self._run(day(1), contracts=self.contract)
        self._version(
            self.contract,
            day(2),
            [
                {
                    "action": "terms",
                    "billing_every": 3,
                    "anchor_date": day(2),
                },
                {
                    "action": "set",
                    "position_id": self.position.id,
                    "sets_price": True,
                    "price_unit": 12.50,
                    "price_interval": "1",
                },
            ],
        )
        run = self._run(day(2), contracts=self.contract)
        self.assertEqual(run.move_ids.amount_untaxed, 375.00)
        self.assertEqual(run.move_ids.invoice_line_ids.msp_period_end, day(4, 30))
        self.assertSettled(self.contract, day(4, 30))

    def test_pitfall_056_bad_contract_does_not_stop_the_others(self):
        bad = self._contract(day(1), [(self.backup, 1, 30)], self.partner_b)
        run = self.env["msp.billing.run"].create(
            {
                "date_until": day(1),
                "invoice_date": day(1),
                "contract_ids": [Command.set((self.contract | bad).ids)],
            }
        )
        run.action_preview()
        # Odoo refuses an invoice to a partner of another company.
        self.partner_b.company_id = self.setup_other_company()["company"]
        run.action_create_invoices()
        states = {line.contract_id: line.state for line in run.line_ids}
        self.assertEqual(states, {self.contract: "done", bad: "failed"})
        failed = run.line_ids.filtered("error")
        self.assertIn("company", failed.error)
        self.assertFalse(bad.charge_ids)
        self.partner_b.company_id = False
        run.action_create_invoices()
        self.assertEqual(set(run.line_ids.mapped("state")), {"done"})
        self.assertEqual(len(run.move_ids), 2)

    def test_delete_drafts_opens_the_periods_again(self):
        run = self._run(day(1), contracts=self.contract, post=False)
        run.action_delete_drafts()
        self.assertEqual(run.state, "preview")
        self.assertFalse(run.move_ids)
        self.assertFalse(self._claims(self.contract))
        run.action_create_invoices()
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 125.0)])

    def test_pitfall_060_many_contracts_in_one_run(self):
        contracts = self.contract
        for index in range(60):
            contracts |= self._contract(day(1), [(self.seats, index + 1, 10)])
        run = self._run(day(1), contracts=contracts)
        self.assertEqual(len(run.move_ids), 61)
        self.assertEqual(run.amount_billed, 125 + 10 * sum(range(1, 61)))
        self.assertEqual(run.state, "posted")

    def test_run_can_only_be_posted_at_its_step(self):
        run = self.env["msp.billing.run"].create(
            {"date_until": day(1), "invoice_date": day(1)}
        )
        with self.assertRaisesRegex(UserError, "is at step Selection"):
            run.action_post()

    def test_long_run_is_continued_by_the_scheduler(self):
        run = self.env["msp.billing.run"].create(
            {
                "date_until": day(1),
                "invoice_date": day(1),
                "contract_ids": [Command.set(self.contract.ids)],
            }
        )
        run.action_preview()
        run._system_write({"state": "running", "step": "create"})
        with self.enter_registry_test_mode():
            self.env.ref(
                "msp_contract_billing.ir_cron_continue_billing_runs"
            ).method_direct_trigger()
        self.assertEqual(run.state, "created")
        self.assertEqual(run.move_ids.amount_untaxed, 125.00)
