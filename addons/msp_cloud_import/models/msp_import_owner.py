from odoo import api, fields, models
from odoo.tools import format_amount

ACTIVITY = "msp_cloud_import.mail_activity_type_open_rows"
# Who reads imports, hence may be asked to look at one.
OWNER_GROUPS = (
    "msp_contract_billing.group_account_manager",
    "msp_contract_billing.group_billing_clerk",
)


def owner_ids(env):
    """Return the ids of the users who may own open rows."""
    # sudo: who has which role is not for everybody to read
    groups = env["res.groups"].sudo()
    for xml_id in OWNER_GROUPS:
        groups |= env.ref(xml_id).sudo()
    return groups.all_user_ids.filtered("active").ids


class ProductTemplate(models.Model):
    _inherit = "product.template"

    msp_owner_id = fields.Many2one(
        "res.users",
        "Looks after Provider Files",
        domain=[("share", "=", False)],
        groups="base.group_user",
        help="Open rows of providers' files with this product are theirs, unless the "
        "customer has an account manager.",
    )


class MspImport(models.Model):
    """Open rows belong to somebody: one activity per owner and import."""

    _name = "msp.import"
    _inherit = ["msp.import", "mail.activity.mixin"]

    open_row_count = fields.Integer("Open Rows", compute="_compute_open_row_count")

    def _compute_open_row_count(self):
        counts = {
            import_.id: count
            for import_, count in self.env["msp.import.open.row"]._read_group(
                [("import_id", "in", self.ids)], ["import_id"], ["__count"]
            )
        }
        for one in self:
            one.open_row_count = counts.get(one.id, 0)

    def action_view_open_rows(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_import_open_row_action"
        )
        return {
            **action,
            "domain": [("import_id", "=", self.id)],
            "context": {"search_default_by_owner": 1},
        }

    def _update_owner_activities(self, is_new=True):
        """Keep one activity per owner and import while rows of his are open.

        :param is_new: make activities as well, else only change and close them
        """
        if not self:
            return
        # sudo: what is open is told to its owners, whoever takes the step
        imports = self.sudo()
        found = imports._find_owners()
        activities = imports.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "=", self.env.ref(ACTIVITY).id),
            ]
        )
        known = {(one.res_id, one.user_id.id): one for one in activities}
        done = activities.browse()
        for key, activity in known.items():
            words = found.get(key)
            if not words:
                done |= activity
            elif activity.summary != words["summary"]:
                activity.with_context(mail_activity_quick_update=True).write(words)
        if done:
            done.action_feedback(feedback=self.env._("Nothing is open any more."))
        if is_new:
            imports._create_owner_activities(
                {key: words for key, words in found.items() if key not in known}
            )

    def _create_owner_activities(self, found):
        model_id = self.env["ir.model"]._get_id(self._name)
        # Not a mail for each: the list is in the owner's inbox.
        activities = self.env["mail.activity"].with_context(
            mail_activity_quick_update=True
        )
        activities.create(
            [
                {
                    "activity_type_id": self.env.ref(ACTIVITY).id,
                    "res_model_id": model_id,
                    "res_id": import_id,
                    "user_id": user_id,
                    **words,
                }
                for (import_id, user_id), words in found.items()
            ]
        )

    def _find_owners(self):
        """Return {(import id, user id): words of the activity}."""
        groups = self.env["msp.import.open.row"]._read_group(
            [("import_id", "in", self.ids), ("user_id", "!=", False)],
            ["import_id", "user_id", "kind", "currency_id"],
            ["__count", "amount:sum"],
        )
        by_owner = {}
        for import_, user, *figures in groups:
            by_owner.setdefault((import_, user), []).append(figures)
        return {
            (import_.id, user.id): import_.with_context(
                lang=user.lang
            )._prepare_open_words(figures)
            for (import_, user), figures in by_owner.items()
        }

    def _prepare_open_words(self, figures):
        """Return summary and note for (kind, currency, count, amount) of one owner."""
        rows = self.env["msp.import.open.row"]
        labels = dict(rows._fields["kind"]._description_selection(self.env))
        sums, counts = {}, {}
        for kind, currency, count, amount in figures:
            counts[kind] = counts.get(kind, 0) + count
            if currency:
                sums[currency] = sums.get(currency, 0.0) + amount
        return {
            "summary": self.env._(
                "%(count)s open rows of %(provider)s: %(money)s",
                count=sum(counts.values()),
                provider=self.provider_id.name,
                money=", ".join(
                    format_amount(self.env, amount, currency)
                    for currency, amount in sums.items()
                ),
            ),
            "note": "; ".join(
                f"{labels[kind]}: {count}" for kind, count in counts.items()
            ),
        }

    # When it is looked at

    def _end_preparing(self, prepared):
        super()._end_preparing(prepared)
        self._update_owner_activities()

    def _finish(self):
        result = super()._finish()
        self._update_owner_activities()
        return result

    def _withdraw(self, reason):
        result = super()._withdraw(reason)
        self._update_owner_activities()
        return result

    @api.model
    def _update_all_owner_activities(self):
        """Follow changed account managers, and ask about files that lie about."""
        # sudo: a cron of the system looks at all companies
        self.sudo().search(
            [("state", "in", ("mapped", "prepared", "applied"))]
        )._update_owner_activities()
