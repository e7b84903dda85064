from odoo import fields, models
from odoo.tools import format_date

from .money import day_after, same_number
from .msp_content_mixin import to_pricing
from .named import named
from .wording import (
    brings_prices,
    describe_price_change,
    describe_pricing,
    describe_rules,
)


class SaleOrderLine(models.Model):
    """What a recurring line makes of a contract when the order is confirmed."""

    _inherit = "sale.order.line"

    def _msp_is_ordered(self):
        """Return whether the line asks for anything; unchosen options do not."""
        self.ensure_one()
        unit = self.product_uom_id or self.product_id.uom_id
        return not unit or not unit.is_zero(self.product_uom_qty)

    def _msp_find_position(self, day):
        """Return the position whose quantity the line moves, if any."""
        self.ensure_one()
        order = self.order_id
        positions = named(order, "msp_contract_id").position_ids
        if order.msp_contract_action == "new":
            return positions.browse()
        if self.msp_position_id or self.msp_new_position:
            return named(self, "msp_position_id")
        return (positions - named(self, "msp_replaces_id")).filtered(
            lambda position: (
                position.product_id == self.product_id
                and position.product_uom_id == self.product_uom_id
                and self._msp_has_same_price(position, day)
                and same_number(position._line_on(day).discount, self.discount)
                and self._msp_has_same_content(position, day)
            )
        )[:1]

    def _msp_price_in_unit_of(self, position):
        """Return the price of one unit in which `position` is counted."""
        return self.product_uom_id._compute_price(
            self.price_unit, position.product_uom_id
        )

    def _msp_has_same_price(self, position, day):
        content = position._line_on(day)
        if not content:
            return False
        is_same_scheme = (content.pricing or False) == (self.msp_pricing or False)
        if is_same_scheme and brings_prices(to_pricing(content.pricing)):
            return content.price_interval == self.msp_price_interval
        mine, theirs = self._msp_price_in_unit_of(position), content.price_unit
        months, other_months = int(self.msp_price_interval), int(content.price_interval)
        if months and other_months:
            return same_number(mine * other_months, theirs * months)
        return months == other_months and same_number(mine, theirs)

    def _msp_has_same_content(self, position, day):
        """Return whether scheme, rule and environment are those of `position`.

        Who names no environment means the one there is.
        """
        content = position._line_on(day)
        return (
            (content.pricing or False) == (self.msp_pricing or False)
            and (content.overrides or False) == (self.msp_overrides or False)
            and self.msp_environment_id
            in (
                self.msp_environment_id.browse(),
                position.environment_id,
            )
        )

    def _msp_position_error(self, day):
        """Return why the line cannot amend the chosen contract, or False."""
        self.ensure_one()
        contract = named(self.order_id, "msp_contract_id")
        position = self._msp_find_position(day)
        values = {
            "product": self.product_id.display_name,
            "position": position.display_name,
            "contract": contract.display_name,
            "day": fields.Date.to_string(day),
        }
        if not position:
            return self.product_uom_qty < 0 and self.env._(
                "%(product)s: contract %(contract)s has no position with the same "
                "product, unit, price and discount on %(day)s to take from. Choose "
                "the contract position on the line.",
                **values,
            )
        if position.contract_id != contract:
            return self.env._(
                "%(product)s: position %(position)s does not belong to contract "
                "%(contract)s. Choose another one or clear it.",
                **values,
            )
        if position.product_id != self.product_id:
            return self.env._(
                "%(product)s: position %(position)s of contract %(contract)s is "
                "another product. Choose another one or clear it.",
                **values,
            )
        if not position._line_on(day):
            return self.env._(
                "%(product)s: position %(position)s is not part of contract "
                "%(contract)s on %(day)s. Choose another day or position.",
                **values,
            )
        last, end = self._msp_get_last_day(), position.date_end
        if last and end and last > end:
            return self.env._(
                "%(product)s would go on until %(last)s, but position %(position)s ends "
                "on %(end)s. Let it end with the position, or choose a new position.",
                last=format_date(self.env, last),
                end=format_date(self.env, end),
                **values,
            )
        if not self.product_uom_id._has_common_reference(position.product_uom_id):
            return self.env._(
                "%(product)s: position %(position)s is counted in %(unit)s, which "
                "%(line_unit)s cannot be converted to. Choose a new position.",
                unit=position.product_uom_id.display_name,
                line_unit=self.product_uom_id.display_name,
                **values,
            )
        if self.product_uom_id != position.product_uom_id and (
            self.msp_pricing or position._line_on(day).pricing
        ):
            return self.env._(
                "%(product)s: the price scheme of position %(position)s counts in "
                "%(unit)s. Enter the quantity in that unit.",
                unit=position.product_uom_id.display_name,
                **values,
            )
        return False

    def _msp_get_move(self, position):
        """Return the line's quantity in the unit in which `position` is counted."""
        return self.product_uom_id._compute_quantity(
            self.product_uom_qty, position.product_uom_id, round=False
        )

    def _msp_prepare_position_vals(self, contract, sequence):
        self.ensure_one()
        return {
            "contract_id": contract.id,
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id,
            "name": self._msp_get_position_name(),
            "environment_id": self.msp_environment_id.id,
            "analytic_distribution": self.analytic_distribution,
            "purchase_order": self._msp_get_purchase_order(contract),
            "sequence": sequence,
        }

    def _msp_get_purchase_order(self, contract):
        """Return the customer's order number if it is not the contract's."""
        number = self.order_id.client_order_ref
        return number != contract.customer_reference and number

    def _msp_get_position_name(self):
        """Return the product in the customer's language, and what was written to it.

        The product's own sales texts stay on the quotation.
        """
        self.ensure_one()
        line = self.with_context(lang=self.order_id._get_lang())
        product = line.product_id.with_context(display_default_code=False)
        if self.name == line._get_sale_order_line_multiline_description_sale():
            extra = line._get_sale_order_line_multiline_description_variants()
            texts = [product.display_name, *extra.splitlines()]
        else:
            texts = (self.name or "").splitlines()
            if texts and texts[0] == line.product_id.display_name:
                texts[0] = product.display_name
        return ", ".join(text.strip() for text in texts if text.strip())

    def _msp_plan(self, plan, taken):
        """Add to `plan` what the line does to a contract.

        :param taken: units that lines before it have replaced, by position
        """
        self.ensure_one()
        first, last = self._msp_get_first_day(), self._msp_get_last_day()
        waiting = self if self._msp_awaits() else None
        if waiting and plan.start:
            first = max(first, plan.start)
        if position := self._msp_find_position(first):
            # What is added to a position for some time needs no end of its own.
            version = plan.version(first, last, waiting)
            version.add(self._msp_prepare_move_vals(position, first))
            plan.positions[self] = position
        else:
            version = plan.version(first, waiting=waiting)
            version.add(self._msp_prepare_begin_vals(), self)
            if last and last != plan.last:
                plan.version(day_after(last)).add({"action": "end"}, self)
        if self.msp_replaces_id:
            self._msp_plan_replaced(version, taken)

    def _msp_prepare_begin_vals(self):
        """Return the change with which a position of the line begins."""
        self.ensure_one()
        # The position is not there yet; the change is that of all others.
        position = self.env["msp.contract.position"].new(
            {"product_id": self.product_id.id}
        )
        vals = position._prepare_begin_vals(
            self.product_uom_qty,
            self.price_unit,
            self.msp_price_interval,
            discount=self.discount,
            pricing=self.msp_pricing or False,
            overrides=self.msp_overrides or False,
        )
        return {**vals, "position_id": False}

    def _msp_prepare_move_vals(self, position, day):
        self.ensure_one()
        vals = {
            "action": "set",
            "position_id": position.id,
            "quantity_mode": "move",
            "quantity": self._msp_get_move(position),
        }
        if not self._msp_has_same_price(position, day):
            vals.update(
                sets_price=True,
                price_unit=self._msp_price_in_unit_of(position),
                price_interval=self.msp_price_interval,
            )
        content = position._line_on(day)
        if (content.pricing or False) != (self.msp_pricing or False):
            vals.update(sets_pricing=True, pricing=self.msp_pricing)
        if not same_number(content.discount, self.discount):
            vals.update(sets_discount=True, discount=self.discount)
        if (content.overrides or False) != (self.msp_overrides or False):
            vals.update(sets_overrides=True, overrides=self.msp_overrides)
        return vals

    def _msp_describe_effect(self, day):
        """Return what the line does to the contract's content on `day`, in words."""
        self.ensure_one()
        if not self.order_id.msp_contract_id:
            return False
        error = self._msp_position_error(day) or self._msp_get_replace_error(day)
        if error:
            return error
        if position := self._msp_find_position(day):
            texts = self._msp_describe_move(position, day)
        else:
            texts = [self.env._("New position")]
        if self.msp_replaces_id:
            texts.append(self._msp_describe_replaced(day))
        return ", ".join(texts + self._msp_describe_days())

    def _msp_describe_beginning(self):
        """Return which new contract the line goes to, in words."""
        self.ensure_one()
        groups = self.order_id._msp_group_ordered()
        texts = [self.env._("New contract")]
        if len(groups) > 1:
            number, source = next(
                (number, source)
                for number, (source, lines) in enumerate(groups, 1)
                if self in lines
            )
            texts = [
                self.env._(
                    "New contract %(number)s (%(rhythm)s)",
                    number=number,
                    rhythm=source._get_rhythm_label(),
                )
            ]
        return ", ".join(texts + self._msp_describe_days())

    def _msp_describe_days(self):
        """Return from when and until when, where that is not as the contract."""
        texts = []
        if self._msp_awaits():
            texts.append(self.env._("not live yet"))
        elif self.msp_begins == "date" and self.msp_begin_date:
            texts.append(
                self.env._("from %s", format_date(self.env, self.msp_begin_date))
            )
        if last := self._msp_get_last_day():
            texts.append(self.env._("until %s", format_date(self.env, last)))
        elif self.msp_until == "months" and self.msp_until_months:
            texts.append(self.env._("for %s months", self.msp_until_months))
        return texts

    def _msp_describe_move(self, position, day):
        content = position._line_on(day)
        vals = self._msp_prepare_move_vals(position, day)
        quantity = content.quantity + vals["quantity"]
        currency = position.currency_id
        texts = [f"{position.name}: {content.quantity:g} → {quantity:g}"]
        if vals.get("sets_price") and not brings_prices(to_pricing(self.msp_pricing)):
            prices = (
                (content.price_unit, int(content.price_interval)),
                (vals["price_unit"], int(vals["price_interval"])),
            )
            change = describe_price_change(self.env, currency, *prices)
            texts.append(self.env._("price of all %s", change))
        if vals.get("sets_pricing"):
            scheme = describe_pricing(self.env, to_pricing(self.msp_pricing), currency)
            texts.append(self.env._("price scheme of all → %s", scheme))
        if vals.get("sets_overrides"):
            rules = describe_rules(self.env, self.msp_overrides or {})
            rules = rules or self.env._("as the contract")
            texts.append(self.env._("billing rule of all → %s", rules))
        if vals.get("sets_discount"):
            discounts = f"{content.discount:g} % → {self.discount:g} %"
            texts.append(self.env._("discount of all %s", discounts))
        end, last = position.date_end, position.contract_id.date_end
        if end and end != last and not self._msp_get_last_day():
            texts.append(self.env._("all end on %s", format_date(self.env, end)))
        return texts
