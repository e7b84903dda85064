from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from odoo import models

from odoo.addons.msp_contract_billing.billing.entitlement import entitlements
from odoo.addons.msp_contract_billing.billing.shares import (
    billed_lines,
    suspended_lines,
)
from odoo.addons.msp_contract_billing.models.money import day_before, to_decimal

from ..matching import Content, Statement, overlay

_ZERO = Decimal(0)


@dataclass(slots=True)
class Chain:
    """What the files say about one subscription and article.

    :param row_ids: rows of the month that state a quantity
    :param cost: net amount of these rows
    :param is_silent: the month's file has rows, but they say no quantity: they were
        ignored, are not assigned or could not be read
    :param is_other_plan: it is held against a position of the same article, though
        its term or billing plan means another product
    """

    subscription_id: str
    sku_id: str
    term: str = ""
    billing_plan: str = ""
    position_id: int | None = None
    partner_id: int | None = None
    product_id: int | None = None
    statements: list[Statement] = field(default_factory=list)
    reason: str | None = None
    row_ids: list[int] = field(default_factory=list)
    cost: Decimal = Decimal(0)
    currency_id: int | None = None
    is_silent: bool = False
    is_other_plan: bool = False

    @property
    def key(self):
        return self.subscription_id, self.sku_id, self.term, self.billing_plan

    @property
    def label(self):
        return "/".join(filter(None, self.key))


class MspReconciliation(models.Model):
    """What is compared, loaded as plain values in few queries."""

    _inherit = "msp.reconciliation"

    def _load_chains(self):
        """Return {key: Chain} of all that is known so far.

        Rows of a later month than this one say nothing yet.
        """
        chains, said = {}, self._query_statements()
        for row in said:
            chain = chains.setdefault(row[:4], Chain(*row[:4]))
            chain.position_id = row.position_id or chain.position_id
            chain.partner_id = row.partner_id or chain.partner_id
            chain.product_id = row.product_id or chain.product_id
            chain.reason = row.error
        for row in self._query_first_days():
            if row[:4] not in chains:
                # Supplied before this month, whatever became of it.
                nothing = Statement(row.first, row.first, Decimal(0))
                chains[row[:4]] = Chain(*row[:4], statements=[nothing])
        for row in self._query_costs():
            chain = chains.setdefault(row[:4], Chain(*row[:4]))
            chain.row_ids += row.row_ids
            chain.currency_id = chain.currency_id or row.currency_id
            chain.cost += self._to_cost_currency(row, chain)
            chain.partner_id = chain.partner_id or row.partner_id
            chain.product_id = chain.product_id or row.product_id
            chain.reason = chain.reason or row.reason
        self._find_remembered_positions(chains, {row[:4] for row in said})
        self._adopt_other_plans(chains, said)
        self._add_statements(chains, said)
        self._find_silent(chains, said)
        return chains

    def _add_statements(self, chains, said):
        """Let articles and terms of one subscription in one position speak as one.

        Converted, the new one takes the place of the old one.
        """
        voices = {}
        for row in said:
            chain = chains[row[:4]]
            if chain.position_id:
                subject = (chain.subscription_id, chain.position_id)
                chain = voices.setdefault(subject, chain)
            quantity = Decimal(0) if row.kind == "end" else to_decimal(row.quantity)
            chain.statements.append(
                Statement(row.date_start, row.end, quantity, tuple(row.row_ids))
            )

    def _find_silent(self, chains, said):
        """Mark the chains of which the month's files should speak, but do not."""
        spoken = {row[:2] for row in said if row.month == self.month}
        silent = {row[:] for row in self._query_silent()}
        blocked = {word for one in self.import_ids for word in one._find_blocked()}
        for chain in chains.values():
            is_meant = chain.key[:2] in silent or chain.subscription_id in blocked
            chain.is_silent = is_meant and chain.key[:2] not in spoken

    def _to_cost_currency(self, row, chain):
        currencies = self.env["res.currency"]
        currency = currencies.browse(row.currency_id)
        if row.currency_id == chain.currency_id:
            return to_decimal(row.cost)
        amount = currency._convert(
            row.cost,
            currencies.browse(chain.currency_id),
            self.company_id,
            self.date_end,
        )
        return to_decimal(amount)

    def _find_remembered_positions(self, chains, said):
        """Set the position that a subscription was assigned to, where nothing is said.

        Where something is, the import has looked at what is remembered.
        """
        silent = [chain for key, chain in chains.items() if key not in said]
        if not silent:
            return
        mappings = self.env["msp.position.mapping"].search_fetch(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                (
                    "subscription_id",
                    "in",
                    list({one.subscription_id for one in silent}),
                ),
                ("position_id", "!=", False),
            ],
            ["subscription_id", "sku_id", "position_id"],
        )
        remembered = {
            (one.subscription_id, one.sku_id): one.position_id.id for one in mappings
        }
        for chain in silent:
            chain.position_id = remembered.get(chain.key[:2])

    def _load_contents(self, positions, as_of):
        """Return by position's id its contents, what of them is billed, and the
        content whose price counts in the month on days without any.

        :param as_of: what is due by this day should be on invoices
        """
        contents, stand_ins, billed = {}, {}, defaultdict(list)
        month = (self.month, self._end())
        digits = {one.contract_id: one.currency.digits for one in positions}
        contracts = self.env["msp.contract"].browse(digits)
        claims = self.env["msp.charge"]._load_claims(contracts, month)
        counter_ids = self._find_counters(contracts)
        for contract_id, history in contracts._load_histories().items():
            for position, billable, pieces in self._slices(
                history, month, digits[contract_id]
            ):
                contents[position] = [_content(piece, as_of) for piece in pieces]
                stand_ins[position] = _stand_in((billable or pieces)[-1], *month)
            own = sorted(claims[contract_id], key=_settlement)
            counters = [claim for claim in own if claim.key in counter_ids]
            own = [claim for claim in own if claim.key not in counter_ids]
            for claim in own:
                billed[claim.position] = overlay(
                    billed[claim.position], _billed(claim), claim.start, claim.end
                )
            for counter in counters:
                billed[counter.position] = _credited(
                    billed[counter.position], counter, own
                )
        return contents, billed, stand_ins

    def _find_counters(self, contracts):
        """Return ids of what credit notes took back in part, to be billed again."""
        # sudo: like the claims, whatever record rules hide
        counters = self.env["msp.charge"].sudo()
        domain = [
            ("contract_id", "in", contracts.ids),
            ("kind", "=", "counter"),
            ("counts", "=", True),
        ]
        return set(counters.search(domain).ids)

    def _slices(self, history, month, digits):
        """Return (position, slices to bill, the same and those of suspended days).

        Those of the month, and the last content before. What is suspended is in the
        contract, at no price.
        """
        if history is None:
            return []
        found = _pieces(history, month, digits, billed_lines)
        suspended = {}
        if not all(line.share for line in history.lines):
            suspended = _pieces(history, month, digits, suspended_lines)
        return [
            (position, pieces, both)
            for position, pieces in found.items()
            if (both := sorted(pieces + suspended.get(position, []), key=_start))
        ]

    def _charge_domain(self, position):
        """Return the domain of the charges for a position in the month."""
        return [
            ("position_id", "=", position.id),
            ("counts", "=", True),
            ("date_start", "<=", day_before(self._end())),
            ("date_end", ">=", self.month),
        ]


