from odoo import Command, fields, models


class MspContractVersion(models.Model):
    """A draft that proposes computed prices; whoever edits it takes it over."""

    _inherit = "msp.contract.version"

    price_explanation = fields.Text(
        "How the Prices Come About",
        readonly=True,
        copy=False,
        help="For colleagues: costs are printed nowhere.",
    )
    proposed_prices = fields.Json(
        "What Was Proposed",
        readonly=True,
        copy=False,
        help="First day and prices by position. A draft that says something else was "
        "edited, and is left alone.",
    )

    def _get_system_fields(self):
        # Only the check says what it has proposed.
        return {**super()._get_system_fields(), "proposed_prices": False}

    def unlink(self):
        contracts = self.filtered("proposed_prices").contract_id
        result = super().unlink()
        contracts._close_price_activities()
        return result

    def _activate(self):
        result = super()._activate()
        self.filtered("proposed_prices").contract_id._close_price_activities()
        return result

    def _is_as_proposed(self):
        """Return whether the version is what the check has proposed, unedited."""
        self.ensure_one()
        return (
            bool(self.proposed_prices) and self.proposed_prices == self._get_proposed()
        )

    def _get_open_proposals(self):
        """Return those of the versions that the check may change or take back."""
        return self.filtered(
            lambda version: version.state == "draft" and version._is_as_proposed()
        )

    def _get_proposed(self):
        """Return what the version would be as a proposal, None if it cannot be one."""
        changes = self.change_ids
        if self.date_end or any(
            len(change._touches()) != 1 or not change.sets_price for change in changes
        ):
            return None
        return _proposed(
            self.date_start,
            (
                (change.position_id.id, change.price_unit, change.price_interval)
                for change in changes
            ),
        )

    def _update_proposal(self, vals):
        """Let an open proposal say what `vals` say, if it does not."""
        self.ensure_one()
        commands = [vals for _code, _id, vals in vals["change_ids"]]
        wanted = _proposed(
            vals["date_start"],
            (
                (change["position_id"], change["price_unit"], change["price_interval"])
                for change in commands
            ),
        )
        if wanted != self.proposed_prices:
            vals.pop("contract_id")
            self.write({**vals, "change_ids": [Command.clear(), *vals["change_ids"]]})
            self._system_write({"proposed_prices": wanted})
        if self.base_number != self.contract_id._get_latest_number():
            self.action_take_as_base()

    def action_dismiss_prices(self):
        """Delete proposals; the same prices are not proposed again."""
        self.check_access("unlink")
        proposals = self.filtered("proposed_prices")
        proposals._check_draft()
        for change in proposals.change_ids:
            change.position_id.write({"price_dismissed": change.price_unit})
        action = proposals.contract_id.action_view_proposals()
        proposals.unlink()
        return action


def _proposed(day, prices):
    """Return the JSON of a proposal; `prices` are (position id, price, interval)."""
    return {
        "day": format(day, "%Y-%m-%d"),
        "prices": {
            str(position): [float(price), interval]
            for position, price, interval in prices
        },
    }
