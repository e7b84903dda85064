from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from odoo.addons.msp_contract_billing.models.wording import format_number

VERDICTS = [("todo", "To Look At"), ("right", "Right"), ("wrong", "Wrong")]


class MspReconciliationSample(models.Model):
    """One row of a month, looked at by somebody before the month is signed off.

    Drawn by chance, but the same rows whenever it is drawn: nobody chooses them.
    """

    _name = "msp.reconciliation.sample"
    _description = "Row of a sample check"
    _inherit = ("msp.derived.mixin", "msp.action.mixin")
    _order = "reconciliation_id, verdict desc, id"

    reconciliation_id = fields.Many2one(
        "msp.reconciliation",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    company_id = fields.Many2one(related="reconciliation_id.company_id", store=True)
    charge_id = fields.Many2one(
        "msp.provider.charge",
        "Row",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    import_id = fields.Many2one(related="charge_id.import_id")
    row_label = fields.Char(related="charge_id.row_label", string="Row of File")
    partner_id = fields.Many2one(related="charge_id.partner_id")
    product_id = fields.Many2one(related="charge_id.product_id")
    contract_id = fields.Many2one(related="charge_id.position_id.contract_id")
    currency_id = fields.Many2one(related="charge_id.currency_id")
    billed_cost = fields.Monetary(related="charge_id.billed_cost")
    raw_text = fields.Text(related="charge_id.raw_text", string="As in the File")
    verdict = fields.Selection(VERDICTS, required=True, default="todo", readonly=True)
    remark = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users", "Looked At By", ondelete="restrict", readonly=True
    )
    looked_at = fields.Datetime("On", readonly=True)
    evidence = fields.Html(compute="_compute_evidence", sanitize=False)

    _charge_unique = models.Constraint(
        "UNIQUE (reconciliation_id, charge_id)", "The row is in the sample already."
    )

    @api.depends("charge_id")
    def _compute_display_name(self):
        for one in self:
            one.display_name = one.row_label

    @api.depends("charge_id")
    @api.depends_context("lang", "uid")
    def _compute_evidence(self):
        """Put side by side: row, version, charges, lines of documents.

        Whoever may not see a contract or an invoice does not see it here.
        """
        for one in self:
            row = one.charge_id
            charges = row.msp_charge_ids._filtered_access("read")
            bills = row.import_id.bill_ids._filtered_access("read")
            one.evidence = self.env["ir.qweb"]._render(
                "msp_reconciliation.sample_evidence",
                {
                    "row": row,
                    "version": row.version_id._filtered_access("read"),
                    "position": row.position_id._filtered_access("read"),
                    "contents": one._find_contents(),
                    "charges": charges,
                    "lines": charges.move_line_id._filtered_access("read"),
                    "bills": bills._msp_stands(),
                    "format_days": one._format_days,
                    "number": partial(format_number, self.env),
                },
            )

    def _find_contents(self):
        """Return the lines of the contract that hold on days of the row."""
        row = self.charge_id
        return self.env["msp.contract.line"].search(
            [
                ("position_id", "=", row.position_id.id),
                ("date_start", "<=", row.charge_date_end or row.charge_period_start),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", row.charge_period_start),
            ]
        )

    def _format_days(self, record):
        first = format_date(self.env, record.date_start)
        if not record.date_end:
            return self.env._("from %s on", first)
        return f"{first} – {format_date(self.env, record.date_end)}"

    # Looking at it

    def action_right(self):
        return self._judge("right", False)

    def action_wrong(self):
        """Open the question what is wrong."""
        return self._action_ask(
            self.env._("What Is Wrong"),
            "msp.reconciliation.sample.judge",
            {"default_sample_ids": [fields.Command.set(self.ids)]},
        )

    def _judge(self, verdict, remark):
        """Say what was seen; return the next row that nobody has looked at, if any."""
        self.reconciliation_id._check_open()
        if not self.env.user.has_group("msp_contract_billing.group_billing_clerk"):
            raise AccessError(
                self.env._("Only billing clerks and accountants check samples.")
            )
        self.check_access("read")
        if verdict == "wrong" and not (remark or "").strip():
            raise UserError(self.env._("Say what is wrong with the row."))
        self._system_write(
            {
                "verdict": verdict,
                "remark": remark,
                "user_id": self.env.user.id,
                "looked_at": fields.Datetime.now(),
            }
        )
        action = self.reconciliation_id[:1].action_check_sample()
        views = [(False, mode) for mode in action["view_mode"].split(",")]
        return {
            "type": "ir.actions.client",
            "tag": "msp_next_sample",
            "params": {"action": {**action, "views": views}},
        }


class MspReconciliation(models.Model):
    _inherit = "msp.reconciliation"

    sample_ids = fields.One2many(
        "msp.reconciliation.sample", "reconciliation_id", "Sampled Rows"
    )
    sample_count = fields.Integer("Sample Size", compute="_compute_sample")
    sample_todo = fields.Integer("To Look At", compute="_compute_sample")
    sample_wrong = fields.Integer("Wrong in Sample", compute="_compute_sample")

    @api.depends("sample_ids.verdict")
    def _compute_sample(self):
        counts = {
            (one, verdict): count
            for one, verdict, count in self.env[
                "msp.reconciliation.sample"
            ]._read_group(
                [("reconciliation_id", "in", self.ids)],
                ["reconciliation_id", "verdict"],
                ["__count"],
            )
        }
        for one in self:
            verdicts = [counts.get((one, name), 0) for name, _label in VERDICTS]
            one.sample_todo, _right, one.sample_wrong = verdicts
            one.sample_count = sum(verdicts)

    def _draw_sample(self):
        """Bring the sample to the size the company wants; what was looked at stays."""
        self.ensure_one()
        if not self.import_ids:
            return
        self.env.flush_all()
        # The order follows from ids that nobody chooses, so it is by chance and the
        # same for whoever draws.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, count(*) OVER () FROM msp_provider_charge
                 WHERE import_id IN %(imports)s AND known_charge_id IS NULL
                   AND superseded_by_id IS NULL
                 ORDER BY md5(%(seed)s || id) LIMIT %(most)s
                """,
                imports=tuple(self.import_ids.ids),
                seed=f"{self.provider_id.code} {self.month} ",
                most=max(self.company_id.msp_sample_max, 1),
            )
        )
        size = self.company_id._get_sample_size(rows[0][1] if rows else 0)
        wanted = [row_id for row_id, _count in rows[:size]]
        model = self.env["msp.reconciliation.sample"]
        known = self.sample_ids.charge_id.ids
        outdated = self.sample_ids.filtered(
            lambda one: one.verdict == "todo" and one.charge_id.id not in wanted
        )
        outdated._system_unlink()
        model._system_create(
            [
                {"reconciliation_id": self.id, "charge_id": row_id}
                for row_id in wanted
                if row_id not in known
            ]
        )

    def action_check_sample(self):
        """Open the first row that nobody has looked at, else all rows of the sample."""
        self.ensure_one()
        self.check_access("read")
        if not self.sample_ids and self.state != "signed":
            self.check_access("write")
            self._check_open()
            self._draw_sample()
        todo = self.sample_ids.filtered(lambda one: one.verdict == "todo")[:1]
        name = self.env._("Sample of %s", self.name)
        if todo:
            return {**self._action_open(todo), "name": name}
        return self.action_view_sample()

    def action_view_sample(self):
        return self._action_view(
            self.env._("Sample of %s", self.name),
            "msp.reconciliation.sample",
            [("reconciliation_id", "=", self.id)],
        )
