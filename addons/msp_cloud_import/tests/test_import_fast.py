from datetime import date
from random import Random
from unittest.mock import patch

from odoo.tests import tagged

from .common import seats
from .profile_common import ProfileCommon

COMPARED = (
    "rows_label",
    "partner_id",
    "product_id",
    "subscription_id",
    "sku_id",
    "term",
    "billing_plan",
    "contract_id",
    "position_id",
    "candidate_position_ids",
    "begin_change_id",
    "awaited_version_id",
    "is_awaited",
    "kind",
    "date_start",
    "quantity",
    "old_quantity",
    "difference",
    "has_content",
    "content_quantity",
    "cost",
    "cost_currency_id",
    "price_unit",
    "state",
    "error",
    "version_id",
)


@tagged("post_install", "-at_install")
class TestImportFast(ProfileCommon):
    """What goes on as before is found by one query, with the same result."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(
            cls.customer, [(cls.premium, quantity, 20.0) for quantity in range(1, 9)]
        )
        cls.positions = cls.contract.position_ids
        cls.env["msp.position.mapping"].create(
            [
                {
                    "provider_id": cls.provider.id,
                    "company_id": cls.company.id,
                    "subscription_id": cls._subscription(number),
                    "sku_id": "CFQ7TTC0LCHC:0002",
                    "position_id": position.id,
                }
                for number, position in enumerate(cls.positions)
            ]
        )

    @classmethod
    def _subscription(cls, number):
        return f"5b5b5b5b-0000-4000-8000-{number:012}"

    def _random_rows(self, random):
        """Return rows of a file: mostly as the contract says, some not."""
        rows = []
        for number in range(8):
            for _again in range(random.choice((0, 1, 1, 1, 1, 2))):
                cells = {
                    "SubscriptionId": self._subscription(number),
                    "ReservationOrderId": str(len(rows)),
                }
                oddity = random.random()
                if oddity < 0.1:
                    cells["ChargeType"] = "removeQuantity"
                elif oddity < 0.2:
                    cells["SubscriptionId"] = self._subscription(number + 50)
                elif oddity < 0.3:
                    cells["ChargeStartDate"] = date(2025, 12, 5)
                elif oddity < 0.4:
                    cells["SkuId"] = "0009"
                quantity = number + 1 if random.random() < 0.7 else random.randint(1, 9)
                rows.append(seats(quantity, **cells))
        return rows

    def _said(self, import_):
        return [
            [
                *(change[name] for name in COMPARED),
                sorted(change.provider_charge_ids.mapped("row")),
            ]
            for change in import_.change_ids.sorted(
                lambda one: (
                    one.subscription_id,
                    one.sku_id,
                    one.date_start,
                    one.rows_label,
                )
            )
        ]

    def _states(self, import_):
        return [
            (row.state, row.state_reason, row.position_id, row.contract_id)
            for row in import_.provider_charge_ids.sorted("row")
        ]

    def test_both_ways_say_the_same(self):
        imports = type(self.env["msp.import"])
        fast = 0
        for seed in range(12):
            import_ = self._read(*self._random_rows(Random(seed)), name=f"{seed}.csv")
            self._assign(import_)
            found = imports._propose_unchanged

            def count(one, *args, found=found):
                nonlocal fast
                result = found(one, *args)
                fast += len(one.change_ids)
                return result

            with patch.object(imports, "_propose_unchanged", count):
                import_.action_prepare()
            quick = self._said(import_), self._states(import_)
            with patch.object(
                imports, "_propose_unchanged", lambda _one, mappings, *_args: mappings
            ):
                import_.action_prepare()
            self.assertEqual(quick, (self._said(import_), self._states(import_)), seed)
            import_._withdraw("next")
        self.assertGreater(fast, 20)

    def test_what_was_left_out_or_applied_is_not_found_again(self):
        rows = [
            seats(number + 1, SubscriptionId=self._subscription(number))
            for number in range(8)
        ]
        rows[0] = seats(5, SubscriptionId=self._subscription(0))
        import_ = self._applied(*rows)
        self.assertIn("applied", import_.change_ids.mapped("state"))
        import_.change_ids[1].action_exclude()
        import_.action_prepare()
        states = import_.change_ids.mapped("state")
        self.assertEqual(
            {state: states.count(state) for state in states},
            {"applied": 1, "excluded": 1, "no_change": 6},
        )

    def test_queries_do_not_grow_with_rows(self):
        counts = []
        for size in (2, 8):
            rows = [
                seats(number + 1, SubscriptionId=self._subscription(number))
                for number in range(size)
            ]
            import_ = self._read(*rows, name=f"{size}.csv")
            self._assign(import_)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            import_._prepare()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            import_._withdraw("next")
        self.assertLessEqual(counts[1], counts[0] + 2)
