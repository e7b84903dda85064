from datetime import date
from random import Random
from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import ImportCommon, seats

ARTICLE = "CFQ7TTC0LCHC:0002"
POSITIONS = 12
SEEDS = 8
SCHEME = {
    "model": "graduated",
    "tiers": [{"up_to": "5", "unit_price": "10"}, {"up_to": None, "unit_price": "8.5"}],
}
# What a row has of its own, or says of who made it when.
NOT_COMPARED = {"id", "create_uid", "create_date", "write_uid", "write_date"}
# Columns of a file's row, set at random to what other formats print.
ODDITIES = (
    "billed_cost = 12.345",
    "billed_cost = 0, contracted_unit_price = 0",
    "billed_cost = billed_cost + 900",
    "billed_cost = 0.005",
    "list_unit_price = 9.99999999",
    "list_unit_price = 10.0000001",
    "pricing_currency = 'USD'",
    "pricing_currency = NULL",
    "pricing_quantity = 0",
    "pricing_quantity = pricing_quantity + 0.0000000001",
    "has_pricing_quantity = FALSE",
    "flags = 'trial'",
    "flags = 'count_only unbilled'",
    "charge_date_end = NULL, charge_period_end = NULL",
    "term = NULL",
    "term = '', billing_plan = NULL",
    "billing_plan = NULL",
    "sku_id = NULL",
    "is_difference = TRUE",
    "event = 'unknown'",
    "event = 'increase'",
    "quantity = 3",
    "is_left_out = TRUE",
    # What was applied has a currency.
    "currency_id = NULL",
)


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportPrepareSame(ImportCommon):
    """What goes on as before is found by a few queries, with the same result."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._partner("Beispiel AG")
        cls.usd = cls.env.ref("base.USD")

    @classmethod
    def _subscription(cls, number):
        return f"5b5b5b5b-0000-4000-8000-{number:012}"

    # A world at random

    def _make_contract(self, random):
        """Return a contract whose positions have contents of many kinds."""
        contract = self._contract(
            self.customer,
            [
                (self.premium, number + 1, random.choice((20.0, 7.35, 0.125)))
                for number in range(POSITIONS)
            ],
        )
        contract.version_ids._withdraw("made anew")
        every, unit = random.choice(((1, "month"), (3, "month"), (1, "year")))
        changes = [
            {
                "action": "terms",
                "billing_every": every,
                "billing_unit": unit,
                "billing_day_count": random.choice(("actual", "30/360")),
                "anchor_date": date(2026, 1, 1),
            }
        ]
        for number, position in enumerate(contract.position_ids):
            vals = {
                "action": "begin",
                "position_id": position.id,
                "quantity_mode": "set",
                "quantity": number + 1,
                "sets_price": True,
                "price_unit": random.choice((20.0, 7.35, 0.125)),
                "price_interval": random.choice(("0", "1", "3")),
            }
            if random.random() < 0.3:
                vals["discount"] = 12.5
            if random.random() < 0.1:
                vals.update(sets_pricing=True, pricing=SCHEME)
            changes.append(vals)
        self._version(contract, date(2026, 1, 1), *changes)
        for position in contract.position_ids:
            self._change_later(random, contract, position)
        return contract

    def _change_later(self, random, contract, position):
        """Record now and then what people do with a position."""
        oddity = random.random()
        days = (
            date(2026, 2, 20),
            date(2026, 3, 1),
            date(2026, 3, 10),
            date(2026, 4, 1),
        )
        day = random.choice(days)
        change = {"position_id": position.id, "action": "set"}
        if oddity < 0.25:
            change.update(quantity_mode="set", quantity=random.randint(1, 9))
        elif oddity < 0.35:
            change.update(sets_price=True, price_unit=33.0)
        elif oddity < 0.4:
            change.update(action="end")
        else:
            return
        self._version(contract, day, change)

    def _make_mappings(self, random, contract):
        vals_list = []
        for number, position in enumerate(contract.position_ids):
            if random.random() < 0.08:
                continue
            is_chosen = random.random() < 0.3
            vals_list.append(
                {
                    "provider_id": self.provider.id,
                    "company_id": self.company.id,
                    "subscription_id": self._subscription(number),
                    "sku_id": ARTICLE if random.random() < 0.95 else "",
                    "position_id": position.id,
                    "is_chosen": is_chosen,
                }
            )
        mappings = self.env["msp.position.mapping"].create(vals_list)
        split, summed = mappings[:2] if random.random() < 0.3 else (None, None)
        if split:
            target = random.choice(contract.position_ids)
            split.share_ids = [
                (0, 0, {"position_id": split.position_id.id, "takes_rest": True}),
                (0, 0, {"position_id": target.id, "quantity": 1}),
            ]
            summed.is_summed = True
        return mappings

    def _make_rows(self, random, months):
        """Return rows of a file: mostly as the contract says, some not."""
        rows = []
        for number in range(POSITIONS):
            for _again in range(random.choice((0, 1, 1, 1, 1, 1, 1, 2))):
                first, last = months
                cells = {
                    "SubscriptionId": self._subscription(number),
                    "ChargeStartDate": first,
                    "ChargeEndDate": last,
                    "ReservationOrderId": str(len(rows)),
                }
                oddity = random.random()
                if oddity < 0.05:
                    cells["ChargeType"] = "removeQuantity"
                elif oddity < 0.1:
                    cells["SubscriptionId"] = self._subscription(number + 50)
                elif oddity < 0.15:
                    cells["ChargeStartDate"] = first.replace(day=5)
                elif oddity < 0.2:
                    cells["SkuId"] = "0009"
                elif oddity < 0.25:
                    cells["CustomerId"] = "11111111-0000-4000-8000-000000000002"
                elif oddity < 0.3:
                    cells["ChargeStartDate"] = date(2025, 12, 5)
                price = "10.00" if random.random() < 0.9 else "12.50"
                quantity = number + 1
                if random.random() < 0.15:
                    quantity = random.randint(1, 9)
                rows.append(seats(quantity, price, **cells))
        return rows

    def _read_month(self, random, name, months, oddities=ODDITIES):
        """Return an import that is assigned, with rows of which some are odd."""
        import_ = self._read(*self._make_rows(random, months), name=name)
        self._assign(import_)
        mappings = import_.customer_mapping_ids
        mappings.filtered(lambda one: not one.partner_id).partner_id = self.customer
        for mapping in import_.product_mapping_ids:
            mapping.product_id = mapping.product_id or self.premium
            if random.random() < 0.1:
                mapping.quantity_column = "purchased"
        for row in import_.provider_charge_ids:
            if random.random() < 0.12:
                self.env.flush_all()
                self.env.cr.execute(
                    SQL(
                        "UPDATE msp_provider_charge SET %s WHERE id = %s",
                        SQL(random.choice(oddities)),
                        row.id,
                    )
                )
        self.env.invalidate_all()
        return import_

    # What was said of it

    def _said(self, import_):
        """Return all that is stored of proposals and rows, ids replaced by rows."""
        self.env.flush_all()
        changes = self._rows_of("msp_import_change", "import_id", import_)
        links = {
            table: self._links_of(import_, table, column, other)
            for table, column, other in (
                ("msp_import_change_row_rel", "change_id", "row_id"),
                ("msp_import_change_conflict_rel", "change_id", "version_id"),
                (
                    "msp_import_change_msp_import_flag_rel",
                    "msp_import_change_id",
                    "msp_import_flag_id",
                ),
                (
                    "msp_contract_position_msp_import_change_rel",
                    "msp_import_change_id",
                    "msp_contract_position_id",
                ),
            )
        }
        result = []
        for change in changes:
            change_id = change["id"]
            kept = {k: v for k, v in change.items() if k not in NOT_COMPARED}
            begin = kept.pop("begin_change_id")
            kept["begins"] = links["msp_import_change_row_rel"].get(begin)
            kept.update({table: own.get(change_id) for table, own in links.items()})
            result.append(kept)
        rows = self._rows_of("msp_provider_charge", "import_id", import_)
        return (
            sorted(result, key=repr),
            sorted(
                (
                    {k: v for k, v in one.items() if k not in ("write_date",)}
                    for one in rows
                ),
                key=lambda one: one["id"],
            ),
        )

    def _rows_of(self, table, column, import_):
        self.env.cr.execute(
            SQL(
                "SELECT * FROM %s WHERE %s = %s",
                SQL.identifier(table),
                SQL.identifier(column),
                import_.id,
            )
        )
        return self.env.cr.dictfetchall()

    def _links_of(self, import_, table, column, other):
        self.env.cr.execute(
            SQL(
                "SELECT r.%(column)s, array_agg(r.%(other)s ORDER BY r.%(other)s) "
                "FROM %(table)s r JOIN msp_import_change c ON c.id = r.%(column)s "
                "WHERE c.import_id = %(id)s GROUP BY 1",
                column=SQL.identifier(column),
                other=SQL.identifier(other),
                table=SQL.identifier(table),
                id=import_.id,
            )
        )
        return dict(self.env.cr.fetchall())

    def _compare_row_by_row(self, import_, *_args):
        import_._get_settled_changes()._system_unlink()
        import_._refresh_rows()
        rows = self.env["msp.provider.charge"].search(import_._get_said_domain())
        return {
            mapping.id: own.ids
            for mapping, own in rows.grouped("customer_mapping_id").items()
        }

    def _decide(self, random, import_):
        """Let somebody leave out, edit or decide on some of the proposals."""
        for change in import_.change_ids:
            if change.state in ("applied", "info") or random.random() > 0.1:
                continue
            if random.random() < 0.5:
                change.action_exclude()
            else:
                change._system_write({"decision": "wait", "decision_reason": "Later"})

    def test_both_ways_say_the_same(self):
        imports = type(self.env["msp.import"])
        found_same, same, all_ = imports._store_same, 0, 0

        def count(import_):
            nonlocal same
            found_same(import_)
            import_.env.cr.execute("SELECT count(*) FROM msp_import_same")
            same += import_.env.cr.fetchone()[0]

        for seed in range(SEEDS):
            random = Random(seed)
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                contract = self._make_contract(random)
                self._make_mappings(random, contract)
                march = (date(2026, 3, 1), date(2026, 3, 31))
                if random.random() < 0.7:
                    february = (date(2026, 2, 1), date(2026, 2, 28))
                    before = self._read_month(
                        random, f"old-{seed}.csv", february, ODDITIES[:-1]
                    )
                    before.action_prepare()
                    before.action_apply()
                import_ = self._read_month(random, f"{seed}.csv", march)
                if random.random() < 0.5:
                    import_.action_prepare()
                    self._decide(random, import_)
                with patch.object(imports, "_store_same", count):
                    import_.action_prepare()
                quick = self._said(import_)
                all_ += len(import_.change_ids)
                with patch.object(
                    imports, "_propose_same", self._compare_row_by_row_of()
                ):
                    import_.action_prepare()
                self.assertEqual(quick, self._said(import_))
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertGreater(same, all_ / 6)
        self.assertLess(same, all_)

    def _compare_row_by_row_of(self):
        return lambda import_, *args: self._compare_row_by_row(import_, *args)

    def test_what_people_record_within_the_period_is_asked(self):
        contract = self._contract(self.customer, [(self.premium, 12, 20.0)])
        position = contract.position_ids
        self.env["msp.position.mapping"].create(
            {
                "provider_id": self.provider.id,
                "company_id": self.company.id,
                "subscription_id": self._subscription(1),
                "sku_id": ARTICLE,
                "position_id": position.id,
            }
        )
        self._version(
            contract,
            date(2026, 3, 10),
            {
                "action": "set",
                "position_id": position.id,
                "quantity_mode": "set",
                "quantity": 9,
            },
        )
        days = {
            "ChargeStartDate": date(2026, 3, 1),
            "ChargeEndDate": date(2026, 3, 31),
        }
        import_ = self._prepared(
            seats(12, SubscriptionId=self._subscription(1), **days)
        )
        self.assertEqual(
            [(one.date_start, one.state) for one in import_.change_ids],
            [(date(2026, 3, 1), "no_change"), (date(2026, 3, 10), "waiting")],
        )
