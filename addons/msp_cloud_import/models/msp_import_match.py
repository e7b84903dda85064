from collections import defaultdict
from dataclasses import dataclass, replace

from odoo import models
from odoo.tools import format_date

from ..formats import QuantityChange


@dataclass(slots=True)
class Group:
    """What the file says about one subscription, and where it belongs.

    :param position: the position that takes the quantity, empty for a new one
    :param contract: where a new position begins
    :param reason: why there is neither
    :param awaited: change that begins the position, which was sold and is not live
    :param more: changes that add sold units to the position and are not live
    :param mapping: what is remembered of the subscription, None if nothing
    :param share: `msp.position.share` of a subscription that is split
    :param parts: {day: {subscription: quantity}} of what is added up, None if nothing
    :param silent: subscriptions of a sum that the file does not mention, as text
    :param price: `Price` with which a new position begins, None if there is none
    :param flags: codes of what somebody has to look at
    """

    key: tuple
    partner: object
    product: object
    changes: list[QuantityChange]
    position: object = None
    contract: object = None
    candidates: object = None
    reason: str = ""
    is_remembered: bool = False
    awaited: object = None
    more: object = None
    mapping: object = None
    share: object = None
    price: object = None
    flags: tuple = ()
    parts: dict = None
    silent: str = ""

    @property
    def subscription_id(self):
        return self.key[0]

    @property
    def start(self):
        return self.changes[0].start

    def key_on(self, day):
        """Return what the change of a day is recognised by, see `_key`."""
        plan = f"{self.key[3]}#{self.share.id}" if self.share else self.key[3]
        return (*self.key[:3], plan, day)


@dataclass(slots=True)
class Known:
    """What is looked up once for a batch of customers.

    :param mappings: {(subscription, article): position mapping}
    :param taken: {position id: subscriptions it takes its quantity from}
    :param ended: {(subscription, article): day on which the file ends it}
    :param awaited: {position id: changes that are sold and not live}
    :param people: {position id: changes by which people have set its quantity}
    """

    mappings: dict
    contracts: object
    taken: dict
    ended: dict
    awaited: dict
    people: dict
    by_customer: dict | None = None

    def contracts_of(self, partner, day):
        """Return the contracts of a customer that have not ended on a day."""
        if self.by_customer is None:
            self.by_customer = self.contracts.grouped("commercial_partner_id")
        own = self.by_customer.get(
            partner.commercial_partner_id, self.contracts.browse()
        )
        return own.filtered(
            lambda contract: not contract.date_end or contract.date_end >= day
        )


