from odoo import fields, models
from odoo.tools import format_amount

from odoo.addons.msp_cloud_import.models.msp_import_owner import owner_ids

ACTIVITY = "msp_reconciliation.mail_activity_type_findings"


class MspReconciliation(models.Model):
    """Findings belong to somebody: one activity per owner and month of a provider."""

    _name = "msp.reconciliation"
    _inherit = ["msp.reconciliation", "mail.activity.mixin"]

    def _store_findings(self, wanted):
        self._add_owners(wanted.values())
        result = super()._store_findings(wanted)
        self._update_finding_activities()
        return result

    def _add_owners(self, vals_list):
        """Say whose a finding is, where its contract does not.

        The account manager of contract or customer, else who looks after the
        product, else the provider's owner: as for open rows of a file. A cause that
        concerns many customers is not one account manager's.
        """
        # sudo: whoever compares, the owner is the same
        env = self.sudo().env
        allowed = set(owner_ids(env))
        contracts = env["msp.contract"].browse(
            {vals["contract_id"] for vals in vals_list if vals.get("contract_id")}
        )
        partners = env["res.partner"].browse(
            {vals["partner_id"] for vals in vals_list if vals.get("partner_id")}
        )
        products = env["product.product"].browse(
            {vals["product_id"] for vals in vals_list if vals.get("product_id")}
        )
        managers = {one.id: one.user_id.id for one in contracts}
        sellers = {one.id: one.user_id.id for one in partners}
        keepers = {one.id: one.msp_owner_id.id for one in products}
        for vals in vals_list:
            candidates = (
                vals.get("user_id"),
                managers.get(vals.get("contract_id")),
                sellers.get(vals.get("partner_id")),
                keepers.get(vals.get("product_id")),
                self.provider_id.user_id.id,
            )
            vals["user_id"] = next(
                (user for user in candidates if user in allowed), False
            )

    def _update_finding_activities(self):
        """Keep one activity per owner while findings of his are open."""
        # sudo: what is open is told to its owners, whoever compares
        one = self.sudo()
        found = one._find_finding_owners()
        activities = one.activity_ids.filtered(
            lambda each: each.activity_type_id == self.env.ref(ACTIVITY)
        )
        known = {each.user_id: each for each in activities}
        done = activities.browse()
        for user, activity in known.items():
            words = found.get(user)
            if not words:
                done |= activity
            elif activity.summary != words["summary"]:
                activity.with_context(mail_activity_quick_update=True).write(words)
        if done:
            done.action_feedback(feedback=self.env._("Nothing is open any more."))
        for user, words in found.items():
            if user not in known:
                # Not a mail for each: the list is in the owner's inbox.
                one.with_context(mail_activity_quick_update=True).activity_schedule(
                    ACTIVITY, user_id=user.id, **words
                )

    def _find_finding_owners(self):
        """Return {user: words of the activity}, for what is not the next run's."""
        groups = self.env["msp.finding"]._read_group(
            [
                ("reconciliation_id", "=", self.id),
                ("state", "=", "open"),
                ("direction", "!=", "timing"),
                ("user_id", "!=", False),
            ],
            ["user_id"],
            ["__count", "amount_company:sum"],
        )
        return {
            user: {
                "summary": self.with_context(lang=user.lang).env._(
                    "%(count)s findings of %(name)s: %(money)s",
                    count=count,
                    name=self.with_context(lang=user.lang).name,
                    money=format_amount(
                        self.with_context(lang=user.lang).env, amount, self.currency_id
                    ),
                )
            }
            for user, count, amount in groups
        }

    def _sign(self, reason):
        result = super()._sign(reason)
        self.sudo().activity_unlink([ACTIVITY])
        return result


class MspFinding(models.Model):
    _inherit = "msp.finding"

    ignored_until = fields.Date(
        readonly=True, help="It is open again from this day on if it still differs."
    )

    def _close(self, state, reason):
        result = super()._close(state, reason)
        for one in self.reconciliation_id:
            one._update_finding_activities()
        return result
