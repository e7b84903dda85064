from odoo import fields, models

from .msp_contract_waiting import Held, Waiting
from .res_company import GROUPINGS


class MspContract(models.Model):
    """Which charges share an invoice, and on which days a customer gets one."""

    _inherit = "msp.contract"

    invoice_grouping = fields.Selection(
        GROUPINGS,
        help="Which charges share an invoice. Empty: as the customer's or the company's "
        "settings say.",
    )

    def _get_invoice_grouping(self):
        self.ensure_one()
        return (
            self.invoice_grouping
            or self.commercial_partner_id.msp_invoice_grouping
            or self.company_id.msp_invoice_grouping
        )

    def _get_sharing_key(self):
        """Return a text that is equal for contracts which may share an invoice.

        They are billed in one batch, and succeed or fail together.
        """
        self.ensure_one()
        if self._get_invoice_grouping() in ("customer", "order"):
            return f"customer {self.commercial_partner_id.id}"
        return f"contract {self.id}"

    def _get_invoice_key(self, vals):
        """Return what charges on one invoice have in common.

        :param vals: values of a charge of this contract
        """
        self.ensure_one()
        customer = self.commercial_partner_id
        position = self.env["msp.contract.position"].browse(vals["position_id"])
        grouping = self._get_invoice_grouping()
        own = {
            "contract": (self.id,),
            "customer": (customer.id,),
            "environment": (self.id, position.environment_id.id),
            # Two customers whose bills one company pays stay apart.
            "order": (
                customer.id,
                position.purchase_order or self.customer_reference or f"#{self.id}",
            ),
        }[grouping]
        month = vals["date_start"].replace(day=1) if customer.msp_split_months else None
        return (
            self.partner_invoice_id.id,
            self.currency_id.id,
            # A correction has that of what it corrects.
            vals["fiscal_position_id"],
            self.payment_term_id.id,
            grouping,
            own,
            month,
        )

    def _hold_until_invoice_day(self, due, invoice_date):
        """Return `due`, all of it waiting if the customer's day has not come."""
        self.ensure_one()
        day = self.commercial_partner_id.msp_invoice_day
        if not day or invoice_date.day >= day:
            return due
        waiting = Waiting(
            "invoice_day",
            self.env._(
                "%(customer)s gets invoices from day %(day)s of the month on. A run "
                "with an invoice date from then on bills it.",
                customer=self.commercial_partner_id.display_name,
                day=day,
            ),
        )
        held = [Held(charge, waiting) for charge in due.charges]
        return due._replace(charges=[], held=[*due.held, *held])
