import hashlib

from odoo import fields, models
from odoo.exceptions import UserError

from .msp_provider_order import UNSETTLED

# A person still has to decide about these.
UNDECIDED = ("proposed", "waiting", "failed")


class MspLicenceStatus(models.Model):
    """From a difference to the change of the contract that is proposed for it."""

    _inherit = "msp.licence.status"

    def action_propose(self):
        """Open the imports that propose what contracts lack; make what is missing."""
        different = self.filtered("is_different")
        if not different:
            raise UserError(self.env._("Provider and contract agree already."))
        different._check_not_ordered()
        subscriptions = different.subscription_id
        imports, covered = subscriptions._find_proposals()
        left = subscriptions.filtered(lambda one: one.subscription_id not in covered)
        by_origin = left.grouped(lambda one: (one.provider_id, one.company_id))
        for (provider, company), of_origin in by_origin.items():
            imports |= of_origin._propose(provider, company)
        return imports._action_open()

    def _check_not_ordered(self):
        """Refuse what is on its way to the provider: contract and order would cross."""
        ordered = self.subscription_id.order_ids.filtered(
            lambda order: order.state in UNSETTLED
        )
        if ordered:
            raise UserError(
                self.env._(
                    "%s was ordered and waits at the provider. Look again once it is "
                    "done.",
                    ordered[0].display_name,
                )
            )


class MspSubscription(models.Model):
    _inherit = "msp.subscription"

    def _find_proposals(self):
        """Return the imports with open proposals for these, and whose they are.

        :return: (msp.import, set of the provider's numbers)
        """
        changes = self.env["msp.import.change"].search(
            [
                ("subscription_id", "in", self.mapped("subscription_id")),
                ("import_id.provider_id", "in", self.provider_id.ids),
                ("import_id.company_id", "in", self.company_id.ids),
                ("import_id.is_count", "=", True),
                ("import_id.state", "=", "prepared"),
                ("state", "in", UNDECIDED),
            ]
        )
        return changes.import_id, set(changes.mapped("subscription_id"))

    def _propose(self, provider, company):
        """Return a prepared import of what the provider says of these."""
        content = self._write_lines()
        imports = self.env["msp.import"].with_company(company)
        earlier = imports._find_earlier(hashlib.sha256(content).hexdigest())
        if earlier:
            return earlier.with_env(imports.env)
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        name = f"subscriptions-{now:%Y-%m-%d-%H%M%S}.jsonl"
        import_ = imports.import_file(provider, name, content)
        import_.action_assign()
        import_.action_prepare()
        self._mark_told()
        return import_
