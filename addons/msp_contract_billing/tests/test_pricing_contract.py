from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import day
from .json_common import JsonCommon
from .pricing_common import PricingCommon


@freeze_time("2026-01-10 12:00:00")
@tagged("post_install", "-at_install")
class TestPricesInContracts(PricingCommon):
    """Schemes and rules through versions, the fold and what is due."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids

    def _set_scheme(self, start, scheme, position=None, **values):
        change = {"action": "set", "position_id": (position or self.position).id}
        return self._version(
            self.contract, start, [{**change, "pricing_id": scheme.id, **values}]
        )

    def test_scheme_through_the_fold_and_back_to_per_unit(self):
        scheme = self._graduated()
        version = self._set_scheme(day(2), scheme)
        self.assertIn("graduated: up to 10 at $10.00", version.summary)
        self._set(self.position, day(3), quantity=12)
        self._set_scheme(day(4), self.env.ref("msp_contract_billing.msp_pricing_unit"))
        self.assertEqual(
            [
                (line.date_start, line.quantity, (line.pricing or {}).get("model"))
                for line in self.contract.line_ids.sorted("date_start")
            ],
            [
                (day(1), 10, None),
                (day(2), 10, "graduated"),
                (day(3), 12, "graduated"),
                (day(4), 12, None),
            ],
        )
        self.assertEqual(
            self._amounts_due(self.contract, day(4)), [125.0, 100.0, 116.0, 150.0]
        )

    def test_changing_the_scheme_changes_no_contract(self):
        scheme = self._graduated()
        self._set_scheme(day(1), scheme)
        scheme.tier_ids.write({"unit_price": 99})
        self._set(self.position, day(2), quantity=12)
        self.assertEqual(self._amounts_due(self.contract, day(2)), [100.0, 116.0])

    def test_scheme_by_rpc_is_checked(self):
        version = self.env["msp.contract.version"].create(
            {"contract_id": self.contract.id, "date_start": day(2)}
        )
        vals = {
            "version_id": version.id,
            "action": "set",
            "position_id": self.position.id,
            "sets_pricing": True,
        }
        bad = [
            "graduated",
            {"model": "stairs"},
            {"model": "graduated", "tiers": []},
            {"model": "unit", "minimum": "a lot"},
        ]
        for pricing in bad:
            with (
                self.subTest(pricing=pricing),
                self.assertRaisesRegex(ValidationError, "price scheme cannot be read"),
            ):
                self.env["msp.contract.change"].create({**vals, "pricing": pricing})
        bad_rules = [
            "arrears",
            {"timing": "sometimes"},
            {"anchor": "2026-01-01"},
            {"unit": "month"},
            {"lead_days": True},
            {"every": [1], "unit": "month"},
        ]
        for overrides in bad_rules:
            with (
                self.subTest(overrides=overrides),
                self.assertRaisesRegex(ValidationError, "illing rule"),
            ):
                self.env["msp.contract.change"].create(
                    {**vals, "sets_overrides": True, "overrides": overrides}
                )

    def test_recorded_scheme_cannot_be_changed(self):
        version = self._set_scheme(day(2), self._graduated())
        for vals in (
            {"pricing_id": self._scheme("flat").id},
            {"pricing": {"model": "flat"}},
            {"overrides": {"timing": "arrears"}},
        ):
            with self.assertRaisesRegex(UserError, "is recorded"):
                version.change_ids.sudo().write(vals)

    def test_scheme_in_another_currency_is_refused(self):
        scheme = self._graduated(currency_id=self.env.ref("base.EUR").id)
        with self.assertRaisesRegex(UserError, "is in EUR and .* is in USD"):
            self._set_scheme(day(2), scheme)

    def test_drafts_that_set_the_scheme_contradict_each_other(self):
        scheme = self._graduated()
        draft = self.env["msp.contract.version"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(3),
                "change_ids": [
                    Command.create(
                        {
                            "action": "set",
                            "position_id": self.position.id,
                            "pricing_id": scheme.id,
                        }
                    )
                ],
            }
        )
        self._set_scheme(day(2), self._scheme("flat"))
        with self.assertRaisesRegex(UserError, "also says"):
            draft.action_activate()


@tagged("post_install", "-at_install")
class TestPricingOverTheWire(PricingCommon, JsonCommon):
    def test_draft_takes_a_scheme_by_id_and_refuses_a_malformed_one(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.50)])
        scheme = self._graduated()
        manager = self._role_user("json.manager", "group_account_manager")
        change = {
            "action": "set",
            "position_id": contract.position_ids.id,
            "pricing_id": scheme.id,
        }
        version = {"contract_id": contract.id, "date_start": "2026-02-01"}
        status, answer = self._call(
            manager,
            "msp.contract.version",
            "create",
            vals_list=[{**version, "change_ids": [[0, 0, change]]}],
        )
        self.assertEqual(status, 200, answer)
        status, answer = self._call(
            manager, "msp.contract.version", "action_activate", ids=answer
        )
        self.assertEqual(status, 200, answer)
        line = contract.line_ids.sorted("date_start")[-1]
        self.assertEqual(line.pricing, scheme._to_data())
        del change["pricing_id"]
        change.update(sets_pricing=True, pricing={"model": "stairs"})
        self._assert_refused(
            manager,
            "msp.contract.version",
            "create",
            vals_list=[{**version, "change_ids": [[0, 0, change]]}],
        )
        self._assert_refused(
            manager,
            "msp.contract.line",
            "write",
            ids=line.ids,
            vals={"pricing": {"model": "flat"}},
        )
