from odoo import fields, models

from .translated import translated

TEXT_CHARS = 8000


class MspImportProblem(models.Model):
    """A row of a file that yielded no charge, or something odd about one."""

    _name = "msp.import.problem"
    _description = "Problems of an import"
    _inherit = "msp.derived.mixin"
    _order = "import_id, severity, row, id"
    _rec_name = "reason"

    import_id = fields.Many2one(
        "msp.import", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    severity = fields.Selection(
        [("error", "Not read"), ("notice", "Check")], required=True
    )
    row = fields.Integer(aggregator=None)
    column = fields.Char()
    value = fields.Char()
    reason = fields.Char()
    record_text = fields.Text("Row as Received")
    currency_id = fields.Many2one("res.currency")
    amount = fields.Monetary(help="Net money of the row, if it could be read.")
    is_ignored = fields.Boolean("Ignored")
    ignore_reason = fields.Char()

    def _prepare_problem_vals(self, import_, problem, texts, currencies):
        return {
            "import_id": import_.id,
            "company_id": import_.company_id.id,
            "severity": "error",
            "row": problem.row,
            "column": problem.column,
            "value": problem.value,
            "reason": translated(self.env, problem.reason),
            "record_text": texts.get(problem.row, "")[:TEXT_CHARS],
            "amount": float(problem.amount or 0),
            "currency_id": currencies.get(problem.currency),
        }

    def _prepare_notice_vals(self, import_, notice):
        return {
            "import_id": import_.id,
            "company_id": import_.company_id.id,
            "severity": "notice",
            "row": notice.row or 0,
            "reason": translated(self.env, notice.reason),
        }

    def _ignore(self, reason):
        """Leave the rows out on purpose; the caller has checked the right."""
        self._system_write({"is_ignored": True, "ignore_reason": reason})

    def action_ignore(self):
        return self.env["msp.import.ignore"]._open(self)
