from collections import defaultdict

from odoo import api, models
from odoo.tools import format_datetime

from ..models.msp_charge_claims import to_basis
from ..models.wording import format_number, format_price
from .msp_trace_node import Node

#: So many amounts from outside are listed below a charge; a file may have thousands.
MAX_AMOUNTS = 100


class MspTrace(models.TransientModel):
    """Where a chain comes from: what caused versions, or charges without versions."""

    _inherit = "msp.trace"

    @api.model
    def _trace_sources(self, versions):
        """Return the links of what caused each version, by the version's id.

        A hook: addons that make versions (imports, requests) add what these were
        made from. They ask `_readable` before they say more than a name, and give
        links that are about one position only its id.

        :param versions: as superuser
        """
        orders = versions.sale_order_id
        lines = orders.order_line
        readable, readable_lines = self._readable(orders), self._readable(lines)
        label = self.env._("Caused by order")
        result = {}
        for version in versions.filtered("sale_order_id"):
            order = version.sale_order_id
            if order.id not in readable:
                result[version.id] = [self._hidden("source", label, order.name)]
                continue
            result[version.id] = [
                Node(
                    "source",
                    label,
                    order.name,
                    self._describe_order(order),
                    day=order.date_order.date(),
                    record=order.with_env(self.env),
                    children=[
                        self._order_line_node(line)
                        for line in order.order_line
                        if line.msp_position_id and line.id in readable_lines
                    ],
                )
            ]
        return result

    @api.model
    def _describe_order(self, order):
        details = [order.partner_id.display_name]
        if order.client_order_ref:
            details.append(
                self.env._("Customer's reference: %s", order.client_order_ref)
            )
        if order.signed_by:
            signed = order.signed_on and format_datetime(self.env, order.signed_on)
            details.append(
                self.env._(
                    "Signed by %s", " ".join(filter(None, (order.signed_by, signed)))
                )
            )
        return details

    @api.model
    def _order_line_node(self, line):
        details = [
            self.env._(
                "%(quantity)s %(unit)s × %(price)s",
                quantity=format_number(self.env, line.product_uom_qty),
                unit=line.product_uom_id.name,
                price=format_price(self.env, line.currency_id, line.price_unit),
            )
        ]
        if line.discount:
            discount = format_number(self.env, line.discount)
            details.append(self.env._("less %s %%", discount))
        return Node(
            "source",
            self.env._("Order line"),
            (line.name or "").partition("\n")[0],
            details,
            position_id=line.msp_position_id.id,
        )

    # What caused charges

    @api.model
    def _one_off_nodes(self, charges):
        """Return the one-off charge that each charge bills, by its id."""
        one_offs = charges.position_id.one_off_ids
        readable = self._readable(one_offs)
        label = self.env._("Caused by one-off charge")
        result = defaultdict(list)
        for charge in charges:
            for one_off in charge.position_id.one_off_ids:
                node = self._hidden("source", label, one_off.display_name)
                if one_off.id in readable:
                    node = self._one_off_node(one_off, label)
                result[charge.id].append(node)
        return result

    @api.model
    def _one_off_node(self, one_off, label):
        env = self.env
        by = self._by(one_off.create_uid, one_off.create_date)
        details = [env._("Entered by %s", by)]
        if one_off.reason:
            details.append(env._("Reason: %s", one_off.reason))
        if one_off.cancelled_at:
            by = self._by(one_off.cancelled_by_id, one_off.cancelled_at)
            details.append(env._("Cancelled by %s", by))
        return Node(
            "source",
            label,
            one_off.display_name,
            details,
            amount=one_off.amount,
            currency=one_off.currency_id,
            day=one_off.date,
            record=one_off.with_env(self.env),
        )

    @api.model
    def _amount_nodes(self, charges):
        """Return the amounts from outside that each charge adds up, by its id."""
        keys = {charge.id: _keys_of(charge) for charge in charges}
        known = self._trace_amounts({key for some in keys.values() for key in some})
        result = {}
        for charge in charges:
            listed = keys[charge.id][:MAX_AMOUNTS]
            label = self.env._("Amount from outside")
            result[charge.id] = [
                known.get(key) or Node("source", label, str(key)) for key in listed
            ]
            if more := len(keys[charge.id]) - len(listed):
                result[charge.id].append(
                    Node("source", label, self.env._("and %s more", more))
                )
        return result

    @api.model
    def _trace_amounts(self, keys):
        """Return the link of each amount given from outside, by its key.

        A hook: addons that give amounts (see `msp.contract._load_amounts`) add links
        to where theirs come from. They ask `_readable` before they say more than a
        name. Keys that nobody knows are shown as they are.
        """
        return {}

    @api.model
    def _opening_nodes(self, charges):
        """Return the file that each opening claim was read from, by the claim's id."""
        files = charges.opening_import_id
        readable = self._readable(files)
        label = self.env._("Read from")
        result = defaultdict(list)
        for charge in charges.filtered("opening_import_id"):
            file = charge.opening_import_id
            node = self._hidden("source", label, file.name)
            if file.id in readable:
                by = self._by(file.create_uid, file.create_date)
                details = [self.env._("Entered by %s", by)]
                record = file.with_env(self.env)
                node = Node("source", label, file.name, details, record=record)
            result[charge.id].append(node)
        return result


def _keys_of(charge):
    """Return the keys of the amounts from outside that a charge adds up."""
    basis = to_basis(charge.kind, charge.basis) or ()
    return [
        # JSON knows no tuples.
        tuple(key) if isinstance(key, list) else key
        for piece in basis
        for key in piece.keys
    ]
