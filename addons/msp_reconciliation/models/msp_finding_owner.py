from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from odoo.addons.msp_cloud_import.models.msp_import_owner import owner_ids

ACTIVITY = "msp_reconciliation.mail_activity_type_findings"


class MspReconciliation(models.Model):
    """Findings belong to somebody: one activity per owner and month of a provider."""

    _name = "msp.reconciliation"
    _inherit = ["msp.reconciliation", "mail.activity.mixin"]

    def _store_findings(self, wanted):
        self._add_owners(wanted.values())
        self._drop_owners()
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
        allowed = self._find_possible_owners()._ids
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

    def _find_possible_owners(self):
        """Return the users who may see findings of the company."""
        # sudo: who has which role, and where, is not for everybody to read
        users = self.env["res.users"].sudo().browse(owner_ids(self.env))
        company = self.company_id
        return users.filtered(lambda user: company in user.company_ids)

    def _drop_owners(self):
        """Leave no open finding with somebody who may not see it any more."""
        owners = self._find_possible_owners()
        self.finding_ids.filtered(
            lambda one: (
                one.state in ("open", "small")
                and one.user_id
                and one.user_id not in owners
            )
        )._system_write({"user_id": False})

    def _check_owner(self, user):
        """Refuse an owner who may not see the findings."""
        for one in self:
            if user not in one._find_possible_owners():
                raise UserError(
                    one.env._(
                        "%(user)s may not see findings of %(company)s. Choose an "
                        "account manager or billing clerk of this company.",
                        # sudo: the names only
                        user=user.sudo().name,
                        company=one.sudo().company_id.name,
                    )
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
                ("user_id", "in", self._find_possible_owners().ids),
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

    def write(self, vals):
        user = self.env["res.users"].browse(vals.get("user_id") or ())
        if user := user.exists():
            self.reconciliation_id._check_owner(user)
        return super().write(vals)

    def _close(self, state, reason):
        result = super()._close(state, reason)
        for one in self.reconciliation_id:
            one._update_finding_activities()
        return result
