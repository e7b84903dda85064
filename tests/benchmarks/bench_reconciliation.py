"""How long a month's comparison takes, in how many queries and in what memory.

Environment: BENCH_ROWS (default 100000) rows of a file over a tenth as many contracts,
all of them billed, so that nothing but a change of prices is to be found.
"""

import cProfile
import gc
import os
import pstats
import time
from datetime import date

import bench_import_matching
from bench_preview import memory, reset_peak

from odoo.tests import tagged

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))


@tagged("post_install", "-at_install")
class BenchReconciliation(bench_import_matching.BenchImportMatching):
    # Only its builders are wanted.
    test_matching = test_applying = None

    def _make(self, number, months):
        """Claim January to March of each contract."""
        return super()._make(number, 3)

    def test_comparison(self):
        seconds, queries = {}, {}
        for number in (ROWS // 10, ROWS):
            with self.env.cr.savepoint() as savepoint:
                import_ = self._stage(number)
                self._add_month_before(import_)
                import_._assign()
                import_._prepare()
                self._take_all(import_)
                one = self.env["msp.reconciliation"]._open(
                    self.provider, date(2026, 3, 1)
                )
                seconds[number], queries[number] = self._look(number, one)
                causes = one.finding_ids.mapped("cause")
                assert causes == ["cost_changed"], causes
                assert one.finding_ids.subject_count == number // 10
                assert one.agreed_count == number, one.agreed_count
                savepoint.rollback()
        small, large = seconds.values()
        print(f"ten times the rows took {large / small:.1f} times as long")

    def _look(self, number, one):
        self.env.flush_all()
        self.env.invalidate_all()
        gc.collect()
        reset_peak()
        before, count = memory(), self.env.cr.sql_log_count
        profile = cProfile.Profile() if os.environ.get("BENCH_PROFILE") else None
        start = time.perf_counter()
        if profile:
            profile.enable()
        one._compare()
        self.env.flush_all()
        if profile:
            profile.disable()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
        taken = time.perf_counter() - start
        count = self.env.cr.sql_log_count - count
        print(
            f"\n{number:>7} rows compared in {taken:>6.2f} s, {count} queries, "
            f"{memory('VmHWM') - before:>4.0f} MB more at the peak"
        )
        return taken, count

    def _add_month_before(self, import_):
        """Let the month before have the same rows, a tenth cheaper."""
        before = self.env["msp.import"]._system_create(
            [
                {
                    "name": f"{import_.name}-BEFORE",
                    "provider_id": import_.provider_id.id,
                    "company_id": import_.company_id.id,
                    "sha256": f"{import_.sha256}-before",
                    "file_name": "before.csv",
                    "state": "applied",
                    "currency_id": import_.currency_id.id,
                    "month": date(2026, 2, 1),
                    "date_start": date(2026, 2, 1),
                    "date_end": date(2026, 2, 28),
                }
            ]
        )
        names = [
            name
            for name in self._columns("msp_provider_charge")
            if name
            not in (
                *("import_id", "charge_period_start", "charge_period_end", "state"),
                *("charge_date_end", "contracted_unit_price", "row_key", "partner_id"),
            )
        ]
        columns = ", ".join(f'"{name}"' for name in names)
        self.env.cr.execute(
            f"INSERT INTO msp_provider_charge ({columns}, import_id, "
            "charge_period_start, charge_period_end, charge_date_end, state, "
            "contracted_unit_price, row_key, partner_id) "
            f"SELECT {columns}, %s, '2026-02-01', '2026-03-01', '2026-02-28', "
            "'no_change', 9, row_key || '-before', "
            "replace(customer_key, 'customer-', '')::int "
            "FROM msp_provider_charge WHERE import_id = %s",
            [before.id, import_.id],
        )
        self.env.cr.execute("ANALYZE msp_provider_charge")
        self.env.invalidate_all()

    def _take_all(self, import_):
        """Let the contract that the others are copies of be billed elsewhere."""
        self.contract.position_ids.line_ids._system_write({"date_end": "2026-02-01"})
        import_._system_write({"state": "applied"})
        self.env.cr.execute(
            "ANALYZE msp_import_change, msp_import_change_row_rel, msp_charge"
        )
