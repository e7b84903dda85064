from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .msp_billing_run_invoice import FAILED

#: Invoices that are posted, rendered, mailed or deleted in one transaction.
BATCH_SIZES = {"post": 50, "render": 20, "send": 20, "undo": 50}
#: The goals of the invoices that a step is for, and where they are before it.
SCOPES = {
    "post": (("post", "send"), "draft"),
    "render": (("send",), "posted"),
    "send": (("send",), "rendered"),
}


class MspBillingRun(models.Model):
    """Post, make PDFs, send: always in this order, each invoice as far as it may."""

    _inherit = "msp.billing.run"

    draft_count = fields.Integer(compute="_compute_to_do")
    to_post_count = fields.Integer(compute="_compute_to_do")
    to_render_count = fields.Integer(compute="_compute_to_do")
    to_send_count = fields.Integer(compute="_compute_to_do")
    to_print_count = fields.Integer(compute="_compute_to_do")
    invoice_problem_count = fields.Integer(compute="_compute_to_do")
    mail_problem_count = fields.Integer(compute="_compute_to_do")

    @api.depends("invoice_ids.step", "invoice_ids.error", "invoice_ids.mail_problem")
    def _compute_to_do(self):
        rows = self.env["msp.billing.run.invoice"]
        for run in self:
            of_run = [("run_id", "in", run.ids)]
            run.draft_count = rows.search_count(run._scope_domain("undo"))
            run.to_post_count = rows.search_count(run._left_domain("post"))
            run.to_render_count = rows.search_count(run._left_domain("render"))
            run.to_send_count = rows.search_count(run._left_domain("send"))
            run.to_print_count = rows.search_count(run._print_domain())
            run.invoice_problem_count = rows.search_count(
                [*of_run, ("error", "!=", False)]
            )
            run.mail_problem_count = rows.search_count(
                [*of_run, ("mail_problem", "!=", False)]
            )

    def _scope_domain(self, step):
        """Return the invoices that `step` is for, done or not."""
        if step == "undo":
            return [("run_id", "in", self.ids), ("step", "=", "draft")]
        goals, _before = SCOPES[step]
        domain = [("run_id", "in", self.ids), ("goal", "in", goals)]
        return [*domain, ("is_printed", "=", False)] if step == "send" else domain

    def _left_domain(self, step):
        """Return the invoices that `step` has not been taken for."""
        domain = self._scope_domain(step)
        return domain if step == "undo" else [*domain, ("step", "=", SCOPES[step][1])]

    def _rows_domain(self, step):
        """Return the invoices on which `step` is to work, without failed ones."""
        return [*self._left_domain(step), ("error", "=", False)]

    def _rows(self, step, limit=None):
        return self.env["msp.billing.run.invoice"].search(
            self._rows_domain(step), order="id", limit=limit
        )

    def _forget_errors(self, step):
        rows = self.env["msp.billing.run.invoice"].search(
            [*self._left_domain(step), ("error", "!=", False)]
        )
        rows._system_write({"error": False})

    def _has_failures(self, step):
        return bool(
            self.env["msp.billing.run.invoice"].search_count(
                [*self._left_domain(step), ("error", "!=", False)], limit=1
            )
        )

    def _deliver(self, step, method, limit=None):
        """Call `method` on the next invoices; those for which it fails say why.

        :return: whether more are left
        """
        rows = self._rows(step, min(limit or BATCH_SIZES[step], BATCH_SIZES[step]))
        for row, sentence in self._in_halves(rows, method).items():
            row._system_write({"error": sentence})
        return bool(self._rows(step, 1))

    def _post_next_batch(self):
        return self._deliver("post", lambda rows: rows._post())

    def _render_next_batch(self):
        return self._deliver("render", lambda rows: rows._render())

    def _send_next_batch(self):
        """Hand mails to the outgoing queue, as many as this hour allows."""
        room = self._mail_room()
        if room is not None and room <= 0:
            if not self._rows("send", 1):
                return False
            self._system_write({"next_at": self._next_mail_at()})
            self._wake_scheduler(self.next_at)
            return True
        self._system_write({"next_at": False})
        return self._deliver("send", lambda rows: rows._send(), room)

    def _mailed_domain(self):
        """Return the invoices of the company that were mailed in the last hour."""
        since = fields.Datetime.now() - timedelta(hours=1)
        return [
            ("company_id", "=", self.company_id.id),
            ("is_printed", "=", False),
            ("sent_at", ">", since),
        ]

    def _mail_room(self):
        """Return how many invoices may be mailed now, None if there is no limit."""
        limit = self.company_id.msp_mails_per_hour
        if not limit:
            return None
        # sudo: what a record rule hides was sent as well
        rows = self.env["msp.billing.run.invoice"].sudo()
        return limit - rows.search_count(self._mailed_domain())

    def _next_mail_at(self):
        """Return when the oldest mail of the last hour is an hour old."""
        # sudo: as above
        rows = self.env["msp.billing.run.invoice"].sudo()
        oldest = rows.search(self._mailed_domain(), order="sent_at", limit=1)
        start = oldest.sent_at or fields.Datetime.now()
        return start + timedelta(hours=1, seconds=1)

    def _print_domain(self):
        return [
            ("run_id", "in", self.ids),
            ("goal", "=", "send"),
            ("is_printed", "=", True),
            ("step", "=", "rendered"),
        ]

    def action_print(self):
        """Make one PDF of the invoices for customers who want paper."""
        self._check_state("rendered", "sent", "posted", "stopped")
        rows = self.env["msp.billing.run.invoice"].search(self._print_domain())
        if not rows:
            raise UserError(
                self.env._(
                    "No invoice of run %s waits to be printed. Make the PDFs first.",
                    self.name,
                )
            )
        rows._system_write({"sent_at": fields.Datetime.now()})
        rows.move_id.is_move_sent = True
        report = self.env.ref("account.account_invoices")
        return report.report_action(rows.move_id, config=False)


