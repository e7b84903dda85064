import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from .msp_provider_mail_files import sort_attachments

_DOMAIN = re.compile(r"@?((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,})")


class MspProviderMailbox(models.Model):
    """The address to which a provider sends its files for one company."""

    _name = "msp.provider.mailbox"
    _description = "Mailbox of a provider"
    _inherit = (
        "msp.imports.as.mixin",
        "mail.alias.mixin",
        "mail.thread",
        "mail.activity.mixin",
    )
    _order = "provider_id, company_id, id"
    _check_company_auto = True
    # Whoever sees what came may comment on it.
    _mail_post_access = "read"

    company_id = fields.Many2one(help="Files of this mailbox are imported for it.")
    allowed_senders = fields.Text(
        required=True,
        tracking=True,
        help="One address or domain per line, such as billing@distributor.example or "
        "distributor.example. Mails of all others are not read.",
    )
    activity_count = fields.Integer("To Look At", compute="_compute_activity_count")

    _provider_company_unique = models.Constraint(
        "UNIQUE (provider_id, company_id)",
        "This provider has a mailbox for the company already.",
    )

    @api.depends("activity_ids")
    def _compute_activity_count(self):
        for mailbox in self:
            mailbox.activity_count = len(mailbox.activity_ids)

    @api.depends("provider_id.name", "alias_email", "alias_name")
    def _compute_display_name(self):
        for mailbox in self:
            address = mailbox.alias_email or mailbox.alias_name
            name = mailbox.provider_id.name or ""
            mailbox.display_name = f"{name} <{address}>" if address else name

    @api.constrains("allowed_senders")
    def _check_allowed_senders(self):
        for mailbox in self:
            entries = _split(mailbox.allowed_senders)
            for entry in entries:
                if not (_DOMAIN.fullmatch(entry) or email_normalize(entry) == entry):
                    raise ValidationError(
                        self.env._(
                            "“%s” is neither an e-mail address nor a domain. Enter one "
                            "per line, such as distributor.example.",
                            entry,
                        )
                    )
            if not entries:
                raise ValidationError(
                    self.env._("Enter from whom mails are read: addresses or domains.")
                )

    def _allows(self, email_from):
        """Return whether mails of this sender are read."""
        address = email_normalize(email_from or "")
        if not address:
            return False
        domain = address.rpartition("@")[2]
        entries = {entry.lstrip("@") for entry in _split(self.allowed_senders)}
        return address in entries or domain in entries

    def _alias_get_creation_values(self):
        # Each mail belongs to the mailbox itself; whom it accepts it decides.
        return {
            **super()._alias_get_creation_values(),
            "alias_model_id": self.env["ir.model"]._get_id(self._name),
            "alias_force_thread_id": self.id,
            "alias_contact": "everyone",
        }

    # A mail arrives

    def message_post(self, *, message_type="notification", **kwargs):
        """Keep a mail that arrives without its files, and import these.

        Only the mail gateway posts mails as superuser; nobody does by RPC.
        """
        if message_type != "email" or not self.env.su:
            return super().message_post(message_type=message_type, **kwargs)
        if self._is_from_colleague(kwargs):
            return super().message_post(message_type=message_type, **kwargs)
        self.ensure_one()
        attachments = kwargs.pop("attachments", None) or []
        kwargs["subtype_id"] = self.env["ir.model.data"]._xmlid_to_res_id(
            "mail.mt_note"
        )
        is_allowed = self._allows(kwargs.get("email_from"))
        if not is_allowed:
            kwargs["body"] = self.env._("The text of this mail was not kept.")
        message = super().message_post(message_type=message_type, **kwargs)
        files, documents = sort_attachments(attachments)
        if is_allowed:
            self._receive(files, documents)
        else:
            self._refuse_mail(message, files)
        return message

    def _is_from_colleague(self, mail):
        """Return whether a user answers to a note of this mailbox by mail."""
        author = self.env["res.partner"].browse(mail.get("author_id") or ())
        return bool(
            mail.get("parent_id")
            and not mail.get("attachments")
            and any(user._is_internal() for user in author.user_ids)
        )


def _split(senders):
    return [entry.lower() for entry in re.split(r"[\s,;]+", senders or "") if entry]
