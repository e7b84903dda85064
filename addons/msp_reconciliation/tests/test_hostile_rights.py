from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .bill_common import BillCommon


@freeze_time("2026-04-10 08:00:00")
@tagged("post_install", "-at_install")
class TestHostileRights(BillCommon):
    """What somebody with a browser's console may try."""

    def setUp(self):
        super().setUp()
        self.contract = self._seats_contract(8)
        self.import_ = self._import(self._row(10), apply=False)
        self.one = self._compare(user=self.clerk)

    def _user(self, login, groups):
        return new_test_user(
            self.env, login=login, groups=groups, company_id=self.company.id
        )

    def _sign(self):
        self.one.with_user(self.accountant)._draw_sample()
        self.one.sample_ids.with_user(self.clerk).action_right()
        self.one.with_user(self.accountant)._sign("it is known")

    def test_chatter_of_a_month_is_no_way_round_the_rights(self):
        message = self.env.user.partner_id.message_post(body="Private")
        users = [
            self._user("host_nobody", "base.group_user"),
            self._user("host_portal", "base.group_portal"),
            self.manager,
        ]
        for user in users:
            one = self.one.with_user(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                one.write({"message_ids": [Command.delete(message.id)]})
        with self.assertRaises(AccessError):
            self.one.with_user(self.clerk).write(
                {"message_ids": [Command.delete(message.id)]}
            )
            self.env.flush_all()
        self.assertTrue(message.exists())

    def test_decision_of_a_signed_month_is_not_taken_back(self):
        self.one.finding_ids.with_user(self.accountant)._close("resolved", "done")
        self._sign()
        finding = self.one.finding_ids
        with self.assertRaisesRegex(UserError, "was signed off by"):
            finding.with_user(self.clerk).action_reopen()
        self.assertEqual(set(finding.mapped("state")), {"resolved"})

    def test_files_of_a_signed_month_are_not_deleted(self):
        self._sign()
        self.assertTrue(self.one.sample_ids and self.one.finding_ids.charge_ids)
        administrator = self._user(
            "host_admin", "base.group_user,msp_contract_billing.group_administrator"
        )
        for user in (self.clerk, self.accountant, administrator):
            import_ = self.import_.with_user(user)
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(UserError, "was signed off by"),
            ):
                import_.unlink()
        self.import_.with_user(self.clerk)._withdraw("wrong file")
        self.assertTrue(self.one.sample_ids)
        self.assertEqual(self.one.state, "signed")
        with self.assertRaisesRegex(UserError, "was signed off by"):
            self.import_.with_user(self.clerk).unlink()

    def test_nothing_is_begun_about_a_signed_month(self):
        self._sign()
        missing = self.one.finding_ids.filtered(
            lambda finding: finding.cause == "seats_missing"
        )
        for user, name in (
            (self.clerk, "action_ask_vendor"),
            (self.clerk, "action_bill"),
            (self.manager, "action_amend"),
            (self.manager, "action_credit"),
        ):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(UserError, "was signed off by"),
            ):
                getattr(missing.with_user(user), name)()

    def test_account_manager_notes_no_run_that_he_cannot_make(self):
        with self.assertRaises(AccessError):
            self.one.finding_ids.with_user(self.manager).action_bill()
        self.assertFalse(any(self.one.finding_ids.mapped("resolution")))

    def test_salesperson_of_another_company_is_told_nothing(self):
        company = self._second_company()
        seller = new_test_user(
            self.env,
            login="host_seller",
            groups="base.group_user,msp_contract_billing.group_account_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.customer.user_id = seller
        cells = {"SubscriptionId": "99999999-0000-4000-8000-000000000010"}
        self._article(self._product("Contoso Other", 5.0), "CFQ7TTC0LOTH:0001")
        cells.update(ProductId="CFQ7TTC0LOTH", SkuId="0001")
        self._import(self._row(5, month=2, **cells), name="2.csv", apply=False)
        two = self._compare(month=2)
        found = two.finding_ids.filtered(lambda one: one.cause == "not_in_contract")
        self.assertTrue(found)
        self.assertNotIn(seller, two.finding_ids.user_id)
        self.assertNotIn(seller, two.activity_ids.user_id)

    def test_a_reason_is_more_than_blanks(self):
        close = self.env["msp.finding.close"].with_user(self.accountant)
        wizard = close.create(
            {
                "finding_ids": [Command.set(self.one.finding_ids.ids)],
                "state": "ignored",
                "reason": " \n ",
            }
        )
        with self.assertRaisesRegex(UserError, "reason"):
            wizard.action_close()
        self.assertEqual(set(self.one.finding_ids.mapped("state")), {"open"})
        self._sign()
        wizard = (
            self.env["msp.reconciliation.reopen"]
            .with_user(self.accountant)
            .create({"reconciliation_id": self.one.id, "reason": "  "})
        )
        with self.assertRaisesRegex(UserError, "reason"):
            wizard.action_reopen()
        self.assertEqual(self.one.state, "signed")

    def test_owner_of_a_finding_is_somebody_who_may_see_it(self):
        outsider = self._user("host_outsider", "base.group_user")
        for user in (outsider, self._user("host_portal", "base.group_portal")):
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(UserError, "may not"),
            ):
                self.one.finding_ids.with_user(self.clerk).user_id = user
        # He had the right when he became the owner.
        self.one.finding_ids.with_user(self.clerk).user_id = self.manager
        self.manager.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self.one.with_user(self.clerk).action_compare()
        self.assertTrue(self.one.compared_at)

    def test_archived_owner_stops_no_comparison(self):
        self.one.finding_ids.with_user(self.clerk).user_id = self.manager
        self.manager.active = False
        self.one.with_user(self.clerk).action_compare()
        self.assertNotIn(self.manager, self.one.activity_ids.user_id)

    def test_who_signed_off_or_decided_is_not_deleted_with_the_user(self):
        signer = self.accountant.copy({"login": "host_signer"})
        self.one.finding_ids.with_user(signer)._close("ignored", "by contract")
        self.one.with_user(signer)._draw_sample()
        self.one.sample_ids.with_user(signer).action_right()
        self.one.with_user(signer)._sign("known")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            signer.unlink()
        self.one.invalidate_recordset()
        self.assertEqual(self.one.signed_by_id, signer)

    def test_account_manager_asks_the_vendor(self):
        self.vendor.email = "billing@contoso.example"
        action = self.one.finding_ids.with_user(self.manager).action_ask_vendor()
        composer = Form(
            self.env["mail.compose.message"]
            .with_user(self.manager)
            .with_context(**action["context"])
        ).save()
        composer._action_send_mail()
        self.assertEqual(set(self.one.finding_ids.mapped("resolution")), {"vendor"})

    def test_composer_notes_only_findings_of_its_month(self):
        self._import(self._row(10, month=2), name="2.csv", apply=False)
        other = self._compare(month=2)
        self.vendor.email = "billing@contoso.example"
        action = self.one.finding_ids.with_user(self.clerk).action_ask_vendor()
        for ids in (other.finding_ids.ids, ["x"], "abc", 5, [10**8], {"a": 1}):
            context = {**action["context"], "msp_finding_ids": ids}
            with self.subTest(ids=ids):
                Form(
                    self.env["mail.compose.message"]
                    .with_user(self.clerk)
                    .with_context(**context)
                ).save()._action_send_mail()
        self.assertFalse((self.one | other).finding_ids.filtered("resolution"))

    def test_user_of_another_company_cannot_print_the_proof(self):
        company = self._second_company()
        stranger = new_test_user(
            self.env,
            login="host_stranger",
            groups="base.group_user,msp_contract_billing.group_administrator",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        report = self.env["ir.actions.report"]
        name = "msp_reconciliation.action_report_reconciliation"
        self.env.invalidate_all()
        for user in (stranger, self._user("host_nobody", "base.group_user")):
            with (
                self.subTest(user=user.login),
                self.assertRaises(AccessError),
            ):
                report.with_user(user)._render_qweb_html(name, self.one.ids)
