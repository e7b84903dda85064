from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import same_number


class MspImport(models.Model):
    """Positions that were sold and begin on their first day at the provider."""

    _inherit = "msp.import"

    def _find_awaited(self, contracts):
        """Return {position id: change that begins it} of what is not live yet."""
        changes = self.env["msp.contract.change"].search(
            [
                ("contract_id", "in", contracts.ids),
                ("action", "=", "begin"),
                ("version_id.awaits", "!=", False),
            ]
        )
        return {change.position_id.id: change for change in changes}

    def _look_at_awaited(self, groups, known):
        """Let groups whose position is not live know it, or say why they wait."""
        for group in groups:
            begin = group.position and known.awaited.get(group.position.id)
            if not begin or group.reason:
                continue
            group.awaited = begin
            contract = begin.contract_id
            values = {
                "position": group.position.name,
                "contract": contract.display_name,
                "day": format_date(self.env, group.start),
            }
            if begin.version_id.awaits != "provider":
                group.candidates = group.position
                group.reason = self.env._(
                    "%(position)s of contract %(contract)s was sold and waits for its "
                    "acceptance, while the provider speaks of it from %(day)s. Say "
                    "since when it is live, then prepare the import again.",
                    **values,
                )
            elif contract.date_start > group.start:
                group.reason = self.env._(
                    "%(position)s was sold with contract %(contract)s, which begins on "
                    "%(first)s, but the file speaks for %(day)s. Say since when it is "
                    "live, then prepare the import again.",
                    first=format_date(self.env, contract.date_start),
                    **values,
                )

    def _begin_awaited(self, vals, begin):
        """Propose that a position goes live with the file's day and quantity.

        :param begin: the change that begins it, as it was sold
        """
        vals.update(
            kind="begin",
            is_awaited=True,
            old_quantity=begin.quantity,
            price_unit=begin.price_unit,
            price_interval=begin.price_interval or "0",
            state="proposed",
        )
        if not same_number(begin.quantity, vals["quantity"]):
            vals["error"] = self.env._(
                "Sold were %(sold)s, the provider begins with %(quantity)s",
                sold=f"{begin.quantity:g}",
                quantity=f"{vals['quantity']:g}",
            )

    def _withdraw(self, reason):
        """Let what went live by this import wait again: it is still sold."""
        live = self.version_ids.filtered(
            lambda version: version.state == "active" and version.cause != "import"
        )
        super()._withdraw(reason)
        # sudo: as for taking the versions back
        live.sudo()._await_again()


class MspImportChange(models.Model):
    """Going live."""

    _inherit = "msp.import.change"

    is_awaited = fields.Boolean(
        "Goes Live", help="It was sold, and begins on its first day at the provider."
    )
    awaited_version_id = fields.Many2one(
        "msp.contract.version", "As Sold", ondelete="set null", index="btree_not_null"
    )

    @api.depends("is_awaited")
    def _compute_summary(self):
        super()._compute_summary()
        for change in self.filtered("is_awaited"):
            change.summary = self.env._(
                "%(what)s, goes live with %(quantity)s on %(day)s",
                what=change.position_id.name or change.product_id.display_name,
                quantity=f"{change.quantity:g}",
                day=format_date(self.env, change.date_start),
            )

    def _is_as_sold(self):
        """Return whether going live is all there is to it."""
        self.ensure_one()
        return self.is_awaited and same_number(self.quantity, self.old_quantity)

    def _check_fresh(self):
        """Refuse what was prepared from another version than there is now."""
        super()._check_fresh()
        for change in self.filtered("is_awaited"):
            version = change.awaited_version_id
            begin = version.change_ids.filtered(lambda one: one.action == "begin")
            if version.awaits != "provider" or not same_number(
                sum(begin.mapped("quantity")), change.old_quantity
            ):
                raise UserError(
                    self.env._(
                        "%(product)s was sold with contract %(contract)s and waited for "
                        "its first day, but that has changed since the import was "
                        "prepared. Prepare the import again.",
                        product=change.product_id.display_name,
                        contract=change.contract_id.display_name,
                    )
                )

    def _go_live(self):
        """Begin what was sold on its first day; its order was approved with it."""
        for change in self.filtered("is_awaited"):
            # sudo: as for the versions that an import makes
            version = change.awaited_version_id.sudo()
            version.write({"import_id": change.import_id.id})
            version._go_live(change.date_start)
            change._system_write({"version_id": version.id})


class MspContractVersion(models.Model):
    _inherit = "msp.contract.version"

    provider_seen = fields.Date(
        "Seen at Provider",
        compute="_compute_provider_seen",
        help="First day for which a provider's file speaks of what is not live yet.",
    )

    def _compute_provider_seen(self):
        groups = self.env["msp.import.change"]._read_group(
            [
                ("awaited_version_id", "in", self.ids),
                ("state", "in", ("proposed", "waiting", "failed")),
                ("import_id.state", "!=", "withdrawn"),
            ],
            ["awaited_version_id"],
            ["date_start:min"],
        )
        days = {version.id: day for version, day in groups}
        for version in self:
            version.provider_seen = days.get(version.id, False)

    def _await_again(self):
        """Make drafts of withdrawn versions that wait for their first day again."""
        return self.create(
            [
                {
                    "contract_id": version.contract_id.id,
                    "date_start": version.date_start,
                    "cause": version.cause,
                    "reason": version.reason,
                    "sale_order_id": version.sale_order_id.id,
                    "user_id": version.user_id.id,
                    "awaits": "provider",
                    "change_ids": [
                        Command.create({**vals, "version_id": False})
                        for vals in version.change_ids.copy_data()
                    ],
                }
                for version in self
            ]
        )
