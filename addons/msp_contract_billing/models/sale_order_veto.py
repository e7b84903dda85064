from collections import defaultdict
from dataclasses import replace

from odoo import models
from odoo.tools import float_compare, format_date

from .money import holds_on
from .msp_content_mixin import price_fits, to_pricing
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
        if self.msp_contract_action == "new":
            return self._msp_get_new_error(lines)
        return self._msp_get_amend_error(lines)

    def _msp_get_new_error(self, lines):
        if error := self._get_terms_error():
            return self.env._(
                "New contract of %(order)s: %(error)s",
                order=self.display_name,
                error=error,
            )
        if negative := lines.filtered(lambda line: line.product_uom_qty < 0)[:1]:
            return self.env._(
                "%(product)s: a new contract cannot begin with the quantity "
                "%(quantity)s. Amend a running contract instead.",
                product=negative.product_id.display_name,
                quantity=f"{negative.product_uom_qty:g}",
            )
        return self._msp_get_price_error(lines, self)

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
            if error := line.msp_pricing_id.sudo()._get_currency_error(self):
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
        contract = order.msp_contract_id
        if not contract:
            return self.env._(
                "Choose the contract that %s amends, or begin a new one.",
                self.display_name,
            )
        if error := order._msp_get_contract_mismatch(contract):
            return error
        day = order._msp_get_date_start()
        for line in lines:
            if error := line._msp_position_error(day):
                return error
        moving = lines.filtered(lambda line: line._msp_find_position(day))
        terms = contract.terms_ids.filtered(lambda terms: holds_on(terms, day))
        return (
            self._msp_get_quantity_error(moving, day)
            or self._msp_get_conflict_error(moving, day)
            or self._msp_get_price_error(lines, terms)
        )

    def _msp_get_contract_mismatch(self, contract):
        """Return why this order cannot amend `contract`, or False."""
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
        day = self._msp_get_date_start()
        if contract.state != "active" or not holds_on(contract, day):
            return self.env._(
                "Contract %(contract)s does not run on %(day)s. Choose another first "
                "day or contract.",
                day=format_date(self.env, day),
                **values,
            )
        return False

    def _msp_get_quantity_error(self, lines, day):
        """Return which position the lines take more from than it has, or False."""
        moves = defaultdict(float)
        for line in lines:
            position = line._msp_find_position(day)
            moves[position] += line._msp_get_move(position)
        for position, move in moves.items():
            quantity = position._line_on(day).quantity
            if float_compare(quantity + move, 0, precision_digits=9) < 0:
                return self.env._(
                    "Contract %(contract)s has only %(quantity)s of %(position)s on "
                    "%(day)s, so %(move)s cannot be taken away.",
                    contract=position.contract_id.display_name,
                    quantity=f"{quantity:g}",
                    position=position.name,
                    day=format_date(self.env, day),
                    move=f"{-move:g}",
                )
        return False

    def _msp_get_conflict_error(self, lines, day):
        """Return which position two lines give different prices, or False.

        A price holds for the whole position, so one of them would be lost.
        """
        agreed = {}
        for line in lines:
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
