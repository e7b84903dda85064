from collections import Counter

from odoo.tests import freeze_time, tagged

from ..matching import CAUSES
from .planted_month import PlantedMonth

CUSTOMERS, ROWS, ERRORS = 60, 900, 54


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestPlanted(PlantedMonth):
    """A month with errors of every cause: each is found, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._plant(customers=CUSTOMERS, rows=ROWS, errors=ERRORS)

    def test_all_that_is_planted_is_found_and_nothing_else(self):
        one = self._compare(month=3)
        both, missed, wrong = self._hold_against_plan(self._get_found(one))
        self.assertEqual((missed, wrong), ([], []))
        self.assertEqual(len(both), ERRORS)

    def test_every_cause_is_planted_twice(self):
        planted = Counter(one.cause for one in self.plan.errors)
        self.assertEqual(set(planted), set(CAUSES))
        self.assertGreaterEqual(min(planted.values()), 2)
