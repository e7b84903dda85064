"""How long a large file takes from its staged rows to proposals, and to versions.

Environment: BENCH_ROWS (default 100000) staged rows over a tenth as many contracts,
one of a hundred of which says another quantity; BENCH_CHANGES (default 2000) changes
that are applied. The yardstick is Odoo's own import of as many rows (a hundredth of
them) into a plain model.

All is one transaction, in which PostgreSQL checks all foreign keys of each row that is
updated; in life, where reading is committed before, only those that change. So each
step of the matching is measured without the keys that it leaves alone. Reading stores
rows with what is assigned already: how much longer that takes counts as matching.
"""

import gc
import os
import time
from datetime import date

import bench_preview

from odoo.tests import tagged
from odoo.tools import SQL

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
CHANGES = int(os.environ.get("BENCH_CHANGES", "2000"))
# The links of rows with a foreign key that each step sets, or a later one.
KEYS = {"assign": ("partner", "product", "version"), "prepare": ("version",)}
POSITIONS = 10
SHARE = 100
FIRST = date(2026, 3, 1)


@tagged("post_install", "-at_install")
class BenchImportMatching(bench_preview.BenchPreview):
    # Only its builders are wanted.
    test_what_is_due = None

    @classmethod
    def setUpClass(cls):
        before, bench_preview.POSITIONS = bench_preview.POSITIONS, POSITIONS
        try:
            super().setUpClass()
        finally:
            bench_preview.POSITIONS = before
        cls.provider = cls.env["msp.provider"].create(
            {"name": "Bench CSP", "code": "bench"}
        )

    def test_matching(self):
        queries = {}
        for number in (ROWS // 10, ROWS):
            with self.env.cr.savepoint() as savepoint:
                import_ = self._stage(number)
                self._change_seats(import_, SHARE)
                taken, queries[number] = self.linking, 0
                print(f"\n    link {number:>7}: {taken:>6.2f} s while reading", end="")
                for name, kept in KEYS.items():
                    self._drop_keys_but(kept)
                    step = getattr(import_, f"_{name}")
                    seconds, count = self._measure(number, **{name: step})
                    taken, queries[number] = taken + seconds, queries[number] + count
                states = dict(
                    self.env["msp.import.change"]._read_group(
                        [("import_id", "=", import_.id)], ["state"], ["__count"]
                    )
                )
                changed = number // SHARE
                assert states == {
                    "no_change": number - changed,
                    "proposed": changed,
                    # The contract that the others are copies of is not in the file.
                    "info": POSITIONS,
                }, states
                # What is equal stays as it is.
                self._measure(number, again=import_._prepare)
                savepoint.rollback()
        small, large = queries.values()
        yardstick = self._load(ROWS // SHARE) * SHARE
        print(
            f"{ROWS} rows matched in {taken:.2f} s; Odoo's load() of as many into a "
            f"plain model {yardstick:.0f} s: {yardstick / taken:.0f} times as long; "
            f"{small} queries for a tenth, {large} for all"
        )
        # Long lists of ids are fetched by the thousand; nothing is asked per row.
        assert large - small < ROWS / 500, queries

    def test_applying(self):
        import_ = self._stage(CHANGES * POSITIONS)
        self._copy_versions()
        # One position of each contract has other seats.
        self._change_seats(import_, POSITIONS)
        import_._assign()
        import_._prepare()
        assert import_.proposed_count == CHANGES
        taken, _queries = self._measure(CHANGES, apply=lambda: self._apply(import_))
        assert import_.version_count == CHANGES
        print(f"{CHANGES} changes applied, {CHANGES / taken:.0f} a second")

    def _drop_keys_but(self, kept):
        """Drop the foreign keys of rows but some, until all is rolled back."""
        names = [f"msp_provider_charge_{name}_id_fkey" for name in kept]
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' "
            "AND conrelid = 'msp_provider_charge'::regclass AND conname != ALL(%s)",
            [names],
        )
        for (name,) in self.env.cr.fetchall():
            self.env.cr.execute(
                SQL(
                    "ALTER TABLE msp_provider_charge DROP CONSTRAINT %s",
                    SQL.identifier(name),
                )
            )

    def _change_seats(self, import_, every):
        """Let one of so many rows say another quantity."""
        self.env.cr.execute(
            "UPDATE msp_provider_charge SET pricing_quantity = 12 "
            "WHERE import_id = %s AND row %% %s = 0",
            [import_.id, every],
        )

    def _apply(self, import_):
        import_._start(False)
        while import_.is_running:
            import_._continue()

    def _measure(self, number, **steps):
        """Take steps; print seconds and queries of each, return their sums."""
        total = count = 0
        for name, step in steps.items():
            self.env.flush_all()
            self.env.invalidate_all()
            gc.collect()
            queries, start = self.env.cr.sql_log_count, time.perf_counter()
            step()
            self.env.flush_all()
            taken = time.perf_counter() - start
            queries = self.env.cr.sql_log_count - queries
            print(
                f"\n{name:>8} {number:>7}: {taken:>6.2f} s, {queries} queries", end=""
            )
            total, count = total + taken, count + queries
        print()
        return total, count

    def _copy_versions(self):
        """Give the copied contracts the version that their lines follow from."""
        execute = self.env.cr.execute
        names = [n for n in self._columns("msp_contract_version") if n != "contract_id"]
        execute(
            SQL(
                "INSERT INTO msp_contract_version (contract_id, %s) SELECT c.id, %s "
                "FROM msp_contract_version o, msp_contract c "
                "WHERE o.contract_id = %s AND c.name LIKE 'BENCH%%' ORDER BY c.id",
                bench_preview._names(names),
                bench_preview._names(names, "o"),
                self.contract.id,
            )
        )
        names = [
            name
            for name in self._columns("msp_contract_change")
            if name not in ("contract_id", "version_id", "position_id")
        ]
        execute(
            SQL(
                """
                WITH positions AS (
                  SELECT id, contract_id, row_number() OVER (
                           PARTITION BY contract_id ORDER BY id) AS number
                    FROM msp_contract_position
                )
                INSERT INTO msp_contract_change (
                       contract_id, version_id, position_id, %s)
                SELECT v.contract_id, v.id, n.id, %s
                  FROM msp_contract_change o
                  JOIN msp_contract_version v ON v.contract_id != o.contract_id
                  JOIN msp_contract c ON c.id = v.contract_id AND c.name LIKE 'BENCH%%'
                  LEFT JOIN positions p ON p.id = o.position_id
                  LEFT JOIN positions n ON n.contract_id = v.contract_id
                   AND n.number = p.number
                 WHERE o.contract_id = %s ORDER BY v.id, o.id
                """,
                bench_preview._names(names),
                bench_preview._names(names, "o"),
                self.contract.id,
            )
        )
        self.env.invalidate_all()

    def _load(self, number):
        """Return the seconds of Odoo's import of rows into a plain model."""
        rows = [[f"Row {n}", f"Reference {n}"] for n in range(number)]
        start = time.perf_counter()
        result = self.env["res.partner"].load(["name", "ref"], rows)
        self.env.flush_all()
        assert len(result["ids"]) == number, result["messages"]
        return time.perf_counter() - start

    def _stage(self, number):
        """Return an import with rows of known customers, articles, subscriptions."""
        contracts = self._make(number // POSITIONS, 0)
        execute = self.env.cr.execute
        company = self.contract.company_id
        execute(
            "INSERT INTO res_partner (name, active, is_company, company_id, type, "
            "autopost_bills) "
            "SELECT 'Customer ' || n, TRUE, TRUE, NULL, 'contact', 'ask' "
            "FROM generate_series(1, %s) n RETURNING id",
            [len(contracts)],
        )
        partners = [partner_id for (partner_id,) in self.env.cr.fetchall()]
        execute(
            "UPDATE res_partner SET commercial_partner_id = id, "
            "complete_name = name WHERE id = ANY(%s)",
            [partners],
        )
        execute(
            "UPDATE msp_contract c SET partner_id = p.id, commercial_partner_id = p.id "
            "FROM unnest(%s, %s) AS p(id, contract_id) WHERE c.id = p.contract_id",
            [partners, contracts.ids],
        )
        self.env.invalidate_all()
        execute(
            "INSERT INTO msp_customer_mapping (provider_id, company_id, external_id, "
            "external_name, partner_id, state) "
            "SELECT %s, %s, 'customer-' || id, name, id, 'assigned' "
            "FROM res_partner WHERE id = ANY(%s)",
            [self.provider.id, company.id, partners],
        )
        product = self.contract.position_ids[0].product_id
        self.env["msp.product.mapping"].create(
            {
                "provider_id": self.provider.id,
                "company_id": company.id,
                "sku_id": "SKU",
                "term": "P1Y",
                "billing_plan": "monthly",
                "external_name": "Seats",
                "product_id": product.id,
            }
        )
        execute(
            "INSERT INTO msp_position_mapping (provider_id, company_id, "
            "subscription_id, sku_id, position_id) "
            "SELECT %s, %s, 'subscription-' || id, 'SKU', id "
            "FROM msp_contract_position WHERE contract_id = ANY(%s)",
            [self.provider.id, company.id, contracts.ids],
        )
        import_ = self.env["msp.import"]._system_create(
            [
                {
                    "name": f"BENCH-{number}",
                    "provider_id": self.provider.id,
                    "company_id": company.id,
                    "sha256": f"bench-{number}",
                    "file_name": "bench.csv",
                    "state": "read",
                    "currency_id": company.currency_id.id,
                    "month": FIRST,
                    "date_start": FIRST,
                    "date_end": date(2026, 3, 31),
                    "charge_count": number,
                    "row_count": number,
                    "amount_read": number * 100.0,
                }
            ]
        )
        with self.env.cr.savepoint() as savepoint:
            plain = self._store_rows(import_, contracts, is_linked=False)
            savepoint.rollback()
        self.linking = self._store_rows(import_, contracts, is_linked=True) - plain
        execute(
            "ANALYZE msp_provider_charge, msp_position_mapping, msp_customer_mapping, "
            "msp_contract_position, res_partner"
        )
        return import_

    def _store_rows(self, import_, contracts, is_linked):
        """Store a row for each position; return the seconds that it takes.

        :param is_linked: with what is assigned already, as reading stores them
        """
        start = time.perf_counter()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO msp_provider_charge (
                  customer_mapping_id, partner_id, product_mapping_id, product_id,
                  import_id, provider_id, company_id, row, row_key, line_key,
                  content_hash, invoice_id, customer_key, sub_account_id,
                  sub_account_name, subscription_id, sku_id, event, charge_type,
                  term, billing_plan, is_quantity, is_difference, quantity,
                  has_pricing_quantity, pricing_quantity, contracted_unit_price,
                  billed_cost, currency_id, charge_period_start, charge_period_end,
                  charge_date_end, state, flags, raw)
                SELECT m.id, m.partner_id, a.id, a.product_id,
                       %(import)s, %(provider)s, %(company)s,
                       row_number() OVER (ORDER BY p.id), md5(p.id::text) || '-1',
                       md5(p.id::text), md5(p.id::text), 'G01',
                       'customer-' || c.partner_id, 'customer-' || c.partner_id,
                       r.name, 'subscription-' || p.id, 'SKU', 'recurring',
                       'cycleCharge', 'P1Y', 'monthly', TRUE, FALSE, 10, TRUE, 10, 10,
                       100, %(currency)s, %(first)s, %(after)s,
                       %(after)s::date - 1, 'waiting', '',
                       '{"CustomerName": "Customer", "SkuName": "Seats"}'
                  FROM msp_contract_position p
                  JOIN msp_contract c ON c.id = p.contract_id
                  JOIN res_partner r ON r.id = c.partner_id
                  LEFT JOIN msp_customer_mapping m
                    ON m.external_id = 'customer-' || c.partner_id
                   AND m.provider_id = %(provider)s AND %(linked)s
                  LEFT JOIN msp_product_mapping a
                    ON a.sku_id = 'SKU' AND a.provider_id = %(provider)s AND %(linked)s
                 WHERE p.contract_id = ANY(%(contracts)s)
                """,
                **{
                    "import": import_.id,
                    "provider": self.provider.id,
                    "company": self.contract.company_id.id,
                    "currency": self.contract.company_id.currency_id.id,
                    "first": FIRST,
                    "after": date(2026, 4, 1),
                    "contracts": contracts.ids,
                    "linked": is_linked,
                },
            )
        )
        return time.perf_counter() - start
