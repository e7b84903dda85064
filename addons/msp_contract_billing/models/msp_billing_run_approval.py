from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class MspBillingRun(models.Model):
    """Four eyes: somebody else agrees to a run, and nothing else is billed then."""

    _inherit = "msp.billing.run"

    needs_approval = fields.Boolean(compute="_compute_needs_approval")

    @api.depends("state", "approved_by_id", "line_ids.state")
    def _compute_needs_approval(self):
        for run in self:
            run.needs_approval = (
                run.state in ("preview", "stopped", "created") and run._lacks_approval()
            )

    def _lacks_approval(self):
        """Return whether somebody else has to agree to what the run bills."""
        self.ensure_one()
        company = self.company_id
        if not company.msp_four_eyes or self.approved_by_id:
            return False
        return self._sum_turnover() >= company.msp_four_eyes_amount

    def _sum_turnover(self):
        """Return what the run bills and credits, both counted as positive."""
        counted = [("run_id", "=", self.id), ("state", "in", ("due", "done"))]
        return sum(
            sign
            * self.env["msp.billing.run.line"]._read_group(
                [*counted, ("amount_company", operator, 0)],
                aggregates=["amount_company:sum"],
            )[0][0]
            for sign, operator in ((1, ">"), (-1, "<"))
        )

    def action_approve(self):
        """Let somebody other than who made the preview agree to it."""
        self._check_state("preview", "stopped", "created")
        if self.env.user == self.previewed_by_id:
            raise UserError(
                self.env._(
                    "%(user)s has made the preview of run %(run)s, so somebody else "
                    "has to approve it.",
                    user=self.env.user.name,
                    run=self.name,
                )
            )
        self._system_write(
            {"approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()}
        )
        lines = self.line_ids.filtered(lambda line: line.state == "due")
        lines._system_write({"is_approved": True})
        self.message_post(
            body=self.env._(
                "Approved: %(amount)s for %(count)s contracts.",
                amount=self.currency_id.format(sum(lines.mapped("amount_company"))),
                count=len(lines),
            )
        )
        if self.target:
            self._advance()
        return True

    def _refuse_unapproved(self, lines, looks):
        """Mark as failed, and return, lines that are not what was approved."""
        refused = lines.browse()
        if not self.approved_by_id:
            return self._refuse_beyond_limit(lines, looks)
        for line in lines:
            look = looks[line.contract_id.id]
            due = float(sum(charge.amount for charge in look.charges))
            if not line.is_approved and look.charges:
                sentence = self.env._(
                    "It was not part of what %(user)s approved. Bill it with another "
                    "run.",
                    user=self.approved_by_id.name,
                )
            elif line.currency_id.compare_amounts(due, line.amount):
                sentence = self.env._(
                    "%(due)s is due, but %(user)s approved %(amount)s. Bill it with "
                    "another run.",
                    due=format_amount(self.env, due, line.currency_id),
                    user=self.approved_by_id.name,
                    amount=format_amount(self.env, line.amount, line.currency_id),
                )
            else:
                continue
            line._system_write({"state": "failed", "error": sentence})
            refused += line
        return refused

    def _refuse_beyond_limit(self, lines, looks):
        """Mark as failed, and return, lines by which an approval became needed.

        The preview was below the limit; what is due may have grown since.
        """
        grown = lines.browse()
        if not self.company_id.msp_four_eyes:
            return grown
        turnover, rates = self._sum_turnover(), {}
        for line in lines:
            look = looks[line.contract_id.id]
            if look.blockers:
                continue
            due = float(abs(sum(charge.amount for charge in look.charges)))
            due *= self._rate_of(line.currency_id, rates)
            growth = self.currency_id.round(due - abs(line.amount_company))
            if growth > 0:
                turnover += growth
                grown += line
        if turnover < self.company_id.msp_four_eyes_amount:
            return grown.browse()
        grown._system_write(
            {
                "state": "failed",
                "error": self.env._(
                    "More is due than the preview showed, so that the run needs an "
                    "approval. Bill it with another run."
                ),
            }
        )
        return grown
