from odoo import api, fields, models

from ..formats.subscription_states import ID as STATES_FORMAT
from .msp_import import BUCKETS
from .msp_import_apply import BATCH_SIZE

OPEN_ROWS = (*BUCKETS["waiting"], "matched")
# Raised by what is usual: whoever bills ahead has billed the day of each change.
_USUAL_FLAGS = {"backdated"}


class MspImport(models.Model):
    """Counts that a provider's interface states: changes like a file's, but no month."""

    _inherit = "msp.import"

    is_count = fields.Boolean(
        "States of Subscriptions",
        compute="_compute_is_count",
        store=True,
        help="What the provider's interface says; it bills nothing and is no month's "
        "file.",
    )

    @api.depends("format_id")
    def _compute_is_count(self):
        for one in self:
            one.is_count = one.format_id == STATES_FORMAT

    def _find_month(self):
        """Return no month for counts: nothing of the month is complete by them."""
        return False if self.is_count else super()._find_month()

    # By rule

    def _apply_certain(self, deadline_passed=lambda: False):
        """Apply what raises no question, contract by contract; the rest waits.

        :param deadline_passed: asked between batches
        :return: whether there is more of it to apply
        """
        self.ensure_one()
        self.check_access("write")
        self._check_not_running()
        self._remember_agreed()
        while True:
            changes = self.change_ids.filtered(lambda one: one._is_certain())
            by_contract = changes.grouped("contract_id")
            contracts = list(by_contract)[:BATCH_SIZE]
            if not contracts:
                break
            batch = [by_contract[contract] for contract in contracts]
            self._apply_contracts(batch)
            changes.browse([one.id for part in batch for one in part])._update_rows()
            if deadline_passed():
                return True
        self._finish_if_settled()
        return False

    def _finish_if_settled(self):
        """End the import if there is nothing in it for people to decide."""
        self._check_not_running()
        rows = self.env["msp.provider.charge"].search_count(
            [("import_id", "=", self.id), ("state", "in", OPEN_ROWS)], limit=1
        )
        if not rows and not self.proposed_count and not self.waiting_count:
            self._remember_agreed()
            self._finish()


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    def _is_certain(self):
        """Return whether a rule may apply the change without anybody looking at it.

        More or fewer of what is under contract, or what was sold going live as sold.
        What begins, ends or is flagged for whatever reason is for people.
        """
        self.ensure_one()
        if self.state != "proposed" or self.version_id:
            return False
        usual = set(_USUAL_FLAGS)
        if set(self.provider_charge_ids.mapped("pricing_unit")) == {"purchased"}:
            # The provider has taken them back already, so it does not charge them.
            usual.add("commitment")
        if set(self.flag_ids.mapped("code")) - usual:
            return False
        return self._is_as_sold() if self.is_awaited else self.kind == "set"
