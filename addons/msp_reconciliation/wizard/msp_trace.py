from odoo import api, models

from odoo.addons.msp_contract_billing.wizard.msp_trace_node import Node


class MspTrace(models.TransientModel):
    """Rows of a provider's file lead to the vendor bill that books them."""

    _inherit = "msp.trace"

    @api.model
    def _trace_row_documents(self, rows):
        result = super()._trace_row_documents(rows)
        # Rows that an import had read before are on the bill of that import.
        read = {row.id: row.known_charge_id or row for row in rows}
        origins = rows.union(*read.values())
        bills = origins.bill_line_id.move_id._msp_stands()
        readable = self._readable(bills)
        label = self.env._("Booked on vendor bill")
        for row_id, row in read.items():
            line = row.bill_line_id
            bill = line.move_id & bills
            if not bill:
                continue
            node = self._hidden("document", label, self._move_title(bill))
            if bill.id in readable:
                node = self._bill_node(line, bill, label)
            result.setdefault(row_id, []).append(node)
        return result

    @api.model
    def _bill_node(self, line, bill, label):
        return Node(
            "document",
            label,
            self._move_title(bill),
            [bill.partner_id.display_name, *(line.name or "").split("\n")],
            day=bill.invoice_date,
            record=bill.with_env(self.env),
            children=[self._item_node(line, self.env._("Booked as"))],
        )
