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
        bills = origins.import_id.bill_ids._msp_stands()
        readable = self._readable(bills)
        by_invoice = {
            (bill.msp_import_id.id, bill.msp_file_number, bill.currency_id.id): bill
            for bill in bills
        }
        label = self.env._("Booked on vendor bill")
        for row_id, row in read.items():
            number = row.import_id._bill_number(row.invoice_id)
            bill = by_invoice.get((row.import_id.id, number, row.currency_id.id))
            if not bill:
                continue
            node = self._hidden("document", label, self._move_title(bill))
            if bill.id in readable:
                node = self._bill_node(row, bill, label)
            result.setdefault(row_id, []).append(node)
        return result

    @api.model
    def _bill_node(self, row, bill, label):
        line = self._find_bill_line(row, bill)
        return Node(
            "document",
            label,
            self._move_title(bill),
            [bill.partner_id.display_name, *(line.name or "").split("\n")],
            day=bill.invoice_date,
            record=bill.with_env(self.env),
            children=[self._item_node(line, self.env._("Booked as"))] if line else (),
        )

    @api.model
    def _find_bill_line(self, row, bill):
        """Return the line of a bill that adds up `row` with others.

        Empty if people have changed the lines so that it cannot be told.
        """
        label = row.sku_name or row.service_name or row.sku_id
        lines = bill.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and line.product_id == row.product_id
                and (line.product_id or (line.name or "").partition("\n")[0] == label)
            )
        ).sorted("sequence")
        if len(lines) == 2:
            # Credits and corrections stand apart, behind the rest.
            is_correction = row.event == "credit" or row.charge_class == "Correction"
            return lines[1 if is_correction else 0]
        return lines if len(lines) == 1 else lines.browse()
