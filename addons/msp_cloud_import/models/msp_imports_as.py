import time

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from .msp_import_apply import REQUEST_SECONDS

_lt = LazyTranslate(__name__)

CLERK = "msp_contract_billing.group_billing_clerk"
ADMINISTRATOR = "msp_contract_billing.group_administrator"
MAY_NOT_IMPORT = _lt(
    "%(user)s may not import files for %(company)s. Choose a billing clerk of that "
    "company as the user of %(record)s."
)


def to_note(sentences):
    """Return the note of an activity: whatever a provider says is text in it."""
    return Markup("<p>%s</p>") % Markup("<br/>").join(sentences)


class MspImportsAsMixin(models.AbstractModel):
    """Files that come by themselves are imported with the rights of some user."""

    _name = "msp.imports.as.mixin"
    _description = "Imports with the rights of a user"

    provider_id = fields.Many2one(
        "msp.provider",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        tracking=True,
        help="Files are imported for this company.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Imports as",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain=lambda self: [("all_group_ids", "in", self.env.ref(CLERK).ids)],
        tracking=True,
        help="Files are imported with the rights and in the name of this user, who "
        "must be a billing clerk.",
    )

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        for one in self:
            sentence = one._explain_user()
            if sentence:
                raise ValidationError(sentence)

    def write(self, vals):
        result = super().write(vals)
        self._check_moved(vals)
        return result

    def _check_moved(self, vals):
        """Refuse a move to a company of others, for which it would import then."""
        # Odoo's rules look at the company before it is written.
        if "company_id" in vals:
            self.check_access("write")

    def _explain_user(self):
        """Return why files cannot be imported as the user, or None."""
        user = self.user_id
        if (
            user.active
            and user.has_group(CLERK)
            and self.company_id in user.sudo().company_ids
        ):
            return None
        return self.env._(MAY_NOT_IMPORT) % self._get_import_names()

    def _get_import_names(self):
        """Return what `MAY_NOT_IMPORT` names."""
        return {
            "user": self.user_id.name,
            "company": self.company_id.name,
            "record": self.display_name,
        }

    def _import_as_user(self, files, **context):
        """Import with the rights of the user, for the company only.

        :param files: list of (name, bytes)
        :return: as `msp.import._take_files`
        """
        imports = self._as_user(self.env["msp.import"]).with_context(**context)
        return imports._take_files(
            self.provider_id.with_env(imports.env),
            files,
            time.monotonic() + REQUEST_SECONDS,
            [name for name, _content in files],
        )

    def _as_user(self, records):
        """Return records with the rights of the user, for the company only."""
        # The mail gateway and the scheduler run as superuser.
        return records.with_user(self.user_id).with_context(
            lang=self.user_id.lang, allowed_company_ids=self.company_id.ids
        )

    def _get_asked(self):
        """Return who is asked: the provider's owner, or who imports.

        If neither may look at it any more, which may be what fails, an administrator.
        """
        for user in (self.provider_id.user_id, self.user_id):
            if self._can_be_asked(user):
                return user
        administrators = (
            # sudo: the scheduler's and the gateway's question, whoever runs it
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", self.env.ref(ADMINISTRATOR).ids),
                    ("company_ids", "in", self.company_id.ids),
                ],
                order="id",
                limit=1,
            )
            .sudo(False)
        )
        return administrators or self.user_id

    def _can_be_asked(self, user):
        """Return whether a user can see the record in its company."""
        return (
            user.active
            and self.company_id in user.sudo().company_ids
            and self.with_user(user)
            .with_context(allowed_company_ids=self.company_id.ids)
            .has_access("read")
        )

    def _ask(self, activity_type, summary, sentences, **vals):
        """Give the provider's owner something to look at."""
        return self.activity_schedule(
            activity_type,
            **{"date_deadline": company_today(self.company_id), **vals},
            summary=summary,
            note=to_note(sentences),
            user_id=self._get_asked().id,
        )
