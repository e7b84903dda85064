from datetime import datetime, time

from odoo import api, fields, models

from odoo.addons.msp_contract_billing.models.msp_vendor_warning import Reduction


class MspImportChange(models.Model):
    """Proposals that take away what the vendor goes on charging are marked."""

    _inherit = "msp.import.change"

    vendor_warning = fields.Char(
        "Still Charged",
        compute="_compute_vendor_warning",
        help="What the vendor charges until the end of its term although the file says "
        "that there are fewer units.",
    )

    note = fields.Char("Notes", compute="_compute_note")

    @api.depends("error", "vendor_warning")
    def _compute_note(self):
        for change in self:
            notes = filter(None, (change.error, change.vendor_warning))
            change.note = ". ".join(notes) or False

    @api.depends("position_id", "kind", "quantity", "old_quantity", "date_start")
    @api.depends_context("lang")
    def _compute_vendor_warning(self):
        fewer = self.filtered(
            lambda change: (
                change.position_id
                and change.state in ("proposed", "waiting", "failed")
                and change.kind in ("set", "end")
                and change.quantity < change.old_quantity
            )
        )
        # What a file reports was decided on its own day, however late it is read.
        found = self.env["msp.vendor.commitment"]._find_warnings(
            [
                Reduction(
                    change.position_id,
                    change.quantity,
                    change.date_start,
                    now=datetime.combine(change.date_start, time.min),
                )
                for change in fewer
            ]
        )
        texts = dict(zip(fewer, found, strict=True))
        for change in self:
            change.vendor_warning = " ".join(texts.get(change, ())) or False

    @api.depends("vendor_warning")
    def _compute_summary(self):
        super()._compute_summary()
        for change in self.filtered("vendor_warning"):
            change.summary = f"{change.summary}. {change.vendor_warning}"
