from odoo import fields, models
from odoo.tools import unique

from .money import to_decimal
from .res_company import GOALS


class MspContract(models.Model):
    """From charges that are due to the values of an invoice."""

    _inherit = "msp.contract"

    corrections_with_regular = fields.Boolean(
        "Corrections with Next Invoice",
        help="The regular run bills and credits changes of billed periods as well. "
        "Otherwise only the differential run does.",
    )
    invoice_goal = fields.Selection(
        GOALS,
        "Invoices Should",
        help="How far billing runs take its invoices. Empty: as the company's settings "
        "say.",
    )

    def _get_invoice_goal(self):
        self.ensure_one()
        return self.invoice_goal or self.company_id.msp_invoice_goal

    def _get_weakest_goal(self):
        """Return how far an invoice may go that several contracts share."""
        order = [goal for goal, _label in GOALS]
        return min((one._get_invoice_goal() for one in self), key=order.index)

    def _get_taxes(self, position):
        """Return the taxes of `position`, mapped by the fiscal position."""
        product = position.product_id.with_company(self.company_id)
        taxes = product.taxes_id.filtered(
            lambda tax: tax.company_id in self.company_id.parent_ids
        )
        return self.fiscal_position_id.map_tax(taxes)

    def _prepare_invoice_vals(self, run, charges):
        """Return the values of the draft that carries `charges` of these contracts.

        :param charges: list of (contract, values of a charge), as they are to stand
            on the invoice; all have one key of `_get_invoice_key`
        """
        first = self[0]
        move_type = "out_refund" if self._is_net_negative(charges) else "out_invoice"
        corrected = self._corrected_moves(charges)
        single = corrected if len(corrected) == 1 else corrected.browse()
        is_unpaid = single.payment_state == "not_paid"
        shipping = self.partner_shipping_id
        vals = {
            "move_type": move_type,
            "company_id": first.company_id.id,
            "journal_id": run.journal_id.id,
            "partner_id": first.partner_invoice_id.id,
            "currency_id": first.currency_id.id,
            "fiscal_position_id": charges[0][1]["fiscal_position_id"],
            "invoice_payment_term_id": first.payment_term_id.id,
            "invoice_user_id": self.user_id[:1].id,
            "invoice_date": run.invoice_date,
            "date": run.accounting_date or run.invoice_date,
            "invoice_origin": ", ".join(self.mapped("name")),
            "ref": ", ".join(self._get_references(charges)),
            # l10n_de prints the invoice date as delivery date otherwise.
            "delivery_date": max(vals["date_end"] for _contract, vals in charges),
            "msp_run_id": run.id,
            "msp_corrected_move_ids": [fields.Command.set(corrected.ids)],
            "reversed_entry_id": move_type == "out_refund" and is_unpaid and single.id,
            "invoice_line_ids": [
                fields.Command.create({**line_vals, "sequence": sequence})
                for sequence, line_vals in enumerate(
                    self._prepare_invoice_lines(charges, move_type), 1
                )
            ],
        }
        if len(shipping) == 1:
            vals["partner_shipping_id"] = shipping.id
        return vals

    def _is_net_negative(self, charges):
        """Return whether `charges` come to less than 0, with their taxes.

        Odoo posts no document whose total with taxes is negative.
        """
        amounts = [to_decimal(vals["amount"]) for _contract, vals in charges]
        if min(amounts) >= 0 or max(amounts) <= 0:
            return sum(amounts) < 0
        currency = self[0].currency_id
        taxes = self.env["account.tax"]
        total = sum(
            taxes.browse(
                tax_id for *_rest, ids in vals["tax_ids"] for tax_id in ids
            ).compute_all(vals["amount"], currency)["total_included"]
            for _contract, vals in charges
        )
        return currency.compare_amounts(total, 0) < 0

    def _get_references(self, charges):
        """Return the customer's order numbers that an invoice over `charges` names."""
        positions = self.env["msp.contract.position"]
        numbers = (
            positions.browse(vals["position_id"]).purchase_order
            or contract.customer_reference
            for contract, vals in charges
        )
        return list(unique(filter(None, numbers)))

    def _corrected_moves(self, charges):
        """Return the posted invoices that the corrections among the charges name."""
        charge_model = self.env["msp.charge"]
        ids = {
            charge_id
            for _contract, vals in charges
            for command in vals.get("compared_charge_ids", ())
            for charge_id in command[2]
        }
        return charge_model._corrected_moves(charge_model.browse(ids))

    def _prepare_invoice_lines(self, charges, move_type):
        """Yield the values of the lines; contracts that share one are headed."""
        headed = self.browse()
        for contract, vals in charges:
            if len(self) > 1 and contract != headed:
                headed = contract
                yield contract._prepare_section_vals()
            yield contract._prepare_invoice_line_vals(vals, move_type)

    def _prepare_section_vals(self):
        self.ensure_one()
        lang = self.partner_invoice_id.lang or self.env.lang
        env = self.with_context(lang=lang).env
        name = env._("Contract %s", self.display_name)
        if self.customer_reference:
            name = env._(
                "%(contract)s, your reference %(reference)s",
                contract=name,
                reference=self.customer_reference,
            )
        return {"display_type": "line_section", "name": name}

    def _prepare_invoice_line_vals(self, vals, move_type):
        """Return an invoice line whose quantity x price, rounded, is the amount.

        The quantity is rounded to the unit's digits, the price takes what is left
        and is never negative (EN 16931, BR-27): the sign is on the quantity.
        """
        position = self.env["msp.contract.position"].browse(vals["position_id"])
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        amount = to_decimal(vals["amount"])
        quantity = round(to_decimal(vals["quantity"]), digits)
        quantity = abs(quantity) or 1
        sign = (-1 if amount < 0 else 1) * (-1 if move_type == "out_refund" else 1)
        line_vals = {
            "product_id": position.product_id.id,
            "product_uom_id": position.product_uom_id.id,
            "name": vals["name"],
            "quantity": float(quantity * sign),
            "price_unit": float(abs(amount) / quantity),
            "discount": 0.0,
            "tax_ids": vals["tax_ids"],
            "msp_contract_id": self.id,
            "msp_period_start": vals["date_start"],
            "msp_period_end": vals["date_end"],
        }
        if distribution := position._get_analytic_distribution():
            line_vals["analytic_distribution"] = distribution
        return line_vals
