from datetime import date

from odoo.tests import freeze_time, tagged

from .common import ImportCommon, seats

ARTICLE = "CFQ7TTC0LCHC:0002"


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportPrepareAgain(ImportCommon):
    """What contracts still say is not stored anew; all else is found anew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(
            cls.customer, [(cls.premium, 12, 20.0), (cls.premium, 7, 20.0)]
        )
        cls.positions = cls.contract.position_ids
        cls.env["msp.position.mapping"].create(
            [
                {
                    "provider_id": cls.provider.id,
                    "company_id": cls.company.id,
                    "subscription_id": cls._subscription(number),
                    "sku_id": ARTICLE,
                    "position_id": position.id,
                }
                for number, position in enumerate(cls.positions)
            ]
        )

    def setUp(self):
        super().setUp()
        days = {
            "ChargeStartDate": date(2026, 3, 1),
            "ChargeEndDate": date(2026, 3, 31),
        }
        self.import_ = self._prepared(
            seats(12, SubscriptionId=self._subscription(0), **days),
            seats(7, SubscriptionId=self._subscription(1), **days),
        )
        self.before = self._said()

    @classmethod
    def _subscription(cls, number):
        return f"5b5b5b5b-0000-4000-8000-{number:012}"

    def _said(self):
        """Return {subscription: (id, state, quantity) of its change}."""
        return {
            change.subscription_id: (change.id, change.state, change.quantity)
            for change in self.import_.change_ids
        }

    def _prepare(self):
        self.import_.action_prepare()
        self.env.invalidate_all()
        return self._said()

    def test_what_stays_is_not_made_anew(self):
        states = [(state, number) for _id, state, number in self.before.values()]
        self.assertEqual(sorted(states), [("no_change", 7), ("no_change", 12)])
        self.assertEqual(self._prepare(), self.before)
        self.assertEqual(
            self.import_.provider_charge_ids.mapped("state"), ["no_change"] * 2
        )

    def test_what_the_contract_says_otherwise_now_is_proposed(self):
        self._version(
            self.contract,
            date(2026, 2, 1),
            {
                "action": "set",
                "position_id": self.positions[0].id,
                "quantity_mode": "set",
                "quantity": 9,
            },
        )
        first, second = self._subscription(0), self._subscription(1)
        after = self._prepare()
        self.assertEqual(after[first][1:], ("proposed", 12))
        self.assertEqual(after[second], self.before[second])
        states = {
            row.subscription_id: row.state for row in self.import_.provider_charge_ids
        }
        self.assertEqual(states, {first: "matched", second: "no_change"})

    def test_what_is_priced_otherwise_now_is_made_anew(self):
        self._version(
            self.contract,
            date(2026, 2, 1),
            {
                "action": "set",
                "position_id": self.positions[0].id,
                "sets_price": True,
                "price_unit": 30.0,
                "price_interval": "1",
            },
        )
        first, second = self._subscription(0), self._subscription(1)
        after = self._prepare()
        self.assertNotEqual(after[first][0], self.before[first][0])
        self.assertEqual(after[second], self.before[second])
        change = self.import_.change_ids.browse(after[first][0])
        self.assertEqual((change.state, change.amount_before), ("no_change", 360.0))

    def test_what_somebody_decides_is_looked_at_anew(self):
        first, second = self._subscription(0), self._subscription(1)
        change = self.import_.change_ids.browse(self.before[first][0])
        change._system_write({"decision": "wait", "decision_reason": "Later"})
        after = self._prepare()
        self.assertEqual(after[first][1], "waiting")
        self.assertEqual(after[second], self.before[second])

    def test_rows_of_an_archived_product_wait(self):
        self.premium.active = False
        self.assertFalse(self._prepare())
        self.assertEqual(
            self.import_.provider_charge_ids.mapped("state"), ["unmapped_product"] * 2
        )
