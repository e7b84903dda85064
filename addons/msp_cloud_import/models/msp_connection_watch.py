from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from .msp_imports_as import to_note

FAILING = "msp_cloud_import.mail_activity_type_sync"
EXPIRING = "msp_cloud_import.mail_activity_type_secret"
DOCUMENT = "mail.mail_activity_data_warning"
# Failures in a row until somebody is asked.
FAILURES = 3
# Days before a secret lapses: whoever can renew it may be on holiday.
WARNING_DAYS = 28


class MspConnection(models.Model):
    """Who is told: of failures in a row, and of secrets that will lapse."""

    _inherit = "msp.connection"

    def _take_outcome(self, sync):
        """Follow a sync that has ended."""
        if sync.state == "stopped":
            return
        vals = {"code": sync.code, "details": sync.details}
        if sync.state == "done":
            vals.update(failure_count=0, last_success_at=fields.Datetime.now())
            state = "connected"
        else:
            vals["failure_count"] = self.failure_count + 1
            state = "failing"
        if self.state != "paused":
            vals["state"] = state
        self._system_write(vals)
        if self.state != "paused" and not self.next_run_at:
            self._plan_next_run()
        if sync.state == "done":
            self._close_asked(FAILING, self.env._("The sync succeeds again."))
        elif self.failure_count >= FAILURES:
            self._ask_about_failures()

    def _ask_about_failures(self):
        """Have one activity that says what fails; its text follows the last failure."""
        owner = self._get_asked()
        words = self.with_context(lang=owner.lang)
        summary = words.env._(
            "%(connection)s has failed %(count)s times in a row",
            connection=self.name,
            count=self.failure_count,
        )
        existing = self.activity_search([FAILING])
        if existing:
            note = to_note([words.message or ""])
            if not self._can_be_asked(existing[0].user_id):
                existing.write({"user_id": owner.id})
            existing.write({"summary": summary, "note": note})
        else:
            words._ask(FAILING, summary, [words.message or ""])

    def _ask_about_document(self, sentence):
        # One is enough, however many documents come.
        owner = self._get_asked()
        words = self.with_context(lang=owner.lang)
        if not self.activity_search([DOCUMENT]):
            summary = words.env._("A fetched document needs you")
            words._ask(DOCUMENT, summary, [sentence])

    def _close_asked(self, activity_type, feedback):
        # sudo: whose rights a sync has does not own the activity
        self.sudo().activity_search([activity_type]).action_feedback(feedback=feedback)

    # Secrets that will lapse

    @api.model
    def _cron_watch_secrets(self):
        """Warn of secrets that lapse within some weeks; take back what was renewed."""
        # A handful: one per account.
        # pylint: disable-next=no-search-all
        self.search([])._update_expiry_activities()

    def _update_expiry_activities(self):
        """Have one activity per connection while a secret of it will lapse."""
        limits = {
            company: company_today(company) + timedelta(days=WARNING_DAYS)
            for company in self.company_id
        }
        # sudo: the owner need not see secrets to be told of their last day
        lapsing = (
            self.env["msp.connection.secret"]
            .sudo()
            .search(
                [
                    ("connection_id", "in", self.ids),
                    ("expires_on", "<=", max(limits.values(), default=False)),
                ],
                order="expires_on, id",
            )
            .filtered(
                lambda one: one.expires_on <= limits[one.connection_id.company_id]
            )
            .grouped("connection_id")
        )
        for connection in self:
            secrets = lapsing.get(connection.sudo())
            existing = connection.sudo().activity_search([EXPIRING])
            if not secrets or connection.state == "paused":
                existing.action_feedback(
                    feedback=self.env._("The secret was entered anew.")
                )
                continue
            words = connection.with_context(lang=connection._get_asked().lang)
            first = secrets[0].with_env(words.env)
            summary = words.env._(
                "%(secret)s of %(connection)s is valid until %(day)s",
                secret=first.sudo().label,
                connection=connection.name,
                day=format_date(words.env, first.sudo().expires_on),
            )
            if not existing:
                note = words.env._(
                    "Make a new one in the provider's portal, let an administrator "
                    "enter it in the connection, and test it. Without it nothing is "
                    "read any more after that day."
                )
                words._ask(
                    EXPIRING, summary, [note], date_deadline=first.sudo().expires_on
                )
            elif existing.summary != summary:
                existing.write(
                    {"summary": summary, "date_deadline": first.sudo().expires_on}
                )


class MspConnectionSecret(models.Model):
    _inherit = "msp.connection.secret"

    def write(self, vals):
        result = super().write(vals)
        if "expires_on" in vals or "new_value" in vals:
            self.connection_id._update_expiry_activities()
        return result
