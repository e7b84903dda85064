from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ContractCommon, day
from .json_common import JsonCommon


class GuardsCommon(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids
        cls.version = cls.contract.version_ids
        cls.begin = cls.version.change_ids.filtered("position_id")
        cls.other = cls._contract(day(1), [(cls.backup, 1, 30.0)])
        cls.manager = cls._role_user("manager", "group_account_manager")

    @classmethod
    def _draft(cls, contract=None, **values):
        change = {"action": "set", "position_id": cls.position.id}
        change.update(quantity_mode="set", quantity=11)
        return cls.env["msp.contract.version"].create(
            {
                "contract_id": (contract or cls.contract).id,
                "date_start": day(3),
                "change_ids": [Command.create({**change, **values})],
            }
        )


@tagged("post_install", "-at_install")
class TestVersionGuards(GuardsCommon):
    """What is recorded stays, whoever calls and whichever way."""

    def _refused(self, *calls, regex=None):
        for number, call in enumerate(calls):
            with (
                self.subTest(call=number),
                self.assertRaisesRegex(UserError, regex or "."),
                self.env.cr.savepoint(),
            ):
                call()
            self.env.invalidate_all()

    def test_recorded_version_by_commands_through_its_contract(self):
        draft = self._draft()
        change = self.begin
        for contract in (self.contract.with_user(self.manager), self.contract.sudo()):
            self._refused(
                *(
                    lambda command=command, contract=contract: contract.write(
                        {"version_ids": [command]}
                    )
                    for command in (
                        Command.delete(self.version.id),
                        Command.unlink(self.version.id),
                        Command.clear(),
                        Command.set(draft.ids),
                        Command.update(self.version.id, {"date_start": day(2)}),
                        Command.update(
                            self.version.id,
                            {
                                "change_ids": [
                                    Command.update(change.id, {"quantity": 1})
                                ]
                            },
                        ),
                        Command.update(
                            self.version.id, {"change_ids": [Command.delete(change.id)]}
                        ),
                        Command.link(self.other.version_ids.id),
                    )
                )
            )
        self.assertEqual(self.version.change_ids.mapped("quantity"), [0, 10])

    def test_recorded_version_by_commands_through_its_order(self):
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        for command in (
            Command.link(self.version.id),
            Command.update(self.version.id, {"date_start": day(2)}),
            Command.delete(self.version.id),
        ):
            fields = [
                name
                for name, field in order._fields.items()
                if field.type in ("one2many", "many2many")
                and field.comodel_name == "msp.contract.version"
            ]
            for name in fields:
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    order.sudo().write({name: [command]})
                    self.env.flush_all()

    def test_change_cannot_be_moved_into_or_out_of_a_recorded_version(self):
        draft = self._draft()
        self._refused(
            lambda: draft.change_ids.write({"version_id": self.version.id}),
            lambda: self.begin.write({"version_id": draft.id}),
            lambda: draft.write({"change_ids": [Command.link(self.begin.id)]}),
            lambda: draft.write({"change_ids": [Command.set(self.begin.ids)]}),
            lambda: self.begin.copy(),
            regex="is recorded",
        )

    def test_draft_cannot_be_moved_to_another_contract(self):
        draft = self._draft()
        self._refused(
            lambda: draft.write({"contract_id": self.other.id}),
            lambda: self.other.write({"version_ids": [Command.link(draft.id)]}),
            regex="its contract and where it comes from stay",
        )

    def test_draft_cannot_touch_a_position_of_another_contract(self):
        foreign = self.other.position_ids.id
        self._refused(
            lambda: self._draft(position_id=foreign),
            lambda: self._draft(position_id=foreign, contract_id=self.other.id),
            lambda: self._draft().change_ids.write({"position_id": foreign}),
            lambda: self._draft().change_ids.write({"contract_id": self.other.id}),
        )

    def test_company_follows_from_the_contract(self):
        """Record rules look at it."""
        company = self.setup_other_company()["company"]
        draft = self._draft()
        vals = {"company_id": company.id}
        versions, positions = draft.browse(), self.position.browse()
        self._refused(
            lambda: draft.write(vals),
            lambda: draft.change_ids.write(vals),
            lambda: self.position.write(vals),
            lambda: versions.create({"contract_id": self.contract.id, **vals}),
            lambda: draft.change_ids.create(
                {"version_id": draft.id, "action": "terminate", **vals}
            ),
            lambda: positions.create(
                {
                    "contract_id": self.contract.id,
                    "product_id": self.seats.id,
                    **vals,
                }
            ),
            lambda: versions.with_context(default_company_id=company.id).create(
                {"contract_id": self.contract.id, "company_id": company.id}
            ),
            regex="follows from other records",
        )
        self._refused(
            lambda: self.position.write({"date_start": day(5)}),
            lambda: self.position.write({"partner_id": self.partner_a.id}),
            lambda: draft.write({"partner_id": self.partner_a.id}),
            lambda: self.contract.write({"commercial_partner_id": self.partner_a.id}),
            regex="follows from other records",
        )

    def test_defaults_of_the_context_do_not_set_what_follows(self):
        company = self.setup_other_company()["company"]
        versions = self.env["msp.contract.version"].with_context(
            default_company_id=company.id,
            default_partner_id=self.partner_a.id,
            default_approval_state="approved",
            default_user_id=self.manager.id,
            default_withdraw_reason="x",
        )
        draft = versions.create({"contract_id": self.contract.id})
        self.assertRecordValues(
            draft,
            [
                {
                    "company_id": self.contract.company_id.id,
                    "partner_id": self.customer.id,
                    "approval_state": False,
                    "user_id": self.env.uid,
                    "withdraw_reason": False,
                }
            ],
        )
        change = draft.change_ids.with_context(
            default_contract_id=self.other.id, default_company_id=company.id
        ).create({"version_id": draft.id, "action": "terminate"})
        self.assertEqual(change.contract_id, self.contract)
        self.assertEqual(change.company_id, self.contract.company_id)

    def test_product_of_a_position_stays_after_withdrawal_too(self):
        """What was billed of it is still to be credited."""
        self._run(day(1), contracts=self.contract)
        self.version._withdraw("wrong customer")
        self.assertFalse(self.position.line_ids)
        self._refused(
            lambda: self.position.write({"product_id": self.backup.id}),
            lambda: self.position.write({"contract_id": self.other.id}),
            lambda: self.contract.write(
                {
                    "position_ids": [
                        Command.update(self.position.id, {"product_id": self.backup.id})
                    ]
                }
            ),
            lambda: self.position.sudo().unlink(),
            lambda: self.contract.write(
                {"position_ids": [Command.delete(self.position.id)]}
            ),
            lambda: self.contract.sudo().unlink(),
            lambda: self.contract.write({"partner_id": self.partner_a.id}),
            lambda: self.contract.write(
                {"currency_id": self.setup_other_currency("EUR").id}
            ),
        )

    def test_name_of_a_position_changes_no_text_that_was_agreed(self):
        self._run(day(1), contracts=self.contract)
        self.position.name = "Renamed"
        self.assertEqual(self.contract.line_ids.name, "Business Premium")
        run = self._run(day(2), contracts=self.contract)
        self.assertIn("Business Premium", run.move_ids.invoice_line_ids[0].name)
        self.assertNotIn("Renamed", run.move_ids.invoice_line_ids[0].name)

    def test_claimed_charge_is_changed_by_nobody(self):
        self._run(day(1), contracts=self.contract)
        charge = self.contract.charge_ids
        for records in (charge, charge.with_user(self.manager), charge.sudo()):
            self._refused(
                lambda records=records: records.write({"amount": 1}),
                lambda records=records: records.write({"position_id": 1}),
                lambda records=records: records.unlink(),
                lambda records=records: records.copy(),
            )
        self._refused(
            lambda: self.contract.sudo().write(
                {"charge_ids": [Command.delete(charge.id)]}
            ),
            lambda: self.position.sudo().write(
                {"charge_ids": [Command.update(charge.id, {"amount": 1})]}
            ),
        )

    def test_csv_import_changes_nothing_recorded(self):
        rows = (
            ("msp.contract.version", [".id", "date_start"], "2026-02-01"),
            ("msp.contract.version", [".id", "reason"], "by csv"),
            ("msp.contract.version", [".id", "approval_state"], "Approved"),
        )
        for model, columns, value in rows:
            result = self.env[model].load(columns, [[str(self.version.id), value]])
            self.assertFalse(result["ids"], columns)
            self.assertTrue(result["messages"], columns)
        result = self.env["msp.contract.change"].load(
            [".id", "quantity"], [[str(self.begin.id), "1"]]
        )
        self.assertFalse(result["ids"])
        result = self.env["msp.contract"].load(
            [".id", "version_ids/.id", "version_ids/reason"],
            [[str(self.contract.id), str(self.version.id), "by csv"]],
        )
        self.assertFalse(result["ids"])
        self.env.invalidate_all()
        self.assertEqual(self.begin.quantity, 10)

    def test_share_and_awaits_of_a_recorded_version(self):
        suspended = self._version(
            self.contract, day(3), [{"action": "suspend", "billed_share": 50}]
        )
        self._refused(
            lambda: suspended.change_ids.sudo().write({"billed_share": 100}),
            lambda: suspended.sudo().write({"awaits": "acceptance"}),
            regex="is recorded",
        )
        draft = self._draft()
        self._refused(lambda: draft.write({"awaits": "acceptance"}))

    def test_withdrawn_version_stays_as_it_was(self):
        version = self._set(self.position, day(3), quantity=99)
        version._withdraw("typing error")
        self._refused(
            lambda: version.write({"reason": "x"}),
            lambda: version.write({"withdraw_reason": "x"}),
            lambda: version.unlink(),
            lambda: version.change_ids.write({"quantity": 1}),
            regex="is recorded",
        )
        self._refused(lambda: version._withdraw("again"), regex="not active")


@tagged("post_install", "-at_install")
class TestVersionGuardsJson(GuardsCommon, JsonCommon):
    def test_over_the_wire(self):
        draft = self._draft()
        model, change = "msp.contract.version", "msp.contract.change"
        ids = self.version.ids
        admin = self.env.user
        for user in (self.manager, admin):
            self._assert_refused(user, model, "write", ids=ids, vals={"reason": "x"})
            self._assert_refused(user, model, "unlink", ids=ids)
            self._assert_refused(
                user, change, "write", ids=self.begin.ids, vals={"quantity": 1}
            )
            self._assert_refused(user, change, "unlink", ids=self.begin.ids)
            self._assert_refused(
                user,
                change,
                "create",
                vals_list=[{"version_id": self.version.id, "action": "terminate"}],
            )
            self._assert_refused(
                user,
                model,
                "write",
                ids=draft.ids,
                vals={"state": "active", "number": 7},
            )
            self._assert_refused(
                user,
                model,
                "write",
                ids=draft.ids,
                vals={"company_id": self.contract.company_id.id},
            )
            self._assert_refused(
                user, "msp.contract.position", "unlink", ids=self.position.ids
            )
            self._assert_refused(user, model, "_system_write", ids=ids, vals={})
        self.assertEqual(self.begin.quantity, 10)
