from odoo import api, fields, models

from odoo.addons.account.models.account_move import PAYMENT_STATE_SELECTION

from .account_move_line import READERS
from .msp_contract_waiting import company_today


class MspContractInvoice(models.Model):
    """A contract's share of an invoice or credit note, and what of it is paid.

    Of an invoice that several contracts share, each has the share of total and open
    amount that its lines have of all lines of contracts, with tax; lines that belong to
    none are shared out alike. Payments are Odoo's: nothing here is state.
    """

    _name = "msp.contract.invoice"
    _description = "Invoice of a contract"
    _inherit = "msp.action.mixin"
    _auto = False
    _order = "invoice_date desc, id desc"

    contract_id = fields.Many2one("msp.contract", readonly=True)
    move_id = fields.Many2one("account.move", "Document", readonly=True)
    name = fields.Char("Number", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    invoice_date = fields.Date(readonly=True)
    invoice_date_due = fields.Date("Due On", readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("posted", "Posted")], "Status", readonly=True
    )
    payment_state = fields.Selection(PAYMENT_STATE_SELECTION, "Payment", readonly=True)
    contract_count = fields.Integer("Contracts on It", readonly=True, aggregator=None)
    is_shared = fields.Boolean(
        "Shared", readonly=True, help="Other contracts stand on the same document."
    )
    amount_document = fields.Monetary(
        "Document Total",
        readonly=True,
        help="Of the whole document, with tax.",
    )
    amount_total = fields.Monetary(
        "Total",
        readonly=True,
        help="This contract's share of the document, with tax; a credit is negative.",
    )
    amount_residual = fields.Monetary(
        "Open",
        readonly=True,
        help="This contract's share of what is not paid yet.",
    )
    amount_overdue = fields.Monetary("Overdue", compute="_compute_amount_overdue")

    _depends = {
        "account.move": [
            "name",
            "company_id",
            "partner_id",
            "currency_id",
            "invoice_date",
            "invoice_date_due",
            "state",
            "move_type",
            "payment_state",
            "amount_total",
            "amount_residual",
        ],
        "account.move.line": ["move_id", "msp_contract_id", "price_total"],
    }

    @property
    def _table_query(self):
        return """
            SELECT mine.id,
                   mine.contract_id,
                   move.id AS move_id,
                   move.name,
                   move.company_id,
                   move.partner_id,
                   move.currency_id,
                   move.invoice_date,
                   move.invoice_date_due,
                   move.state,
                   move.payment_state,
                   whole.contract_count,
                   whole.contract_count > 1 AS is_shared,
                   sign.of * move.amount_total AS amount_document,
                   sign.of * move.amount_total * share.of AS amount_total,
                   CASE WHEN move.state = 'posted'
                        THEN sign.of * move.amount_residual * share.of
                        ELSE 0 END AS amount_residual
              FROM (
                    SELECT MIN(line.id) AS id,
                           line.move_id,
                           line.msp_contract_id AS contract_id,
                           SUM(line.price_total) AS amount
                      FROM account_move_line line
                     WHERE line.msp_contract_id IS NOT NULL
                     GROUP BY line.move_id, line.msp_contract_id
                   ) mine
              JOIN account_move move
                ON move.id = mine.move_id AND move.state IN ('draft', 'posted')
              JOIN LATERAL (
                    SELECT COUNT(DISTINCT line.msp_contract_id) AS contract_count,
                           SUM(line.price_total) AS amount
                      FROM account_move_line line
                     WHERE line.move_id = mine.move_id
                       AND line.msp_contract_id IS NOT NULL
                   ) whole ON TRUE
              JOIN LATERAL (
                    SELECT COALESCE(mine.amount / NULLIF(whole.amount, 0),
                                    1.0 / whole.contract_count) AS of
                   ) share ON TRUE
              JOIN LATERAL (
                    SELECT CASE WHEN move.move_type = 'out_refund'
                           THEN -1 ELSE 1 END AS of
                   ) sign ON TRUE
        """

    @api.depends("amount_residual", "state")
    def _compute_amount_overdue(self):
        """Instalments may be due on different days, so each counts by its own."""
        posted = self.filtered(lambda row: row.state == "posted")
        # sudo: who may see what the contract owes need not read all invoices
        lines = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("move_id", "in", posted.move_id.ids),
                    ("display_type", "=", "payment_term"),
                    ("reconciled", "=", False),
                ]
            )
        )
        overdue = {}
        for line in lines:
            if line.date_maturity < company_today(line.company_id):
                move = line.move_id
                residual = overdue.get(move, 0.0) + line.amount_residual_currency
                overdue[move] = residual
        for row in self:
            whole = row.amount_document
            share = row.amount_total / whole if whole else 0.0
            row.amount_overdue = share * overdue.get(row.sudo().move_id, 0.0)

    def action_open(self):
        self.ensure_one()
        return self._action_open(self.move_id)


class MspContract(models.Model):
    """What of a contract's invoices is paid, open and overdue."""

    _inherit = "msp.contract"

    invoice_ids = fields.One2many(
        "msp.contract.invoice", "contract_id", "Invoices", groups=READERS
    )
    amount_invoiced = fields.Monetary(
        "Invoiced", compute="_compute_payments", groups=READERS
    )
    amount_paid = fields.Monetary("Paid", compute="_compute_payments", groups=READERS)
    amount_open = fields.Monetary("Open", compute="_compute_payments", groups=READERS)
    amount_overdue = fields.Monetary(
        "Overdue", compute="_compute_payments", groups=READERS
    )

    @api.depends_context("uid")
    def _compute_payments(self):
        rows = self.env["msp.contract.invoice"].search(
            [("contract_id", "in", self.ids), ("state", "=", "posted")]
        )
        grouped = rows.grouped("contract_id")
        for contract in self:
            own = grouped.get(contract, rows.browse())
            contract.amount_invoiced = sum(own.mapped("amount_total"))
            contract.amount_open = sum(own.mapped("amount_residual"))
            contract.amount_paid = contract.amount_invoiced - contract.amount_open
            contract.amount_overdue = sum(own.mapped("amount_overdue"))

    def action_view_payments(self):
        return {
            **self._action_view(
                self.env._("Invoices of %s", ", ".join(self.mapped("display_name"))),
                "msp.contract.invoice",
                [("contract_id", "in", self.ids)],
            ),
            "view_mode": "list",
        }
