from collections import Counter
from contextlib import contextmanager
from unittest.mock import patch

from odoo.sql_db import Cursor
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

    def test_compared_again_nothing_is_asked_for_each_finding(self):
        self._compare(month=3)
        self.env.flush_all()
        self.env.invalidate_all()
        with self._count_selects("msp_finding_row_rel") as counted:
            one = self._compare(month=3)
        self.assertEqual(one.finding_ids.mapped("state"), ["open"] * ERRORS)
        self.assertLess(len(counted), 5)

    @contextmanager
    def _count_selects(self, table):
        """Collect the queries that read a table meanwhile."""
        counted, execute = [], Cursor.execute

        def count(cursor, query, *args, **kwargs):
            if f'SELECT "{table}"' in str(query):
                counted.append(query)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", count):
            yield counted

    def test_every_cause_is_planted_twice(self):
        planted = Counter(one.cause for one in self.plan.errors)
        self.assertEqual(set(planted), set(CAUSES))
        self.assertGreaterEqual(min(planted.values()), 2)
