from odoo import api, fields, models
from odoo.fields import Domain


class MspContract(models.Model):
    """No contract forgotten: active ones that no run has looked at or billed."""

    _inherit = "msp.contract"

    run_line_ids = fields.One2many("msp.billing.run.line", "contract_id")
    is_never_billed = fields.Boolean(
        compute="_compute_is_never_billed", search="_search_is_never_billed"
    )
    is_forgotten = fields.Boolean(
        compute="_compute_is_forgotten",
        search="_search_is_forgotten",
        help="Active and begun, never billed, and in no run of the last two months.",
    )

    def _compute_is_never_billed(self):
        never = self.search(self._never_billed_domain() & Domain("id", "in", self.ids))
        for contract in self:
            contract.is_never_billed = contract in never

    def _compute_is_forgotten(self):
        forgotten = self.search(self._forgotten_domain() & Domain("id", "in", self.ids))
        for contract in self:
            contract.is_forgotten = contract in forgotten

    def _search_is_never_billed(self, operator, value):
        return self._search_flag(operator, value, self._never_billed_domain())

    def _search_is_forgotten(self, operator, value):
        return self._search_flag(operator, value, self._forgotten_domain())

    @api.model
    def _search_flag(self, operator, value, domain):
        if operator != "in":
            return NotImplemented
        sides = {True: domain, False: ~domain}
        return Domain.OR(sides[bool(one)] for one in value)

    @api.model
    def _never_billed_domain(self):
        """Return the condition: active, begun, and nothing of it counts as billed."""
        return (
            Domain("state", "=", "active")
            & Domain("date_start", "<=", "today")
            & Domain("charge_ids", "not any", [("counts", "=", True)])
        )

    @api.model
    def _forgotten_domain(self):
        return self._never_billed_domain() & Domain(
            "run_line_ids", "not any", [("run_id.date_until", ">=", "today -2m")]
        )


class MspBillingRun(models.Model):
    _inherit = "msp.billing.run"

    forgotten_count = fields.Integer(compute="_compute_forgotten_count")

    def _compute_forgotten_count(self):
        for run in self:
            run.forgotten_count = self.env["msp.contract"].search_count(
                run._forgotten_of_run_domain()
            )

    def _forgotten_of_run_domain(self):
        return self.env["msp.contract"]._forgotten_domain() & Domain(
            "company_id", "=", self.company_id.id
        )

    def action_view_forgotten(self):
        return self._action_view(
            self.env._("Active, Never Billed, in No Run"),
            "msp.contract",
            self._forgotten_of_run_domain(),
        )
