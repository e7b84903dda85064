from datetime import timedelta

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .msp_contract_waiting import company_today
from .wording import format_price

#: Contracts' days that one transaction makes activities of.
BATCH_SIZE = 200


class ResCompany(models.Model):
    """How long before the account manager is told what is coming up."""

    _inherit = "res.company"

    msp_remind_end = fields.Integer("Ends", default=30)
    msp_remind_notice = fields.Integer("Last Days for Notice", default=30)
    msp_remind_renewal = fields.Integer("Renewals", default=60)
    msp_remind_price = fields.Integer("Price Changes", default=14)
    msp_remind_suspension = fields.Integer("Ends of Suspensions", default=7)

    @api.constrains(
        "msp_remind_end",
        "msp_remind_notice",
        "msp_remind_renewal",
        "msp_remind_price",
        "msp_remind_suspension",
    )
    def _check_msp_remind(self):
        for company in self:
            for days in company._get_remind_days().values():
                if not 0 <= days <= 366:
                    raise ValidationError(
                        self.env._(
                            "Account managers are told 1 to 366 days before, or never "
                            "(0), not %s days before.",
                            days,
                        )
                    )

    def _get_remind_days(self):
        """Return how many days before each kind of `msp.upcoming` is told; 0: never.

        A hook, as is `msp.upcoming._get_queries`.
        """
        self.ensure_one()
        return {
            "end": self.msp_remind_end,
            "position": self.msp_remind_end,
            "notice": self.msp_remind_notice,
            "renewal": self.msp_remind_renewal,
            "price": self.msp_remind_price,
            "suspension": self.msp_remind_suspension,
        }


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    msp_remind_end = fields.Integer(related="company_id.msp_remind_end", readonly=False)
    msp_remind_notice = fields.Integer(
        related="company_id.msp_remind_notice", readonly=False
    )
    msp_remind_renewal = fields.Integer(
        related="company_id.msp_remind_renewal", readonly=False
    )
    msp_remind_price = fields.Integer(
        related="company_id.msp_remind_price", readonly=False
    )
    msp_remind_suspension = fields.Integer(
        related="company_id.msp_remind_suspension", readonly=False
    )


class MspUpcomingReminder(models.Model):
    """That the account manager was told of a day of a contract: never twice."""

    _name = "msp.upcoming.reminder"
    _description = "Reminder of what is coming up"
    _inherit = "msp.derived.mixin"
    _order = "date desc, id desc"

    contract_id = fields.Many2one("msp.contract", required=True, ondelete="cascade")
    kind = fields.Char(required=True)
    date = fields.Date(required=True, index=True)
    activity_id = fields.Many2one(
        "mail.activity", ondelete="set null", index="btree_not_null"
    )

    _once = models.Constraint(
        "UNIQUE (contract_id, kind, date)", "A contract's day is told once."
    )

    def _key(self):
        self.ensure_one()
        return self.contract_id.id, self.kind, self.date


class MspUpcoming(models.Model):
    """Activities for the account managers, some days before."""

    _inherit = "msp.upcoming"

    @api.model
    def _cron_remind(self):
        """Tell account managers what is coming up, and forget what no longer is."""
        self._forget_what_is_gone()
        # sudo: a cron of the system looks at all companies
        # pylint: disable-next=no-search-all
        companies = self.env["res.company"].sudo().search([])
        rows = self.search(Domain.OR(map(self._remind_domain, companies)))
        reminders = self.env["msp.upcoming.reminder"].search(
            [("contract_id", "in", rows.contract_id.ids)]
        )
        told = {reminder._key() for reminder in reminders}
        found = rows.grouped(lambda row: row._key())
        new = [(key, rows) for key, rows in found.items() if key not in told]
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(new))
        for start in range(0, len(new), BATCH_SIZE):
            batch = new[start : start + BATCH_SIZE]
            self._remind(batch)
            if not commit_progress(len(batch)):
                return

    @api.model
    def _remind_domain(self, company):
        """Return the condition for what is to be told today in a company."""
        today = company_today(company)
        return Domain("company_id", "=", company.id) & Domain.OR(
            Domain("kind", "=", kind)
            & Domain("date", ">=", today)
            & Domain("date", "<=", today + timedelta(days=days))
            for kind, days in company._get_remind_days().items()
            if days
        )

    @api.model
    def _remind(self, batch):
        """Make the activities of [(key, rows)], and note that they were made."""
        activity_type = self.env.ref("msp_contract_billing.mail_activity_type_upcoming")
        model_id = self.env["ir.model"]._get_id("msp.contract")
        owned = [
            (key, rows, user) for key, rows in batch if (user := rows._get_owner())
        ]
        activities = (
            self.env["mail.activity"]
            # Not a mail for each: the list is in the account manager's inbox.
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "activity_type_id": activity_type.id,
                        "res_model_id": model_id,
                        "res_id": contract_id,
                        "user_id": user.id,
                        "date_deadline": date,
                        **rows.with_context(lang=user.lang)._prepare_words(),
                    }
                    for (contract_id, _kind, date), rows, user in owned
                ]
            )
        )
        self.env["msp.upcoming.reminder"]._system_create(
            [
                {
                    "contract_id": contract_id,
                    "kind": kind,
                    "date": date,
                    "activity_id": activity.id,
                }
                for ((contract_id, kind, date), _rows, _user), activity in zip(
                    owned, activities, strict=True
                )
            ]
        )

    def _key(self):
        """Return what is told once: several positions of a day together."""
        self.ensure_one()
        return self.contract_id.id, self.kind, self.date

    def _get_owner(self):
        """Return who is told, nobody if the contract has no account manager left."""
        contract = self.contract_id
        users = contract.user_id | contract.create_uid
        return users.filtered(lambda user: user.active and not user.share)[:1]

    def _prepare_words(self):
        """Return summary and note of the activity for rows of one kind and day."""
        labels = dict(self._kinds())
        sentences = []
        for row in self:
            parts = [row.position_id.name] if row.position_id else []
            currency = row.currency_id
            if row.amount_month > 0:
                amount = format_price(self.env, currency, row.amount_month)
                parts.append(self.env._("%s more per month", amount))
            elif row.amount_month:
                amount = format_price(self.env, currency, -row.amount_month)
                parts.append(self.env._("%s less per month", amount))
            elif row.amount_stake:
                amount = format_price(self.env, currency, row.amount_stake)
                parts.append(self.env._("%s per month at stake", amount))
            sentences.append(": ".join(parts))
        return {
            "summary": labels[self[:1].kind],
            "note": escape("; ".join(filter(None, sentences))),
        }

    @api.model
    def _forget_what_is_gone(self):
        """Take back open activities for days that will not come any more."""
        reminders = self.env["msp.upcoming.reminder"].search(
            [("date", ">=", fields.Date.today())]
        )
        rows = self.search(
            [
                ("contract_id", "in", reminders.contract_id.ids),
                ("date", ">=", fields.Date.today()),
            ]
        )
        coming = {row._key() for row in rows}
        gone = reminders.filtered(lambda reminder: reminder._key() not in coming)
        gone.activity_id.filtered("active").unlink()
        gone._system_unlink()
