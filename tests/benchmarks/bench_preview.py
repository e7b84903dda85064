"""How long it takes to see what is due of thousands of contracts, and in what memory.

Environment: BENCH_CONTRACTS (default 1000,3000,10000) and BENCH_LONG (default 3000), the
numbers of contracts with 12 months of claims and with 60.
"""

import gc
import os
import time
from datetime import date
from pathlib import Path

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, split_every

SIZES = [
    int(n) for n in os.environ.get("BENCH_CONTRACTS", "1000,3000,10000").split(",")
]
LONG = int(os.environ.get("BENCH_LONG", "3000"))
POSITIONS, SHORT_MONTHS, LONG_MONTHS = 5, 12, 60
FIRST = date(2026, 1, 1)
# As a run's preview does.
BATCH_SIZE = 500


@tagged("post_install", "-at_install")
class BenchPreview(TransactionCase):
    """One contract is made as a person would, the others are copies of its rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        product = cls.env["product.product"].create({"name": "Seats"})
        cls.contract = cls.env["msp.contract"].create(
            {"partner_id": cls.env["res.partner"].create({"name": "Muster Bau"}).id}
        )
        positions = cls.env["msp.contract.position"].create(
            [{"contract_id": cls.contract.id, "product_id": product.id}] * POSITIONS
        )
        begin = {
            "action": "begin",
            "quantity_mode": "set",
            "quantity": 10,
            "sets_price": True,
            "price_unit": 12.5,
        }
        changes = [{**begin, "position_id": position.id} for position in positions]
        changes.append({"action": "terms", "anchor_date": FIRST})
        version = cls.env["msp.contract.version"].create(
            {
                "contract_id": cls.contract.id,
                "date_start": FIRST,
                "change_ids": [Command.create(vals) for vals in changes],
            }
        )
        version.action_activate()
        cls.env.flush_all()

    def test_what_is_due(self):
        print(f"\n{POSITIONS} positions, one new month due; {BATCH_SIZE} at a time")
        seconds = {}
        for number, months in [(n, SHORT_MONTHS) for n in SIZES] + [
            (LONG, SHORT_MONTHS),
            (LONG, LONG_MONTHS),
        ]:
            with self.env.cr.savepoint() as savepoint:
                contracts = self._make(number, months)
                until = FIRST + relativedelta(months=months)
                for marked in (False, True):
                    self._mark(contracts, until if marked else None)
                    seconds[number, months, marked] = self._measure(
                        contracts, until, f"{months} months", marked
                    )
                savepoint.rollback()
        for marked in (False, True):
            longer = seconds[LONG, LONG_MONTHS, marked]
            ratio = longer / seconds[LONG, SHORT_MONTHS, marked]
            label = "settled" if marked else "compared in full"
            print(f"60 months of claims cost {ratio:.2f} times as much as 12, {label}")

    def _measure(self, contracts, until, label, marked):
        """Compute what is due, print the time and memory, return the seconds."""
        self.env.invalidate_all()
        gc.collect()
        reset_peak()
        before, start = memory(), time.perf_counter()
        charges = 0
        for batch in split_every(BATCH_SIZE, contracts.ids, contracts.browse):
            found = batch._compute_due(until, "regular")
            charges += sum(len(due.charges) for due in found.values())
        taken = time.perf_counter() - start
        assert charges == len(contracts) * POSITIONS, charges
        what = "settled" if marked else "compared in full"
        print(
            f"{len(contracts):>6} contracts, {label}, {what:>16}: {taken:>6.2f} s, "
            f"{memory('VmHWM') - before:>4.0f} MB more at the peak"
        )
        return taken

    def _mark(self, contracts, until):
        """Mark the contracts as settled up to the month before `until`, or not."""
        settled = until and until - relativedelta(months=1)
        self.env.cr.execute(
            "UPDATE msp_contract SET to_settle = %s, settled_until = %s "
            "WHERE id = ANY(%s)",
            [not settled, settled, contracts.ids],
        )

    # Rows

    def _make(self, number, months):
        """Return `number` copies of the contract with claims of `months` months."""
        execute = self.env.cr.execute
        execute("CREATE TEMP TABLE copied (contract int, old int, new int)")
        before = self._highest("msp_contract")
        self._copy("msp_contract", SQL("%s", number), name=SQL("'BENCH' || n"))
        # Positions come in the order of contracts, so they can be paired.
        highest = self._highest("msp_contract_position")
        self._copy(
            "msp_contract_position",
            SQL("%s", number),
            contract_id=SQL("%s + n", before),
        )
        execute(
            "INSERT INTO copied SELECT p.contract_id, o.old, p.id FROM ("
            "  SELECT *, row_number() OVER (PARTITION BY contract_id ORDER BY id) AS i"
            "  FROM msp_contract_position WHERE id > %s) p JOIN ("
            "  SELECT id AS old, row_number() OVER (ORDER BY id) AS i"
            "  FROM msp_contract_position WHERE contract_id = %s) o USING (i)",
            [highest, self.contract.id],
        )
        self._copy(
            "msp_contract_terms",
            SQL("%s", number),
            contract_id=SQL("%s + n", before),
        )
        self._copy_lines()
        self._make_claims(months)
        execute("DROP TABLE copied")
        execute("ANALYZE msp_contract, msp_contract_line, msp_charge")
        return self.contract.browse(range(before + 1, before + number + 1))

    def _highest(self, table):
        self.env.cr.execute(
            SQL("SELECT last_value FROM %s", SQL.identifier(f"{table}_id_seq"))
        )
        return self.env.cr.fetchone()[0]

    def _copy(self, table, number, **columns):
        """Copy the contract's rows in `table`, columns given as SQL of `n`."""
        key = "id" if table == "msp_contract" else "contract_id"
        names = [name for name in self._columns(table) if name not in columns]
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM %s o, generate_series(1, %s) n "
                "WHERE o.%s = %s ORDER BY n, o.id",
                SQL.identifier(table),
                _names([*names, *columns]),
                SQL(", ").join([_names(names, "o"), *columns.values()]),
                SQL.identifier(table),
                number,
                SQL.identifier(key),
                self.contract.id,
            )
        )

    def _copy_lines(self):
        names = self._columns("msp_contract_line")
        names = [name for name in names if name not in ("contract_id", "position_id")]
        self.env.cr.execute(
            SQL(
                "INSERT INTO msp_contract_line (contract_id, position_id, %s) "
                "SELECT c.contract, c.new, %s FROM copied c "
                "JOIN msp_contract_line o ON o.position_id = c.old ORDER BY c.new",
                _names(names),
                _names(names, "o"),
            )
        )

    def _make_claims(self, months):
        """Claim the months one after the other, as monthly runs do."""
        self.env.cr.execute(
            "INSERT INTO msp_charge (contract_id, position_id, company_id, currency_id,"
            " settlement, sequence, kind, date_start, date_end, quantity, price_unit,"
            " discount, factor, days, days_of_period, amount, is_valid, counts, name,"
            " basis, version_numbers) "
            "SELECT c.contract, c.new, %(company)s, %(currency)s, m + 1, 1, 'regular',"
            " first, after - 1, 10, 12.5, 0, 1, after - first, after - first, 125,"
            " TRUE, TRUE, 'Seats, 10 Units x 12.50 EUR, contract V00042, 31 of 31 days',"
            " jsonb_build_array(jsonb_build_array(first, after, '10', '12.5', '0')),"
            " '[1]' FROM copied c, generate_series(0, %(months)s - 1) m,"
            " LATERAL (SELECT (%(first)s::date + m * interval '1 month')::date AS first,"
            "  (%(first)s::date + (m + 1) * interval '1 month')::date AS after) d "
            "ORDER BY m, c.new",
            {
                "company": self.contract.company_id.id,
                "currency": self.contract.currency_id.id,
                "months": months,
                "first": FIRST,
            },
        )

    def _columns(self, table):
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = %s AND column_name != 'id'",
            [table],
        )
        return [name for (name,) in self.env.cr.fetchall()]


def _names(names, table=None):
    return SQL(", ").join(
        SQL.identifier(table, name) if table else SQL.identifier(name) for name in names
    )


def memory(what="VmRSS"):
    """Return this process's memory in MB."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(what))
    return int(line.split()[1]) / 1024


def reset_peak():
    """Let the peak of this process's memory begin again at what it is now."""
    Path("/proc/self/clear_refs").write_text("5")
