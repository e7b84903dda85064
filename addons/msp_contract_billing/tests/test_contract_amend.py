from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestAmendWizard(PricingCommon):
    """Schemes, rules, position data and terms in the wizard."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    def _form(self, contract=None, start=None):
        form = self._dialog((contract or self.contract).action_amend())
        if start:
            form.date_start = start
        return form

    def _latest(self):
        return self.contract.version_ids.sorted("number")[-1]

    def test_scheme_of_a_position_is_set_and_shown(self):
        form = self._form(start=day(6))
        with form.line_ids.edit(0) as line:
            line.pricing_id = self._graduated()
        form.save().action_apply()
        change = self._latest().change_ids
        self.assertTrue(change.sets_pricing)
        self.assertFalse(change.sets_price or change.sets_overrides)
        form = self._form(start=day(7))
        with form.line_ids.edit(0) as line:
            self.assertIn("graduated", line.old_pricing_label)
            self.assertFalse(line.pricing_id)
            line.quantity = 12
        form.save().action_apply()
        self.assertFalse(self._latest().change_ids.sets_pricing)
        line = self.contract.line_ids.sorted("date_start")[-1]
        self.assertEqual((line.quantity, line.pricing["model"]), (12, "graduated"))

    def test_choosing_what_is_already_so_changes_nothing(self):
        form = self._form(start=day(6))
        with form.line_ids.edit(0) as line:
            line.pricing_id = self.env.ref("msp_contract_billing.msp_pricing_unit")
            line.rule_id = self.env.ref(
                "msp_contract_billing.msp_billing_rule_contract"
            )
        with self.assertRaisesRegex(UserError, "Nothing is different"):
            form.save().action_apply()

    def test_new_position_takes_the_products_scheme_and_own_data(self):
        scheme = self._graduated()
        self.backup.msp_pricing_id = scheme
        test = self.env.ref("msp_contract_billing.msp_environment_test")
        form = self._form(start=day(6))
        with form.line_ids.new() as line:
            line.product_id = self.backup
            self.assertEqual(line.pricing_id, scheme)
            line.quantity = 12
            line.environment_id = test
            line.purchase_order = "PO-5"
        form.save().action_apply()
        position = self._position(self.contract, self.backup)
        self.assertRecordValues(
            position, [{"environment_id": test.id, "purchase_order": "PO-5"}]
        )
        self.assertEqual(position.line_ids.pricing, scheme._to_data())

    def test_quantity_0_is_recorded(self):
        form = self._form(start=day(6))
        with form.line_ids.edit(0) as line:
            line.quantity = 0
        form.save().action_apply()
        self.assertEqual(self.contract.line_ids.sorted("date_start")[-1].quantity, 0)

    def test_pitfall_005_rhythm_changes_for_all_positions_on_one_day(self):
        self._begin(self.contract, day(2), self.backup, 1, 30.0)
        form = self._form()
        form.changes_terms = True
        self.assertEqual(form.old_terms, "Monthly, in advance")
        self.assertEqual(form.terms_date, day(6), "the running period is not cut")
        form.billing_unit = "quarter"
        form.terms_anchor = "start"
        form.save().action_apply()
        version = self._latest()
        self.assertEqual(version.date_start, day(6))
        self.assertEqual(version.change_ids.mapped("action"), ["terms"])
        self.assertEqual(
            [
                (terms.date_start, terms.billing_unit, terms.billing_timing)
                for terms in self.contract.terms_ids
            ],
            [(day(1), "month", "advance"), (day(6), "quarter", "advance")],
        )
        due = self._due(self.contract, day(6))
        self.assertEqual(
            [item[:3] for item in due if item[1] >= day(5)],
            [
                ("Business Premium", day(5), day(6)),
                ("Business Premium", day(6), day(9)),
                ("Backup", day(5), day(6)),
                ("Backup", day(6), day(9)),
            ],
        )

    def test_pitfall_034_proration_switched_on_works_from_the_next_period(self):
        contract = self._contract(
            day(1), [(self.seats, 10, 31.0)], terms={"billing_day_count": "none"}
        )
        self._set(contract.position_ids, day(5, 12), quantity=12)
        before = self._amounts_due(contract, day(5))
        self.assertEqual(before, [310.0] * 5)
        form = self._form(contract)
        form.changes_terms = True
        form.billing_day_count = "actual"
        form.save().action_apply()
        self.assertEqual(contract.terms_ids[1].date_start, day(6))
        self.assertEqual(self._amounts_due(contract, day(5)), before)
        self.assertEqual(self._amounts_due(contract, day(6))[-1], 372.0)

    def test_terms_may_cut_the_running_period(self):
        form = self._form()
        form.changes_terms = True
        form.terms_date = day(5, 16)
        form.terms_anchor = "start"
        form.save().action_apply()
        days = [item[1:3] for item in self._due(self.contract, day(5, 16))][-2:]
        self.assertEqual(days, [(day(5), day(5, 16)), (day(5, 16), day(6, 16))])

    def test_lines_and_terms_hold_from_their_own_days(self):
        form = self._form(start=day(5, 14))
        with form.line_ids.edit(0) as line:
            line.quantity = 11
        form.changes_terms = True
        form.billing_timing = "arrears"
        form.reason = "New agreement"
        form.save().action_apply()
        versions = self.contract.version_ids.sorted("number")[1:]
        self.assertEqual(versions.mapped("date_start"), [day(5, 14), day(6)])
        self.assertEqual({*versions.mapped("reason")}, {"New agreement"})
        self.assertEqual(self.contract.terms_ids[1].billing_timing, "arrears")

    def test_lines_and_terms_of_one_day_are_one_version(self):
        form = self._form(start=day(6))
        with form.line_ids.edit(0) as line:
            line.quantity = 11
        form.changes_terms = True
        form.billing_lead_days = 10
        form.save().action_apply()
        self.assertEqual(self._latest().number, 2)
        self.assertEqual(self._latest().change_ids.mapped("action"), ["terms", "set"])

    def test_terms_that_are_the_same_are_no_change(self):
        form = self._form()
        form.changes_terms = True
        with self.assertRaisesRegex(UserError, "Nothing is different"):
            form.save().action_apply()

    def test_what_a_caller_does_not_name_stays(self):
        self._version(
            self.contract,
            day(2),
            [
                {
                    "action": "terms",
                    "anchor_date": day(1),
                    "billing_decrease": "never",
                    "billing_lead_days": 7,
                }
            ],
        )
        amend = self.env["msp.contract.amend"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(6),
                "changes_terms": True,
                "billing_timing": "arrears",
            }
        )
        amend.action_apply()
        self.assertRecordValues(
            self.contract.terms_ids[-1],
            [
                {
                    "billing_timing": "arrears",
                    "billing_decrease": "never",
                    "billing_lead_days": 7,
                    "anchor_date": day(1),
                }
            ],
        )

    def test_cost_is_shown_before_the_change_is_recorded(self):
        form = self._form(start=day(5, 16))
        with form.line_ids.edit(0) as line:
            line.quantity = 12
        with form.line_ids.new() as line:
            line.product_id = self.backup
            line.quantity = 1
        amend = form.save()
        versions = self.contract.version_ids
        positions = self.contract.position_ids
        action = amend.action_preview()
        self.assertEqual(action["res_id"], amend.id)
        self.assertEqual(
            amend.preview.splitlines(),
            [
                # 16 of 31 days of 2 x 12.50 and 1 x 30.00
                "Until 05/31/2026: $28.38 more.",
                "From 06/01/2026 to 06/30/2026: $180.00 instead of $125.00.",
                "The contract has no end.",
            ],
        )
        self.env.invalidate_all()
        self.assertEqual(self.contract.version_ids, versions)
        self.assertEqual(self.contract.position_ids, positions)
        amend.action_apply()
        self.assertEqual(len(self.contract.version_ids), 2)

    def test_cost_of_fewer_units(self):
        form = self._form(start=day(5, 16))
        with form.line_ids.edit(0) as line:
            line.quantity = 4
        amend = form.save()
        amend.action_preview()
        self.assertIn("Until 05/31/2026: $38.71 less.", amend.preview)
        self.assertIn("$50.00 instead of $125.00", amend.preview)

    def test_cost_is_not_shown_for_something_else(self):
        def shown(change):
            form = self._form(start=day(5, 16))
            with form.line_ids.edit(0) as line:
                line.quantity = 12
            amend = form.save()
            amend.action_preview()
            form = Form(amend)
            self.assertTrue(form.preview)
            change(form)
            return form.preview

        def more(form):
            with form.line_ids.edit(0) as line:
                line.quantity = 20

        def quarterly(form):
            form.changes_terms = True
            form.billing_unit = "quarter"

        for change in (
            more,
            quarterly,
            lambda form: setattr(form, "changes_commitment", True),
            lambda form: setattr(form, "date_start", day(6)),
            lambda form: setattr(form, "date_end", day(7)),
        ):
            self.assertFalse(shown(change))

    def test_cost_of_nothing_is_a_question(self):
        with self.assertRaisesRegex(UserError, "Nothing is different"):
            self._form(start=day(6)).save().action_preview()
