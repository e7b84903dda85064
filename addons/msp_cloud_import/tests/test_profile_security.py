from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .profile_common import ProfileCommon, csv_file, recurring


@tagged("post_install", "-at_install")
class TestProfileSecurity(ProfileCommon):
    def setUp(self):
        super().setUp()
        self.waiting = self._import(csv_file([recurring(12)]))
        self.draft = self.waiting.profile_id

    def test_clerk_edits_and_confirms_drafts(self):
        draft = self.draft.with_user(self.clerk)
        draft.write({"name": "x", "date_order": "day", "end_is_inclusive": True})
        draft.column_ids[0].target = "group_ref"
        draft.word_ids[0].unlink()
        draft.action_check()
        draft.action_confirm()
        self.assertEqual(draft.confirmed_by_id, self.clerk)

    def test_clerk_changes_no_template_and_no_confirmed_profile(self):
        self.draft.action_confirm()
        for profile in (self.template, self.draft):
            profile = profile.with_user(self.clerk)
            for method in (
                lambda one: one.write({"name": "x"}),
                lambda one: one.write({"active": False}),
                lambda one: one.write({"decimal_mark": "comma"}),
                lambda one: one.write(
                    {
                        "column_ids": [
                            Command.update(one.column_ids[0].id, {"target": 0})
                        ]
                    }
                ),
                lambda one: one.column_ids[0].write({"target": "tax"}),
                lambda one: one.column_ids[0].unlink(),
                lambda one: one.word_ids[0].write({"event": "fee"}),
                lambda one: one.word_ids.create(
                    {"profile_id": one.id, "name": "x", "event": "fee"}
                ),
                lambda one: one.action_reopen(),
                lambda one: one.unlink(),
            ):
                with self.subTest(name=profile.name), self.assertRaises(AccessError):
                    method(profile)

    def test_clerk_creates_no_profile_by_hand(self):
        with self.assertRaises(AccessError):
            self.env["msp.import.profile"].with_user(self.clerk).create(
                {"name": "x", "provider_id": self.ingram.id}
            )

    def test_nobody_enters_header_or_state(self):
        for user in (self.clerk, self.administrator):
            draft = self.draft.with_user(user)
            for vals in (
                {"state": "confirmed"},
                {"fingerprint": "0"},
                {"header": []},
                {"confirmed_by_id": self.clerk.id},
                {"company_id": self.company.id},
                {"provider_id": self.skykick.id},
            ):
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaises(UserError):
                        draft.write(vals)
                    if "provider_id" in vals:
                        continue
                    with self.assertRaises(UserError):
                        draft.create({"name": "x", "provider_id": 1, **vals})

    def test_nobody_enters_the_company_of_a_line(self):
        for line in (self.draft.column_ids[0], self.draft.word_ids[0]):
            line = line.with_user(self.clerk)
            vals = {"company_id": self.company.id}
            with self.subTest(line=line._name):
                with self.assertRaises(UserError):
                    line.write(vals)
                with self.assertRaises(UserError):
                    line.create({"profile_id": self.draft.id, "name": "x", **vals})

    def test_upload_deletes_no_document_of_a_record(self):
        attachment = (
            self.env["ir.attachment"]
            .with_user(self.clerk)
            .create(
                {
                    "name": "kept.csv",
                    "raw": csv_file([recurring(7)]),
                    "res_model": "msp.import",
                    "res_id": self.waiting.id,
                }
            )
        )
        wizard = (
            self.env["msp.import.upload"]
            .with_user(self.clerk)
            .create(
                {
                    "provider_id": self.ingram.id,
                    "attachment_ids": [Command.set(attachment.ids)],
                }
            )
        )
        wizard.action_import()
        self.assertTrue(attachment.exists())

    def test_upload_takes_no_attachment_of_somebody_else(self):
        attachment = self.env["ir.attachment"].create(
            {"name": "secret.csv", "raw": csv_file([recurring(7)])}
        )
        with self.assertRaises(AccessError):
            self.env["msp.import.upload"].with_user(self.clerk).create(
                {"attachment_ids": [Command.set(attachment.ids)]}
            ).action_import()

    def test_administrator_changes_templates_and_reopens_confirmed_profiles(self):
        template = self.template.with_user(self.administrator)
        template.write({"name": "x"})
        template.column_ids[0].name = "Account"
        made = template.create({"name": "New", "provider_id": self.skykick.id})
        self.assertTrue(made.is_template)
        made.unlink()
        self.draft.action_confirm()
        draft = self.draft.with_user(self.administrator)
        draft.write({"name": "March"})
        with self.assertRaises(UserError) as caught:
            draft.write({"decimal_mark": "comma"})
        self.assertIn("Change Columns", str(caught.exception))
        draft.action_reopen()
        draft.write({"decimal_mark": "point"})
        # Until it is confirmed again, files wait for it.
        april = self._import(
            csv_file([recurring(1, "2026-04-05", "2026-05-04")]), "april.csv"
        )
        self.assertEqual((april.state, april.profile_id), ("columns", self.draft))
        draft.action_confirm()
        self.assertEqual(april.state, "mapped")

    def test_profile_of_an_import_cannot_be_deleted(self):
        with self.assertRaises(UserError) as caught:
            self.draft.with_user(self.administrator).unlink()
        self.assertIn(self.waiting.name, str(caught.exception))

    def test_account_manager_only_reads(self):
        draft = self.draft.with_user(self.manager)
        self.assertTrue(draft.read(["name", "check_html"]))
        self.assertTrue(draft.column_ids.read(["name", "samples"]))
        for method in ("action_check", "action_confirm", "action_reopen"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(draft, method)()
        with self.assertRaises(AccessError):
            draft.write({"name": "x"})

    def test_plain_user_has_no_access(self):
        user = new_test_user(self.env, login="profile_plain", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.draft.with_user(user).read(["name"])

    def _stranger(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            login="profile_stranger",
            groups="base.group_user,msp_contract_billing.group_billing_clerk",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        return user, other

    def test_other_company_shares_the_columns_but_sees_no_data(self):
        user, other = self._stranger()
        draft = self.draft.with_user(user).with_context(allowed_company_ids=other.ids)
        draft.invalidate_recordset()
        self.assertEqual(draft.column_ids[0].name, "Reseller ID")
        self.assertFalse(any(draft.column_ids.mapped("samples")))
        self.assertFalse(draft.check_html)
        self.assertFalse(draft.waiting_count)
        # Confirming reads the own files only; the others go on when they like.
        theirs = (
            self.env["msp.import"]
            .with_user(user)
            .with_context(allowed_company_ids=other.ids)
            .import_file(self.ingram.id, "b.csv", csv_file([recurring(5)]))
        )
        self.assertEqual(theirs.profile_id, self.draft)
        draft.action_confirm()
        self.assertEqual(theirs.state, "mapped")
        self.assertEqual(self.waiting.state, "columns")
        self.draft.with_user(self.clerk).action_confirm()
        self.assertEqual(self.waiting.state, "mapped")

    def test_files_that_somebody_dropped_are_nobody_elses(self):
        self.draft.with_user(self.clerk).action_confirm()
        files = [(f"{n}.csv", csv_file([recurring(n)])) for n in (1, 2)]
        wizard, _action = self._upload(files, self.ingram)
        self.assertEqual(len(wizard.result_ids), 2)
        user, other = self._stranger()
        for records in (wizard, wizard.result_ids):
            records = records.with_user(user).with_context(
                allowed_company_ids=other.ids
            )
            records.invalidate_recordset()
            with self.assertRaises(AccessError):
                records.read(["create_date"])

    def test_profile_of_a_companys_own_provider_is_hidden_from_others(self):
        user, other = self._stranger()
        own = self.env["msp.provider"].create(
            {"name": "Own", "code": "own", "company_id": self.company.id}
        )
        import_ = self._import(csv_file([recurring(7)]), "own.csv", own)
        for records in (import_.profile_id, import_.profile_id.column_ids):
            with self.assertRaises(AccessError):
                records.with_user(user).with_context(
                    allowed_company_ids=other.ids
                ).read(["name"])
