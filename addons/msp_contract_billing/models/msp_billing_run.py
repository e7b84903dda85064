import logging
import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

_logger = logging.getLogger(__name__)

# One `create` of invoices gains nothing beyond this many.
BATCH_SIZE = 50
# A request works so long, then the scheduler goes on (hard limit: 120 s).
REQUEST_SECONDS = 30

KINDS = [("regular", "Regular"), ("differential", "Differential")]
STATES = [
    ("draft", "Selection"),
    ("preview", "Preview"),
    ("running", "Creating"),
    ("created", "Drafts"),
    ("posted", "Posted"),
]


class MspBillingRun(models.Model):
    """One regular or differential run: selection, preview, invoices, log.

    Both kinds are one computation, entitlement minus claims; they differ in
    which of its results they take.
    """

    _name = "msp.billing.run"
    _description = "Billing run"
    _inherit = ["mail.thread", "msp.batch.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    kind = fields.Selection(KINDS, required=True, default="regular")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_until = fields.Date(
        "Due Until",
        required=True,
        default=fields.Date.context_today,
        help="Bills what is due by the end of this day, months missed before as well.",
    )
    invoice_date = fields.Date(required=True, default=fields.Date.context_today)
    contract_ids = fields.Many2many(
        "msp.contract",
        string="Only Contracts",
        check_company=True,
        help="Empty: all contracts of the company.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Only Customers", help="Empty: all customers."
    )
    state = fields.Selection(STATES, default="draft", readonly=True, copy=False)
    line_ids = fields.One2many("msp.billing.run.line", "run_id", readonly=True)
    move_ids = fields.One2many("account.move", "msp_run_id", "Invoices", readonly=True)
    line_count = fields.Integer(compute="_compute_totals")
    done_count = fields.Integer(compute="_compute_totals")
    failed_count = fields.Integer(compute="_compute_totals")
    held_count = fields.Integer(compute="_compute_totals")
    move_count = fields.Integer(compute="_compute_totals")
    amount_due = fields.Monetary(
        "Due (untaxed)", compute="_compute_totals", help="Sum of the preview."
    )
    amount_billed = fields.Monetary("Billed (untaxed)", compute="_compute_totals")

    @api.depends("line_ids.state", "line_ids.amount", "move_ids.amount_untaxed_signed")
    def _compute_totals(self):
        for run in self:
            lines = run.line_ids
            run.line_count = len(lines)
            run.done_count = len(lines.filtered(lambda line: line.state == "done"))
            run.failed_count = len(lines.filtered(lambda line: line.state == "failed"))
            run.held_count = len(lines.filtered(lambda line: line.state == "held"))
            run.move_count = len(run.move_ids)
            run.amount_due = sum(lines.mapped("amount_company"))
            run.amount_billed = sum(run.move_ids.mapped("amount_untaxed_signed"))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("name"):
                company = vals.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].with_company(company)
                vals["name"] = sequence.next_by_code("msp.billing.run")
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for run in self:
            if run.move_ids:
                raise UserError(
                    self.env._(
                        "Run %(run)s has made %(count)s invoices and stays as their "
                        "record. Delete its drafts first.",
                        run=run.name,
                        count=run.move_count,
                    )
                )

    # Steps

    def action_preview(self):
        """Compute what is due, without taking anything."""
        self.ensure_one()
        self._check_state("draft", "preview")
        self.line_ids.unlink()
        contracts = self._find_contracts()
        lines = []
        for batch in split_every(500, contracts.ids, self.env["msp.contract"].browse):
            lines += self._prepare_preview_vals(batch)
        self.env["msp.billing.run.line"].create(lines)
        self.state = "preview"
        return True

    def action_create_invoices(self):
        """Create the drafts; what takes longer is continued by the scheduler."""
        self.ensure_one()
        self._check_state("preview", "running", "created")
        self.line_ids.filtered(lambda line: line.state == "failed").state = "due"
        self.state = "running"
        deadline = time.monotonic() + REQUEST_SECONDS
        while self._create_next_batch() and time.monotonic() < deadline:
            continue
        if self.state == "running":
            self.env.ref(
                "msp_contract_billing.ir_cron_continue_billing_runs"
            )._trigger()
        return True

    def action_post(self):
        """Post the drafts; one that cannot be posted does not stop the others."""
        self.ensure_one()
        self._check_state("created")
        drafts = self.move_ids.filtered(lambda move: move.state == "draft")
        failures = self._in_halves(drafts, lambda moves: moves._post(soft=False))
        for move, message in failures.items():
            lines = self.line_ids.filtered(lambda line, move=move: line.move_id == move)
            lines.error = message
        if not failures:
            self.state = "posted"
        return True

    def action_delete_drafts(self):
        """Undo: delete the drafts of the run; their periods are open again."""
        self.ensure_one()
        self._check_state("created")
        posted = self.move_ids.filtered(lambda move: move.state != "draft")
        drafts = self.move_ids - posted
        self.line_ids.filtered(lambda line: line.move_id in drafts).state = "due"
        drafts.unlink()
        self.state = "posted" if posted else "preview"
        return True

    def action_view_invoices(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "name": self.env._("Invoices of %s", self.name),
            "view_mode": "list,form",
            "domain": [("msp_run_id", "in", self.ids)],
            "context": {"create": False},
        }

    def _check_state(self, *states):
        if self.state in states:
            return
        labels = dict(self._fields["state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "Run %(run)s is at step %(state)s, where this is not possible. Reload "
                "the page.",
                run=self.name,
                state=labels[self.state],
            )
        )

    # What is due

    def _contract_domain(self):
        domain = fields.Domain("company_id", "=", self.company_id.id) & (
            fields.Domain("state", "=", "active")
            | fields.Domain("charge_ids.counts", "=", True)
        )
        if self.contract_ids:
            domain &= fields.Domain("id", "in", self.contract_ids.ids)
        if self.partner_ids:
            domain &= fields.Domain("partner_id", "child_of", self.partner_ids.ids)
        return domain

    def _find_contracts(self):
        return self.env["msp.contract"].search(self._contract_domain(), order="id")

    def _prepare_preview_vals(self, contracts):
        charge_model = self.env["msp.charge"]
        found = contracts._compute_due(self.date_until, self.kind)
        vals_list = []
        for contract in contracts:
            due = found[contract.id]
            if not any(due):
                continue
            state = "failed" if due.error else "due" if due.charges else "held"
            preview = [
                self._format_preview(charge_model, contract, charge)
                for charge in due.charges
            ]
            vals_list.append(
                {
                    "run_id": self.id,
                    "contract_id": contract.id,
                    "state": state,
                    "error": due.error,
                    "amount": float(sum(charge.amount for charge in due.charges)),
                    "charge_count": len(due.charges),
                    "preview": "\n\n".join(preview),
                }
            )
        return vals_list

    def _format_preview(self, charge_model, contract, charge):
        claims = charge_model.browse([claim.key for claim in charge.claims])
        amount = charge_model._format_price(self.env, contract, charge.amount)
        return f"{charge_model._explain(contract, charge, claims)}\n= {amount}"

    # Invoices

    def _create_next_batch(self):
        """Bill the next contracts; return whether more are waiting."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.state == "due")[:BATCH_SIZE]
        failures = self._in_halves(lines, self._bill)
        for line, message in failures.items():
            line.write({"state": "failed", "error": message})
        waiting = self.line_ids.filtered(lambda line: line.state == "due")
        if not waiting:
            self.state = "created"
        return bool(waiting)

    def _bill(self, lines):
        """Create the drafts and charges of `lines`; all or nothing."""
        contracts = lines.contract_id
        contracts._lock_ledger()
        found = contracts._compute_due(self.date_until, self.kind)
        charge_vals = {}
        for contract in contracts:
            if found[contract.id].error:
                raise UserError(found[contract.id].error)
            if charges := found[contract.id].charges:
                charge_vals[contract] = [
                    {**vals, "run_id": self.id}
                    for vals in contract._prepare_charge_vals(charges)
                ]
        moves = self._create_moves(charge_vals)
        self.env["msp.charge"]._append(
            [vals for of_contract in charge_vals.values() for vals in of_contract]
        )
        for line in lines:
            move = moves.get(line.contract_id)
            is_held = not move and found[line.contract_id.id].held
            line.write(
                {
                    "state": "held" if is_held else "done",
                    "move_id": move and move.id,
                    "error": False,
                }
            )

    def _create_moves(self, charge_vals):
        """Create one draft per contract and give each charge its line.

        :param charge_vals: {contract: [values of a charge]}; gets `move_line_id`
        :return: {contract: account.move}
        """
        moves = (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                [
                    contract._prepare_invoice_vals(self, vals_list)
                    for contract, vals_list in charge_vals.items()
                ]
            )
        )
        for move, (contract, vals_list) in zip(moves, charge_vals.items(), strict=True):
            lines = move.invoice_line_ids.filtered(
                lambda line: line.display_type == "product"
            ).sorted("sequence")
            for line, vals in zip(lines, vals_list, strict=True):
                if not line.currency_id.is_zero(line._msp_amount() - vals["amount"]):
                    raise UserError(
                        self.env._(
                            "Contract %(contract)s: the invoice line came out at "
                            "%(line)s instead of %(amount)s. Check the decimal "
                            "places of the unit of measure.",
                            contract=contract.display_name,
                            line=line._msp_amount(),
                            amount=vals["amount"],
                        )
                    )
                vals["move_line_id"] = line.id
        return dict(zip(charge_vals, moves, strict=True))

    # Scheduler

    @api.model
    def _cron_continue_runs(self):
        """Continue runs that were too long for one request."""
        commit_progress = self.env["ir.cron"]._commit_progress
        run = self.search([("state", "=", "running")], order="id", limit=1)
        if not run:
            return
        waiting = run.line_ids.filtered(lambda line: line.state == "due")
        commit_progress(remaining=len(waiting))
        # The run belongs to whoever started it; so do its invoices and its log.
        run = run.with_user(run.create_uid).with_company(run.company_id)
        if not run._take_batch(run._create_next_batch):
            return
        commit_progress(min(BATCH_SIZE, len(waiting)))
        if run.state == "running":
            self.env.ref(
                "msp_contract_billing.ir_cron_continue_billing_runs"
            )._trigger()
