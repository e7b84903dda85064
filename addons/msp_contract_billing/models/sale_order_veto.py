from collections import defaultdict
from dataclasses import replace

from odoo import models
from odoo.tools import float_compare, format_date

from ..billing import FoldError, fold
from ..takeover import is_plausible
from .money import holds_on
from .msp_content_mixin import price_fits, to_pricing
from .named import named
from .wording import describe_rhythm


class SaleOrder(models.Model):
    """Why a quotation cannot be confirmed into a contract, in sentences.

    The form says it before the quotation is sent, and confirming asks again.
    """

    _inherit = "sale.order"

    def _msp_get_contract_error(self):
        """Return why the recurring lines cannot become a version, or False."""
        self.ensure_one()
        lines = self._msp_get_ordered_lines()
        if not lines:
            return False
        if error := self._msp_get_days_error(lines):
            return error
        if self.msp_contract_action == "new":
            return self._msp_get_new_error(lines)
        return self._msp_get_amend_error(lines)

    def _msp_get_days_error(self, lines):
        day = self._msp_get_date_start()
        if not is_plausible(day):
            return self.env._(
                "%(order)s: the contract cannot begin or change on %(day)s, which is "
                "too far off. Check the year.",
                order=self.display_name,
                day=format_date(self.env, day),
            )
        errors = (line._msp_get_days_error() for line in lines)
        return next(filter(None, errors), False)

    def _msp_get_new_error(self, lines):
        if negative := lines.filtered(lambda line: line.product_uom_qty < 0)[:1]:
            return self.env._(
                "%(product)s: a new contract cannot begin with the quantity "
                "%(quantity)s. Amend a running contract instead.",
                product=negative.product_id.display_name,
                quantity=f"{negative.product_uom_qty:g}",
            )
        if replacing := lines.filtered("msp_replaces_id")[:1]:
            return self.env._(
                "%(product)s: a new contract has nothing to replace. Amend the running "
                "contract instead, or clear what is replaced.",
                product=replacing.product_id.display_name,
            )
        for source, group in self._msp_group_lines(lines):
            error = (
                self._msp_get_source_error(source)
                or self._msp_get_price_error(group, source)
                or self._msp_get_end_error(source, group)
            )
            if error:
                return error
        return False

    def _msp_get_source_error(self, source):
        """Return what is wrong with the terms of a new contract, or False."""
        error = source._get_terms_error() or source._get_commitment_error()
        return error and self.env._(
            "New contract of %(order)s: %(error)s",
            order=source.display_name,
            error=error,
        )

    def _msp_get_end_error(self, source, lines):
        """Return which line would go on after its contract has ended, or False."""
        plan = self._msp_plan_contract(source, lines)
        for line in lines if plan.last else ():
            first, last = line._msp_get_first_day(), line._msp_get_last_day()
            if max(first, last or first) > plan.last:
                return self.env._(
                    "%(product)s would go on until %(last)s, but the contract ends on "
                    "%(day)s. Let it end with the contract, or change the term.",
                    product=line.product_id.display_name,
                    last=format_date(self.env, max(first, last or first)),
                    day=format_date(self.env, plan.last),
                )
        return False

    def _msp_get_price_error(self, lines, terms):
        """Return which price does not fit into the rhythm of `terms`, or False."""
        policy = terms._to_policy(None)
        labels = dict(
            self.order_line._fields["msp_price_interval"]._description_selection(
                self.env
            )
        )
        for line in lines:
            # sudo: whoever may confirm the quotation need not read schemes
            scheme = line.msp_pricing_id.sudo()
            error = line._msp_get_discount_error() or scheme._get_currency_error(self)
            if error:
                return error
            own = replace(policy, **(line.msp_overrides or {}))
            pricing = to_pricing(line.msp_pricing)
            if not price_fits(own, int(line.msp_price_interval), pricing):
                return self.env._(
                    "%(product)s has a price per %(interval)s, which does not fit what "
                    "is billed: %(rhythm)s. Choose a rhythm that is a multiple or a "
                    "part of it, or a product with a price per billing period.",
                    product=line.product_id.display_name,
                    interval=labels[line.msp_price_interval],
                    rhythm=describe_rhythm(self.env, own.every, own.unit),
                )
        return False

    def _msp_get_amend_error(self, lines):
        # sudo: whoever may confirm the quotation need not read contracts
        order = self.sudo()
        contract = named(self, "msp_contract_id")
        if not contract:
            return self.env._(
                "Choose the contract that %s amends, or begin a new one.",
                self.display_name,
            )
        days = {line: line._msp_get_first_day() for line in lines}
        for day in sorted(set(days.values())):
            if error := order._msp_get_contract_mismatch(contract, day):
                return error
        for line, day in days.items():
            error = line._msp_position_error(day) or line._msp_get_replace_error(day)
            if error:
                return error
        moving = lines.filtered(lambda line: line._msp_find_position(days[line]))
        return (
            self._msp_get_quantity_error(lines)
            or self._msp_get_conflict_error(moving)
            or self._msp_get_end_error(self, lines)
            or self._msp_get_terms_error(contract, lines)
            or self._msp_get_fold_error(contract)
        )

    def _msp_get_fold_error(self, contract):
        """Return why what is recorded for later days does not go with it, or False."""
        try:
            for plan in self._msp_plan():
                before, after, _waiting = self._msp_get_plain_versions(plan)
                if lost := _find_lost_move(before, after):
                    return self._msp_explain_lost_move(contract, *lost)
        except FoldError as error:
            return contract._explain_fold_error(error)
        return False

    def _msp_explain_lost_move(self, contract, version, change):
        return self.env._(
            "Version %(version)s of contract %(contract)s changes the quantity of "
            "%(position)s on %(day)s, but %(order)s replaces all of it before. Replace "
            "it from that day on, or withdraw that version first.",
            version=version.number,
            contract=contract.display_name,
            position=self.env["msp.contract.position"]
            .sudo()
            .browse(change.position)
            .name,
            day=format_date(self.env, version.start),
            order=self.display_name,
        )

    def _msp_get_terms_error(self, contract, lines):
        """Return which price does not fit into the rhythm on its first day."""
        for day, group in lines.grouped(lambda line: line._msp_get_first_day()).items():
            terms = contract.terms_ids.filtered(
                lambda terms, day=day: holds_on(terms, day)
            )
            if error := self._msp_get_price_error(group, terms):
                return error
        return False

    def _msp_get_contract_mismatch(self, contract, day):
        """Return why this order cannot amend `contract` on `day`, or False."""
        values = {"contract": contract.display_name, "order": self.display_name}
        if contract.commercial_partner_id != self.partner_id.commercial_partner_id:
            return self.env._(
                "Contract %(contract)s is with another customer than %(order)s. "
                "Choose a contract of %(customer)s.",
                customer=self.partner_id.commercial_partner_id.display_name,
                **values,
            )
        if contract.company_id != self.company_id:
            return self.env._(
                "Contract %(contract)s is a contract of %(company)s, so %(order)s "
                "cannot amend it.",
                company=contract.company_id.display_name,
                **values,
            )
        if contract.currency_id != self.currency_id:
            return self.env._(
                "Contract %(contract)s is in %(currency)s and %(order)s is in "
                "%(other)s. Change the pricelist or begin a new contract.",
                currency=contract.currency_id.name,
                other=self.currency_id.name,
                **values,
            )
        if contract.state != "active" or not holds_on(contract, day):
            return self.env._(
                "Contract %(contract)s does not run on %(day)s. Choose another first "
                "day or contract.",
                day=format_date(self.env, day),
                **values,
            )
        return False

    def _msp_get_quantity_error(self, lines):
        """Return which position the lines take more from than it has, or False."""
        moves, replaced = defaultdict(float), defaultdict(float)
        for line in lines.sorted(lambda line: line._msp_get_first_day()):
            day = line._msp_get_first_day()
            touched = line.browse()
            if position := line._msp_find_position(day):
                moves[position] += line._msp_get_move(position)
                touched = position
            # sudo: whoever may confirm the quotation need not read contracts
            if old := line.msp_replaces_id.sudo():
                replaced[old] += line.msp_replaced_qty
                touched = old | position
            for position in touched:
                if error := self._msp_get_taken_error(
                    position, day, moves[position], replaced[position]
                ):
                    return error
        return False

    def _msp_get_taken_error(self, position, day, move, replaced):
        """Return why so much cannot be taken from `position`, or False."""
        quantity = position._line_on(day).quantity
        values = {
            "contract": position.contract_id.display_name,
            "quantity": f"{quantity:g}",
            "position": position.name,
            "day": format_date(self.env, day),
        }
        if float_compare(replaced, quantity, precision_digits=9) > 0:
            return self.env._(
                "Contract %(contract)s has only %(quantity)s of %(position)s on "
                "%(day)s, so %(replaced)s cannot be replaced. Let each unit be "
                "replaced once.",
                replaced=f"{replaced:g}",
                **values,
            )
        if float_compare(quantity + move, replaced, precision_digits=9) < 0:
            return self.env._(
                "Contract %(contract)s has only %(quantity)s of %(position)s on "
                "%(day)s, so %(move)s cannot be taken away.",
                move=f"{replaced - move:g}",
                **values,
            )
        if move and float_compare(replaced, quantity, precision_digits=9) == 0:
            return self.env._(
                "%(position)s of contract %(contract)s is replaced on %(day)s, so its "
                "quantity cannot change as well. Choose one of the two.",
                **values,
            )
        return False

    def _msp_get_conflict_error(self, lines):
        """Return which position two lines give different prices, or False.

        A price holds for the whole position, so one of them would be lost.
        """
        agreed = {}
        for line in lines:
            day = line._msp_get_first_day()
            position = line._msp_find_position(day)
            vals = line._msp_prepare_move_vals(position, day)
            vals.pop("quantity")
            if agreed.setdefault(position, vals) != vals:
                return self.env._(
                    "Two lines of %(order)s give position %(position)s of contract "
                    "%(contract)s different prices, discounts, schemes or rules, which "
                    "hold for the whole position. Make them the same, or mark one as a "
                    "new position.",
                    order=self.display_name,
                    position=position.name,
                    contract=position.contract_id.display_name,
                )
        return False


def _find_lost_move(before, after):
    """Return the (version, change) of a quantity that counts no more, or None.

    Units that were added would be lost in silence, and units that were replaced
    already would be replaced twice.

    :param before: `billing.Version` list of what is recorded
    :param after: the same with what an order adds
    """
    known = {version.number: version for version in before}
    idle = set(fold(before).ineffective)
    for number, index in fold(after).ineffective:
        if number in known and (number, index) not in idle:
            change = known[number].changes[index]
            if change.move:
                return known[number], change
    return None
