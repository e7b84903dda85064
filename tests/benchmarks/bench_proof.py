"""How much of what is planted in a month is found, and how long comparing takes.

Environment: BENCH_PROOF_CUSTOMERS (default 1000), BENCH_PROOF_ROWS (20000) of the
month's files, BENCH_PROOF_ERRORS (400) planted in them, BENCH_PROOF_SEED (1). A tenth
of it is measured first, so that growth is seen. The yardstick is Odoo's own read of
the same rows.
"""

import gc
import os
import time
from collections import Counter
from datetime import date

import pytest

from odoo.tests import tagged

from odoo.addons.msp_reconciliation.tests.planted_month import PlantedMonth

CUSTOMERS, ROWS, ERRORS, SEED = (
    int(os.environ.get(f"BENCH_PROOF_{name}", default))
    for name, default in (
        ("CUSTOMERS", 1000),
        ("ROWS", 20000),
        ("ERRORS", 400),
        ("SEED", 1),
    )
)
MONTH = date(2026, 3, 1)
#: What Odoo reads of each row for the yardstick.
READ = ["subscription_id", "sku_id", "pricing_quantity", "billed_cost", "event"]


@pytest.mark.timeout(3600)
@tagged("post_install", "-at_install")
class BenchProof(PlantedMonth):
    """Each size is planted in a savepoint of its own, which is rolled back."""

    def test_proof(self):
        results = {}
        for customers in (CUSTOMERS // 10, CUSTOMERS):
            with self.env.cr.savepoint() as savepoint:
                self._plant_timed(customers)
                results[customers] = self._measure()
                savepoint.rollback()
            self.env.invalidate_all()
        (before, few, *_), (taken, many, *_) = results.values()
        print(
            f"ten times as much takes {taken / before:.1f} times as long; {few} queries "
            f"for a tenth, {many} for all"
        )
        # Long lists of ids are fetched by the thousand; nothing is asked per row.
        assert many - few < CUSTOMERS / 5, (few, many)
        assert not any(errors for *_figures, errors in results.values())

    def _plant_timed(self, customers):
        share = customers / CUSTOMERS
        sizes = {"rows": int(ROWS * share), "errors": int(ERRORS * share)}
        start = time.perf_counter()
        self._plant(customers=customers, seed=SEED, **sizes)
        plan = self.plan
        print(
            f"\n{customers} customers, {len(plan.seats)} subscriptions, "
            f"{plan.row_count} rows, {len(plan.errors)} errors of "
            f"{len({one.cause for one in plan.errors})} causes, planted in "
            f"{time.perf_counter() - start:.0f} s"
        )

    def _measure(self):
        """Compare and print what that finds; return seconds, queries and errors."""
        model = self.env["msp.reconciliation"].with_user(self.accountant)
        one = model._open(self.provider.with_user(self.accountant), MONTH)
        taken, queries = self._timed(one.action_compare)
        both, missed, wrong = self._hold_against_plan(self._get_found(one))
        planted, found = len(both) + len(missed), len(both) + len(wrong)
        print(
            f"found: precision {100 * len(both) / found:.2f} %, "
            f"recall {100 * len(both) / planted:.2f} %"
        )
        for what, errors in (("missed", missed), ("not planted", wrong)):
            for cause, count in Counter(error.cause for error in errors).items():
                print(f"{what:>12}: {cause} {count}")
            for error in errors[:20]:
                print(f"{what:>12}: {error}")
        read, _queries = self._timed(lambda: self._read_rows(one))
        again, queries_again = self._timed(one.action_compare)
        print(
            f"compared in {taken:.2f} s with {queries} queries, again in {again:.2f} s "
            f"with {queries_again}; Odoo reads the rows in {read:.2f} s, 1 : "
            f"{taken / read:.1f}"
        )
        return taken, queries, [*missed, *wrong]

    def _read_rows(self, one):
        rows = self.env["msp.provider.charge"].search(
            [("import_id", "in", one.import_ids.ids)]
        )
        rows.read(READ)

    def _timed(self, work):
        """Return seconds and queries of `work`, with nothing in the caches."""
        self.env.flush_all()
        self.env.invalidate_all()
        gc.collect()
        queries, start = self.env.cr.sql_log_count, time.perf_counter()
        work()
        self.env.flush_all()
        return (
            time.perf_counter() - start,
            self.env.cr.sql_log_count - queries,
        )
