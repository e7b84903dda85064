from collections import defaultdict
from dataclasses import dataclass, field

from odoo import models

from odoo.addons.msp_contract_billing.models.money import day_after
from odoo.addons.msp_contract_billing.models.msp_content_mixin import has_amounts

# What the article of a remembered position begins with if it takes amounts.
AMOUNTS_SKU = "amounts/"


@dataclass(slots=True)
class AmountGroup:
    """Rows of one customer and product whose amounts go to one position.

    :param keys: what the position may be remembered by, the first for good
    :param position: that passes the amounts on, or begins to; None for a new one
    :param contract: where it begins, None if it runs
    :param begin: first day of a position that begins
    :param pricing: `msp.pricing` of a position that begins
    :param reason: why the rows wait
    """

    partner: object
    product: object
    rows: object
    keys: list[str] = field(default_factory=list)
    position: object = None
    contract: object = None
    begin: object = None
    pricing: object = None
    candidates: object = None
    reason: str = ""

    @property
    def key(self):
        return self.keys[0], f"{AMOUNTS_SKU}{self.product.id}", "", ""

    @property
    def subscription_id(self):
        return self.keys[0]

    @property
    def start(self):
        return min(self.rows.mapped("charge_period_start"))


class MspImport(models.Model):
    """Step 3 for amounts, first half: which position passes each on."""

    _inherit = "msp.import"

    def _load_amount_rows(self, kept):
        """Return the rows to pass on that no change has used yet."""
        rows = self.env["msp.provider.charge"].search(
            [
                ("import_id", "=", self.id),
                ("state", "=", "waiting"),
                ("is_left_out", "=", False),
                ("event", "!=", "unknown"),
                ("product_mapping_id.is_ignored", "=", False),
                ("product_mapping_id.billing_mode", "=", "amounts"),
                ("partner_id.active", "=", True),
                ("product_id.active", "=", True),
            ],
            order="row, id",
        )
        return rows - kept.provider_charge_ids

    def _group_amounts(self, rows):
        """Return a group per customer and product, or per subscription of it."""
        found = defaultdict(list)
        for row in rows:
            apart = ""
            if row.product_mapping_id.keep_apart == "subscription":
                apart = row.subscription_id or row.customer_key
            elif row.product_mapping_id.keep_apart == "azure_subscription":
                apart = row.sub_subscription_id or row.subscription_id
            found[row.partner_id, row.product_id, apart or ""].append(row.id)
        groups = []
        for (partner, product, apart), ids in found.items():
            mine = rows.browse(ids)
            keys = [apart] if apart else sorted({*mine.mapped("customer_key")})
            groups.append(AmountGroup(partner, product, mine, keys))
        return groups

    def _find_amount_target(self, group, known, kept):
        """Set the position of a group, or the contract of a new one, or say why not."""
        day = group.start
        group.candidates = self.env["msp.contract.position"]
        contracts = known.contracts_of(group.partner, day)
        mapping = self._find_amount_mapping(group, known)
        position = mapping and mapping.position_id
        if position and position.contract_id in contracts:
            if position in kept.position_id and not position.line_ids:
                group.reason = self.env._(
                    "%s waits for its approval", self._name_all(position)
                )
                return
            is_same = position.product_id == group.product or mapping.is_chosen
            if is_same and position.line_ids:
                group.position = position
                return
            if is_same:
                # Its version was withdrawn: it begins again.
                group.position = position
                self._begin_amounts(group, position.contract_id)
                return
        if mapping and mapping.contract_id in contracts:
            self._begin_amounts(group, mapping.contract_id)
            return
        running = contracts.position_ids.filtered(
            lambda one: (
                one.product_id == group.product
                and one.line_ids
                and (not one.date_end or one.date_end >= day)
                and not known.taken[one.id] - set(group.keys)
            )
        )
        fitting = running.filtered(lambda one: one.line_ids._dated())
        if len(fitting) == 1:
            group.position = fitting
        elif fitting:
            group.candidates = fitting
            group.reason = self.env._(
                "Several positions fit: %s. Choose one.", self._name_all(fitting)
            )
        elif running:
            group.candidates = running
            group.reason = self.env._(
                "%(position)s has a price of its own and passes no amounts on. Give it "
                "a price scheme “Amounts as charged by others” by a version, or choose "
                "the contract in which a new position begins.",
                position=self._name_all(running),
            )
        else:
            self._find_amount_contract(group, contracts, known)

    def _find_amount_mapping(self, group, known):
        keys = [(key, group.key[1]) for key in group.keys]
        return next(
            (known.mappings[key] for key in keys if key in known.mappings), None
        )

    def _find_amount_contract(self, group, contracts, known):
        """Set the contract in which a position begins, or why there is none."""
        awaited = [
            change
            for contract in contracts
            for position in contract.position_ids
            if position.product_id == group.product
            for change in known.awaited.get(position.id, ())
        ]
        last = max(row.used_end or row.charge_period_start for row in group.rows)
        running = contracts.filtered(
            lambda contract: contract.date_start and contract.date_start <= last
        )
        if awaited:
            group.reason = self._explain_acceptance(awaited[0], group.start)
        elif not contracts:
            group.reason = self.env._(
                "Customer %s has no running contract. Enter one, then prepare again.",
                group.partner.display_name,
            )
        elif not running:
            group.reason = self._explain_later(group, contracts, group.start)
        elif len(running) > 1:
            group.reason = self._explain_several(group, running)
        else:
            self._begin_amounts(group, running)

    def _begin_amounts(self, group, contract):
        """Let a position begin in `contract` with the markup of the article."""
        schemes = self.env["msp.pricing"].union(
            *(mapping._get_pricing() for mapping in group.rows.product_mapping_id)
        )
        if len(schemes) != 1:
            articles = group.rows.product_mapping_id.mapped("display_name")
            names = {
                "product": group.product.display_name,
                "articles": ", ".join(articles[:5]),
                "schemes": ", ".join(schemes.mapped("name")),
            }
            group.reason = (
                self.env._(
                    "The articles of %(product)s have several markups: %(schemes)s. "
                    "Choose one for all of them, or begin the position by hand.",
                    **names,
                )
                if schemes
                else self.env._(
                    "No markup is known for a new position %(product)s. Choose one for "
                    "the article (%(articles)s) or the provider, then prepare again.",
                    **names,
                )
            )
        elif has_amounts(schemes._to_plain()) and (
            error := schemes._get_currency_error(contract)
        ):
            group.reason = error
        else:
            group.contract, group.pricing = contract, schemes
            group.begin = max(group.start, contract.date_start)

    def _get_covered(self, group):
        """Return [first day, day after or None) of days that pass amounts on."""
        if group.pricing:
            return [(group.begin, day_after(group.contract.date_end))]
        return group.position.line_ids._dated()

    def _find_days(self, row, covered):
        """Return the days an amount is for: those of the charge, else of the usage.

        :return: (first day, last day), or None if they are not under contract
        """
        stated = (row.charge_period_start, row.charge_date_end)
        for first, last in (stated, (row.used_start, row.used_end)):
            if first and _covers(covered, first, last or first):
                return first, last or first
        return None


class MspContractLine(models.Model):
    _inherit = "msp.contract.line"

    def _dated(self):
        """Return [first day, day after or None) of lines that bill amounts, by days."""
        return sorted(
            (
                (line.date_start, day_after(line.date_end))
                for line in self
                if (line.pricing or {}).get("model") == "amounts"
            ),
            key=lambda days: days[0],
        )


def _covers(intervals, first, last):
    """Return whether intervals, ordered by days, hold all days from `first` on."""
    for start, end in intervals:
        if start <= first and (not end or first < end):
            if not end or last < end:
                return True
            first = end
    return False
