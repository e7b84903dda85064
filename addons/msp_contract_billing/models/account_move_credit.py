from collections import defaultdict

from odoo import models
from odoo.tools import unique


class AccountMove(models.Model):
    """What a posted credit note takes back, as rows of the ledger."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._msp_append_counters()
        return posted

    def _msp_append_counters(self):
        """Write what posted credit notes take back into the ledger.

        A note that was reset to draft and posted again only adds the difference.
        """
        # sudo: whoever may post a credit note need not have rights on contracts
        lines = self.sudo().line_ids._msp_taking_back()
        if not lines:
            return
        charges = lines.msp_origin_line_id.msp_charge_ids
        charges.contract_id._lock_ledger()
        for move, own in lines.grouped("move_id").items():
            given_back = own.msp_origin_line_id.msp_charge_ids.origin_charge_id
            move._msp_check_revived(given_back)
        for batch in lines._msp_apart():
            vals_list = [
                vals
                for line in batch
                for vals in line.move_id._msp_prepare_counter_vals(line)
            ]
            if vals_list:
                charges._append(vals_list)
                charges.flush_model()

    def _msp_prepare_counter_vals(self, line):
        """Return the rows by which `line` takes back its origin's charges."""
        self.ensure_one()
        share = line._msp_credited_share()
        is_final = self.msp_credit_mode == "final" or (
            self.msp_credit_mode == "auto" and not line._msp_is_credited_in_full()
        )
        wanted = defaultdict(float)
        for charge in line.msp_origin_line_id.msp_charge_ids:
            if charge.kind == "counter":
                # A credit note that is reversed gives back what it took.
                key = charge.origin_charge_id, charge.is_goodwill
                wanted[key] -= charge.amount * share
            elif charge.counts or charge.counter_ids:
                mine = charge.counter_ids.filtered(lambda c: c.move_line_id == line)
                still_open = charge._still_open(is_final, mine)
                taken = min(abs(charge.amount * share), abs(still_open))
                wanted[charge, is_final] = -taken if charge.amount > 0 else taken
        vals_list = []
        for claim in unique(claim for claim, _is_goodwill in wanted):
            mine = claim.counter_ids.filtered(lambda c: c.move_line_id == line)
            for is_goodwill in (False, True):
                before = mine.filtered(lambda c, g=is_goodwill: c.is_goodwill == g)
                amount = wanted.get((claim, is_goodwill), 0.0) - sum(
                    before.mapped("amount")
                )
                is_zero_claim = (claim, is_goodwill) in wanted and not (
                    mine or claim.amount
                )
                if claim.currency_id.is_zero(amount) and not is_zero_claim:
                    continue
                part = amount / claim.amount if claim.amount else -share
                vals_list.append(
                    {
                        **claim._prepare_counter_vals(amount),
                        "quantity": claim.quantity * part,
                        "is_goodwill": is_goodwill,
                        "move_line_id": line.id,
                        "name": line.name,
                    }
                )
        return vals_list
