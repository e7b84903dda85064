from odoo import fields, models


class MspContractVersion(models.Model):
    """A version may be the answer to a finding."""

    _inherit = "msp.contract.version"

    finding_id = fields.Many2one(
        "msp.finding",
        # Findings go with their reconciliation, versions stay.
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )

    def _get_origins(self):
        origins = super()._get_origins()
        for version in self.filtered("finding_id"):
            origins.setdefault(version.id, []).append(version.finding_id)
        return origins

    def _get_fixed_fields(self):
        return (*super()._get_fixed_fields(), "finding_id")
