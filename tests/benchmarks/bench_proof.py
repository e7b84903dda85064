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


@tagged("post_install", "-at_install")
class BenchProof(PlantedMonth):
    """Each size is planted in a savepoint of its own, which is rolled back."""

    def test_proof(self):
        seconds, queries = {}, {}
        for customers in (CUSTOMERS // 10, CUSTOMERS):
            share = customers / CUSTOMERS
            with self.env.cr.savepoint() as savepoint:
                start = time.perf_counter()
                self._plant(
                    customers=customers,
                    rows=int(ROWS * share),
                    errors=int(ERRORS * share),
                    seed=SEED,
                )
                print(
                    f"\n{customers} customers, {len(self.plan.seats)} subscriptions, "
                    f"{self.plan.row_count} rows, {len(self.plan.errors)} errors of "
                    f"{len({one.cause for one in self.plan.errors})} causes, planted "
                    f"in {time.perf_counter() - start:.0f} s"
                )
                seconds[customers], queries[customers] = self._measure()
                savepoint.rollback()
            self.env.invalidate_all()
        few, many = queries.values()
        print(
            f"ten times as much takes {seconds[CUSTOMERS] / seconds[customers // 10]:.1f}"
            f" times as long; {few} queries before, {many} now"
        )
        # Long lists of ids are fetched by the thousand; nothing is asked per row.
        assert many - few < CUSTOMERS / 5, queries

    def _measure(self):
        """Compare and print what that finds; return its seconds and queries."""
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
        assert not missed and not wrong
        return taken, queries

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
