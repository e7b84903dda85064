from odoo import api, fields, models
from odoo.fields import Command

from ..connectors import CONNECTORS, Account
from .msp_connection_setting import connector_fields

ADMINISTRATOR = "msp_contract_billing.group_administrator"


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
        """Show at once what the interface asks for, and whose it is."""
        connector = CONNECTORS.get(self.kind)
        if connector and not self.provider_id:
            self.provider_id = self.env["msp.provider"].search(
                [
                    ("code", "=", connector.vendor),
                    ("company_id", "in", [False, self.company_id.id]),
                ],
                limit=1,
            )
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
        """Return the names of the required entries that are empty."""
        account = self._get_account()
        return [
            field.name
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
