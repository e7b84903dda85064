import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..connectors import CONNECTORS
from . import msp_connection_words as words

_ADDRESS = re.compile(
    r"\s*https://[a-z0-9.-]+(:\d{1,5})?(/[\w.~%/-]*)?\s*", re.IGNORECASE | re.ASCII
)


def connector_fields(kind, is_secret):
    """Return {name: Field} of what people enter for a connection of `kind`."""
    connector = CONNECTORS.get(kind)
    return {
        one.name: one
        for one in (connector.fields if connector else ())
        if one.is_secret == is_secret and not one.is_kept
    }


class MspConnectionEntryMixin(models.AbstractModel):
    """One entry of the form that a connector asks for."""

    _name = "msp.connection.entry.mixin"
    _description = "Entry of a connection"

    connection_id = fields.Many2one(
        "msp.connection", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer()
    name = fields.Char("Technical Name", required=True)
    label = fields.Char("Entry", compute="_compute_label")
    description = fields.Char("What It Is", compute="_compute_label")
    is_required = fields.Boolean("Required", compute="_compute_label")

    @api.depends("name", "connection_id.kind")
    @api.depends_context("lang")
    def _compute_label(self):
        for one in self:
            field = one._get_field()
            one.label = words.label(self.env, one.name or "")
            one.description = words.describe(self.env, one.name or "")
            one.is_required = bool(field and field.is_required)

    def _refuse(self):
        raise UserError(
            self.env._(
                "Only values are entered; which entries there are follows from the "
                "interface of the connection."
            )
        )

    def write(self, vals):
        # A secret that is moved elsewhere would be sent there.
        if {"connection_id", "name"}.intersection(vals):
            self._refuse()
        return super().write(vals)

    def _get_field(self):
        return connector_fields(self.connection_id.kind, self._is_secret).get(self.name)

    @api.constrains("name", "connection_id")
    def _check_name(self):
        for one in self:
            if not one._get_field():
                raise ValidationError(
                    self.env._(
                        "%(connection)s has no entry “%(name)s”.",
                        connection=one.connection_id.name,
                        name=one.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_wanted(self):
        if any(one._get_field() for one in self):
            raise UserError(
                self.env._("The interface asks for this entry. Empty it instead.")
            )


class MspConnectionSetting(models.Model):
    """An entry that is no secret."""

    _name = "msp.connection.setting"
    _description = "Setting of a connection"
    _inherit = "msp.connection.entry.mixin"
    _order = "connection_id, sequence, id"
    _is_secret = False

    value = fields.Char()
    choices = fields.Char(
        compute="_compute_choices", help="The values it may have, one per line."
    )

    choice_labels = fields.Char(
        compute="_compute_choices", help="The same in words, in the same order."
    )

    _name_unique = models.Constraint(
        "UNIQUE (connection_id, name)", "Each setting is entered once."
    )

    @api.depends("name", "connection_id.kind")
    @api.depends_context("lang")
    def _compute_choices(self):
        for one in self:
            field = one._get_field()
            choices = field.choices if field else ()
            one.choices = "\n".join(choices) or False
            one.choice_labels = (
                "\n".join(words.choice(self.env, value) for value in choices) or False
            )

    def write(self, vals):
        if "value" in vals:
            new = vals["value"] or False
            for one in self.filtered(lambda one: one.value != new):
                one._tell_change(new)
        return super().write(vals)

    def _tell_change(self, value):
        """Write down who lets a secret be sent elsewhere.

        What may be any text is not repeated: notes are read by more people than
        settings, and somebody may have entered a secret in the wrong place.
        """
        if self.choices or self._is_address():
            body = self.env._(
                "%(setting)s: %(old)s → %(new)s",
                setting=self.label,
                old=self.value or "-",
                new=value or "-",
            )
        else:
            body = self.env._("Entered anew: %s", self.label)
        self.connection_id.message_post(body=body)

    def _is_address(self):
        return (self.name or "").endswith("_url")

    @api.constrains("value")
    def _check_address(self):
        """Refuse what is more than the address of a server and a path."""
        for one in self:
            if one.value and one._is_address() and not _ADDRESS.fullmatch(one.value):
                raise ValidationError(
                    self.env._(
                        "%s is an address such as https://api.example.com/v1: no user, "
                        "no password and no parameters belong to it.",
                        one.label,
                    )
                )

    @api.constrains("value")
    def _check_value(self):
        for one in self.filtered("value"):
            choices = (one.choices or "").split("\n")
            if one.choices and one.value not in choices:
                raise ValidationError(
                    self.env._(
                        "%(label)s of %(connection)s is one of %(choices)s, not "
                        "“%(value)s”.",
                        label=one.label,
                        connection=one.connection_id.name,
                        choices=", ".join(choices),
                        value=one.value,
                    )
                )
