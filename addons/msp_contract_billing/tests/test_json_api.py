from datetime import datetime, timedelta

from odoo.tests import HttpCase, tagged

from .common import ContractCommon, day


@tagged("post_install", "-at_install")
class TestJsonApi(ContractCommon, HttpCase):
    """What cannot be changed cannot be changed over the wire either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.first_run = cls._run(day(1), contracts=cls.contract)
        cls.administrator = cls._role_user("json.admin", "group_administrator")
        cls.clerk = cls._role_user("json.clerk", "group_billing_clerk")

    def _call(self, user, model, method, **arguments):
        """Return (status, answer) of a call with an API key of `user`."""
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "test", datetime.now() + timedelta(days=1))
        )
        self.env.flush_all()
        answer = self.url_open(
            f"/json/2/{model}/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {key}"},
        )
        return answer.status_code, answer.json()

    def _assert_refused(self, user, model, method, **arguments):
        status, answer = self._call(user, model, method, **arguments)
        self.assertGreaterEqual(status, 400, answer)
        self.assertLess(status, 500, answer)

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
