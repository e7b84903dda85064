from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..connectors import CONNECTORS, Account
from . import msp_connection_words as words

ADMINISTRATOR = "msp_contract_billing.group_administrator"


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

    _name_unique = models.Constraint(
        "UNIQUE (connection_id, name)", "Each setting is entered once."
    )

    @api.depends("name", "connection_id.kind")
    def _compute_choices(self):
        for one in self:
            field = one._get_field()
            one.choices = "\n".join(field.choices) if field else False

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


class MspConnectionSecret(models.Model):
    """An entry that is a secret: written, and never shown to anybody.

    Tokens that the provider renews are stored in a transaction of their own, so that
    the renewed one is not lost with work that fails.
    """

    _name = "msp.connection.secret"
    _description = "Secret of a connection"
    _inherit = "msp.connection.entry.mixin"
    _order = "connection_id, sequence, id"
    _is_secret = True

    # No group has it: only code reads it, by sudo.
    value = fields.Char(
        copy=False,
        readonly=True,
        prefetch=False,
        exportable=False,
        groups=fields.NO_ACCESS,
    )
    new_value = fields.Char(
        "Enter Anew",
        compute="_compute_new_value",
        inverse="_inverse_new_value",
        copy=False,
        exportable=False,
        help="What is entered replaces the secret; it is not shown again.",
    )
    is_kept = fields.Boolean(
        readonly=True, copy=False, help="Kept by the connector, entered by nobody."
    )
    set_at = fields.Datetime("Set On", readonly=True, copy=False)
    expires_on = fields.Date(
        "Valid until",
        copy=False,
        help="Last day of the secret, as the provider's portal says. The owner is "
        "told weeks ahead.",
    )

    _name_unique = models.Constraint(
        "UNIQUE (connection_id, name)", "Each secret is entered once."
    )

    def _compute_new_value(self):
        self.new_value = False

    def _inverse_new_value(self):
        for one in self:
            value = (one.new_value or "").strip()
            if value:
                # sudo: nobody may write the column itself; the rights to write the
                # record were checked
                one.sudo().write({"value": value, "set_at": fields.Datetime.now()})
        # The answer to whoever has saved it is made of the cache.
        self.invalidate_recordset(["new_value", "value"])

    @api.model_create_multi
    def create(self, vals_list):
        secrets = super().create(vals_list)
        secrets.invalidate_recordset(["new_value", "value"])
        return secrets

    def write(self, vals):
        vals = dict(vals)
        if (vals.get("new_value") or "").strip():
            # It was that of the secret which is replaced.
            vals.setdefault("expires_on", False)
            for one in self:
                one.connection_id.message_post(
                    body=self.env._("Entered anew: %s", one.label)
                )
        return super().write(vals)


class MspConnection(models.Model):
    """What the connector is given: settings, secrets, and how to keep new ones."""

    _inherit = "msp.connection"

    setting_ids = fields.One2many(
        "msp.connection.setting",
        "connection_id",
        "Settings",
        groups=ADMINISTRATOR,
        copy=True,
    )
    secret_ids = fields.One2many(
        "msp.connection.secret",
        "connection_id",
        "Secrets",
        domain=[("is_kept", "=", False)],
        groups=ADMINISTRATOR,
    )

    @api.onchange("kind")
    def _onchange_kind(self):
        """Show at once what the interface asks for."""
        for name, is_secret in (("setting_ids", False), ("secret_ids", True)):
            wanted = connector_fields(self.kind, is_secret)
            if set(self[name].mapped("name")) != set(wanted):
                self[name] = [
                    Command.clear(),
                    *(
                        Command.create(_prepare_entry(field, number))
                        for number, field in enumerate(wanted.values())
                    ),
                ]

    def _complete_entries(self):
        """Have exactly the entries that the interface asks for."""
        for one in self:
            for entries, is_secret in (
                (one.setting_ids, False),
                (one.secret_ids, True),
            ):
                wanted = connector_fields(one.kind, is_secret)
                entries.filtered(
                    lambda each, names=wanted: each.name not in names
                ).unlink()
                known = set(entries.exists().mapped("name"))
                entries.create(
                    [
                        {"connection_id": one.id, **_prepare_entry(field, number)}
                        for number, field in enumerate(wanted.values())
                        if field.name not in known
                    ]
                )

    def _get_account(self):
        """Return the `connectors.Account`; what is secret is not shown by it."""
        # sudo: whoever runs a sync need not see settings, and nobody sees secrets
        sudo = self.sudo()
        kept = sudo.env["msp.connection.secret"].search(
            [("connection_id", "=", self.id), ("value", "!=", False)]
        )
        settings = {
            **{
                name: field.default
                for name, field in connector_fields(self.kind, False).items()
            },
            **{one.name: one.value.strip() for one in sudo.setting_ids if one.value},
        }
        secrets = {one.name: one.value for one in kept}
        return Account(settings, secrets, self._keep_secrets)

    def _find_missing_entries(self):
        """Return the labels of the required entries that are empty."""
        account = self._get_account()
        return [
            words.label(self.env, field.name)
            for is_secret, values in (
                (False, account.settings),
                (True, account.secrets),
            )
            for field in connector_fields(self.kind, is_secret).values()
            if field.is_required and not values.get(field.name)
        ]

    def _keep_secrets(self, secrets):
        """Store renewed secrets at once, whatever becomes of the rest.

        :param secrets: {name: new secret}
        """
        with self.env.registry.cursor() as cr:
            # By the ORM it would be a line in debug logs of its writes.
            for name, value in secrets.items():
                cr.execute(
                    "INSERT INTO msp_connection_secret AS s "
                    "(connection_id, name, value, is_kept, set_at) "
                    "VALUES (%s, %s, %s, true, now() AT TIME ZONE 'UTC') "
                    "ON CONFLICT (connection_id, name) DO UPDATE "
                    "SET value = excluded.value, set_at = excluded.set_at, "
                    "expires_on = NULL",
                    [self.id, name, value],
                )

    def _open_connector(self):
        """Return the `connectors.Connector`; the caller closes it."""
        return CONNECTORS[self.kind](self._get_account())


def _prepare_entry(field, number):
    vals = {"name": field.name, "sequence": number}
    return vals if field.is_secret else {**vals, "value": field.default or False}
