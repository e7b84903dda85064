from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ContractCommon, day


@tagged("post_install", "-at_install")
class TestSecurity(ContractCommon):
    """The rights of `docs/rights.md`, called as the wrong user would by RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 12.50)])
        cls.position = cls.contract.position_ids
        cls.manager = cls._role_user("manager", "group_account_manager")
        cls.clerk = cls._role_user("clerk", "group_billing_clerk")
        cls.accountant = cls._role_user("accountant", "group_accountant")

    def test_defaults_of_the_context_pass_no_guard(self):
        """RPC callers may set any context key."""
        version = self.contract.version_ids
        changes = self.env["msp.contract.change"].with_user(self.manager)
        vals = {
            "action": "set",
            "position_id": self.position.id,
            "quantity_mode": "set",
            "quantity": 1,
        }
        with self.assertRaisesRegex(UserError, "is recorded and cannot be changed"):
            changes.with_context(default_version_id=version.id).create(vals)
        drafts = self.env["msp.contract.version"].with_user(self.manager)
        draft = drafts.with_context(
            default_state="active",
            default_number=7,
            default_activated_at="2026-01-01 00:00:00",
        ).create({"contract_id": self.contract.id})
        self.assertRecordValues(
            draft, [{"state": "draft", "number": 0, "activated_at": False}]
        )

    def _draft(self, user):
        return (
            self.env["msp.contract.version"]
            .with_user(user)
            .create(
                {
                    "contract_id": self.contract.id,
                    "date_start": day(2),
                    "change_ids": [
                        Command.create(
                            {
                                "action": "set",
                                "position_id": self.position.id,
                                "quantity_mode": "set",
                                "quantity": 5,
                            }
                        )
                    ],
                }
            )
        )

    def test_account_manager_changes_contracts_but_does_not_bill(self):
        version = self._draft(self.manager)
        version.action_activate()
        self.assertEqual(version.state, "active")
        with self.assertRaises(AccessError):
            self.env["msp.billing.run"].with_user(self.manager).create(
                {"date_until": day(1), "invoice_date": day(1)}
            )

    def test_billing_clerk_bills_but_does_not_change_contracts(self):
        run = self._run(day(1), contracts=self.contract, user=self.clerk)
        self.assertEqual(run.move_ids.state, "posted")
        for call in (
            lambda: self._draft(self.clerk),
            lambda: self.contract.with_user(self.clerk).write({"title": "x"}),
            lambda: self.contract.version_ids.with_user(self.clerk).action_activate(),
            lambda: (
                self.env["msp.contract.amend"]
                .with_user(self.clerk)
                .create({"contract_id": self.contract.id})
            ),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_account_manager_cannot_move_a_run_of_others(self):
        run = self._run(day(1), contracts=self.contract, post=False, user=self.clerk)
        seen = run.with_user(self.manager)
        self.assertEqual(seen.state, "created")
        for name in (
            "action_preview",
            "action_create_invoices",
            "action_post",
            "action_delete_drafts",
        ):
            if name == "action_preview":
                run._system_write({"state": "preview"})
            with self.assertRaises(UserError, msg=name):
                getattr(seen, name)()
            run._system_write({"state": "created"})
        with self.assertRaises(AccessError):
            seen.unlink()
        self.assertEqual(run.move_ids.state, "draft")

    def test_withdrawing_needs_the_right_to_change_contracts(self):
        version = self._draft(self.manager)
        version.action_activate()
        with self.assertRaises(AccessError):
            self.env["msp.contract.version.withdraw"].with_user(self.clerk).create(
                {"reason": "x", "version_ids": [Command.set(version.ids)]}
            )

    def test_ledger_is_written_by_nobody(self):
        self._run(day(1), contracts=self.contract)
        charge = self.contract.charge_ids
        for user in (self.manager, self.clerk, self.accountant, self.env.user):
            for call in (
                lambda u=user: charge.with_user(u).write({"amount": 1}),
                lambda u=user: charge.with_user(u).unlink(),
                lambda u=user: charge.with_user(u).create({"amount": 1}),
                lambda u=user: self.contract.line_ids.with_user(u).write(
                    {"quantity": 1}
                ),
            ):
                with self.assertRaises(UserError):
                    call()

    def test_what_billing_rests_on_is_set_by_the_system_only(self):
        for name, value in (
            ("state", "draft"),
            ("date_start", day(2)),
            ("date_end", day(2)),
            ("to_settle", False),
            ("settled_until", day(2)),
            ("ledger_revision", 0),
        ):
            for user in (self.manager, self.env.user):
                contracts = self.contract.with_user(user)
                with self.assertRaisesRegex(UserError, "cannot be entered"):
                    contracts.write({name: value})
                with self.assertRaisesRegex(UserError, "cannot be entered"):
                    contracts.create({"partner_id": self.customer.id, name: value})
                with self.assertRaisesRegex(UserError, "cannot be entered"):
                    contracts[name] = value
                contracts.invalidate_recordset()

    def test_csv_import_cannot_write_the_ledger(self):
        for model, columns, row in (
            ("msp.charge", ["amount", "kind"], ["1", "regular"]),
            ("msp.contract.line", ["quantity"], ["1"]),
            (
                "msp.contract",
                ["partner_id/.id", "settled_until"],
                [str(self.customer.id), "2030-01-01"],
            ),
        ):
            result = self.env[model].load(columns, [row])
            self.assertFalse(result["ids"])
            self.assertTrue(result["messages"])

    def test_user_without_a_role_sees_nothing(self):
        outsider = self._role_user("outsider")
        for model in ("msp.contract", "msp.charge", "msp.billing.run"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(outsider).search([])

    def test_other_companies_stay_apart(self):
        other = self.setup_other_company()["company"]
        self.manager.write({"company_ids": [Command.link(other.id)]})
        elsewhere = self.manager.with_company(other)
        contracts = (
            self.env["msp.contract"]
            .with_user(elsewhere)
            .with_context(allowed_company_ids=other.ids)
        )
        self.assertFalse(contracts.search([("id", "=", self.contract.id)]))
        run = self.env["msp.billing.run"].create(
            {"date_until": day(1), "invoice_date": day(1), "company_id": other.id}
        )
        run.action_preview()
        self.assertFalse(run.line_ids)

    def test_wizards_propose_nothing_of_another_company(self):
        """What they propose is computed with all rights."""
        other = self.setup_other_company()["company"]
        user = self._role_user("elsewhere", "group_account_manager")
        user.write(
            {
                "company_id": other.id,
                "company_ids": [Command.set(other.ids)],
                "group_ids": [
                    Command.link(
                        self.env.ref("msp_contract_billing.group_billing_clerk").id
                    )
                ],
            }
        )
        env = self.env["msp.contract"].with_user(user).with_company(other).env
        for model, values in (
            ("msp.contract.amend", {"date_start": day(2)}),
            (
                "msp.contract.terminate",
                {
                    "date_last": day(2),
                    "churn_reason_id": self.env["msp.churn.reason"].search([])[0].id,
                },
            ),
            ("msp.contract.suspend", {"date_start": day(2), "reason": "No"}),
            ("msp.opening.enter", {"date_until": day(2)}),
        ):
            self.env.invalidate_all()
            with self.subTest(model), self.assertRaises(AccessError):
                env[model].create({"contract_id": self.contract.id, **values})
        with self.assertRaises(AccessError):
            env["msp.contract.amend"].onchange(
                {"contract_id": self.contract.id, "date_start": day(2)},
                ["contract_id"],
                {"contract_id": {}, "line_ids": {"fields": {"price_unit": {}}}},
            )

        for model, name in (
            ("msp.contract.terminate", "commitment_label"),
            ("msp.contract.terminate", "early_warning"),
            ("msp.contract.suspend", "suspension_label"),
            ("msp.contract.suspend", "running_ids"),
        ):
            self.env.invalidate_all()
            with self.subTest(name), self.assertRaises(AccessError):
                env[model].onchange(
                    {"contract_id": self.contract.id, "date_start": day(2)},
                    ["contract_id"],
                    {"contract_id": {}, "date_start": {}, name: {}},
                )

    def test_accounting_without_our_roles_reads_whole_invoices(self):
        invoice = self._run(day(1), contracts=self.contract).move_ids
        user = new_test_user(
            self.env, login="books", groups="account.group_account_invoice"
        )
        self.env.invalidate_all()
        (values,) = invoice.with_user(user).read()
        self.assertEqual(values["msp_contract_count"], 1)
        self.assertNotIn("msp_contract_ids", values)
        lines = invoice.invoice_line_ids.with_user(user)
        self.assertTrue(lines.read())
        self.assertIn("msp_deviation", lines.read()[0])

    def test_private_methods_are_out_of_reach_of_rpc(self):
        from odoo.service.model import get_public_method

        for model, name in (
            ("msp.contract.version", "_activate"),
            ("msp.charge", "_append"),
            ("msp.charge", "_system_write"),
            ("msp.contract", "_rebuild_lines"),
            ("msp.contract", "_mark_settled"),
            ("msp.contract", "_system_write"),
        ):
            with self.assertRaises(AccessError):
                get_public_method(self.env[model], name)
