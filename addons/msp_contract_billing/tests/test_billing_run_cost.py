from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import freeze_time, tagged

from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunCost(RunCommon):
    def _contracts(self, count):
        contracts = self.env["msp.contract"]
        for index in range(count):
            contracts |= self._contract(
                day(1), [(self.seats, index + 1, 10), (self.backup, 1, 30)]
            )
        return contracts

    def _own_queries(self, method):
        """Return how many queries of `method` are about our tables."""
        execute, seen = Cursor.execute, []

        def spy(cursor, query, params=None, log_exceptions=True):
            text = query if isinstance(query, str | bytes) else query.code
            text = text.decode() if isinstance(text, bytes) else text
            if "msp_" in text.split("FROM")[-1].split("WHERE")[0]:
                seen.append(text)
            return execute(cursor, query, params, log_exceptions)

        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(Cursor, "execute", spy):
            method()
            self.env.flush_all()
        return len(seen)

    def test_queries_do_not_grow_with_the_contracts_of_a_batch(self):
        """Preview, drafts, corrections, posting: as many queries for 3 as for 12."""
        counts = {}
        for count in (3, 12):
            contracts = self._contracts(count)
            run = self._preview(day(1), contracts)
            counts[count] = [
                self._own_queries(run.action_preview),
                self._own_queries(run.action_create_invoices),
                self._own_queries(run.action_post),
            ]
            for contract in contracts:
                self._set(contract.position_ids[0], day(1), quantity=50)
            run = self._preview(day(1), contracts, "differential")
            counts[count] += [
                self._own_queries(run.action_preview),
                self._own_queries(run.action_create_invoices),
            ]
        self.assertEqual(counts[3], counts[12])

    def test_queries_do_not_grow_with_the_runs_of_a_list(self):
        contracts = self._contracts(1)
        runs = self.env["msp.billing.run"].union(
            *(self._preview(day(1), contracts) for _number in range(4))
        )
        shown = ["line_count", "failed_count", "move_count", "amount_billed"]
        one, all_runs = (
            self._own_queries(lambda listed=listed: listed.read(shown))
            for listed in (runs[0], runs)
        )
        self.assertEqual(one, all_runs)
