"""What a run costs: the whole preview, and our share of creating the invoices.

Environment: BENCH_PREVIEW (default 10000), the number of contracts in the preview.
"""

import gc
import os
import time
from contextlib import contextmanager
from unittest.mock import patch

import bench_preview
from dateutil.relativedelta import relativedelta

from odoo.tests import tagged

CONTRACTS = int(os.environ.get("BENCH_PREVIEW", "10000"))
MONTHS, BATCHES, ROUNDS = 12, (10, 50), 3


@tagged("post_install", "-at_install")
class BenchInvoices(bench_preview.BenchPreview):
    # Only its builders are wanted.
    test_what_is_due = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env.company
        if not cls.env["account.journal"].search([("company_id", "=", company.id)]):
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=company, install_demo=False
            )
        # Complete, as customers mostly are: nothing odd is found.
        cls.contract.partner_id.write(
            {
                "street": "Hauptstr. 1",
                "city": "Berlin",
                "country_id": cls.env.ref("base.de").id,
                "email": "rechnung@muster.example",
            }
        )
        taxes = company.account_sale_tax_id
        cls.contract.position_ids.product_id.taxes_id = taxes
        cls.until = bench_preview.FIRST + relativedelta(months=MONTHS)

    def _run_over(self, contracts):
        return self.env["msp.billing.run"].create(
            {
                "date_until": self.until,
                "invoice_date": self.until,
                "contract_ids": contracts.ids,
            }
        )

    def test_preview(self):
        contracts = self._make(CONTRACTS, MONTHS)
        run = self._run_over(contracts)
        self.env.flush_all()
        self.env.invalidate_all()
        gc.collect()
        bench_preview.reset_peak()
        before, start = bench_preview.memory(), time.perf_counter()
        cpu = time.process_time()
        queries = self.env.cr.sql_log_count
        run.action_preview()
        self.env.flush_all()
        taken = time.perf_counter() - start
        assert (run.line_count, run.exception_count) == (CONTRACTS, 0)
        print(
            f"\npreview of {CONTRACTS} contracts x {bench_preview.POSITIONS} positions, "
            f"{MONTHS} months billed: {taken:.2f} s, {time.process_time() - cpu:.2f} s "
            f"of it our CPU, "
            f"{self.env.cr.sql_log_count - queries} queries, "
            f"{bench_preview.memory('VmHWM') - before:.0f} MB more at the peak"
        )

    def test_creation(self):
        own_queries = {}
        for size in BATCHES:
            with self.env.cr.savepoint() as savepoint:
                own_queries[size] = self._compare_creation(size)
                savepoint.rollback()
        few, many = own_queries.values()
        print(f"queries of ours per batch: {few} of 10, {many} of 50")
        # Room for what Odoo does in chunks of its own.
        assert many <= few + 10

    def _compare_creation(self, size):
        """Print what a batch costs with us and without; return our own queries."""
        run = self._run_over(self._make(size, MONTHS))
        run.action_preview()
        self.env.flush_all()
        with self._capture() as captured:
            # The first time fills caches that last.
            self._measure_batch(run)
        plain_vals = [self._without_ours(vals) for vals in captured]
        ours, plain = [], []
        for _round in range(ROUNDS):
            ours.append(self._measure_batch(run))
            plain.append(self._measure_plain(plain_vals))
        cpu, queries = (min(one) for one in zip(*ours, strict=True))
        plain_cpu, plain_queries = (min(one) for one in zip(*plain, strict=True))
        print(
            f"\n{size} invoices x {bench_preview.POSITIONS} lines: {cpu:.2f} s CPU, "
            f"{queries} queries; plain Odoo create: {plain_cpu:.2f} s, "
            f"{plain_queries}; ours: {100 * (cpu / plain_cpu - 1):.0f} % more CPU"
        )
        return queries - plain_queries

    @contextmanager
    def _capture(self):
        """Collect the values that runs give to the creation of invoices."""
        captured = []
        model = type(self.env["account.move"])
        create = model.create

        def spy(records, vals_list):
            captured.extend(vals_list)
            return create(records, vals_list)

        with patch.object(model, "create", spy):
            yield captured

    def _without_ours(self, vals):
        lines = [
            (0, 0, self._plain(line))
            for _command, _id, line in vals["invoice_line_ids"]
        ]
        return {**self._plain(vals), "invoice_line_ids": lines}

    def _plain(self, vals):
        return {key: value for key, value in vals.items() if key[:4] != "msp_"}

    def _measure_batch(self, run):
        return self._measured(lambda: run._create_next_batch())

    def _measure_plain(self, vals_list):
        vals_list = [
            {
                **vals,
                "invoice_line_ids": [
                    (command, key, dict(line))
                    for command, key, line in vals["invoice_line_ids"]
                ],
            }
            for vals in vals_list
        ]
        return self._measured(lambda: self.env["account.move"].create(vals_list))

    def _measured(self, work):
        """Return CPU seconds and queries of `work`, which leaves nothing behind."""
        self.env.invalidate_all()
        gc.collect()
        with self.env.cr.savepoint() as savepoint:
            queries, start = self.env.cr.sql_log_count, time.process_time()
            work()
            self.env.flush_all()
            result = (
                time.process_time() - start,
                self.env.cr.sql_log_count - queries,
            )
            savepoint.rollback()
        self.env.invalidate_all()
        return result
