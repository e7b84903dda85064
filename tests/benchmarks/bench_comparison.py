"""How long a provider's whole month takes to compare, and in what memory.

Environment: BENCH_COMPARED (default 10000,100000), the rows of the file; ten of them
belong to each contract, which has been billed for three months. One row in a hundred
has other seats than the contract. The yardstick is Odoo's own read of the same rows.
"""

import gc
import os
import time
from datetime import date

import bench_import_matching
import bench_preview
import pytest

from odoo.tests import tagged

SIZES = [int(n) for n in os.environ.get("BENCH_COMPARED", "10000,100000").split(",")]
MONTHS, WRONG = 3, 100
MONTH = date(2026, 3, 1)
#: What Odoo reads of each row for the yardstick.
READ = ["subscription_id", "sku_id", "pricing_quantity", "billed_cost", "event"]


@pytest.mark.timeout(3600)
@tagged("post_install", "-at_install")
class BenchComparison(bench_import_matching.BenchImportMatching):
    # Only its builders are wanted.
    test_matching = test_applying = None

    def test_comparing(self):
        print()
        taken, queries = {}, {}
        for rows in SIZES:
            with self.env.cr.savepoint() as savepoint:
                one = self._prepare_month(rows)
                taken[rows], queries[rows] = self._compare(rows, one)
                savepoint.rollback()
            self.env.invalidate_all()
        small, large = SIZES[0], SIZES[-1]
        per_row = (taken[large] / large) / (taken[small] / small)
        print(
            f"a row of {large} takes {per_row:.2f} times as long as one of {small}; "
            f"{queries[small]} queries and {queries[large]}"
        )
        # Findings are written by the hundred, 5000 contracts are loaded at once;
        # nothing is asked per row.
        assert queries[large] - queries[small] < 100, queries

    def _make(self, number, months):
        return super()._make(number, MONTHS)

    def _prepare_month(self, rows):
        """Return the reconciliation of a file whose rows are prepared."""
        import_ = self._stage(rows)
        self.env.cr.execute(
            "UPDATE msp_provider_charge SET pricing_quantity = 12, billed_cost = 120 "
            "WHERE import_id = %s AND row %% %s = 0",
            [import_.id, WRONG],
        )
        import_._assign()
        import_._prepare()
        self.env.cr.execute("ANALYZE msp_import_change, msp_import_change_row_rel")
        return self.env["msp.reconciliation"]._open(self.provider, MONTH)

    def _compare(self, rows, one):
        gc.collect()
        self.env.flush_all()
        self.env.invalidate_all()
        bench_preview.reset_peak()
        before = bench_preview.memory()
        cpu = time.process_time()
        seconds, queries = self._timed(one.action_compare)
        cpu = time.process_time() - cpu
        more = bench_preview.memory("VmHWM") - before
        causes = dict(
            self.env["msp.finding"]._read_group(
                [("reconciliation_id", "=", one.id)], ["cause"], ["__count"]
            )
        )
        assert causes.get("seats_missing") == rows // WRONG, causes
        read, _queries = self._timed(lambda: self._read_rows(one))
        print(
            f"{rows:>7} rows compared with {rows // 10} contracts: {seconds:>6.2f} s, "
            f"{cpu:.2f} s of it our CPU, {queries} queries, {more:.0f} MB more at the "
            f"peak, {sum(causes.values())} findings; Odoo reads the rows in "
            f"{read:.2f} s, 1 : {seconds / read:.1f}"
        )
        return seconds, queries

    def _read_rows(self, one):
        rows = self.env["msp.provider.charge"].search(
            [("import_id", "in", one.import_ids.ids)]
        )
        rows.read(READ)

    def _timed(self, work):
        """Return seconds and queries of `work`, with nothing in the caches."""
        self.env.flush_all()
        self.env.invalidate_all()
        queries, start = self.env.cr.sql_log_count, time.perf_counter()
        work()
        self.env.flush_all()
        return (
            time.perf_counter() - start,
            self.env.cr.sql_log_count - queries,
        )
