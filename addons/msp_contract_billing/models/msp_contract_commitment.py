from odoo import api, fields, models
from odoo.fields import Domain

from ..billing.commitment import Commitment, Course
from .money import day_after, day_before, holds_on
from .msp_contract import SYSTEM_FIELDS
from .msp_contract_waiting import company_today

#: What follows from the versions and the day it is.
TERM_FIELDS = (
    "term_date_start",
    "term_date_end",
    "notice_date",
    "renewal_date",
    "term_checked_until",
)
SYSTEM_FIELDS.update(dict.fromkeys(TERM_FIELDS, False))
#: Contracts whose terms a night computes before it commits.
BATCH_SIZE = 500


class MspContract(models.Model):
    """The running term of a contract: until when, and by when it can be ended.

    The terms follow from the versions that change term and notice. They roll on by
    themselves, without a version: nothing ends a contract but a version that says so.
    """

    _inherit = "msp.contract"

    commitment_label = fields.Char(
        "Term and Notice", compute="_compute_commitment_label"
    )
    term_date_start = fields.Date("Term Since", readonly=True, copy=False)
    term_date_end = fields.Date(
        "Term Until",
        readonly=True,
        copy=False,
        help="Last day of the running term; a term without a last day has none.",
    )
    notice_date = fields.Date(
        "Notice Until",
        readonly=True,
        copy=False,
        help="Last day on which notice ends the contract with a term: with the running "
        "one, or with the next one if it is too late for that.",
    )
    renewal_date = fields.Date(
        "Renews On",
        readonly=True,
        copy=False,
        help="First day of the next term, unless notice is given.",
    )
    term_checked_until = fields.Date(
        readonly=True, copy=False, help="The day after, the terms are computed anew."
    )

    _term_check = models.Constraint(
        "CHECK (term_date_end >= term_date_start AND renewal_date > term_date_start)",
        "A term cannot end before it begins.",
    )
    _term_checked_idx = models.Index(
        "(term_checked_until) WHERE term_checked_until IS NOT NULL"
    )

    @api.depends("content_date", "line_ids")
    @api.depends_context("lang")
    def _compute_commitment_label(self):
        for contract in self:
            change = contract._get_commitment_change(contract.content_date)
            contract.commitment_label = (
                change._get_commitment_label() if change else False
            )

    def _rebuild_lines(self):
        super()._rebuild_lines()
        self._store_terms()

    def _store_terms(self):
        """Store the terms of today; the caller has checked the rights."""
        # Read at once what each contract would read alone.
        self.version_ids.change_ids.mapped("version_id.state")
        for contract in self:
            vals = contract._prepare_running_term_vals()
            if any(contract[name] != value for name, value in vals.items()):
                contract._system_write(vals)

    def _prepare_running_term_vals(self):
        """Return the days of the running term, of the first one before it begins."""
        self.ensure_one()
        today = company_today(self.company_id)
        vals = dict.fromkeys(TERM_FIELDS, False)
        if not self.date_start or (self.date_end and self.date_end < today):
            return vals
        day = max(today, self.date_start)
        course = self._get_course(day)
        term = course and course.term_on(day)
        if term and term.end:
            vals["term_date_start"] = term.start
            vals["term_date_end"] = day_before(term.end)
            renewal = course.renewal_day(day)
            # One that is not reached is no renewal.
            if not self.date_end or (renewal and renewal <= self.date_end):
                vals["renewal_date"] = renewal or False
        if course and not self.date_end:
            vals["notice_date"] = course.next_notice_day(today) or False
        vals["term_checked_until"] = self._get_next_term_change(today, vals)
        return vals

    def _get_next_term_change(self, today, vals):
        """Return the last day until which a term's values hold, False if for ever."""
        changes = self._get_commitment_changes()
        days = [vals["term_date_end"], vals["notice_date"]]
        days += [day_before(change.version_id.date_start) for change in changes]
        days += changes.version_id.mapped("date_end")
        if changes:
            days.append(self.date_end)
        return min((day for day in days if day and day >= today), default=False)

    def _get_commitment_changes(self):
        """Return what active versions say on term and notice, in the fold's order."""
        self.ensure_one()
        # Of all versions, as those filtered would be read contract by contract.
        changes = self.version_ids.change_ids.filtered(
            lambda change: (
                change.action == "commitment" and change.version_id.state == "active"
            )
        )
        return changes.sorted(
            lambda change: (
                change.version_id.date_start,
                change.version_id.number,
                change.sequence,
                change.id,
            )
        )

    def _get_commitment_changes_on(self, day):
        """Return those of them that hold on `day`; the last one is in force."""
        return self._get_commitment_changes().filtered(
            lambda change: holds_on(change.version_id, day)
        )

    def _get_commitment_change(self, day):
        """Return the change that says which term and notice hold on `day`."""
        return self._get_commitment_changes_on(day)[-1:]

    def _get_course(self, day):
        """Return the `Course` of the contract's terms as agreed on `day`.

        None if nothing is agreed. Terms count from the contract's first day; those of
        another length from the first day of the version that changed it.
        """
        self.ensure_one()
        changes = self._get_commitment_changes_on(day)
        if not changes:
            return None
        course = Course(Commitment(), self.date_start)
        for change in changes:
            first = change.version_id.date_start
            course = course.changed(change._to_commitment(), first)
        return course

    def _get_regular_end(self, notice_day):
        """Return the last day of the contract if notice arrives on a day."""
        self.ensure_one()
        course = self._get_course(max(notice_day, self.date_start))
        if not course:
            course = Course(Commitment(), self.date_start)
        return day_before(course.earliest_end(notice_day))

    def _is_regular_end(self, last_day, notice_day):
        """Return whether notice on a day ends the contract on an agreed day."""
        self.ensure_one()
        course = self._get_course(max(notice_day, self.date_start))
        end = day_after(last_day)
        return not course or course.is_regular_end(end, notice_day)

    # Terms roll on by themselves

    @api.model
    def _cron_store_terms(self):
        """Compute the terms of contracts for which a day has passed."""
        domain = self._terms_passed_domain()
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=self.search_count(domain))
        while contracts := self.search(domain, limit=BATCH_SIZE, order="id"):
            contracts._store_terms()
            if not commit_progress(len(contracts)):
                return

    @api.model
    def _terms_passed_domain(self):
        # Companies live in different time zones, so it is not one day for all.
        # sudo: a cron of the system looks at all companies
        # pylint: disable-next=no-search-all
        companies = self.env["res.company"].sudo().search([])
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("term_checked_until", "<", company_today(company))
            for company in companies
        )


class MspContractChange(models.Model):
    _inherit = "msp.contract.change"

    _commitment_check = models.Constraint(
        "CHECK (action != 'commitment' OR (renewal IS NOT NULL "
        "AND notice_unit IS NOT NULL AND notice_to IS NOT NULL "
        "AND (renewal = 'open' OR term_months > 0) "
        "AND (renewal != 'extend' OR extension_months > 0)))",
        "Only a contract with a term can be extended by months or end with its term.",
    )
