from calendar import monthrange
from datetime import timedelta

import psycopg2

from odoo import api, models

from .msp_contract_waiting import company_today


class MspBillingRun(models.Model):
    """The scheduler makes the same run as a clerk, in a clerk's name."""

    _inherit = "msp.billing.run"

    @api.model
    def _cron_start_scheduled_runs(self):
        """Make the regular run of each company whose turn it is, one after another.

        A company whose run cannot be made does not keep the others from theirs.
        """
        commit_progress = self.env["ir.cron"]._commit_progress
        companies = self.env["res.company"].search(
            [("msp_run_schedule", "!=", "off")], order="id"
        )
        waiting = companies.filtered(lambda one: self._is_its_turn(one))
        commit_progress(remaining=len(waiting))
        for company in waiting:
            self._start_run_of(company)
            if not commit_progress(1):
                break

    @api.model
    def _start_run_of(self, company):
        """Make a company's run, or leave a run that says why it could not be made."""
        user = company.msp_run_user_id
        runs = self.with_context(lang=user.lang, allowed_company_ids=company.ids)
        runs = runs.with_company(company)
        try:
            runs.with_user(user)._take_batch(
                lambda: runs.with_user(user)._start_scheduled()
            )
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 the other companies go on
            self.env.cr.rollback()
            self.env.invalidate_all()
            # As the system, since the user may be what is wrong.
            run = runs._create_scheduled(user)
            run._system_write({"problem": run._explain_failure(run, error)})
            run._tell_responsible()

    @api.model
    def _is_its_turn(self, company):
        """Return whether the scheduler has not made today's, or this month's, run."""
        today = company_today(company)
        first = today
        if company.msp_run_schedule == "monthly":
            first = _day_of_month(today, company.msp_run_day)
        made = [("company_id", "=", company.id), ("scheduled_on", "!=", False)]
        if today < first:
            # Last month's turn may have been missed, but only by who had one before.
            first = _day_of_month(
                today.replace(day=1) - timedelta(days=1), company.msp_run_day
            )
            before = [
                ("scheduled_on", "<", first),
                ("scheduled_on", ">", first - timedelta(days=62)),
            ]
            if not self.search_count([*made, *before], limit=1):
                return False
        return not self.search_count([*made, ("scheduled_on", ">=", first)], limit=1)

    @api.model
    def _start_scheduled(self):
        """Make the run with its preview, and let it go on as far as it is to."""
        run = self._create_scheduled(self.env.user)
        try:
            with self.env.cr.savepoint():
                run.action_preview()
                if not run.needs_approval:
                    run._advance()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 the other companies go on
            run._system_write({"problem": run._explain_failure(run, error)})
        run._tell_responsible()

    @api.model
    def _create_scheduled(self, user):
        """Return a new run of the present company for `user`."""
        company = self.env.company
        today = company_today(company)
        run = self.create({"date_until": today, "invoice_date": today})
        run._system_write(
            {
                "scheduled_on": today,
                "target": company.msp_run_target,
                "started_by_id": user.id,
            }
        )
        return run

    def _tell_responsible(self):
        """Write into the log what the scheduler found, for who is responsible."""
        self.message_subscribe(partner_ids=self.started_by_id.partner_id.ids)
        if self.problem:
            body = self.env._("The scheduled run could not begin: %s", self.problem)
        elif not self.line_count:
            body = self.env._("The scheduled run found nothing due.")
        elif self.needs_approval:
            body = self.env._("The scheduled run waits for approval.")
        else:
            body = self.env._(
                "The scheduled run found %(count)s contracts with something due.",
                count=self.line_count,
            )
        self.message_post(body=body)


def _day_of_month(day, number):
    """Return that day of the month of `day`; in shorter months the last one."""
    return day.replace(day=min(number, monthrange(day.year, day.month)[1]))
