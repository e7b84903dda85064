from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..formats import QuantityChange
from ..preparation import Said, Share, add_up, share_money, share_out
from .msp_import_match import runs


class MspPositionShare(models.Model):
    """How many units of a subscription belong to one of several positions."""

    _name = "msp.position.share"
    _description = "Share of a subscription"
    _order = "mapping_id, sequence, id"
    _check_company_auto = True

    mapping_id = fields.Many2one(
        "msp.position.mapping", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="mapping_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    position_id = fields.Many2one(
        "msp.contract.position",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
    )
    contract_id = fields.Many2one(
        "msp.contract",
        "New Position In",
        ondelete="cascade",
        check_company=True,
        help="Where a position of its own begins; empty once it has begun.",
    )
    quantity = fields.Float("Units", min_display_digits="Product Unit")
    takes_rest = fields.Boolean(help="Gets what the others leave, more or fewer.")

    _quantity_check = models.Constraint(
        "CHECK (COALESCE(quantity, 0) >= 0)", "Nobody gets fewer than 0 units."
    )
    _target_check = models.Constraint(
        "CHECK (position_id IS NOT NULL OR contract_id IS NOT NULL)",
        "A share belongs to a position, or to the contract in which one begins.",
    )

    @api.constrains("mapping_id", "takes_rest")
    def _check_one_rest(self):
        for mapping in self.mapping_id:
            if len(mapping.share_ids.filtered("takes_rest")) != 1:
                raise ValidationError(
                    self.env._(
                        "Subscription %s is split: mark exactly one share that takes "
                        "the rest, when the number of units changes.",
                        mapping.subscription_id,
                    )
                )

    def _to_plain(self):
        return [
            Share(share.id, to_decimal(share.quantity), share.takes_rest)
            for share in self
        ]


class MspPositionMapping(models.Model):
    _inherit = "msp.position.mapping"

    share_ids = fields.One2many("msp.position.share", "mapping_id", "Shares")
    is_summed = fields.Boolean(
        "Added Up",
        help="The position contains the sum of this and other subscriptions.",
    )

    @api.constrains("position_id", "subscription_id", "is_summed")
    def _check_one_subscription(self):
        """Several may share a position only if all of them are added up."""
        self.flush_model()
        return super(
            MspPositionMapping, self.filtered(lambda one: not one._shares_position())
        )._check_one_subscription()

    def _shares_position(self):
        self.ensure_one()
        rivals = self.search(
            [
                ("position_id", "=", self.position_id.id),
                ("provider_id", "=", self.provider_id.id),
            ]
        )
        return bool(self.position_id) and all(one.is_summed for one in rivals | self)

    @api.model
    def _remember(self, import_, changes):
        """Remember positions that shares have begun; the subscription stays split."""
        split = changes.filtered("share_id")
        for change in split.filtered("position_id"):
            if change.share_id.position_id != change.position_id:
                change.share_id.write(
                    {"position_id": change.position_id.id, "contract_id": False}
                )
        # What no file mentions has no subscription to remember.
        rest = (changes - split).filtered("subscription_id")
        return super()._remember(import_, rest)


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    share_id = fields.Many2one(
        "msp.position.share", ondelete="set null", index="btree_not_null"
    )
    # {subscription: quantity} of what the file's quantity is the sum
    parts = fields.Json()
    silent_parts = fields.Char(
        "Parts Not in the File",
        help="Subscriptions of the sum that count as earlier files have said.",
    )

    @api.depends("silent_parts")
    def _compute_odd(self):
        return super()._compute_odd()

    def _describe_odd(self):
        sentences = super()._describe_odd()
        if self.silent_parts:
            sentences.append(
                self.env._(
                    "Not in the file and counted as before: %s. Delete the "
                    "subscription from the list of subscriptions if it has ended",
                    self.silent_parts,
                )
            )
        return sentences


