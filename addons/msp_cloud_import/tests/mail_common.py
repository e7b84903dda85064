from email.message import EmailMessage

from odoo import Command
from odoo.tools import mute_logger

from .common import ImportCommon, microsoft_csv, seats

GATEWAY = "odoo.addons.mail.models.mail_thread"


class MailCommon(ImportCommon):
    """A mailbox of the provider, and mails to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create(
            {
                "name": "systemhaus.example",
                "company_ids": [Command.set(cls.company.ids)],
            }
        )
        cls.manager = cls._user("manager", "group_account_manager")
        cls.administrator = cls._user("administrator", "group_administrator")
        cls.mailbox = (
            cls.env["msp.provider.mailbox"]
            .with_user(cls.administrator)
            .create(
                {
                    "provider_id": cls.provider.id,
                    "alias_name": "microsoft-files",
                    "user_id": cls.clerk.id,
                    "allowed_senders": "billing@vendor.example\n@distributor.example",
                }
            )
            .with_user(cls.env.user)
        )

    def _mail(self, *files, sender="Billing <billing@vendor.example>", **headers):
        """Return a raw mail.

        :param files: (name, bytes, MIME type) of each attachment
        """
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = headers.pop("to", "microsoft-files@systemhaus.example")
        mail["Subject"] = headers.pop("subject", "Your invoice data")
        mail["Message-Id"] = headers.pop(
            "message_id", f"<{len(self._messages())}.{id(mail)}@vendor.example>"
        )
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content("Dear partner,\n\nplease find attached.\n")
        mail.add_alternative("<p>please find <b>attached</b></p>", subtype="html")
        for name, content, kind in files:
            main, sub = kind.split("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        return mail.as_bytes()

    def _process(self, raw):
        with mute_logger(GATEWAY):
            self.env["mail.thread"].message_process(None, raw)
        self.env.invalidate_all()

    def _imports(self):
        return self.env["msp.import"].search(
            [("provider_id", "=", self.provider.id)], order="id"
        )

    def _messages(self):
        return self.mailbox.message_ids.filtered(
            lambda one: one.message_type in ("email", "notification") and one.body
        )

    def _note(self):
        """Return what the newest note says, as text."""
        return self.mailbox.message_ids.filtered(
            lambda one: one.message_type == "notification"
        )[:1]

    def _csv(self, quantity=12, **cells):
        return microsoft_csv(seats(quantity, **cells))
