from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

STATES = [
    ("due", "Due"),
    ("done", "Invoiced"),
    ("held", "Waiting"),
    ("excluded", "Left out"),
    ("blocked", "Blocked"),
    ("failed", "Failed"),
]


class MspBillingRunLine(models.Model):
    """One contract in a run: what is due, what became of it."""

    _name = "msp.billing.run.line"
    _description = "Contracts of a billing run"
    _inherit = ["msp.action.mixin", "msp.derived.mixin", "msp.bulk.mixin"]
    _order = "run_id desc, is_outlier desc, deviation_size desc, id"
    _rec_name = "contract_id"

    run_id = fields.Many2one(
        "msp.billing.run", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(related="run_id.kind")
    run_state = fields.Selection(related="run_id.state", string="Step of the Run")
    company_id = fields.Many2one("res.company", required=True)
    contract_id = fields.Many2one(
        "msp.contract", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one("res.partner", "Customer")
    user_id = fields.Many2one("res.users", "Account Manager")
    # Contracts with an equal text may share an invoice.
    sharing_key = fields.Char(required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    state = fields.Selection(STATES, required=True, default="due")
    error = fields.Text("Problem")
    is_approved = fields.Boolean("Approved")
    amount = fields.Monetary(
        aggregator=None,
        help="As the contract's prices are: untaxed, or with tax where the product's "
        "prices include it.",
    )
    amount_company = fields.Monetary(
        "Amount in Company Currency", currency_field="company_currency_id"
    )
    charge_count = fields.Integer("Charges")
    correction_count = fields.Integer("Corrections")
    position_count = fields.Integer("Positions")
    hold_count = fields.Integer("Positions on Hold")
    hold_amount = fields.Monetary(
        "Amount on Hold", currency_field="company_currency_id"
    )
    wait_count = fields.Integer("Positions Waiting")
    wait_amount = fields.Monetary(
        "Amount Waiting", currency_field="company_currency_id"
    )
    period_count = fields.Integer(
        "Periods",
        default=1,
        aggregator=None,
        help="How many periods the run bills at once.",
    )
    amount_before = fields.Monetary(
        "Before",
        aggregator=None,
        help="Regular run: what the last one billed for the contract. Differential run: "
        "what was billed for the periods that changed.",
    )
    deviation = fields.Monetary(
        aggregator=None,
        help="Regular runs are compared per period, as one may catch up several.",
    )
    deviation_size = fields.Monetary(
        "Size of Deviation", currency_field="company_currency_id"
    )
    deviation_percent = fields.Float("Deviation (%)", digits=(16, 1), aggregator=None)
    is_outlier = fields.Boolean("Outlier")
    is_first = fields.Boolean(
        "First Time", help="The contract was never billed by a run before."
    )
    exception_ids = fields.One2many("msp.billing.run.exception", "line_id")
    notes = fields.Char("To Be Noted", compute="_compute_notes")
    move_ids = fields.Many2many(
        "account.move",
        "msp_billing_run_line_move_rel",
        "line_id",
        "move_id",
        "Invoices",
    )

    _contract_unique = models.Constraint(
        "UNIQUE (run_id, contract_id)", "A contract is once in a run."
    )
    _billed_idx = models.Index("(contract_id, id DESC) WHERE state = 'done'")
    _due_idx = models.Index("(run_id, sharing_key, id) WHERE state = 'due'")

    def _refuse(self):
        raise UserError(
            self.env._(
                "What is due is computed by the run and cannot be entered. Change the "
                "contract, or use the buttons of the run."
            )
        )

    @api.depends("exception_ids")
    def _compute_notes(self):
        labels = dict(
            self.env["msp.billing.run.exception"]
            ._fields["code"]
            ._description_selection(self.env)
        )
        for line in self:
            codes = dict.fromkeys(line.exception_ids.mapped("code"))
            line.notes = ", ".join(labels[code] for code in codes)

    def _link_moves(self, moves):
        """Remember the invoices of each line, with one query.

        :param moves: {contract: account.move}
        """
        self.env["account.move"].flush_model(["id"])
        pairs = [
            (line.id, move.id) for line in self for move in moves[line.contract_id]
        ]
        if pairs:
            field = self._fields["move_ids"]
            insert = SQL(
                "INSERT INTO %s (%s, %s) VALUES ",
                SQL.identifier(field.relation),
                SQL.identifier(field.column1),
                SQL.identifier(field.column2),
            )
            self.env.cr.execute_values(f"{insert.code}%s", pairs, page_size=len(pairs))
        self.invalidate_recordset(["move_ids"])

    # Decisions of the clerk

    def action_exclude(self):
        """Leave contracts out of this run; the next one finds them again."""
        self._check_run("preview", "stopped", "created")
        self.filtered(lambda line: line.state == "due")._system_write(
            {"state": "excluded"}
        )
        return True

    def action_include(self):
        """Take contracts that were left out into the run again."""
        self._check_run("preview", "stopped", "created")
        self.filtered(lambda line: line.state == "excluded")._system_write(
            {"state": "due"}
        )
        return True

    def action_retry(self):
        """Bill those that failed or were blocked, once the cause is gone."""
        self._check_run("created", "posted", "rendered", "sent")
        tried = self.filtered(
            lambda line: line.state in ("failed", "blocked", "excluded")
        )
        tried._system_write({"state": "due", "error": False})
        for run in tried.run_id:
            run._start("create")
        return True

    def action_with_regular(self):
        """Leave the corrections for the contracts' next regular invoice."""
        return self._decide_when(True)

    def action_now(self):
        """Bill and credit the corrections now after all."""
        return self._decide_when(False)

    def _decide_when(self, with_regular):
        self._check_run("preview")
        if set(self.run_id.mapped("kind")) != {"differential"}:
            raise UserError(
                self.env._("Only corrections of a differential run can be put off.")
            )
        # sudo: billing clerks may not change contracts, but decide when to bill
        chosen = self.filtered(lambda line: line.state != "excluded")
        chosen.contract_id.sudo().corrections_once = with_regular
        for run, lines in chosen.grouped("run_id").items():
            run._look_again(lines)
        return True

    def _check_run(self, *states):
        for run in self.run_id:
            run._check_state(*states)
            if run.approved_by_id and run.state == "preview":
                # What was approved is what was seen.
                run._system_write({"approved_by_id": False, "approved_at": False})
                run.line_ids._system_write({"is_approved": False})

    def action_open_contract(self):
        self.ensure_one()
        return self._action_open(self.contract_id)

    def action_open_run(self):
        self.ensure_one()
        return self._action_open(self.run_id)
