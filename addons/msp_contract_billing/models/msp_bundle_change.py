from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .money import to_decimal
from .msp_bundle_position import INCLUDED


class MspContractChange(models.Model):
    """A version that begins a bundle begins its components, whoever enters it.

    What happens to the bundle later needs no changes to components: the fold lets
    them follow.
    """

    _inherit = "msp.contract.change"

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        changes._begin_components()
        return changes

    def unlink(self):
        return super(MspContractChange, self | self._find_component_begins()).unlink()

    def _is_bundle_begin(self):
        self.ensure_one()
        return self.action == "begin" and not self.position_id.bundle_id

    def _begin_components(self):
        """Begin the components that the changes' versions do not name themselves."""
        vals_list = []
        for change in self.filtered(lambda change: change._is_bundle_begin()):
            version = change.version_id
            named = version.change_ids.position_id
            for component in change.position_id._ensure_components() - named:
                vals = component._prepare_begin_vals(
                    component._get_bundled(change.quantity), 0.0, "0"
                )
                vals.update(version_id=version.id, sequence=change.sequence)
                vals_list.append(vals)
        return self.create(vals_list) if vals_list else self.browse()

    def _find_component_begins(self):
        """Return the changes that begin what bundles of these drafts consist of."""
        bundles = self.filtered(lambda change: change._is_bundle_begin())
        return bundles.version_id.change_ids.filtered(
            lambda change: (
                change.action == "begin"
                and change.position_id.bundle_id in bundles.position_id
            )
        )

    @api.constrains(
        "position_id", "action", "sets_price", "price_unit", "sets_pricing", "pricing"
    )
    def _check_component_price(self):
        for change in self.filtered("position_id.bundle_id"):
            begins = change.action == "begin"
            is_priced = (change.sets_price and change.price_unit) or (
                (begins or change.sets_pricing) and change.pricing != INCLUDED
            )
            if is_priced:
                raise ValidationError(
                    self.env._(
                        "Contract %(contract)s: %(position)s is included in the price "
                        "of %(bundle)s and has none of its own. Change the price of "
                        "the bundle, or end the component and add the product as a "
                        "position of its own.",
                        contract=change.contract_id.display_name,
                        position=change.position_id.display_name,
                        bundle=change.position_id.bundle_id.display_name,
                    )
                )

    def _to_plain(self):
        plain, position = super()._to_plain(), self.position_id
        if self.action != "begin" or not position.bundle_id:
            return plain
        return replace(
            plain,
            bundle=position.bundle_id.id,
            per_bundle=to_decimal(position.bundle_quantity),
        )


class MspContractLine(models.Model):
    _inherit = "msp.contract.line"

    bundle_id = fields.Many2one(related="position_id.bundle_id")

    def _in_bundle_order(self):
        """Return the lines with those of components right after their bundle's."""
        return self.sorted(
            lambda line: (*line.position_id._get_bundle_order(), line.date_start)
        )


class MspContract(models.Model):
    _inherit = "msp.contract"

    has_bundles = fields.Boolean(compute="_compute_has_bundles")

    @api.depends("position_ids.bundle_id")
    def _compute_has_bundles(self):
        for contract in self:
            contract.has_bundles = any(contract.position_ids.mapped("bundle_id"))

    def _compute_columns(self):
        result = super()._compute_columns()
        for contract in self:
            # That components have none of their own is to be seen by their bundle.
            own = contract.line_ids.filtered(lambda line: line.pricing != INCLUDED)
            contract.has_schemes = any(own.mapped("pricing"))
        return result

    def _compute_current(self):
        result = super()._compute_current()
        for contract in self:
            lines = contract.current_line_ids
            contract.current_line_ids = lines._in_bundle_order()
        return result
