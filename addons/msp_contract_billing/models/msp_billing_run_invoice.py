from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .res_company import GOALS

STEPS = [
    ("draft", "Draft"),
    ("posted", "Posted"),
    ("rendered", "PDF made"),
    ("sent", "Sent"),
    ("cancelled", "Cancelled"),
]

#: Of a notification whose mail did not arrive.
FAILED = ("exception", "bounce")


class MspBillingRunInvoice(models.Model):
    """One invoice of a run: how far it is, how far it may go, what kept it."""

    _name = "msp.billing.run.invoice"
    _description = "Invoices of a billing run"
    _inherit = ["msp.action.mixin", "msp.derived.mixin"]
    _order = "run_id desc, id"
    _rec_name = "move_id"

    run_id = fields.Many2one(
        "msp.billing.run", required=True, ondelete="cascade", index=True
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True)
    partner_id = fields.Many2one(related="move_id.partner_id", string="Customer")
    invoice_date = fields.Date(related="move_id.invoice_date")
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount_total = fields.Monetary(related="move_id.amount_total_in_currency_signed")
    goal = fields.Selection(GOALS, "Is To", required=True, default="send")
    step = fields.Selection(STEPS, compute="_compute_step", store=True)
    is_rendered = fields.Boolean(
        compute="_compute_documents", store=True, readonly=False
    )
    sent_at = fields.Datetime(compute="_compute_documents", store=True, readonly=False)
    is_printed = fields.Boolean(
        "On Paper", help="The customer gets invoices on paper; Print makes one PDF."
    )
    message_id = fields.Many2one("mail.message", index="btree_not_null", readonly=True)
    error = fields.Text("Problem")
    mail_problem = fields.Char(
        compute="_compute_mail_problem", search="_search_mail_problem"
    )

    _move_unique = models.Constraint(
        "UNIQUE (move_id)", "An invoice belongs to one run."
    )
    _sent_idx = models.Index("(company_id, sent_at) WHERE sent_at IS NOT NULL")

    def _refuse(self):
        raise UserError(
            self.env._(
                "How far an invoice is follows from the steps of the run and cannot be "
                "entered. Use the buttons."
            )
        )

    @api.depends("move_id.state")
    def _compute_documents(self):
        """An invoice that was reset to draft has neither PDF nor was it sent."""
        for row in self:
            is_posted = row.move_id.state == "posted"
            row.is_rendered = is_posted and row.is_rendered
            row.sent_at = is_posted and row.sent_at

    @api.depends("move_id.state", "is_rendered", "sent_at")
    def _compute_step(self):
        for row in self:
            state = row.move_id.state
            if state == "posted":
                row.step = (
                    "sent"
                    if row.sent_at
                    else "rendered"
                    if row.is_rendered
                    else "posted"
                )
            else:
                row.step = "cancelled" if state == "cancel" else "draft"

    def _failed_notifications(self):
        # sudo: notifications belong to their recipients; clerks see what failed
        return self.sudo().message_id.notification_ids.filtered(
            lambda one: one.notification_status in FAILED
        )

    @api.depends("message_id.notification_ids.notification_status")
    def _compute_mail_problem(self):
        for row in self:
            failed = row._failed_notifications()
            row.mail_problem = "; ".join(
                f"{one.res_partner_id.display_name}: "
                f"{one.failure_reason or one.format_failure_reason()}"
                for one in failed
            )

    def _search_mail_problem(self, operator, value):
        if operator not in ("in", "not in") or set(value) - {False, ""}:
            return NotImplemented
        self.flush_model(["message_id"])
        self.env["mail.notification"].flush_model(["notification_status"])
        # "not in [False]" asks for those with a problem.
        return [
            (
                "id",
                "in" if operator == "not in" else "not in",
                SQL(
                    "(SELECT row.id FROM msp_billing_run_invoice row "
                    "JOIN mail_notification one "
                    "ON one.mail_message_id = row.message_id "
                    "WHERE one.notification_status IN %s)",
                    FAILED,
                ),
            )
        ]

    @api.model
    def _append(self, run, goals):
        """Add the new drafts of a run.

        :param goals: list of (move, how far it may go)
        """
        return self._system_create(
            [
                {
                    "run_id": run.id,
                    "move_id": move.id,
                    "company_id": run.company_id.id,
                    "goal": goal,
                    "is_printed": move._msp_is_printed(),
                }
                for move, goal in goals
            ]
        )

    # Buttons

    def action_open_invoice(self):
        self.ensure_one()
        return self._action_open(self.move_id)

    def action_retry(self):
        """Try again what failed, from where each invoice is.

        The others of a selection are left alone, as nothing asked to post them.
        """
        failed = self.filtered(lambda row: row.error or row.mail_problem)
        for run, rows in failed.grouped("run_id").items():
            run._check_state("created", "posted", "rendered", "sent")
            rows._system_write({"error": False})
            rows._send_again()
            step = rows._next_step()
            if step:
                run._start(step)
        return True

    def _next_step(self):
        """Return the first step that any of the invoices still has to take."""
        order = {"draft": "post", "posted": "render", "rendered": "send"}
        steps = {order.get(row.step) for row in self if row.goal != "draft"}
        return next((step for step in order.values() if step in steps), None)

    def _send_again(self):
        """Put mails that could not be delivered into the queue again."""
        failed = self._failed_notifications()
        # sudo: mails belong to the system
        mails = failed.mail_mail_id.sudo().filtered(
            lambda mail: mail.state in ("exception", "cancel")
        )
        mails.mark_outgoing()
        queued = failed.filtered(lambda one: one.mail_mail_id in mails)
        queued.write({"notification_status": "ready", "failure_reason": False})
        lost = self.filtered(
            lambda row: failed.filtered(
                lambda one: one.mail_message_id == row.message_id and one not in queued
            )
        )
        # Their mail is gone: it is made again.
        lost._system_write({"sent_at": False, "message_id": False})
        if mails:
            self._wake_mail_queue()

    def _wake_mail_queue(self):
        # sudo: whoever sends invoices may not see scheduled actions
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def action_credit(self):
        """Credit the selected invoices."""
        return self.move_id._msp_action_credit()


class AccountMove(models.Model):
    _inherit = "account.move"

    def _msp_is_printed(self):
        """Return whether the customer gets the invoice on paper."""
        self.ensure_one()
        partner = self.commercial_partner_id.with_company(self.company_id)
        return partner.invoice_sending_method == "manual"
