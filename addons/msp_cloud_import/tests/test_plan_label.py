from odoo.tests import TransactionCase, tagged

from ..models.msp_plan_mixin import plan_label


@tagged("post_install", "-at_install")
class TestPlanLabel(TransactionCase):
    def test_terms_and_plans_are_said_in_words(self):
        for term, plan, expected in (
            ("P1Y", "monthly", "1 year, billed monthly"),
            ("P3Y", "triennial", "3 years, billed every three years"),
            ("P1M", "monthly", "1 month, billed monthly"),
            ("P30D", "one_time", "30 days, billed once"),
            ("P2W", "", "2 weeks"),
            ("", "annual", "billed yearly"),
            (False, False, ""),
            ("Trial", "quarterly", "Trial, quarterly"),
        ):
            with self.subTest(term=term, plan=plan):
                self.assertEqual(plan_label(self.env, term, plan), expected)