class MspImport(models.Model):
    """Step 3, first half: which position each subscription of the file is."""

    _inherit = "msp.import"

    def _group(self, changes, by_row):
        """Return one group per subscription, article, term and billing plan."""
        groups = {}
        for change in changes:
            row = by_row[change.rows[0]]
            key = (
                change.subscription_id or "",
                change.sku_id or "",
                change.term or "",
                change.billing_plan or "",
            )
            group = groups.get((key, row.partner_id.id))
            if not group:
                group = Group(key, row.partner_id, row.product_id, [])
                groups[key, row.partner_id.id] = group
            group.changes.append(change)
        return list(groups.values())

    def _look_up(self, groups):
        model = self.env["msp.position.mapping"]
        mappings = model._load(
            self.provider_id,
            self.company_id,
            {group.subscription_id for group in groups},
        )
        partner_ids = {group.partner.commercial_partner_id.id for group in groups}
        contracts = self.env["msp.contract"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("commercial_partner_id", "in", list(partner_ids)),
                "|",
                ("state", "=", "active"),
                ("import_template_id", "!=", False),
            ],
            order="id",
        )
        taken = defaultdict(set)
        for mapping in model.search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("position_id", "in", contracts.position_ids.ids),
            ]
        ):
            taken[mapping.position_id.id].add(mapping.subscription_id)
        ended = {
            group.key[:2]: change.start
            for group in groups
            for change in group.changes
            if change.kind == "end"
        }
        self._read_once(contracts)
        awaited = self._find_awaited(contracts)
        people = self._find_entered(contracts, groups)
        return Known(mappings, contracts, taken, ended, awaited, people)

    def _read_once(self, contracts):
        """Read what is looked at for each group, for all of them.

        Records that are filtered would be read one contract at a time.
        """
        contracts.position_ids.line_ids.mapped("quantity")
        contracts.position_ids.mapped("product_id.uom_id")
        contracts.terms_ids.mapped("anchor_date")
        contracts.version_ids.change_ids.mapped("action")
        partners = contracts.partner_id.with_company(self.company_id)
        partners.mapped("property_product_pricelist")

    def _find_target(self, group, known):
        """Set the position or contract of a group, or the reason why not."""
        day = group.start
        mapping = known.mappings.get(group.key[:2])
        contracts = known.contracts_of(group.partner, day)
        group.candidates = self.env["msp.contract.position"]
        group.mapping = mapping
        if mapping and mapping.share_ids:
            group.is_remembered = True
            return
        if (
            mapping
            and mapping.position_id.contract_id in contracts
            and self._still_holds(mapping, group)
        ):
            group.position, group.is_remembered = mapping.position_id, True
            return
        if mapping and mapping.contract_id in contracts:
            group.contract, group.is_remembered = mapping.contract_id, True
            return
        fitting = contracts.position_ids.filtered(
            lambda position: (
                position.product_id == group.product
                and (runs(position, day) or _is_awaited(position, known))
                and not known.taken[position.id] - {group.subscription_id}
            )
        )
        if len(fitting) == 1:
            group.position = fitting
        elif fitting:
            group.candidates = fitting
            group.reason = self.env._(
                "Several positions fit: %s. Choose one.", self._name_all(fitting)
            )
        elif left := self._find_left(group, known):
            group.reason = self._explain_left(left)
        else:
            self._find_contract(group, known, contracts)

    def _still_holds(self, mapping, group):
        """Return whether a remembered position still takes the quantity.

        One that has ended does not; one without any content was withdrawn and
        begins again.
        """
        position = mapping.position_id
        if position.product_id != group.product and not mapping.is_chosen:
            return False
        if position.bundle_id and not position.line_ids:
            # There is no component without its bundle.
            return False
        return not position.line_ids or runs(position, group.start)

    def _find_contract(self, group, known, contracts):
        """Set the contract in which a new position begins, or why there is none."""
        day, customer = group.start, group.partner.display_name
        running = contracts.filtered(
            lambda contract: (
                contract._is_planned()
                or (contract.date_start and contract.date_start <= day)
            )
        )
        elsewhere = self._find_elsewhere(group, known, contracts)
        if elsewhere:
            group.candidates = elsewhere
            group.reason = self.env._(
                "The subscription is with %(position)s, while the file now means "
                "%(product)s. Choose the position, or end the old one first.",
                position=self._name_all(elsewhere),
                product=group.product.display_name,
            )
        elif not contracts:
            group.reason = self.env._(
                "Customer %s has no running contract. Let one begin from a template, "
                "or enter one and prepare again.",
                customer,
            )
        elif not running:
            group.reason = self._explain_later(group, contracts, day)
        else:
            fitting = running.filtered(
                lambda contract: price_fits(contract, group.product, day)
            )
            if len(fitting) == 1:
                group.contract = fitting
            elif fitting:
                group.reason = self._explain_several(group, fitting)
            else:
                group.reason = self.env._(
                    "%(product)s has a price for a time that does not fit the rhythm "
                    "of contract %(contract)s. Enter the position by hand.",
                    product=group.product.display_name,
                    contract=", ".join(running.mapped("display_name")),
                )

    def _explain_later(self, group, contracts, day):
        return self.env._(
            "The contract of customer %(customer)s begins on %(first)s, but the "
            "file speaks for %(day)s.",
            customer=group.partner.display_name,
            first=format_date(self.env, min(contracts.mapped("date_start"))),
            day=format_date(self.env, day),
        )

    def _explain_several(self, group, contracts):
        return self.env._(
            "Customer %(customer)s has several contracts: %(contracts)s. "
            "Choose the one in which %(product)s begins.",
            customer=group.partner.display_name,
            contracts=", ".join(contracts.mapped("display_name")),
            product=group.product.display_name,
        )

    def _find_elsewhere(self, group, known, contracts):
        """Return running positions that the same subscription has already.

        Beginning another one would bill the seats twice, unless the file ends the
        old one by that day.
        """
        found = self.env["msp.contract.position"]
        for key, mapping in known.mappings.items():
            position = mapping.position_id
            ended = known.ended.get(key)
            if (
                key[0] == group.subscription_id
                and position.contract_id in contracts
                and runs(position, group.start)
                and not (key != group.key[:2] and ended and ended <= group.start)
            ):
                found |= position
        return found

    def _name_all(self, positions):
        return ", ".join(
            f"{position.name} ({position.contract_id.display_name})"
            for position in positions
        )

    def _merge_groups(self, groups):
        """Let groups of one position speak with one voice, or let them wait."""
        result, by_position = [], defaultdict(list)
        for group in groups:
            if group.position and not group.reason:
                by_position[group.position.id].append(group)
            else:
                result.append(group)
        for rivals in by_position.values():
            subscriptions = {group.subscription_id for group in rivals}
            if len(subscriptions) == 1:
                result.append(_merged(rivals))
                continue
            for group in rivals:
                if not group.is_remembered:
                    group.candidates = group.position
                    group.reason = self.env._(
                        "%(position)s fits several subscriptions: %(subscriptions)s. "
                        "Choose for each.",
                        position=self._name_all(group.position),
                        subscriptions=", ".join(sorted(subscriptions)),
                    )
                    group.position = None
            result += rivals
        return result


def runs(position, day):
    """Return whether a position has content on `day` or later."""
    return bool(position.line_ids) and (
        not position.date_end or position.date_end >= day
    )


def _is_awaited(position, known):
    """Return whether a position is sold and has no content yet."""
    return not position.line_ids and position.id in known.awaited


def price_fits(contract, product, day):
    """Return whether the product's price can be billed in the contract's rhythm."""
    return contract._product_fits(product, day)


def _merged(groups):
    """Return one group for all articles and terms that share a position."""
    if len(groups) == 1:
        return groups[0]
    by_day = defaultdict(list)
    for group in groups:
        for change in group.changes:
            by_day[change.start].append(change)
    changes = []
    for day in sorted(by_day):
        said = by_day[day]
        # The old article ends on the day on which the new one has its quantity.
        kept = [change for change in said if change.kind != "end"] or said[:1]
        changes.append(
            replace(
                kept[-1],
                rows=tuple(sorted(row for one in said for row in one.rows)),
                cost=sum(one.cost for one in said),
                is_certain=len(kept) == 1 and all(one.is_certain for one in said),
            )
        )
    last = max(groups, key=lambda group: group.changes[-1].start)
    return replace(last, changes=changes)
