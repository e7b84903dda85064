from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import same_number


class MspImport(models.Model):
    """Positions that were sold and begin on their first day at the provider."""

    _inherit = "msp.import"

    def _find_awaited(self, contracts):
        """Return {position id: changes} of what is sold and not live yet."""
        changes = self.env["msp.contract.change"].search(
            [
                ("contract_id", "in", contracts.ids),
                ("version_id.awaits", "!=", False),
                "|",
                ("action", "=", "begin"),
                "&",
                ("quantity_mode", "=", "move"),
                ("quantity", ">", 0),
            ],
            order="version_id, id",
        )
        awaited = changes.grouped("position_id")
        result = {position.id: found for position, found in awaited.items()}
        for bundle, found in awaited.items():
            added = found.filtered(lambda change: change.action != "begin")
            # Files speak of what a bundle consists of only.
            for component in bundle.component_ids if added else ():
                own = result.get(component.id, changes.browse())
                result[component.id] = own | added
        return result

    def _look_at_awaited(self, groups, known):
        """Let groups know what of their position is not live, or why they wait."""
        for group in groups:
            if group.reason or not group.position:
                continue
            changes = known.awaited.get(group.position.id)
            if not changes:
                continue
            begin = changes.filtered(lambda change: change.action == "begin")
            if group.position.line_ids:
                group.more = changes - begin
            elif begin:
                group.awaited = begin[0]
                self._look_at_first_day(group)

    def _look_at_first_day(self, group):
        """Say why a position cannot go live on the first day of its group."""
        contract = group.awaited.contract_id
        if group.awaited.version_id.awaits != "provider":
            group.candidates = group.position
            group.reason = self._explain_acceptance(group.awaited, group.start)
        elif contract.date_start > group.start:
            group.reason = self.env._(
                "%(position)s was sold with contract %(contract)s, which begins on "
                "%(first)s, but the file speaks for %(day)s. Say since when it is "
                "live, then prepare the import again.",
                position=group.position.name,
                contract=contract.display_name,
                first=format_date(self.env, contract.date_start),
                day=format_date(self.env, group.start),
            )

    def _explain_acceptance(self, change, day):
        return self.env._(
            "%(position)s of contract %(contract)s was sold and waits for its "
            "acceptance, while the provider speaks of it from %(day)s. Say since when "
            "it is live, then prepare the import again.",
            position=change.position_id.name,
            contract=change.contract_id.display_name,
            day=format_date(self.env, day),
        )

    def _begin_awaited(self, vals, begin):
        """Propose that a position goes live with the file's day and quantity.

        :param begin: the change that begins it, as it was sold
        """
        vals.update(
            kind="begin",
            price_unit=begin.price_unit,
            price_interval=begin.price_interval or "0",
            state="proposed",
        )
        self._propose_live(vals, begin, begin.quantity)

    def _add_awaited(self, vals, group):
        """Let sold units go live with the first day on which there are more."""
        is_more = vals["kind"] == "set" and vals["quantity"] > vals["old_quantity"]
        if not group.more or vals["state"] != "proposed" or not is_more:
            return
        change, day = group.more[0], vals["date_start"]
        vals["awaited_version_id"] = change.version_id.id
        if change.version_id.awaits != "provider":
            vals.update(state="waiting", error=self._explain_acceptance(change, day))
        elif len(group.more) > 1:
            vals.update(
                state="waiting",
                error=self.env._(
                    "More of %(position)s of contract %(contract)s was sold several "
                    "times and is not live. Say which of it is live since "
                    "%(day)s, then prepare the import again.",
                    position=change.position_id.name,
                    contract=change.contract_id.display_name,
                    day=format_date(self.env, day),
                ),
            )
        else:
            more = change._get_units_of(group.position)
            self._propose_live(vals, change, vals["old_quantity"] + more)
            group.more = None

    def _propose_live(self, vals, change, sold):
        """Let the version of `change` go live, after which there are `sold` units."""
        vals.update(
            is_awaited=True,
            awaited_version_id=change.version_id.id,
            sold_quantity=sold,
        )
        if not same_number(sold, vals["quantity"]):
            vals["error"] = self.env._(
                "Sold were %(sold)s, the provider has %(quantity)s",
                sold=f"{sold:g}",
                quantity=f"{vals['quantity']:g}",
            )

    def _withdraw(self, reason):
        """Let what went live by this import wait again: it is still sold."""
        live = self.version_ids.filtered(
            lambda version: version.state == "active" and version.cause != "import"
        )
        super()._withdraw(reason)
        # sudo: as for taking the versions back
        live = live.sudo()
        live._find_made_by_going_live()._withdraw(reason)
        live._await_again()


