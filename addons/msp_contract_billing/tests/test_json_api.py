from odoo.tests import tagged

from .common import day
from .json_common import JsonCommon


@tagged("post_install", "-at_install")
class TestJsonApi(JsonCommon):
    """What cannot be changed cannot be changed over the wire either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.first_run = cls._run(day(1), contracts=cls.contract)
        cls.administrator = cls._role_user("json.admin", "group_administrator")
        cls.clerk = cls._role_user("json.clerk", "group_billing_clerk")

    def test_reading_works(self):
        status, answer = self._call(
            self.clerk,
            "msp.contract",
            "read",
            ids=self.contract.ids,
            fields=["name"],
        )
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer[0]["name"], self.contract.name)

    def test_ledger_lines_and_recorded_versions_are_refused(self):
        charge = self.contract.charge_ids
        version = self.contract.version_ids
        for user in (self.administrator, self.clerk):
            for model, ids, vals in (
                ("msp.charge", charge.ids, {"amount": 1}),
                ("msp.contract.line", self.contract.line_ids.ids, {"quantity": 1}),
                ("msp.contract.version", version.ids, {"reason": "later"}),
                ("msp.contract.change", version.change_ids.ids, {"quantity": 1}),
                (
                    "msp.contract",
                    self.contract.ids,
                    {"version_ids": [[1, version.id, {"reason": "later"}]]},
                ),
            ):
                self._assert_refused(user, model, "write", ids=ids, vals=vals)
                self._assert_refused(user, model, "unlink", ids=ids)
            self._assert_refused(
                user,
                "msp.charge",
                "create",
                vals_list=[{"contract_id": self.contract.id, "amount": 1}],
            )
        self.assertEqual(charge.amount, 125.00)

    def test_context_keys_open_no_door(self):
        charge = self.contract.charge_ids
        context = {"msp_system": True, "skip_readonly_check": True, "force": True}
        self._assert_refused(
            self.administrator,
            "msp.charge",
            "write",
            ids=charge.ids,
            vals={"amount": 1},
            context=context,
        )

    def test_what_billing_rests_on_is_refused(self):
        values = {
            "state": "draft",
            "date_start": "2020-01-01",
            "date_end": "2026-01-31",
            "to_settle": False,
            "settled_until": "2030-01-01",
            "ledger_revision": 0,
        }
        for name, value in values.items():
            for context in ({}, {f"default_{name}": value}):
                self._assert_refused(
                    self.administrator,
                    "msp.contract",
                    "write",
                    ids=self.contract.ids,
                    vals={name: value},
                    context=context,
                )
            self._assert_refused(
                self.administrator,
                "msp.contract",
                "create",
                vals_list=[{"partner_id": self.customer.id, name: value}],
            )
        for method in ("_mark_settled", "_touch_ledger", "_system_write"):
            self._assert_refused(
                self.administrator, "msp.contract", method, ids=self.contract.ids
            )

    def test_defaults_in_the_context_are_ignored(self):
        status, ids = self._call(
            self.administrator,
            "msp.contract",
            "create",
            vals_list=[{"partner_id": self.customer.id}],
            context={
                "default_state": "active",
                "default_date_start": "2020-01-01",
                "default_to_settle": False,
                "default_settled_until": "2030-01-01",
                "default_ledger_revision": 99,
            },
        )
        self.assertEqual(status, 200, ids)
        contract = self.contract.browse(ids)
        self.assertEqual(contract.state, "draft")
        self.assertTrue(contract.to_settle)
        self.assertFalse(contract.date_start or contract.settled_until)
        self.assertEqual(contract.ledger_revision, 0)

    def test_private_methods_are_refused(self):
        self._assert_refused(
            self.administrator,
            "msp.charge",
            "_system_write",
            ids=self.contract.charge_ids.ids,
            vals={"amount": 1},
        )

    def test_clerk_cannot_change_contracts(self):
        self._assert_refused(
            self.clerk,
            "msp.contract.version",
            "create",
            vals_list=[{"contract_id": self.contract.id, "date_start": "2026-02-01"}],
        )
