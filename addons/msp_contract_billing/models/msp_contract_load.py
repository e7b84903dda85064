from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..billing import History, Line, Policy, Terms
from .money import day_after
from .msp_content_mixin import to_overrides, to_pricing
from .msp_contract_terms import POLICY_FIELDS


class MspContract(models.Model):
    """From the stored lines and terms to the engine's histories.

    Read by SQL, as a run loads those of all contracts: record rules do not apply,
    since content that they hide would be credited, and numbers come as text, which
    keeps every digit.
    """

    _inherit = "msp.contract"

    def _load_histories(self):
        """Return the stored `billing.History` of each contract, keyed by id.

        None for contracts without an active version. Reads with three queries,
        beside what amounts from outside need.
        """
        lines, terms = self._load_lines(), self._load_terms()
        amounts = self._load_amounts()
        return {
            contract_id: History(
                start=start,
                end=day_after(end),
                lines=tuple(lines.get(contract_id, ())),
                terms=tuple(terms[contract_id]),
                amounts=_amounts_of(lines.get(contract_id, ()), amounts),
            )
            if contract_id in terms
            else None
            for contract_id, start, end in self._select(
                "msp.contract", ["id", "date_start", "date_end"]
            )
        }

    def _load_lines(self):
        """Return the `billing.Line` list of each contract, keyed by id."""
        columns = [
            "contract_id",
            "position_id",
            "date_start",
            "date_end",
            "quantity",
            "price_unit",
            "discount",
            "price_interval",
            "pricing",
            "overrides",
            "billed_share",
            "name",
            "version_numbers",
        ]
        result = {}
        for contract_id, position, start, end, *content in self._select(
            "msp.contract.line", columns
        ):
            quantity, price, discount, months, scheme, rule, *content = content
            share, text, versions = content
            result.setdefault(contract_id, []).append(
                Line(
                    position=position,
                    start=start,
                    end=day_after(end),
                    quantity=Decimal(quantity),
                    unit_price=Decimal(price),
                    discount=Decimal(discount or 0),
                    price_months=int(months),
                    pricing=to_pricing(scheme),
                    overrides=to_overrides(rule),
                    share=Decimal(share),
                    text=text or "",
                    versions=tuple(versions or ()),
                )
            )
        return result

    def _load_terms(self):
        """Return the `billing.Terms` list of each contract, keyed by id."""
        columns = ["contract_id", "date_start", "date_end", "anchor_date"]
        result, policies = {}, {}
        for contract_id, start, end, *rules in self._select(
            "msp.contract.terms", [*columns, *POLICY_FIELDS]
        ):
            key = tuple(rules)
            if key not in policies:
                names = ("anchor", *POLICY_FIELDS.values())
                policies[key] = Policy(**dict(zip(names, rules, strict=True)))
            result.setdefault(contract_id, []).append(
                Terms(start, day_after(end), policies[key])
            )
        return result

    def _select(self, model_name, columns):
        """Return rows of the contracts in `model_name`, in order of its days.

        Numeric columns come as text, as they would be floats otherwise.
        """
        model = self.env[model_name]
        model.flush_model(columns)
        key = "id" if model_name == self._name else "contract_id"
        if not self.ids:
            return []
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM %s WHERE %s = ANY(%s) ORDER BY %s, date_start",
                SQL(", ").join(_as_text(model._fields[name]) for name in columns),
                SQL.identifier(model._table),
                SQL.identifier(key),
                list(self.ids),
                SQL.identifier(key),
            )
        )
        return self.env.cr.fetchall()


def _amounts_of(lines, amounts):
    """Return those of `amounts` that belong to a contract's lines, by position."""
    return {
        line.position: tuple(amounts[line.position])
        for line in lines
        if line.position in amounts
    }


def _as_text(field):
    column = SQL.identifier(field.name)
    is_number = field.column_type and field.column_type[0] == "numeric"
    return SQL("%s::text", column) if is_number else column
