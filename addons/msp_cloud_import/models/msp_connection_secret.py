from odoo import api, fields, models
from odoo.exceptions import UserError

# What follows from entering a secret, or from a connector that keeps one.
SYSTEM_FIELDS = {"value", "is_kept", "set_at"}


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
                one._store_value(value)
        # The answer to whoever has saved it is made of the cache.
        self.invalidate_recordset(["new_value", "value"])

    def _store_value(self, value):
        """Store a secret, None to forget it; the right to write it was checked."""
        super().write({"set_at": value and fields.Datetime.now()})
        self.flush_recordset()
        # By the ORM a lost race would be a line in the log, with the value in it.
        self.env.cr.execute(
            "UPDATE msp_connection_secret SET value = %s WHERE id = %s",
            [value, self.id],
            log_exceptions=False,
        )

    @api.model_create_multi
    def create(self, vals_list):
        if any(SYSTEM_FIELDS.intersection(vals) for vals in vals_list):
            self._refuse()
        secrets = super().create(vals_list)
        secrets.invalidate_recordset(["new_value", "value"])
        return secrets

    def write(self, vals):
        vals = dict(vals)
        if SYSTEM_FIELDS.intersection(vals):
            self._refuse()
        if not isinstance(vals.get("new_value") or "", str):
            raise UserError(self.env._("A secret is a text."))
        if (vals.get("new_value") or "").strip():
            # It was that of the secret which is replaced.
            vals.setdefault("expires_on", False)
            for one in self:
                one.connection_id.message_post(
                    body=self.env._("Entered anew: %s", one.label)
                )
        return super().write(vals)
