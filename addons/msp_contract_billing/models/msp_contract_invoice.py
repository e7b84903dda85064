from odoo import fields, models

from .money import to_decimal


class MspContract(models.Model):
    """From charges that are due to the values of an invoice."""

    _inherit = "msp.contract"

    corrections_with_regular = fields.Boolean(
        "Corrections with Next Invoice",
        help="The regular run bills and credits changes of billed periods as well. "
        "Otherwise only the differential run does.",
    )

    def _get_taxes(self, position):
        """Return the taxes of `position`, mapped by the fiscal position."""
        product = position.product_id.with_company(self.company_id)
        taxes = product.taxes_id.filtered(
            lambda tax: tax.company_id in self.company_id.parent_ids
        )
        return self.fiscal_position_id.map_tax(taxes)

    def _prepare_invoice_vals(self, run, charge_vals):
        """Return the values of the draft that carries `charge_vals`."""
        self.ensure_one()
        total = sum(to_decimal(vals["amount"]) for vals in charge_vals)
        move_type = "out_refund" if total < 0 else "out_invoice"
        corrected = self._corrected_moves(charge_vals)
        single = corrected if len(corrected) == 1 else corrected.browse()
        is_unpaid = single.payment_state == "not_paid"
        return {
            "move_type": move_type,
            "company_id": self.company_id.id,
            "partner_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "currency_id": self.currency_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "invoice_payment_term_id": self.payment_term_id.id,
            "invoice_user_id": self.user_id.id,
            "invoice_date": run.invoice_date,
            "invoice_origin": self.name,
            "ref": self.customer_reference,
            # l10n_de prints the invoice date as delivery date otherwise.
            "delivery_date": max(vals["date_end"] for vals in charge_vals),
            "msp_run_id": run.id,
            "msp_corrected_move_ids": [fields.Command.set(corrected.ids)],
            "reversed_entry_id": move_type == "out_refund" and is_unpaid and single.id,
            "invoice_line_ids": [
                fields.Command.create(
                    self._prepare_invoice_line_vals(vals, move_type, sequence)
                )
                for sequence, vals in enumerate(charge_vals, 1)
            ],
        }

    def _corrected_moves(self, charge_vals):
        """Return the posted invoices that the corrections among the charges name."""
        charge_model = self.env["msp.charge"]
        ids = {
            charge_id
            for vals in charge_vals
            for command in vals["compared_charge_ids"]
            for charge_id in command[2]
        }
        return charge_model._corrected_moves(charge_model.browse(ids))

    def _prepare_invoice_line_vals(self, vals, move_type, sequence):
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
        return {
            "product_id": position.product_id.id,
            "product_uom_id": position.product_uom_id.id,
            "name": vals["name"],
            "quantity": float(quantity * sign),
            "price_unit": float(abs(amount) / quantity),
            "discount": 0.0,
            "tax_ids": vals["tax_ids"],
            "sequence": sequence,
            "msp_contract_id": self.id,
            "msp_period_start": vals["date_start"],
            "msp_period_end": vals["date_end"],
        }
