"""How long a file's vendor bill takes until it is posted, for each way of grouping.

Environment: BENCH_BILL (default 20000), the rows of the file; ten of them belong to each
customer, who has an analytic account; BENCH_GROUPINGS (default product,customer,analytic).
The yardstick is Odoo's own creation and posting of the same lines without what is ours,
of which it computes the balances itself.
"""

import base64
import os
import time
from datetime import date
from decimal import Decimal

import bench_import_matching
import pytest

from odoo.tests import tagged

ROWS = int(os.environ.get("BENCH_BILL", "20000"))
GROUPINGS = os.environ.get("BENCH_GROUPINGS", "product,customer,analytic").split(",")
PRODUCTS = 20


@pytest.mark.timeout(3600)
@tagged("post_install", "-at_install")
class BenchVendorBill(bench_import_matching.BenchImportMatching):
    # Only its builders are wanted.
    test_matching = test_applying = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env.company
        if not cls.env["account.journal"].search([("company_id", "=", company.id)]):
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=company, install_demo=False
            )
        cls.provider.partner_id = cls.env["res.partner"].create({"name": "Vendor"})
        cls.products = cls.env["product.product"].create(
            [
                {
                    "name": f"Article {number}",
                    "supplier_taxes_id": company.account_purchase_tax_id.ids,
                }
                for number in range(PRODUCTS)
            ]
        )

    def test_bill(self):
        import_ = self._stage(ROWS)
        import_._system_write({"file": base64.b64encode(b"rows")})
        import_._assign()
        self._tell_apart(import_)
        self.env.cr.execute(
            "SELECT sum(billed_cost)::text FROM msp_provider_charge "
            "WHERE import_id = %s",
            [import_.id],
        )
        total = Decimal(self.env.cr.fetchone()[0])
        print(f"\n{ROWS} rows, {total} in all")
        for grouping in GROUPINGS:
            with self.env.cr.savepoint() as savepoint:
                self.provider.bill_grouping = grouping
                vals = self._measure_bill(import_, grouping, total)
                savepoint.rollback()
            self.env.invalidate_all()
            with self.env.cr.savepoint() as savepoint:
                self._measure_plain(vals)
                savepoint.rollback()
            self.env.invalidate_all()

    def _tell_apart(self, import_):
        """Let rows be of several articles and prices, customers have an account."""
        partners = self.env["res.partner"].search([("name", "like", "Customer %")])
        plan = self.env["account.analytic.plan"].create({"name": "Customers"})
        accounts = self.env["account.analytic.account"].create(
            [{"name": one.name, "plan_id": plan.id} for one in partners]
        )
        execute = self.env.cr.execute
        execute(
            "UPDATE msp_contract_position p "
            "SET analytic_distribution = jsonb_build_object(a.account::text, 100) "
            "FROM msp_contract c JOIN unnest(%s, %s) a(partner, account) "
            "ON a.partner = c.partner_id WHERE c.id = p.contract_id",
            [partners.ids, accounts.ids],
        )
        execute(
            "UPDATE msp_provider_charge SET product_id = (%s::int[])[1 + row %% %s], "
            "billed_cost = 10 + row %% 997 * 0.01 WHERE import_id = %s",
            [self.products.ids, PRODUCTS, import_.id],
        )
        self.env.invalidate_all()

    def _measure_bill(self, import_, grouping, total):
        """Make and post the bill; return the values it was made of."""
        captured = []
        model = type(import_)
        prepare = model._prepare_bill
        self.patch(
            model,
            "_prepare_bill",
            lambda records, bill: (
                captured.append(prepare(records, bill)) or captured[-1]
            ),
        )
        self.env.flush_all()
        self.env.invalidate_all()
        start, cpu = time.perf_counter(), time.process_time()
        import_.action_create_bill()
        move = import_.bill_ids
        move.invoice_date = date(2026, 4, 8)
        self.env.flush_all()
        made = time.perf_counter() - start, time.process_time() - cpu
        move.action_post()
        self.env.flush_all()
        taken = time.perf_counter() - start, time.process_time() - cpu
        assert move.state == "posted"
        assert Decimal(str(round(move.amount_untaxed, 2))) == total, move.amount_untaxed
        self.patch(model, "_prepare_bill", prepare)
        print(
            f"by {grouping}: {len(move.invoice_line_ids)} lines, posted after "
            f"{taken[0]:.2f} s, {taken[1]:.2f} s of it our CPU (made after "
            f"{made[0]:.2f} s, {made[1]:.2f} s)"
        )
        return captured[0]

    def _measure_plain(self, vals):
        """Let Odoo make and post the same lines, without what is ours."""
        lines = [
            (command, key, self._plain(line))
            for command, key, line in vals["invoice_line_ids"]
        ]
        plain = {**self._plain(vals), "invoice_line_ids": lines}
        plain["invoice_date"] = date(2026, 4, 8)
        start, cpu = time.perf_counter(), time.process_time()
        move = self.env["account.move"].create(plain)
        self.env.flush_all()
        made = time.perf_counter() - start, time.process_time() - cpu
        move.action_post()
        self.env.flush_all()
        print(
            f"    Odoo alone: posted after {time.perf_counter() - start:.2f} s, "
            f"{time.process_time() - cpu:.2f} s CPU (made after {made[0]:.2f} s, "
            f"{made[1]:.2f} s)"
        )

    def _plain(self, vals):
        return {
            key: value
            for key, value in vals.items()
            if key[:4] != "msp_" and key not in ("amount_currency", "balance")
        }
