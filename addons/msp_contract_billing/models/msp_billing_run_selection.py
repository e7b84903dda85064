from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from .msp_contract_terms import TIMINGS, UNITS

#: A run that bills further ahead of its invoice date than this says so.
DAYS_AHEAD = 92


class MspBillingRun(models.Model):
    """What a run looks at, and with which dates it bills."""

    _inherit = "msp.billing.run"

    date_until = fields.Date(
        "Due Until",
        required=True,
        default=fields.Date.context_today,
        help="Bills what is due by the end of this day, months missed before as well.",
    )
    invoice_date = fields.Date(required=True, default=fields.Date.context_today)
    accounting_date = fields.Date(
        compute="_compute_accounting_date",
        store=True,
        readonly=False,
        precompute=True,
        help="Proposed: the invoice date, or the first open day if its period is "
        "locked. Service periods stay what they are.",
    )
    accounting_note = fields.Char(compute="_compute_accounting_note")
    until_note = fields.Char(compute="_compute_until_note")
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('type', '=', 'sale')]",
    )
    contract_ids = fields.Many2many(
        "msp.contract",
        string="Only Contracts",
        check_company=True,
        help="Empty: all contracts of the company.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Only Customers", help="Empty: all customers."
    )
    manager_ids = fields.Many2many(
        "res.users",
        string="Only Account Managers",
        domain=[("share", "=", False)],
        help="Empty: the contracts of all account managers.",
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Only Products",
        help="Bills only positions of these products. Empty: all positions.",
    )
    only_unit = fields.Selection(
        UNITS,
        "Only Billed In",
        help="Only contracts that are billed in this unit of time on the last day.",
    )
    only_timing = fields.Selection(TIMINGS)

    @api.model
    def _selection_fields(self):
        """Return the fields that decide what a run bills, and how it is dated.

        A hook: addons add theirs, and narrow `_contract_domain` by them.
        """
        return {
            "kind",
            "company_id",
            "date_until",
            "invoice_date",
            "accounting_date",
            "journal_id",
            "contract_ids",
            "partner_ids",
            "manager_ids",
            "product_ids",
            "only_unit",
            "only_timing",
        }

    @api.depends("company_id")
    def _compute_journal_id(self):
        journals = self.env["account.journal"]
        for run in self:
            if run.journal_id.company_id != run.company_id:
                run.journal_id = journals.search(
                    [
                        *journals._check_company_domain(run.company_id),
                        ("type", "=", "sale"),
                    ],
                    limit=1,
                )

    @api.depends("invoice_date", "company_id", "journal_id")
    def _compute_accounting_date(self):
        for run in self:
            run.accounting_date = run._first_open_day(run.invoice_date)

    @api.depends("invoice_date", "accounting_date")
    def _compute_accounting_note(self):
        for run in self:
            is_moved = run._first_open_day(run.invoice_date) != run.invoice_date
            run.accounting_note = is_moved and self.env._(
                "%(day)s lies in a locked period, so the invoices are booked on "
                "%(booked)s. Their service periods stay what they are.",
                day=format_date(self.env, run.invoice_date),
                booked=format_date(self.env, run.accounting_date),
            )

    @api.depends("date_until", "invoice_date")
    def _compute_until_note(self):
        for run in self:
            days = (
                (run.date_until - run.invoice_date).days
                if run.date_until and run.invoice_date
                else 0
            )
            run.until_note = days > DAYS_AHEAD and self.env._(
                "The run bills what is due until %(day)s, %(days)s days after the "
                "invoice date. Check the year if this is not meant.",
                day=format_date(self.env, run.date_until),
                days=days,
            )

    @api.constrains("journal_id")
    def _check_journal(self):
        for run in self:
            if run.journal_id and run.journal_id.type != "sale":
                raise ValidationError(
                    self.env._(
                        "%s is no sales journal. Choose one in which customer invoices "
                        "are booked.",
                        run.journal_id.display_name,
                    )
                )

    def _first_open_day(self, day):
        """Return `day`, or the first one after it that accounting has not locked."""
        company = self.company_id or self.env.company
        if not day:
            return day
        locked = company._get_violated_lock_dates(day, True, self.journal_id)
        return locked[-1][0] + timedelta(days=1) if locked else day

    def _check_bookable(self):
        """Refuse to bill into a period that is locked, or without a journal."""
        self.ensure_one()
        if not self.journal_id:
            raise UserError(
                self.env._(
                    "%(company)s has no sales journal. Create one under Accounting > "
                    "Configuration > Journals, and choose it here.",
                    company=self.company_id.display_name,
                )
            )
        if not self.journal_id.active:
            raise UserError(
                self.env._(
                    "Journal %(journal)s is archived. Choose another one.",
                    journal=self.journal_id.display_name,
                )
            )
        day = self.accounting_date or self.invoice_date
        opened = self._first_open_day(day)
        if opened != day:
            raise UserError(
                self.env._(
                    "The accounting date %(day)s lies in a locked period. The first "
                    "open day is %(opened)s: enter it as the accounting date, or bill "
                    "what is left with another run.",
                    day=format_date(self.env, day),
                    opened=format_date(self.env, opened),
                )
            )

    def _reopen_selection(self):
        """Go back to the selection: a preview of something else says nothing."""
        for run in self:
            run._check_state("draft", "preview")
            if run.state == "preview":
                run._clear_preview()

    def _contract_domain(self):
        """Return which contracts the run looks at.

        A hook: addons narrow it by selection fields of their own.
        """
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id) & (
            Domain("state", "=", "active")
            | Domain("charge_ids.counts", "=", True)
            | Domain("one_off_ids.state", "=", "open")
        )
        if self.contract_ids:
            domain &= Domain("id", "in", self.contract_ids.ids)
        if self.partner_ids:
            domain &= Domain("partner_id", "child_of", self.partner_ids.ids)
        if self.manager_ids:
            domain &= Domain("user_id", "in", self.manager_ids.ids)
        if self.product_ids:
            domain &= Domain("position_ids.product_id", "in", self.product_ids.ids)
        if terms := self._terms_domain():
            domain &= Domain("terms_ids", "any", terms)
        return domain

    def _terms_domain(self):
        """Return the condition on the terms of the last day, None without one."""
        wanted = {
            "billing_unit": self.only_unit,
            "billing_timing": self.only_timing,
        }
        conditions = [(name, "=", value) for name, value in wanted.items() if value]
        if not conditions:
            return None
        return Domain.AND(
            [
                conditions,
                [("date_start", "<=", self.date_until)],
                ["|", ("date_end", "=", False), ("date_end", ">=", self.date_until)],
            ]
        )

    def _find_contracts(self):
        return self.env["msp.contract"].search(self._contract_domain(), order="id")