class MspImport(models.Model):
    """Step 3: one subscription for several positions, several for one position."""

    _inherit = "msp.import"

    # One for several

    def _share_groups(self, groups, known):
        """Return the groups, those of subscriptions that are split once per share."""
        result = []
        for group in groups:
            if group.mapping and group.mapping.share_ids and not group.reason:
                result += self._split(group)
            else:
                result.append(group)
        return result

    def _split(self, group):
        """Return one group for each share of a subscription."""
        shares = group.mapping.share_ids
        total, totals = None, []
        for change in group.changes:
            if change.kind == "move":
                if total is None:
                    total = sum(
                        (
                            to_decimal(
                                share.position_id._line_on(change.start).quantity
                            )
                            for share in shares
                            if share.position_id
                        ),
                        Decimal(0),
                    )
                total = max(total + change.quantity, Decimal(0))
            else:
                total = change.quantity
            totals.append(total)
        parts = [share_out(total, shares._to_plain()) for total in totals]
        result = []
        for number, share in enumerate(shares):
            changes = []
            for change, part in zip(group.changes, parts, strict=True):
                costs = share_money(change.cost, list(part.values()))
                quantity = part[share.id]
                has_begun = share.position_id.line_ids
                is_end = change.kind == "end" or (not quantity and not has_begun)
                changes.append(
                    replace(
                        change,
                        quantity=quantity,
                        kind="end" if is_end else "set",
                        cost=costs[number],
                    )
                )
            position = share.position_id
            one = replace(
                group,
                changes=changes,
                position=position or None,
                contract=share.contract_id or None,
                share=share,
                flags=(*group.flags, "split"),
            )
            if position.line_ids and not runs(position, group.start):
                one.reason = self.env._(
                    "A share of the subscription belongs to %(position)s, which ended "
                    "on %(last)s. Split it anew.",
                    position=self._name_all(position),
                    last=format_date(self.env, position.date_end),
                )
            result.append(one)
        return result

    # Several for one

    def _sum_groups(self, groups, known):
        """Return the groups, those of one position that are added up as one."""
        result, summed = [], defaultdict(list)
        for group in groups:
            is_summed = (
                group.mapping
                and group.mapping.is_summed
                and group.position
                and not group.reason
            )
            if is_summed:
                summed[group.position].append(group)
            else:
                result.append(group)
        if not summed:
            return result
        positions = self.env["msp.contract.position"].union(*summed)
        mappings = self.env["msp.position.mapping"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("position_id", "in", positions.ids),
                ("is_summed", "=", True),
            ]
        )
        keys = defaultdict(list)
        for mapping in mappings:
            keys[mapping.position_id].append(
                _part_key(mapping.subscription_id, mapping.sku_id)
            )
        before = self._load_parts(positions)
        for position, own in summed.items():
            result.append(self._add_up(own, keys[position], before[position]))
        return result

    def _load_parts(self, positions):
        """Return {position: [(day, {subscription: quantity})]} as files said before."""
        found = self.env["msp.import.change"].search(
            [
                ("position_id", "in", positions.ids),
                ("state", "in", ("applied", "no_change")),
                ("import_id", "!=", self.id),
                ("import_id.state", "=", "applied"),
                ("import_id.provider_id", "=", self.provider_id.id),
            ],
            order="date_start, id",
        )
        result = defaultdict(list)
        for change in found:
            said = change.parts or {
                _part_key(change.subscription_id, change.sku_id): change.file_quantity
            }
            result[change.position_id].append((change.date_start, said))
        return result

    def _add_up(self, groups, keys, before):
        """Return one group for the subscriptions of a position."""
        first = min(group.start for group in groups)
        known = {}
        for day, said in before:
            if day <= first:
                known |= {key: to_decimal(value) for key, value in said.items()}
        statements, by_day = [], defaultdict(list)
        for group in groups:
            key = _part_key(*group.key[:2])
            for change in group.changes:
                statements.append(
                    Said(key, change.start, change.quantity, change.kind == "move")
                )
                by_day[change.start].append(change)
        own = [_part_key(*group.key[:2]) for group in groups]
        totals = add_up(statements, known, [*keys, *own])
        # What is said before all are known counts from the day on which they are.
        complete = [total for total in totals if not total.unknown] or totals[-1:]
        changes, unknown, said = [], complete[0].unknown, []
        for total in totals:
            said += by_day[total.day]
            if total in complete:
                changes.append(_sum_of(said, total))
                said = []
        leading = min(groups, key=lambda group: group.key)
        silent = [key for key in keys if known.get(key) and key not in own]
        flags = (*leading.flags, "sum", *(("missing",) if silent else ()))
        result = replace(
            leading,
            changes=changes,
            flags=flags,
            parts={
                total.day: {key: float(part) for key, part in total.parts.items()}
                for total in totals
            },
            silent=", ".join(
                f"{key.split('|')[0]} ({float(known[key]):g})" for key in sorted(silent)
            ),
        )
        if unknown:
            result.reason = self.env._(
                "%(position)s is the sum of several subscriptions, but no file has "
                "said yet how many there are of %(unknown)s.",
                position=self._name_all(leading.position),
                unknown=", ".join(sorted(key.split("|")[0] for key in unknown)),
            )
        return result


def _part_key(subscription, article):
    return f"{subscription}|{article or ''}"


def _sum_of(changes: list[QuantityChange], total) -> QuantityChange:
    return replace(
        changes[0],
        start=total.day,
        quantity=total.quantity,
        kind="set" if total.quantity else "end",
        rows=tuple(sorted(row for one in changes for row in one.rows)),
        cost=sum((one.cost for one in changes), Decimal(0)),
        is_certain=all(one.is_certain for one in changes),
    )
