from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import ReconciliationCommon


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestReconciliationSecurity(ReconciliationCommon):
    def setUp(self):
        super().setUp()
        self._seats_contract(8)
        self._import(self._row(10), apply=False)
        self.one = self._compare(user=self.clerk)

    def test_account_manager_sees_and_does_not_compare(self):
        one = self.one.with_user(self.manager)
        self.assertTrue(one.finding_ids and one.line_ids)
        with self.assertRaises(AccessError):
            one.action_compare()
        with self.assertRaises(AccessError):
            one._open(self.provider.with_user(self.manager), date(2026, 2, 1))
        with self.assertRaises(AccessError):
            self.env["msp.reconciliation.start"].with_user(self.manager).create({})

    def test_nobody_writes_what_is_derived(self):
        for user in (self.clerk, self.accountant, self.env.user):
            one = self.one.with_user(user).sudo(user == self.env.user)
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    one.write({"compared_at": False})
                with self.assertRaises(UserError):
                    one.line_ids.write({"cost": 0})
                with self.assertRaises(UserError):
                    one.finding_ids.write({"state": "gone"})
                with self.assertRaises(UserError):
                    one.unlink()

    def test_users_without_a_role_see_nothing(self):
        nobody = new_test_user(
            self.env,
            login="rec_nobody",
            groups="base.group_user,account.group_account_manager",
            company_id=self.company.id,
        )
        for model in ("msp.reconciliation", "msp.reconciliation.line", "msp.finding"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(nobody).search([])

    def test_an_accountant_without_our_roles_works_with_the_bill(self):
        import_ = self.one.import_ids.with_user(self.accountant)
        import_.action_create_bill()
        bookkeeper = new_test_user(
            self.env,
            login="rec_bookkeeper",
            groups="base.group_user,account.group_account_manager",
            company_id=self.company.id,
        )
        bill = import_.bill_ids.with_user(bookkeeper)
        bill.invoice_date = date(2026, 2, 8)
        bill.action_post()
        self.assertEqual(bill.msp_file_difference, 0.0)

    def test_other_companies_see_nothing(self):
        company = self._second_company()
        stranger = new_test_user(
            self.env,
            login="rec_stranger",
            groups="base.group_user,msp_contract_billing.group_administrator",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for record in (self.one, self.one.line_ids, self.one.finding_ids):
            with self.subTest(model=record._name):
                found = record.with_user(stranger).search([])
                self.assertFalse(found)
                with self.assertRaises(AccessError):
                    record.with_user(stranger).read(["company_id"])
        board = self.provider.with_user(stranger).with_company(company)
        self.assertEqual((board.open_finding_count, board.missing_bill_count), (0, 0))

    def test_each_company_reconciles_its_own_files(self):
        company = self._second_company()
        model = self.env["msp.reconciliation"].with_company(company)
        other = model._open(self.provider, date(2026, 1, 1))
        self.assertNotEqual(other, self.one)
        with self.assertRaisesRegex(UserError, "No file"):
            other.action_compare()
