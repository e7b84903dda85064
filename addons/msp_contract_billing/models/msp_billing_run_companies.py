from odoo import fields, models
from odoo.exceptions import UserError


class MspBillingRun(models.Model):
    """The same run for several companies.

    One each, as journal, numbers, taxes and approval are the company's own.
    """

    _inherit = "msp.billing.run"

    other_company_ids = fields.Many2many(
        "res.company",
        "msp_billing_run_other_company_rel",
        "run_id",
        "company_id",
        "Also For",
        copy=False,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
        help="Preview makes a run of the same selection for each of these companies.",
    )

    def action_preview(self):
        """Compute what is due here, and make the runs of the other companies."""
        others = self.other_company_ids - self.company_id
        if others and self.contract_ids:
            raise UserError(
                self.env._(
                    "The chosen contracts belong to %(company)s. Choose customers "
                    "instead, or no other company.",
                    company=self.company_id.display_name,
                )
            )
        super().action_preview()
        if not others:
            return True
        self.other_company_ids = False
        runs = self
        for company in others:
            run = self._copy_for(company)
            run.action_preview()
            runs |= run
        return self._action_view(
            self.env._("Billing Runs"), self._name, [("id", "in", runs.ids)]
        )

    def _copy_for(self, company):
        """Return a run of `company` with the same selection."""
        own = {"company_id", "contract_ids", "accounting_date", "journal_id"}
        vals = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in self._selection_fields() - own
        }
        runs = self.with_context(allowed_company_ids=self.env.companies.ids)
        return runs.with_company(company).create({**vals, "company_id": company.id})
