from dataclasses import replace

import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..models.msp_content_mixin import price_fits, to_pricing
from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-01-10 12:00:00")
@tagged("post_install", "-at_install")
class TestRulesInContracts(PricingCommon):
    """Billing rules and data of positions, terms of contracts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    def test_advance_and_arrears_side_by_side(self):
        arrears = self.env.ref("msp_contract_billing.msp_billing_rule_arrears")
        self._begin(
            self.contract, day(1), self.backup, 2, 30, overrides=arrears._to_data()
        )
        self.assertEqual(
            self._due(self.contract, day(2)),
            [
                ("Business Premium", day(1), day(2), 125.0),
                ("Business Premium", day(2), day(3), 125.0),
                ("Backup", day(1), day(2), 60.0),
            ],
        )

    def test_pitfall_112_annual_position_without_credit(self):
        rule = self.env.ref("msp_contract_billing.msp_billing_rule_annual")
        position = self._begin(
            self.contract,
            day(1),
            self.backup,
            10,
            36.0,
            interval="12",
            overrides=rule._to_data(),
        )
        annual = [due for due in self._due(self.contract, day(1)) if due[0] == "Backup"]
        self.assertEqual(annual, [("Backup", day(1), day(1, year=2027), 360.0)])
        self._set(position, day(4), quantity=4)
        annual = [due for due in self._due(self.contract, day(1)) if due[0] == "Backup"]
        self.assertEqual(annual[0][3], 360.0, "fewer units are not credited")
        until = day(1, year=2027)
        self.assertEqual(
            [due[3] for due in self._due(self.contract, until) if due[0] == "Backup"],
            [360.0, 144.0],
            "the true-up is at the renewal",
        )
        line = position.line_ids[0]
        self.assertEqual(
            line.overrides_label,
            "yearly; in advance; fewer units: never credited in a billed period",
        )

    def test_price_per_year_in_monthly_instalments(self):
        self._begin(self.contract, day(1), self.backup, 1, 100.0, interval="12")
        amounts = [
            amount
            for name, *_days, amount in self._due(self.contract, day(12))
            if name == "Backup"
        ]
        self.assertEqual(len(amounts), 12)
        self.assertEqual({*amounts}, {8.33, 8.34})
        self.assertAlmostEqual(sum(amounts), 100.0)

    def test_policy_fields_reach_the_engine(self):
        self._version(
            self.contract,
            day(4),
            [
                {
                    "action": "terms",
                    "anchor_date": day(1),
                    "billing_unit": "quarter",
                    "billing_lead_days": 14,
                    "billing_increase": "next_period",
                    "billing_decrease": "end_of_term",
                    "billing_term_months": 12,
                    "billing_unit_rounding": "half_up",
                    "billing_re_anchor": True,
                    "billing_credit_cap": True,
                }
            ],
        )
        terms = self.contract.terms_ids[1]
        self.assertEqual(terms.name, "Quarterly, in advance")
        self.assertEqual(
            terms.rules_label,
            "billed 14 days before; more units: from the next period; fewer units: "
            "from the next term; rounding: price of a unit first, commercially; term "
            "of 12 months; a change begins a new period; credits are capped",
        )
        policy = self.contract._load_histories()[self.contract.id].terms[1].policy
        self.assertEqual(policy, terms._to_policy(terms.anchor_date))
        self.assertEqual((policy.unit, policy.months), ("quarter", 3))
        self.assertEqual((policy.lead_days, policy.term_months), (14, 12))
        self.assertTrue(policy.re_anchor and policy.credit_cap)
        due = self._due(self.contract, day(6, 17))
        self.assertEqual(due[-1][1:3], (day(7), day(10)))
        self.assertNotEqual(self._due(self.contract, day(6, 16))[-1][1], day(7))

    def test_impossible_terms_are_refused(self):
        terms = {"action": "terms", "anchor_date": day(1)}
        with self.assertRaisesRegex(ValidationError, "30 days per month"):
            self._version(
                self.contract,
                day(2),
                [{**terms, "billing_unit": "week", "billing_day_count": "actual/30"}],
            )
        for vals in ({"billing_lead_days": 999}, {"billing_instalments": 0}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._version(self.contract, day(2), [{**terms, **vals}])
        with self.assertRaisesRegex(ValidationError, "30 days per month"):
            self._rule(billing_unit="day", billing_day_count="30/360")

    def test_scheme_per_month_is_billed_quarterly_at_three_times_its_amounts(self):
        self._begin(
            self.contract,
            day(1),
            self.backup,
            12,
            interval="1",
            pricing=self._graduated()._to_data(),
        )
        self._version(
            self.contract,
            day(4),
            [{"action": "terms", "anchor_date": day(1), "billing_unit": "quarter"}],
        )
        due = [
            (start, amount)
            for name, start, _end, amount in self._due(self.contract, day(4))
            if name == "Backup"
        ]
        self.assertEqual(due, [(day(n), 116.0) for n in (1, 2, 3)] + [(day(4), 348.0)])

    def test_price_fits(self):
        terms = self.contract.terms_ids
        policy = terms._to_policy(terms.anchor_date)
        tiers = to_pricing(self._graduated()._to_data())
        for months in (0, 1, 3, 12):
            self.assertTrue(price_fits(policy, months, tiers))
        quarterly = replace(policy, every=3)
        self.assertTrue(price_fits(quarterly, 1, tiers))
        self.assertFalse(price_fits(quarterly, 2, tiers))
        weekly = replace(policy, unit="week")
        self.assertFalse(price_fits(weekly, 1))
        amounts = to_pricing(self._scheme("amounts")._to_data())
        self.assertTrue(price_fits(weekly, 1, amounts))

    def test_pitfall_032_added_position_ends_with_the_existing_end(self):
        self._version(self.contract, day(11), [{"action": "terminate"}])
        self._begin(self.contract, day(5, 16), self.backup, 2, 31.0)
        added = self.contract.line_ids.filtered(
            lambda line: line.product_id == self.backup
        )
        self.assertEqual((added.date_start, added.date_end), (day(5, 16), day(10, 31)))
        due = [
            due for due in self._due(self.contract, day(12, 31)) if due[0] == "Backup"
        ]
        self.assertEqual(due[0], ("Backup", day(5, 16), day(6), 32.0))
        self.assertEqual(due[-1][2], day(11))

    def test_quantity_0_is_allowed_and_visible(self):
        self._set(self.position, day(2), quantity=0)
        self.contract.content_date = day(2)
        self.assertEqual(self.contract.current_line_ids.quantity, 0)
        self.assertEqual(self._amounts_due(self.contract, day(2)), [125.0, 0.0])

    def test_position_data_stay_editable_and_reach_the_invoice(self):
        plan = self.env["account.analytic.plan"].create({"name": "Projects"})
        account = self.env["account.analytic.account"].create(
            {"name": "Cloud", "plan_id": plan.id}
        )
        production = self.env.ref("msp_contract_billing.msp_environment_production")
        with Form(self.contract) as form, form.position_ids.edit(0) as position:
            position.environment_id = production
            position.purchase_order = "PO-9"
        self.position.analytic_distribution = {str(account.id): 100}
        self.assertRecordValues(
            self.position,
            [{"environment_id": production.id, "purchase_order": "PO-9"}],
        )
        self.assertEqual(self.contract.line_ids.environment_id, production)
        run = self._run(day(1, 31), contracts=self.contract)
        line = run.move_ids.invoice_line_ids.filtered("msp_contract_id")
        self.assertEqual(line.analytic_distribution, {str(account.id): 100})
        self.assertEqual(line.analytic_line_ids.mapped("amount"), [125.0])

    def test_accounts_of_the_contract_reach_the_invoice_unless_a_position_has_some(
        self,
    ):
        plan = self.env["account.analytic.plan"].create({"name": "Projects"})
        cloud, network = self.env["account.analytic.account"].create(
            [{"name": name, "plan_id": plan.id} for name in ("Cloud", "Network")]
        )
        self.contract.analytic_distribution = {str(cloud.id): 100}
        line = self._run(day(1, 31), contracts=self.contract).move_ids.invoice_line_ids
        self.assertEqual(
            line.filtered("msp_contract_id").analytic_distribution, {str(cloud.id): 100}
        )
        self.position.analytic_distribution = {str(network.id): 100}
        line = self._run(day(2, 28), contracts=self.contract).move_ids.invoice_line_ids
        self.assertEqual(
            line.filtered("msp_contract_id").analytic_distribution,
            {str(network.id): 100},
        )

    def test_environment_exists_once_whatever_its_translations(self):
        self.env["res.lang"]._activate_lang("de_DE")
        staging = self.env["msp.environment"].create({"name": "Staging"})
        staging.with_context(lang="de_DE").name = "Vorstufe"
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            self.env["msp.environment"].create({"name": "Staging"})

    def test_contract_knows_all_recipients(self):
        bookkeeper = self.env["res.partner"].create(
            {"name": "Bookkeeper", "email": "books@muster.example"}
        )
        self.contract.invoice_recipient_ids = bookkeeper
        self.assertEqual(
            self.contract._get_invoice_recipients(), self.customer | bookkeeper
        )
