from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .msp_contract_waiting import company_today
from .wording import format_price

ACTIVITY = "msp_contract_billing.mail_activity_type_limited_price"


class MspLimitedPrice(models.Model):
    """Owners are told of limited prices some days before they end, once for each."""

    _inherit = "msp.limited.price"

    @api.model
    def _cron_remind(self, batch_size=100):
        """Give account managers activities, some records per call."""
        domain = self._get_remind_domain()
        todo = self.search(domain, limit=batch_size)
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=self.search_count(domain))
        todo._remind()
        commit_progress(len(todo))

    @api.model
    def _get_remind_domain(self):
        """Return the condition: ends soon, and nobody was told.

        Those for which somebody has to decide are told of whatever the setting says.
        """
        # sudo: rules decide on the records, not on the settings of companies
        # pylint: disable-next=no-search-all
        companies = self.env["res.company"].sudo().search([])
        parts = []
        for company in companies:
            today = company_today(company)
            soon = fields.Date.add(today, days=company.msp_limited_days)
            is_soon = Domain("date_end", "<=", soon)
            asks = Domain("afterwards", "=", "ask")
            begins = Domain("afterwards", "in", ["price", "stop"])
            still = Domain("date_end", ">=", today)
            wanted = asks
            if company.msp_limited_days:
                wanted |= begins & still
            parts.append(Domain("company_id", "=", company.id) & is_soon & wanted)
        return (
            Domain("recorded", "=", "active")
            & Domain("reminded_on", "=", False)
            & Domain.OR(parts)
        )

    def _remind(self):
        for limited in self:
            user = limited.user_id or limited.create_uid
            words = limited.with_context(lang=user.lang or self.env.lang)
            limited.activity_schedule(
                ACTIVITY,
                date_deadline=limited.date_end,
                user_id=user.id,
                summary=words._describe_end(),
            )
        self._system_write({"reminded_on": fields.Date.context_today(self)})

    def _describe_end(self):
        """Return what happens when the price ends, with the money that begins."""
        self.ensure_one()
        values = {
            "what": self.display_name,
            "day": format_date(self.env, self.date_end),
            "money": format_price(self.env, self.currency_id, abs(self.amount_month)),
        }
        if self.side == "vendor":
            return self.env._(
                "%(what)s ends on %(day)s; %(money)s more per month to the vendor",
                **values,
            )
        if self.afterwards == "stop":
            return self.env._("%(what)s and the position end on %(day)s", **values)
        if self.afterwards == "ask":
            return self.env._(
                "%(what)s: decide what follows on %(day)s; the regular price is "
                "%(money)s more per month",
                **values,
            )
        return self.env._(
            "%(what)s ends on %(day)s; %(money)s more per month from then on", **values
        )

    def _close_activities(self):
        # sudo: they may be those of colleagues
        self.sudo().activity_unlink([ACTIVITY])
