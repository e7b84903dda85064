from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.date_utils import end_of

from .msp_import import BUCKETS
from .msp_provider import format_month

ACTIVITY = "msp_cloud_import.mail_activity_type_late"


class MspProvider(models.Model):
    """When the file of a month is expected, and whether it is late."""

    _inherit = "msp.provider"

    expected_day = fields.Integer(
        "File Expected On",
        tracking=True,
        help="Calendar days after the end of a month until which its file has come: "
        "8 means the 8th of the following month. 0: files are not waited for.",
    )
    expected_month_label = fields.Char(
        "Next Month Expected", compute="_compute_expected"
    )
    expected_on = fields.Date(
        compute="_compute_expected",
        help="Day until which the next file is expected. Counted from the last month "
        "that has a file; before the first file nothing is expected.",
    )
    is_late = fields.Boolean(
        "Late", compute="_compute_expected", search="_search_is_late"
    )

    _expected_day_range = models.Constraint(
        "CHECK (expected_day BETWEEN 0 AND 92)",
        "Enter how many days after the end of a month its file comes: 0 to 92.",
    )

    @api.depends("expected_day", "import_ids.month", "import_ids.state")
    @api.depends_context("company", "allowed_company_ids", "lang", "tz")
    def _compute_expected(self):
        expected = self._find_expected()
        today = fields.Date.context_today(self)
        for provider in self:
            # of several companies, the one that waits longest
            _company, month, day = min(
                expected.get(provider._origin.id, ()),
                key=lambda one: one[1],
                default=(None, False, False),
            )
            provider.expected_on = day
            provider.expected_month_label = month and format_month(self.env, month)
            provider.is_late = bool(day) and day < today

    def _search_is_late(self, operator, _value):
        if operator != "in":
            return NotImplemented
        watched = self.search([("expected_day", ">", 0)])
        return [("id", "in", watched.filtered("is_late").ids)]

    def _find_expected(self):
        """Return {provider id: [(company, month, day it is expected)]}.

        A company expects the month after the last one of which it has a file.
        """
        groups = self.env["msp.import"]._read_group(
            [
                ("provider_id", "in", self.filtered("expected_day").ids),
                ("state", "!=", "withdrawn"),
                ("month", "!=", False),
            ],
            ["provider_id", "company_id"],
            ["month:max"],
        )
        expected = {}
        for provider, company, last in groups:
            month = fields.Date.add(last.replace(day=1), months=1)
            day = end_of(month, "month") + timedelta(days=provider.expected_day)
            expected.setdefault(provider.id, []).append((company, month, day))
        return expected

    # The owner is told, once

    @api.model
    def _cron_watch_arrival(self):
        """Give owners an activity for what is late; take back what has come."""
        self.search([("active", "=", True)])._update_late_activities()

    def _update_late_activities(self):
        """Let activities say what is late: one per provider, whatever is missing."""
        # sudo: whoever imports a file need not see the owner's activities, and what
        # another company waits for stays
        providers = self.sudo().with_context(active_test=False)
        today = fields.Date.context_today(self)
        late = {
            provider_id: [one for one in waiting if one[2] < today]
            for provider_id, waiting in providers._find_expected().items()
        }
        activity_type = self.env.ref(ACTIVITY)
        open_ones = providers.activity_search([ACTIVITY]).grouped("res_id")
        vals_list = []
        for provider in providers:
            missing = late.get(provider.id) if provider.active else None
            existing = open_ones.get(provider.id, self.env["mail.activity"].sudo())
            if not missing or existing.user_id != provider.user_id:
                existing.unlink()
            if not missing or not provider.user_id:
                continue
            summary = provider._describe_late(missing)
            if existing.exists():
                if existing.summary != summary:
                    existing.summary = summary
                continue
            vals_list.append(
                {
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "date_deadline": today,
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": provider.id,
                    "summary": summary,
                    "user_id": provider.user_id.id,
                }
            )
        # Not a mail for each: they are in the owner's list.
        self.env["mail.activity"].sudo().with_context(
            mail_activity_quick_update=True
        ).create(vals_list)

    def _describe_late(self, missing):
        """Return in the owner's language what is late.

        :param missing: list of (company, month, day), not empty
        """
        env = self.with_context(lang=self.user_id.lang or self.env.lang).env
        sentences = []
        for company, month, day in sorted(missing, key=lambda one: one[1:]):
            sentence = env._(
                "File of %(month)s is late: expected until %(day)s",
                month=format_month(env, month),
                day=format_date(env, day),
            )
            if len(missing) > 1:
                sentence += f" ({company.name})"
            sentences.append(sentence)
        return "; ".join(sentences)


class MspImport(models.Model):
    """What arrives is not late any more."""

    _inherit = "msp.import"

    def _store(self, reading, parts=None):
        super()._store(reading, parts)
        self.provider_id._update_late_activities()

    def _find_incomplete(self):
        """Return those that are not applied in full: something failed or waits."""
        undone = self.filtered(lambda one: one.state != "applied" or one.is_running)
        mine = ("import_id", "in", self.ids)
        problems = self.env["msp.import.problem"]._read_group(
            [mine, ("severity", "=", "error"), ("is_ignored", "=", False)],
            ["import_id"],
        )
        failed = self.env["msp.import.change"]._read_group(
            [mine, ("state", "=", "failed")], ["import_id"]
        )
        waiting = self.env["msp.provider.charge"]._read_group(
            [mine, ("state", "in", BUCKETS["waiting"])], ["import_id"]
        )
        return undone.union(*(one for (one,) in problems + failed + waiting))