def _pieces(history, month, digits, of):
    """Return {position: slices}; what was before content of the first day is not
    computed.

    :param month: (first day, day after)
    """
    start, end = month
    result = {}
    for position, entitled in entitlements(history, end, digits, of=of).items():
        found = []
        for index, held in reversed(list(entitled.holding())):
            pieces = entitled.slices(index, held) if held else []
            found = [*pieces, *found]
            if any(one.start <= start and one.quantity for one in pieces):
                break
        result[position] = found
    return result


def _stand_in(piece, start, end):
    """Return the last content's price, spread over the days of the month."""
    _number, instalments = piece.instalment or (1, 1)
    months = (piece.period.policy.months or 0) * instalments
    if piece.period.policy.day_count == "year_share":
        months = 12
    whole = piece.period.natural_end - piece.period.natural_start
    return Content(
        start=start,
        end=end,
        quantity=_ZERO,
        unit_price=_net_price(piece.unit_price, piece.discount),
        share=_part(months * (end - start).days if months else whole.days),
    )


def _settlement(claim):
    return claim.settlement


def _start(piece):
    return piece.start


@lru_cache(maxsize=4096)
def _part(whole):
    return Fraction(1, whole)


@lru_cache(maxsize=4096)
def _net_price(price, discount):
    if not discount:
        return Fraction(price)
    return Fraction(price) * (1 - Fraction(discount) / 100)


def _content(piece, as_of):
    """Return the `matching.Content` of a slice of an entitlement."""
    is_amount = bool(piece.pricing and piece.pricing.model == "amounts")
    units = Fraction(piece.quantity) * piece.factor if is_amount else 0
    return Content(
        start=piece.start,
        end=piece.end,
        quantity=piece.quantity,
        unit_price=_net_price(piece.unit_price, piece.discount),
        share=piece.factor / (piece.end - piece.start).days,
        is_due=piece.period.is_due(as_of),
        keys=piece.versions,
        is_amount=is_amount,
        exact_price=Fraction(piece.amount) / units if units else None,
    )


def _billed(claim):
    """Return what a claim says is billed for each of its days."""
    if claim.basis is None:
        return [Content(claim.start, claim.end, None, Fraction(0))]
    return [
        Content(
            start=basis.start,
            end=basis.end,
            quantity=basis.quantity,
            unit_price=_net_price(basis.unit_price, basis.discount),
            keys=(claim.key,),
        )
        for basis in claim.basis
    ]


def _credited(contents, counter, claims):
    """Return contents cheaper by what a credit note took back of their days."""
    start, end = counter.start, counter.end
    whole = sum(
        Fraction(claim.amount)
        for claim in claims
        if claim.position == counter.position
        and claim.start < end
        and claim.end > start
    )
    if not whole:
        return contents
    rate = 1 + Fraction(counter.amount) / whole
    layer = [
        replace(
            one,
            start=max(one.start, start),
            end=min(one.end, end),
            unit_price=one.unit_price * rate,
        )
        for one in contents
        if one.start < end and one.end > start
    ]
    return overlay(contents, layer, start, end)
