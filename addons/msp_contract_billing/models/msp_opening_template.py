import base64
import io
from functools import cache

import xlsxwriter

from odoo import fields, models


class MspOpeningImport(models.Model):
    """The table to fill in: every position that nobody has claimed anything for."""

    _inherit = "msp.opening.import"

    template_file = fields.Binary("Template", compute="_compute_template_file")

    def _compute_template_file(self):
        for one in self:
            one.template_file = base64.b64encode(one._make_template())

    def action_template(self):
        """Download a table of what is to be filled in, with amounts proposed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{self.id}/template_file/"
            "opening-claims.xlsx?download=true",
        }

    def _make_template(self):
        output = io.BytesIO()
        book = xlsxwriter.Workbook(output, {"in_memory": True})
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        names_of = cache(self.env["msp.opening.row"]._names_in_template)
        sheet.write_row(0, 0, self._column_titles().values(), bold)
        sheet.set_column(0, 1, 30)
        sheet.set_column(2, 5, 14)
        for number, (contract, position, start, end, amount) in enumerate(
            self._propose_rows(), 1
        ):
            # Written as text: a name may look like a formula.
            sheet.write_string(number, 0, contract.name)
            sheet.write_string(number, 1, names_of(contract)[position])
            sheet.write_datetime(number, 2, start, day)
            sheet.write_datetime(number, 3, end, day)
            if amount is not None:
                sheet.write_number(number, 4, float(amount))
        book.close()
        return output.getvalue()

    def _propose_rows(self):
        """Return (contract, position, first day, last day, amount) without claims."""
        self.ensure_one()
        contracts = self.env["msp.contract"].search(
            [("company_id", "=", self.company_id.id), ("state", "=", "active")]
        )
        claimed = {
            position.id
            for (position,) in self.env["msp.charge"]._read_group(
                [("contract_id", "in", contracts.ids), ("counts", "=", True)],
                ["position_id"],
            )
        }
        positions = contracts.position_ids.filtered(
            lambda one: (
                one.id not in claimed
                and one.date_start
                and one.date_start <= self.date_until
            )
        )
        ranges = [
            (
                one.id,
                one.date_start,
                min(self.date_until, one.date_end or self.date_until),
            )
            for one in positions
        ]
        amounts = positions.contract_id._entitled_on(ranges)
        return [
            (one.contract_id, one, start, end, amount)
            for one, (_id, start, end), amount in zip(
                positions, ranges, amounts, strict=True
            )
        ]