class MspImportChange(models.Model):
    """Going live."""

    _inherit = "msp.import.change"

    is_awaited = fields.Boolean(
        "Goes Live", help="It was sold, and begins on its first day at the provider."
    )
    awaited_version_id = fields.Many2one(
        "msp.contract.version", "As Sold", ondelete="set null", index="btree_not_null"
    )
    sold_quantity = fields.Float(
        "Sold", min_display_digits="Product Unit", aggregator=None
    )

    kind_label = fields.Char("What", compute="_compute_kind_label")

    @api.depends("kind", "is_awaited")
    @api.depends_context("lang")
    def _compute_kind_label(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for change in self:
            change.kind_label = (
                self.env._("Goes live") if change.is_awaited else kinds.get(change.kind)
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
        return self.is_awaited and same_number(self.quantity, self.sold_quantity)

    def _get_sold_quantity(self):
        """Return what there is once the version is live, None if it is not to be."""
        self.ensure_one()
        version, position = self.awaited_version_id, self.position_id
        by_position = version.change_ids.grouped("position_id")
        changes = by_position.get(position)
        if not changes and position.bundle_id:
            changes = by_position.get(position.bundle_id)
        if version.awaits != "provider" or not position or not changes:
            return None
        content = position._line_on(self.date_start).quantity
        sold = changes[0]._get_units_of(position)
        return sold + (content if self.kind == "set" else 0)

    def _check_fresh(self):
        """Refuse what was prepared from another version than there is now."""
        super()._check_fresh()
        for change in self.filtered("is_awaited"):
            sold = change._get_sold_quantity()
            if sold is None or not same_number(sold, change.sold_quantity):
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
        """Begin what was sold on its first day; its order was approved with it.

        A bundle begins with the first of its components.
        """
        awaited = self.filtered("is_awaited")
        for version, changes in awaited.grouped("awaited_version_id").items():
            # sudo: as for the versions that an import makes
            version = version.sudo()
            version._system_write(changes._prepare_origin())
            version._go_live(min(changes.mapped("date_start")))
            changes._system_write({"version_id": version.id})


class MspContractChange(models.Model):
    _inherit = "msp.contract.change"

    def _get_units_of(self, position):
        """Return how many of `position` the change is about, perhaps of its bundle."""
        self.ensure_one()
        if self.position_id == position.bundle_id:
            return position._get_bundled(self.quantity)
        return self.quantity


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

    def action_go_live(self):
        """Propose the first day at the provider."""
        action = super().action_go_live()
        days = {version.provider_seen for version in self if version.awaits}
        if len(days) == 1 and any(days):
            action["context"] = {**action["context"], "default_date_start": min(days)}
        return action

    def _await_again(self):
        """Make drafts of withdrawn versions that wait for their first day again."""
        for version in self:
            draft = self._create_of_order(
                [
                    {
                        "contract_id": version.contract_id.id,
                        "date_start": version.date_start,
                        "date_end": version.date_end,
                        "cause": version.cause,
                        "reason": version.reason,
                        "sale_order_id": version.sale_order_id.id,
                        "awaits": "provider",
                        "change_ids": [
                            Command.create({**vals, "version_id": False})
                            for vals in version.change_ids.copy_data()
                        ],
                    }
                ]
            )
            draft._system_write(
                {
                    "user_id": version.user_id.id,
                    "sold_on": version.sold_on,
                    "is_edited": version.is_edited,
                }
            )
