from markupsafe import Markup

from odoo import fields, models

# What one mail may bring; distributors send a handful of files.
MAX_FILES = 50
MAX_BYTES = 100 * 1024 * 1024
ACTIVITY = "mail.mail_activity_data_warning"
STRANGER = "msp_cloud_import.mail_activity_type_stranger"


class MspProviderMailbox(models.Model):
    """What becomes of the files of a mail, and who is told."""

    _inherit = "msp.provider.mailbox"

    def _receive(self, files, documents):
        """Import the files of a mail from an allowed sender; write down what came.

        :param files: list of (name, bytes)
        :param documents: the same, of what is kept and not read
        """
        self.ensure_one()
        bad = self._explain_user() or self._explain_size(files)
        if bad:
            results = []
            sentences = [bad]
            kept = files if sum(len(one[1]) for one in files) <= MAX_BYTES else []
        elif files:
            results = self._import_as_user(files)
            # Who mails does not look at what is asked, so somebody here must.
            sentences = [
                f"{one['file_name']}: {one['sentence']}"
                for one in results
                if one["state"] in ("refused", "late", "columns")
            ]
            names = {
                one["file_name"].partition("/")[0]
                for one in results
                if one["state"] in ("refused", "late")
            }
            kept = [one for one in files if one[0] in names]
        else:
            results, kept, sentences = [], [], []
        lines = [f"{one['file_name']}: {one['sentence']}" for one in results]
        lines = lines or sentences
        if not lines:
            lines = [self.env._("The mail brings no file to import.")]
        self._note(lines, attachments=kept + documents)
        if sentences:
            self._ask_about(sentences)

    def _import_as_user(self, files, **context):
        results = super()._import_as_user(files, **context)
        # Who mails does not see what becomes of it later.
        later = [one["import_id"] for one in results if one["state"] == "reading"]
        self.env["msp.import"].browse(later)._system_write({"mailbox_id": self.id})
        return results

    def _explain_size(self, files):
        size = sum(len(content) for _name, content in files)
        if len(files) > MAX_FILES or size > MAX_BYTES:
            return self.env._(
                "The mail brings %(count)s files of %(size)s MB in all; one mail may "
                "bring %(max_count)s files of %(max_size)s MB. Nothing of it was "
                "read. Download the files and drop them on the card of %(provider)s.",
                count=len(files),
                size=size // 1024**2,
                max_count=MAX_FILES,
                max_size=MAX_BYTES // 1024**2,
                provider=self.provider_id.name,
            )
        return None

    def _refuse_mail(self, message, files):
        """Write down that a stranger has sent something; nothing of it is kept."""
        sentence = self.env._(
            "%(sender)s is not among the allowed senders of this mailbox, so nothing "
            "of the mail was read (%(count)s files). If the sender is right, allow it "
            "and have the mail sent again.",
            sender=message.email_from or "?",
            count=len(files),
        )
        self._note([sentence])
        # One is enough, however many mails of strangers come.
        if not self.activity_search([STRANGER]):
            self._ask(STRANGER, self.env._("Mail of an unknown sender"), [sentence])

    def _note(self, lines, attachments=()):
        body = Markup("<br/>").join(lines)
        self.message_post(
            body=Markup("<p>%s</p>") % body, attachments=list(attachments)
        )

    def _ask_about(self, sentences):
        """Ask about files that were not imported."""
        for mailbox in self:
            summary = mailbox.env._("A mailed file was not imported")
            mailbox._ask(ACTIVITY, summary, sentences)


class MspImport(models.Model):
    """Large files of mails, which the scheduler reads: who is told if that fails."""

    _inherit = "msp.import"

    mailbox_id = fields.Many2one(
        "msp.provider.mailbox",
        "Mailed To",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )

    def _give_up(self, step, error):
        failures = super()._give_up(step, error)
        if step in ("read", "assign"):
            for import_, sentence in failures.items():
                import_._ask_for_mailed(sentence)
        return failures

    def _wait_for_columns(self, unknown, deadline=None):
        super()._wait_for_columns(unknown, deadline)
        self._ask_for_mailed(self._taken()["sentence"])

    def _ask_for_mailed(self, sentence):
        """Ask about a mailed file as about one that is read at once."""
        # sudo: whose rights are used to import need not see mailboxes
        self.mailbox_id.sudo()._ask_about([f"{self.file_name}: {sentence}"])


class MspProvider(models.Model):
    _inherit = "msp.provider"

    mailbox_ids = fields.One2many(
        "msp.provider.mailbox",
        "provider_id",
        "Mailboxes",
        help="Addresses to which the provider sends its files, one per company.",
    )
    mail_count = fields.Integer("Mails to Look At", compute="_compute_mail_count")

    def _compute_mail_count(self):
        for provider in self:
            provider.mail_count = sum(provider.mailbox_ids.mapped("activity_count"))

    def _find_to_do(self):
        return super()._find_to_do() | set(self.filtered("mail_count").ids)

    def unlink(self):
        self.check_access("unlink")
        # An alias is deleted with its mailbox by the ORM only. sudo: other
        # companies' mailboxes go with the provider as well.
        self.sudo().mailbox_ids.unlink()
        return super().unlink()

    def action_view_mailboxes(self):
        """Open the mailbox whose mails somebody has to look at, or all."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_provider_mailbox_action"
        )
        action["domain"] = [("provider_id", "in", self.ids)]
        action["context"] = {"default_provider_id": self[:1].id}
        if len(self.mailbox_ids) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = self.mailbox_ids.id
        return action