class MspBillingRunInvoice(models.Model):
    """One invoice takes a step."""

    _inherit = "msp.billing.run.invoice"

    def _post(self):
        self.move_id._post(soft=False)

    def _render(self):
        """Make the PDFs and e-invoices with Odoo's own machinery; nothing is sent."""
        moves = self.move_id
        moves.env["account.move.send"]._generate_and_send_invoices(
            moves, sending_methods=["manual"]
        )
        # Odoo takes an invoice with a PDF for one that was sent.
        moves.is_move_sent = False
        for is_printed, rows in self.grouped(
            lambda row: row.move_id._msp_is_printed()
        ).items():
            rows._system_write({"is_rendered": True, "is_printed": is_printed})

    def _send(self):
        """Send what is not on paper, and was not mailed by somebody meanwhile."""
        # The customer may want paper only since a moment ago: Print takes these.
        printed = self.filtered(lambda row: row.move_id._msp_is_printed())
        printed._system_write({"is_printed": True})
        rows = self - printed
        rows -= rows._take_mails_sent_by_hand()
        if rows:
            rows._queue_mails()

    def _take_mails_sent_by_hand(self):
        """Mark as sent, and return, those whose PDF somebody has mailed already."""
        # sudo: notifications belong to their recipients
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "account.move"),
                    ("res_id", "in", self.move_id.ids),
                    ("notification_ids", "!=", False),
                    (
                        "notification_ids",
                        "not any",
                        [("notification_status", "in", FAILED)],
                    ),
                ],
                order="id",
            )
        )
        moves = {move.id: move for move in self.move_id}
        mailed = {
            message.res_id: message
            for message in messages
            if _is_mail_of(message, moves[message.res_id])
        }
        by_hand = self.filtered(lambda row: row.move_id.id in mailed)
        for row in by_hand:
            message = mailed[row.move_id.id]
            row.move_id.is_move_sent = True
            row._system_write({"sent_at": message.date, "message_id": message.id})
        return by_hand

    def _queue_mails(self):
        """Hand the mails to Odoo's outgoing queue, and remember them."""
        # The queue sends after commit: a rolled back batch leaves no mail behind. Odoo
        # posts the message with the context of the invoice, not with the sender's.
        moves = self.move_id.with_context(mail_notify_force_send=False)
        # sudo: just where the messages of others end
        latest = self.env["mail.message"].sudo().search([], order="id desc", limit=1)
        moves.env["account.move.send"]._generate_and_send_invoices(moves)
        messages = self._find_messages(latest.id)
        now = fields.Datetime.now()
        for row in self:
            message = messages.get(row.move_id.id)
            if not message and row.move_id._msp_is_mailed():
                row._system_write({"error": row._describe_no_address()})
                continue
            row.move_id.is_move_sent = True
            row._system_write({"sent_at": now, "message_id": message})
        self._wake_mail_queue()

    def _find_messages(self, after):
        """Return {move id: id of the mail's message} of messages made `after`."""
        # sudo: the messages were made a moment ago by the same user
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "account.move"),
                    ("res_id", "in", self.move_id.ids),
                    ("message_type", "=", "comment"),
                    ("id", ">", after),
                ],
                order="id",
            )
        )
        return {message.res_id: message.id for message in messages}

    def _describe_no_address(self):
        self.ensure_one()
        return self.env._(
            "%(invoice)s was not sent, as %(customer)s has no e-mail address. Enter "
            "one and retry, or choose to print the customer's invoices.",
            invoice=self.move_id.name,
            customer=self.move_id.partner_id.display_name,
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    def _msp_is_mailed(self):
        """Return whether the customer gets the invoice by e-mail."""
        self.ensure_one()
        sender = self.env["account.move.send"]
        return "email" in sender._get_default_sending_methods(self)


def _is_mail_of(message, move):
    """Return whether `message` took the present PDF of `move` to its customer."""
    customers = message.notified_partner_ids.commercial_partner_id
    pdf = move.invoice_pdf_report_id
    # Mails carry copies; older ones are of what was reset to draft since.
    return move.commercial_partner_id in customers and any(
        copy.name == pdf.name and copy.id > pdf.id for copy in message.attachment_ids
    )
