from odoo import api, models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.wording import format_number
from odoo.addons.msp_contract_billing.wizard.msp_trace_node import Node

from ..models.msp_dated_amount import KEY


class MspTrace(models.TransientModel):
    """Amounts passed on lead to the provider's charge, and to its rows of usage."""

    _inherit = "msp.trace"

    @api.model
    def _trace_amounts(self, keys):
        result = super()._trace_amounts(keys)
        ids = {
            key: int(key.rpartition(",")[2])
            for key in keys
            if isinstance(key, str) and key.startswith(f"{KEY},")
        }
        # sudo: a charge shows all that it sums; what the user may not read is hidden
        amounts = self.env["msp.dated.amount"].sudo().browse(ids.values()).exists()
        readable = self._readable(amounts)
        rows = self._row_nodes(amounts.provider_charge_id)
        usage = self._usage_nodes(amounts.provider_charge_id)
        label = self.env._("Amount passed on")
        by_id = {amount.id: amount for amount in amounts}
        for key, number in ids.items():
            amount = by_id.get(number)
            if not amount:
                continue
            charge = amount.provider_charge_id
            if amount.id not in readable:
                result[key] = self._hidden("source", label, amount.summary)
                continue
            row = rows[charge.id]
            row.children = [*row.children, *usage.get(charge.id, ())]
            result[key] = Node(
                "source",
                label,
                amount.summary,
                self._describe_amount(amount),
                amount=amount.amount,
                currency=amount.currency_id,
                day=amount.date_start,
                record=amount.with_env(self.env),
                position_id=amount.position_id.id or None,
                children=[row],
            )
        return result

    @api.model
    def _describe_amount(self, amount):
        states = dict(amount._fields["state"]._description_selection(self.env))
        details = [
            self.env._(
                "%(first)s – %(last)s",
                first=format_date(self.env, amount.date_start),
                last=format_date(self.env, amount.date_end),
            )
        ]
        if amount.rate_rule != "same":
            rules = dict(amount._fields["rate_rule"]._description_selection(self.env))
            details.append(
                self.env._(
                    "%(cost)s %(from)s at %(rate)s (%(rule)s)",
                    **{
                        "cost": format_number(self.env, amount.cost),
                        "from": amount.cost_currency_id.name,
                        "rate": f"{amount.rate:g}",
                        "rule": rules[amount.rate_rule],
                    },
                )
            )
        if amount.state != "counts":
            details.append(states[amount.state])
        return details

    @api.model
    def _usage_nodes(self, charges):
        """Return one link for the rows of usage that each charge sums, by its id."""
        readable = self._readable(charges)
        label = self.env._("Rows of usage")
        groups = (
            self.env["msp.usage.row"]
            .sudo()
            ._read_group(
                [("charge_id", "in", charges.ids)],
                ["charge_id"],
                ["__count", "charge_date:min", "charge_date:max", "id:min"],
            )
        )
        result = {}
        for charge, count, first, last, row_id in groups:
            title = self.env._("%s rows", count)
            if charge.id not in readable:
                result[charge.id] = [self._hidden("source", label, title)]
                continue
            only = self.env["msp.usage.row"].browse(row_id) if count == 1 else None
            result[charge.id] = [
                Node(
                    "source",
                    label,
                    title,
                    [
                        self.env._(
                            "Used from %(first)s to %(last)s",
                            first=format_date(self.env, first),
                            last=format_date(self.env, last),
                        )
                    ],
                    amount=charge.billed_cost,
                    currency=charge.currency_id,
                    day=first,
                    record=only or charge.with_env(self.env),
                    position_id=charge.position_id.id or None,
                )
            ]
        return result
