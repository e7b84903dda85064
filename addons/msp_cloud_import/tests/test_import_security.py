from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ImportCommon, microsoft_csv, seats


@tagged("post_install", "-at_install")
class TestImportSecurity(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.manager = cls._user("manager", "group_account_manager")
        cls.accountant = cls._user("accountant", "group_accountant")
        cls.administrator = cls._user("administrator", "group_administrator")

    def test_account_manager_reads_imports_and_changes_none(self):
        import_ = self._prepared(seats(12)).with_user(self.manager)
        self.assertEqual(import_.provider_charge_ids.mapped("billed_cost"), [120.0])
        self.assertEqual(import_.change_ids.quantity, 12.0)
        for method in ("action_assign", "action_prepare", "action_apply"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(import_, method)()
        with self.assertRaises(AccessError):
            import_.change_ids.action_exclude()
        with self.assertRaises(AccessError):
            import_.customer_mapping_ids.write({"partner_id": self.customer.id})
        with self.assertRaises(AccessError):
            self._read(seats(13), name="b.csv", user=self.manager)
        with self.assertRaises(AccessError):
            self.env["msp.import.withdraw"].with_user(self.manager).create(
                {"import_id": import_.id, "reason": "x"}
            )

    def test_each_billing_role_takes_a_file_through_all_steps(self):
        for number, user in enumerate(
            (self.clerk, self.accountant, self.administrator), start=11
        ):
            with self.subTest(user=user.login):
                import_ = self._applied(seats(number), name=f"{number}.csv", user=user)
                self.assertEqual(import_.version_ids.user_id, user)
                import_._withdraw("next one")

    def test_clerk_may_not_ignore_rows_nor_enter_versions(self):
        import_ = self._prepared(seats(12))
        with self.assertRaises(AccessError):
            self.env["msp.import.ignore"].with_user(self.clerk).create(
                {
                    "reason": "x",
                    "provider_charge_ids": [
                        Command.set(import_.provider_charge_ids.ids)
                    ],
                }
            )
        with self.assertRaises(AccessError):
            self.env["msp.contract.version"].with_user(self.clerk).create(
                {"contract_id": self.contract.id}
            )

    def test_accountant_ignores_rows(self):
        import_ = self._prepared(seats(12), user=self.accountant)
        self.env["msp.import.ignore"].with_user(self.accountant).create(
            {
                "reason": "own use",
                "provider_charge_ids": [Command.set(import_.provider_charge_ids.ids)],
            }
        ).action_ignore()
        self.assertEqual(import_.provider_charge_ids.state, "ignored")
        self.assertEqual(import_.amount_ignored, 120.0)
        self.assertFalse(import_.change_ids)
        import_.action_prepare()
        self.assertFalse(import_.change_ids)
        self.assertEqual(import_.provider_charge_ids.state, "ignored")

    def test_rows_problems_and_changes_are_written_by_nobody(self):
        broken = seats(1, SubscriptionId="s2")
        broken["ChargeStartDate"] = "soon"
        import_ = self._prepared(seats(12), broken)
        for user in (self.clerk, self.administrator, self.env.ref("base.user_root")):
            mine = import_.with_user(user).with_context(msp_force=True)
            for records in (
                mine.provider_charge_ids,
                mine.problem_ids,
                mine.change_ids,
            ):
                with self.subTest(user=user.login, model=records._name):
                    with self.assertRaises(UserError):
                        records.write({"company_id": self.company.id})
                    with self.assertRaises(UserError):
                        records.unlink()
                    with self.assertRaises(UserError):
                        records.create({"import_id": import_.id})

    def test_state_and_rows_of_an_import_are_not_written_from_outside(self):
        import_ = self._prepared(seats(12))
        for vals in (
            {"state": "applied"},
            {"amount_read": 1.0},
            {
                "provider_charge_ids": [
                    Command.update(import_.provider_charge_ids.id, {"state": "info"})
                ]
            },
            {"customer_mapping_ids": [Command.clear()]},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                import_.write(vals)
        with self.assertRaises(UserError):
            self.env["msp.import"].with_user(self.clerk).create(
                {"provider_id": self.provider.id, "company_id": self.company.id}
            )
        import_.write({"invoice_amount": 130.0})
        self.assertEqual(import_.amount_beyond_file, 10.0)

    def test_providers_are_for_administrators(self):
        provider = self.provider.with_user(self.clerk)
        with self.assertRaises(AccessError):
            provider.write({"name": "x"})
        self.provider.with_user(self.administrator).write({"name": "x"})

    def test_other_company_sees_nothing(self):
        import_ = self._prepared(seats(12))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            login="import_stranger",
            groups="base.group_user,msp_contract_billing.group_administrator",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for records in (
            import_,
            import_.provider_charge_ids,
            import_.change_ids,
            import_.customer_mapping_ids,
            import_.product_mapping_ids,
        ):
            with self.subTest(model=records._name), self.assertRaises(AccessError):
                records.with_user(stranger).with_company(other).read(["company_id"])
        # The same file is another company's business.
        again = (
            self.env["msp.import"]
            .with_user(stranger)
            .with_context(allowed_company_ids=other.ids)
            .import_file(self.provider.id, "G1.csv", microsoft_csv(seats(12)))
        )
        again.action_assign()
        self.assertEqual(again.company_id, other)
        self.assertFalse(again.customer_mapping_ids & import_.customer_mapping_ids)

    def test_wizards_tell_nothing_of_another_companys_changes(self):
        self._contract(self.customer, [(self.premium, 10, 20.0)])
        change = self._prepared(seats(12)).change_ids
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user("stranger", "group_billing_clerk")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for name in ("msp.import.edit", "msp.import.choose"):
            model = self.env[name].with_user(stranger)
            model = model.with_context(allowed_company_ids=other.ids)
            vals = {"change_id": change.id}
            if name == "msp.import.edit":
                vals["reason"] = "Curious"
            self.env.invalidate_all()
            with self.subTest(wizard=name), self.assertRaises(AccessError):
                model.create(vals).read()
            with self.subTest(onchange=name), self.assertRaises(AccessError):
                model.with_context(default_change_id=change.id).onchange(
                    {}, [], {key: {} for key in model._fields}
                )

    def test_plain_user_has_no_access(self):
        import_ = self._prepared(seats(12))
        user = new_test_user(self.env, login="import_plain", groups="base.group_user")
        with self.assertRaises(AccessError):
            import_.with_user(user).read(["name"])

    def test_what_was_used_cannot_be_deleted(self):
        import_ = self._applied(seats(12)).with_user(self.administrator)
        for records in (
            import_,
            import_.provider_id,
            import_.customer_mapping_ids,
            import_.product_mapping_ids,
        ):
            with self.subTest(model=records._name), self.assertRaises(UserError):
                records.unlink()
