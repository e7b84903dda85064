from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.msp_provider_mail import STRANGER
from .mail_common import MailCommon


@tagged("post_install", "-at_install")
class TestProviderMailSenders(MailCommon):
    """Whose mails are read, for whom, and who says so."""

    def test_senders(self):
        for sender, is_allowed in (
            ("billing@vendor.example", True),
            ("BILLING@Vendor.Example", True),
            ('"Vendor" <billing@vendor.example>', True),
            ("anybody@distributor.example", True),
            ("sales@vendor.example", False),
            ("x@sub.distributor.example", False),
            ("x@notdistributor.example", False),
            ('"billing@vendor.example" <evil@evil.example>', False),
            ("billing@vendor.example.evil.example", False),
            ("", False),
            ("vendor.example", False),
        ):
            with self.subTest(sender=sender):
                self.assertEqual(self.mailbox._allows(sender), is_allowed)

    def test_mail_of_a_stranger_is_a_note_and_one_activity_and_nothing_is_read(self):
        for number in range(3):
            self._process(
                self._mail(
                    ("G1.csv", self._csv(), "text/csv"),
                    sender=f"Vendor <evil{number}@evil.example>",
                    subject="<script>alert(1)</script>",
                )
            )
        self.assertFalse(self._imports())
        self.assertEqual(
            self.mailbox.activity_ids.activity_type_id, self.env.ref(STRANGER)
        )
        self.assertIn("evil0@evil.example", self.mailbox.activity_ids.note)
        self.assertFalse(self._messages().attachment_ids)
        mails = self.mailbox.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(len(mails), 3)
        for mail in mails:
            self.assertNotIn("attached", mail.body)
        self.assertIn("not among the allowed senders", self._note().body)

    def test_sender_in_the_display_name_is_a_stranger(self):
        self._process(
            self._mail(
                ("G1.csv", self._csv(), "text/csv"),
                sender='"billing@vendor.example" <evil@evil.example>',
            )
        )
        self.assertFalse(self._imports())
        self.assertTrue(self.mailbox.activity_search([STRANGER]))

    def test_answer_with_a_file_is_read_and_one_of_a_colleague_is_not(self):
        note = self.mailbox.message_post(
            body="Please send it again", message_type="comment"
        )
        self._process(
            self._mail(("G1.csv", self._csv(), "text/csv"), In_Reply_To=note.message_id)
        )
        self.assertEqual(len(self._imports()), 1)
        self.clerk.email = "clerk@systemhaus.example"
        before = len(self.mailbox.message_ids)
        self._process(
            self._mail(sender="clerk@systemhaus.example", In_Reply_To=note.message_id)
        )
        self.assertEqual(len(self.mailbox.message_ids), before + 1)
        self.assertFalse(self.mailbox.activity_ids)

    def test_mail_to_two_mailboxes_is_read_by_both(self):
        ingram = self.env["msp.provider"].create({"name": "Ingram", "code": "ingram"})
        other = self.mailbox.create(
            {
                "provider_id": ingram.id,
                "alias_name": "ingram-files",
                "user_id": self.clerk.id,
                "allowed_senders": "other.example",
            }
        )
        self._process(
            self._mail(
                ("G1.csv", self._csv(), "text/csv"),
                to="microsoft-files@systemhaus.example, "
                "ingram-files@systemhaus.example",
            )
        )
        self.assertEqual(len(self._imports()), 1)
        self.assertTrue(other.activity_search([STRANGER]))

    def test_each_company_has_its_own_mailbox_and_files(self):
        other = self.env["res.company"].create({"name": "Other Systemhaus"})
        domain = self.env["mail.alias.domain"].create(
            {"name": "other.example", "company_ids": [Command.set(other.ids)]}
        )
        self.clerk.company_ids = [Command.link(other.id)]
        second = self.mailbox.create(
            {
                "provider_id": self.provider.id,
                "company_id": other.id,
                "alias_name": "microsoft-files",
                "user_id": self.clerk.id,
                "allowed_senders": "vendor.example",
            }
        )
        self.assertEqual(second.alias_domain_id, domain)
        self._process(
            self._mail(
                ("G1.csv", self._csv(), "text/csv"), to="microsoft-files@other.example"
            )
        )
        self.assertEqual(self._imports().company_id, other)
        self.assertFalse(
            self.mailbox.message_ids.filtered(lambda m: m.message_type == "email")
        )
        stranger = self.manager
        with self.assertRaises(AccessError):
            second.with_user(stranger).read(["allowed_senders"])
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            second.copy({"company_id": other.id, "alias_name": "third"})
            self.env.flush_all()

    def test_mailbox_of_a_companys_own_provider_is_of_that_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.clerk.company_ids = [Command.link(other.id)]
        self.provider.company_id = self.company
        with self.assertRaises(UserError):
            self.mailbox.company_id = other

    def test_user_must_be_a_clerk_of_the_company_also_later(self):
        with self.assertRaises(ValidationError):
            self.mailbox.user_id = self.manager
        self.clerk.group_ids = [
            Command.unlink(self.env.ref("msp_contract_billing.group_billing_clerk").id)
        ]
        self._process(self._mail(("G1.csv", self._csv(), "text/csv")))
        self.assertFalse(self._imports())
        self.assertIn("may not import files", self.mailbox.activity_ids.note)
        self.assertEqual(self._note().attachment_ids.name, "G1.csv")

    def test_senders_are_checked_when_entered(self):
        for text in (
            "",
            "   ",
            "vendor",
            "@",
            "*",
            "a b@vendor.example",
            "x@",
            "*.com",
        ):
            with self.subTest(text=text), self.assertRaises(ValidationError):
                self.mailbox.allowed_senders = text
        self.mailbox.allowed_senders = "A@B.example; vendor.example, @c.example"

    def test_only_administrators_configure_and_nobody_posts_files_by_rpc(self):
        content = self._csv()
        for user in (self.clerk, self.manager):
            mine = self.mailbox.with_user(user)
            with self.subTest(user=user.login):
                self.assertTrue(mine.alias_email)
                for vals in (
                    {"allowed_senders": "evil.example"},
                    {"user_id": self.administrator.id},
                ):
                    with self.assertRaises(AccessError):
                        mine.write(vals)
                # Odoo's mixin passes over what belongs to the alias in silence.
                mine.write({"alias_name": "x"})
                self.assertEqual(mine.alias_name, "microsoft-files")
                mail = {
                    "email_from": "billing@vendor.example",
                    "attachments": [("G1.csv", content, {})],
                    "body": "x",
                }
                mine.message_update(mail)
                mine.message_post(message_type="email", **mail)
                self.assertFalse(self._imports())
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.administrator).write(
                {"alias_force_thread_id": 0}
            )

    def test_deleting_a_provider_deletes_its_aliases(self):
        alias = self.mailbox.alias_id
        self.provider.with_user(self.administrator).unlink()
        self.assertFalse(alias.exists())
        self.assertFalse(self.mailbox.exists())
