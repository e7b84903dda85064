"""What Odoo does with a night's sync: states stored, compared, listed, waited for.

Environment: BENCH_STATES (default 10000), the number of subscriptions, each of a
customer and a contract of its own with a year of invoices. The yardstick is Odoo's own
`create` of as many rows of a plain model.
"""

import gc
import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from unittest.mock import patch

import bench_import_matching
from bench_preview import memory, reset_peak

from odoo.tests import freeze_time, tagged
from odoo.tools import split_every

from odoo.addons.msp_cloud_import.connectors import Subscription

STATES = int(os.environ.get("BENCH_STATES", "10000"))
# As a page of the provider has, and a batch of a billing run.
PAGE, BATCH, MONTHS = 500, 500, 12
NIGHTS = [date(2026, 4, day) for day in (1, 2, 3)]


@freeze_time("2026-04-03")
@tagged("post_install", "-at_install")
class BenchSyncStates(bench_import_matching.BenchImportMatching):
    # Only its builders are wanted.
    test_matching = test_applying = None

    @classmethod
    def setUpClass(cls):
        cls.startClassPatcher(patch.object(bench_import_matching, "POSITIONS", 1))
        super().setUpClass()

    def _make(self, number, _months):
        return super()._make(number, MONTHS)

    def test_sync(self):
        small = self._measure_all(STATES // 10)
        large = self._measure_all(STATES)
        rows = [{"name": f"Row {n}"} for n in range(STATES)]
        seconds, _queries, _memory = self._timed(
            "yardstick", lambda: self.env["res.partner.category"].create(rows)
        )
        print(
            f"Odoo's create() of {STATES} tags takes "
            + ", ".join(
                f"{seconds / taken:.1f} times as long as '{name}'"
                for name, (taken, _queries, _memory) in large.items()
            )
        )
        for name, (_seconds, queries, _memory) in large.items():
            # By the page and by the batch, never by the row.
            assert queries - small[name][1] < STATES / 25, (name, queries, small[name])
        # Ten times as many contracts wait ten times as long, not a hundred times.
        assert large["billing waits"][0] < large["first night"][0] * 2, large

    def _measure_all(self, number):
        with self.env.cr.savepoint() as savepoint:
            import_ = self._stage(number)
            self._change_seats(import_, bench_import_matching.SHARE)
            import_._assign()
            import_._prepare()
            found = dict(self._measure_nights(number))
            found |= self._measure_screens(number)
            savepoint.rollback()
        self.env.invalidate_all()
        return found

    def _measure_nights(self, number):
        states = self._states()
        assert len(states) == number
        # 2 % have other seats in the third night.
        changed = [
            replace(one, purchased=Decimal(12)) if n % 50 == 0 else one
            for n, one in enumerate(states)
        ]
        subscriptions = self.env["msp.subscription"]
        of = (self.provider, self.contract.company_id)
        for name, day, listed, expected in zip(
            ("first night", "quiet night", "2 % changed"),
            NIGHTS,
            (states, states, changed),
            ((number, 0), (0, 0), (0, number // 50)),
            strict=True,
        ):
            counts = [0, 0]

            def store(day=day, listed=listed, counts=counts):
                for page in split_every(PAGE, listed, list):
                    found = subscriptions._store_states(*of, page, day)
                    for at in (0, 1):
                        counts[at] += len(found[at])

            yield name, self._timed(f"{name} {number}", store)
            assert tuple(counts) == expected, (name, counts)
            untold = []
            yield (
                f"{name}, told",
                self._timed(
                    f"{name}, told {number}",
                    lambda untold=untold: untold.append(self._tell(of)),
                ),
            )
            assert untold == [sum(expected)], (name, untold)
        ids = [one.subscription_id for one in states]

        def see():
            for page in split_every(PAGE, ids, list):
                subscriptions._store_seen(*of, page)

        yield "unchanged", self._timed(f"unchanged {number}", see)

    def _tell(self, of):
        """Do what the step after a night does; return how many states were news."""
        untold = self.env["msp.subscription"]._find_untold(*of)
        if untold:
            untold._write_lines()
            untold._mark_told()
        return len(untold)

    def _measure_screens(self, number):
        statuses, readiness = self.env["msp.licence.status"], self.env["msp.readiness"]
        of_provider = [("provider_id", "=", self.provider.id)]
        names = {"partner_id": {}, "units": {}, "contract_quantity": {}, "amount": {}}
        found = {}

        def measure(name, work, expected):
            result = []
            found[name] = self._timed(f"{name} {number}", lambda: result.append(work()))
            assert result == [expected], (name, result, expected)

        self.env.cr.execute(
            "ANALYZE msp_subscription, msp_import_change, msp_contract_line, msp_charge"
        )
        changed = number // 50
        measure(
            "licence status",
            lambda: statuses.web_search_read(
                of_provider, names, limit=80, count_limit=10001
            )["length"],
            number,
        )
        measure(
            "those that differ",
            lambda: statuses.search_count([*of_provider, ("is_different", "=", True)]),
            changed,
        )
        measure(
            "readiness",
            lambda: readiness.search(of_provider).mapped("state"),
            ["open"],
        )
        self.provider.billing_waits = True
        contracts = self.env["msp.contract"].search([("name", "like", "BENCH%")])
        assert len(contracts) == number

        def wait():
            return sum(
                len(batch._find_waiting())
                for batch in split_every(BATCH, contracts.ids, contracts.browse)
            )

        measure("billing waits", wait, number)
        return found

    def _states(self):
        self.env.cr.execute(
            "SELECT m.subscription_id, c.partner_id, r.name FROM msp_position_mapping m "
            "JOIN msp_contract_position p ON p.id = m.position_id "
            "JOIN msp_contract c ON c.id = p.contract_id "
            "JOIN res_partner r ON r.id = c.partner_id "
            "WHERE m.provider_id = %s ORDER BY m.id",
            [self.provider.id],
        )
        return [
            Subscription(
                sub_account_id=f"customer-{partner}",
                sub_account_name=name,
                subscription_id=subscription,
                status="active",
                sku_id="SKU",
                service_name="Seats",
                purchased=Decimal(10),
                term="P1Y",
                billing_plan="monthly",
                term_end=date(2027, 3, 5),
                auto_renew=True,
            )
            for subscription, partner, name in self.env.cr.fetchall()
        ]

    def _timed(self, label, work):
        """Do it; print and return seconds, queries and megabytes more at the peak."""
        self.env.flush_all()
        self.env.invalidate_all()
        gc.collect()
        reset_peak()
        before, queries = memory(), self.env.cr.sql_log_count
        start = _clock()
        work()
        self.env.flush_all()
        taken = max(_clock() - start, 0.01)
        queries = self.env.cr.sql_log_count - queries
        more = memory("VmHWM") - before
        print(f"\n{label:>26}: {taken:>6.2f} s, {queries:>5} queries, {more:>4.0f} MB")
        return taken, queries, more


def _clock():
    """Return seconds as they pass, which the frozen clock of Python does not."""
    return os.times().elapsed
