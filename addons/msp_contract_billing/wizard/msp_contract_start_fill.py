from odoo import Command, api, fields, models

from ..models.money import holds_on
from ..models.msp_commitment_mixin import COMMITMENT
from ..models.msp_contract_terms import TERMS
from .msp_contract_start import ASKED, values_of
from .readable import readable


class MspContractStart(models.TransientModel):
    """What a new contract begins with: as a template, or a contract that is copied.

    The form fills it in when one is chosen, and create for whoever names one without
    a form.
    """

    _inherit = "msp.contract.start"

    @api.onchange("template_id")
    def _onchange_template_id(self):
        if self.template_id:
            self.update(self._prepare_from_template(self.template_id))

    @api.onchange("source_id", "contract_id")
    def _onchange_source_id(self):
        if self.source_id:
            self.update(self._prepare_from_contract(self.source_id))
        if self.contract_id:
            self.update(values_of(self.contract_id, ASKED))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._fill_in(vals) for vals in vals_list])

    def _fill_in(self, vals):
        contracts, found = self.env["msp.contract"], {}
        if source := contracts.browse(vals.get("source_id") or ()):
            found.update(self._prepare_from_contract(readable(source)))
        if template := self.env["msp.contract.template"].browse(
            vals.get("template_id") or ()
        ):
            found.update(self._prepare_from_template(template))
        if contract := contracts.browse(vals.get("contract_id") or ()):
            found.update(values_of(readable(contract), ASKED))
        return {**found, **vals}

    def _prepare_from_template(self, template):
        """Return what a template says; without products, those entered stay."""
        vals = values_of(template, (*TERMS, *COMMITMENT, "anchor"))
        if template.line_ids:
            vals["line_ids"] = [
                Command.clear(),
                *(
                    Command.create(self._prepare_template_line_vals(line))
                    for line in template.line_ids
                ),
            ]
        return vals

    def _prepare_template_line_vals(self, line):
        """Return the values of the wizard's line that copies a template's line.

        What the template leaves open comes from the product.
        """
        company = line.company_id or self.company_id or self.env.company
        vals = {
            "product_id": line.product_id.id,
            "name": line.name,
            "quantity": line.quantity,
            "discount": line.discount,
            "base_price": line.price_unit,
            "base_currency_id": line.price_unit and company.currency_id.id,
            "price_interval": line.price_interval,
            "pricing_id": line.pricing_id.id,
            "rule_id": line.rule_id.id,
        }
        return {
            name: value for name, value in vals.items() if value or name == "quantity"
        }

    def _prepare_from_contract(self, contract):
        """Return what a contract contains today, or did on its last day.

        Nothing of what was billed is part of it.
        """
        day = self._get_copied_day(contract)
        vals = values_of(contract, ASKED)
        if terms := contract.terms_ids.filtered(lambda one: holds_on(one, day))[:1]:
            vals.update(values_of(terms, TERMS))
            starts = terms.anchor_date != terms._get_anchor(
                contract.date_start, "calendar"
            )
            vals["anchor"] = "start" if starts else "calendar"
        if agreed := contract._get_commitment_change(day):
            vals.update(values_of(agreed, COMMITMENT))
        lines = contract.line_ids._on(day)._in_bundle_order()
        lines = lines.filtered(lambda line: not line.bundle_id)
        vals["line_ids"] = [
            Command.clear(),
            *(Command.create(self._prepare_line_vals(line)) for line in lines),
        ]
        return vals

    def _get_copied_day(self, contract):
        """Return the day whose content a copy of `contract` begins with."""
        today = fields.Date.context_today(self)
        day = max(today, contract.date_start or today)
        return min(day, contract.date_end or day)

    def _prepare_line_vals(self, line):
        """Return the values of the wizard's line that copies a contract's line."""
        position = line.position_id
        return {
            "source_position_id": position.id,
            "product_id": position.product_id.id,
            "product_uom_id": position.product_uom_id.id,
            "name": line.name,
            "quantity": line.quantity,
            "base_price": line.price_unit,
            "base_currency_id": line.currency_id.id,
            "price_interval": line.price_interval,
            "discount": line.discount,
            "pricing_id": False,
            "pricing": line.pricing,
            "rule_id": False,
            "overrides": line.overrides,
            "environment_id": position.environment_id.id,
            "analytic_distribution": position.analytic_distribution,
        }
