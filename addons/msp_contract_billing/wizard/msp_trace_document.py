from odoo import api, models

from ..billing.pricing import PRICE_DIGITS
from ..models.money import to_decimal
from ..models.wording import format_number, format_price
from .msp_trace_node import Node


class MspTrace(models.TransientModel):
    """The end of the chain: documents, their lines, and what was booked."""

    _inherit = "msp.trace"

    @api.model
    def _trace_moves(self, moves):
        """Return the chains of documents: lines, what they rest on, what is booked."""
        # sudo: what the reader may not see becomes a link without content
        moves = moves.sudo()
        lines = self._lines_of(moves)
        nodes = self._line_nodes(lines, self.env._("Invoice line"))
        others = (moves.line_ids - lines).filtered("account_id").grouped("move_id")
        by_move = lines.grouped("move_id")
        return [
            Node(
                "document",
                self._move_label(move),
                self._move_title(move),
                [move.partner_id.display_name],
                amount=move.amount_total_in_currency_signed,
                currency=move.currency_id,
                day=move.invoice_date,
                record=move.with_env(self.env),
                children=[
                    *(nodes[line.id] for line in by_move.get(move, ())),
                    *map(self._other_item_node, others.get(move, ())),
                ],
            )
            for move in moves
        ]

    @api.model
    def _trace_lines(self, lines):
        """Return the chains of invoice lines of any documents."""
        # sudo: what the reader may not see becomes a link without content
        nodes = self._line_nodes(
            lines.sudo(), self.env._("Invoice line"), is_apart=True
        )
        return [nodes[line.id] for line in lines]

    @api.model
    def _lines_of(self, moves):
        """Return the lines by which documents bill something, as printed."""
        # sudo: what the reader may not see becomes a link without content
        lines = moves.sudo().invoice_line_ids
        lines = lines.filtered(lambda line: line.display_type == "product")
        return lines.sorted(lambda line: (line.move_id.id, line.sequence, line.id))

    @api.model
    def _line_nodes(self, lines, label, is_apart=False, with_charges=True):
        """Return the link of each invoice line, by its id.

        :param lines: as superuser
        :param is_apart: whether the document is to be named, as it is not above
        :param with_charges: whether what the lines rest on comes below
        """
        readable = self._readable(lines)
        readable_moves = self._readable(lines.move_id)
        charges = {}
        if with_charges:
            charges = self._charge_nodes(
                lines.msp_charge_ids, self.env._("Charge"), with_document=False
            )
        items = self._item_nodes(
            lines.filtered(lambda line: line.id in readable), with_taxes=is_apart
        )
        result = {}
        for line in lines:
            move = line.move_id
            if line.id not in readable or move.id not in readable_moves:
                result[line.id] = self._hidden("line", label, self._move_title(move))
                continue
            name = self._first_line(line)
            title, details = name, []
            if is_apart:
                title = f"{self._move_title(move)}: {name}"
                details.append(move.partner_id.display_name)
            children = [charges[charge.id] for charge in line.msp_charge_ids if charges]
            result[line.id] = Node(
                "line",
                label,
                title,
                [*details, *self._describe_line(line)],
                amount=line._msp_amount(),
                currency=line.currency_id,
                day=move.invoice_date if is_apart else line.msp_period_start,
                record=move.with_env(self.env),
                children=[*children, *items[line.id]],
            )
        return result

    @api.model
    def _first_line(self, line):
        return (line.name or line.product_id.display_name or "").partition("\n")[0]

    @api.model
    def _describe_line(self, line):
        """Return what an invoice line says, and what is to be said about it."""
        details = (line.name or "").split("\n")[1:]
        # As many digits as Odoo shows of a price that was divided by the quantity.
        price = round(to_decimal(line.price_unit), PRICE_DIGITS)
        details.append(
            self.env._(
                "%(quantity)s × %(price)s; net %(net)s, tax %(tax)s",
                quantity=format_number(self.env, line.quantity),
                price=format_price(self.env, line.currency_id, price),
                net=self._money(line, line.price_subtotal),
                tax=self._money(line, line.price_total - line.price_subtotal),
            )
        )
        if line.msp_origin_line_id:
            origin = line.msp_origin_line_id.move_id
            title = self._move_title(origin)
            details.append(
                # "Reverse and create invoice" copies a line to a document of its kind.
                self.env._("Made anew from a line of %s", title)
                if line.move_type == origin.move_type
                else self.env._("Credits a line of %s", title)
            )
        if not line.msp_charge_ids:
            details.append(self.env._("Carries no charge of a contract."))
        elif not line.currency_id.is_zero(line.msp_deviation):
            details.append(
                self.env._(
                    "Edited: differs from its charges by %s",
                    self._money(line, line.msp_deviation),
                )
            )
        return details

    @api.model
    def _money(self, record, amount):
        """Return `amount` in the currency of `record`, with its sign."""
        return format_price(
            self.env, record.currency_id, record.currency_id.round(amount)
        )

    @api.model
    def _move_label(self, move):
        # In a German trace as little as on the document may it be a "Gutschrift".
        if move.move_type == "out_refund":
            return move.type_name
        selection = move._fields["move_type"]._description_selection(self.env)
        return dict(selection)[move.move_type]

    @api.model
    def _move_title(self, move):
        """Return the document's number, or that it has none, and its state."""
        if move.state == "posted":
            return move.name
        states = dict(move._fields["state"]._description_selection(self.env))
        name = move.name if move.name and move.name != "/" else ""
        return " ".join(filter(None, (name, f"({states[move.state]})")))

    # What is booked

    @api.model
    def _item_nodes(self, lines, with_taxes):
        """Return what is booked for each invoice line, by its id.

        :param with_taxes: whether the items of its taxes follow, which it shares with
            other lines
        """
        label = self.env._("Booked as")
        result = {line.id: [self._item_node(line, label)] for line in lines}
        if not with_taxes:
            return result
        by_move = lines.move_id.line_ids.filtered("tax_line_id").grouped("move_id")
        for line in lines:
            taxes = line.tax_ids.flatten_taxes_hierarchy()
            result[line.id] += [
                self._item_node(
                    item,
                    self.env._("Tax"),
                    self.env._("%s, of all lines with this tax", item.tax_line_id.name),
                )
                for item in by_move.get(line.move_id, ())
                if item.tax_line_id in taxes
            ]
        return result

    @api.model
    def _other_item_node(self, item):
        """Return the link of what is booked for a document as a whole."""
        if item.tax_line_id:
            return self._item_node(item, self.env._("Tax"), item.tax_line_id.name)
        return self._item_node(item, self.env._("Booked as a whole"))

    @api.model
    def _name_account(self, item):
        """Return code and name; Odoo keeps the code from all but accountants."""
        account = item.account_id.with_company(item.company_id)
        return " ".join(filter(None, (account.code, account.name)))

    @api.model
    def _item_node(self, item, label, *details):
        """Return the link of a journal item whose document the user may read."""
        amount = format_price(self.env, item.company_currency_id, abs(item.balance))
        booked = self.env._("Credit %s", amount)
        if item.balance > 0:
            booked = self.env._("Debit %s", amount)
        if item.move_id.state != "posted":
            booked = self.env._("%s, once posted", booked)
        return Node(
            "item",
            label,
            self._name_account(item),
            [*details, booked],
            day=item.date,
            record=item.with_env(self.env),
        )
