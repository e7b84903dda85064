from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from odoo import api, fields, models

KINDS = [
    ("document", "Document"),
    ("line", "Invoice line"),
    ("item", "Journal item"),
    ("charge", "Charge"),
    ("version", "Version"),
    ("source", "Source"),
    ("run", "Billing run"),
]
# Wider than a blank, and not swallowed by the browser at the start of a cell.
INDENT = "\N{EM SPACE}"


@dataclass(slots=True)
class Node:
    """One link of a chain.

    :param kind: key of `KINDS`
    :param label: what it is to the link above it, for people
    :param title: which one it is
    :param details: sentences about it
    :param amount: signed like a charge; None if it has none
    :param currency: `res.currency` of the amount
    :param day: the day it is about
    :param record: what to open; None if there is nothing or the user may not see it
    :param position_id: the only position it is about; for charges of others it is
        left out
    :param children: the links below
    """

    kind: str
    label: str
    title: str
    details: Sequence[str] = ()
    amount: float | None = None
    currency: Any = None
    day: Any = None
    record: Any = None
    position_id: int | None = None
    children: Sequence["Node"] = field(default_factory=list)

    def walk(self, level=0):
        """Yield (level, node) of this link and all below it, from the top down."""
        yield level, self
        for child in self.children:
            yield from child.walk(level + 1)


def of_positions(nodes, position_ids):
    """Return `nodes` without those that are about other positions only."""
    return [
        replace(node, children=of_positions(node.children, position_ids))
        if node.children
        else node
        for node in nodes
        if node.position_id is None or node.position_id in position_ids
    ]


class MspTraceNode(models.TransientModel):
    """One link of an opened trace, as a row of its list."""

    _name = "msp.trace.node"
    _description = "Link of a trace"
    _order = "id"
    _rec_name = "title"

    trace_id = fields.Many2one(
        "msp.trace", required=True, ondelete="cascade", index=True
    )
    kind = fields.Selection(KINDS, readonly=True)
    level = fields.Integer(readonly=True, aggregator=None)
    label = fields.Char("Link", readonly=True)
    outline = fields.Char("What", compute="_compute_outline")
    # Text, as a list shows the whole of it.
    title = fields.Text("Which", readonly=True)
    details = fields.Text(readonly=True)
    date = fields.Date(readonly=True)
    has_amount = fields.Boolean(readonly=True)
    # Of different links, so adding them up means nothing.
    amount = fields.Monetary(readonly=True, aggregator=None)
    currency_id = fields.Many2one("res.currency", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    @api.depends("level", "label")
    def _compute_outline(self):
        for row in self:
            row.outline = INDENT * row.level + (row.label or "")

    @api.model
    def _prepare_vals(self, trace, level, node):
        return {
            "trace_id": trace.id,
            "kind": node.kind,
            "level": level,
            "label": node.label,
            "title": node.title,
            "details": "\n".join(node.details),
            "date": node.day or False,
            "has_amount": node.amount is not None,
            "amount": node.amount or 0.0,
            "currency_id": node.currency.id if node.currency else False,
            "res_model": node.record._name if node.record else False,
            "res_id": node.record.id if node.record else False,
        }

    def action_open(self):
        """Open the record behind the row, if there is one."""
        self.ensure_one()
        if not self.res_id:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_print(self):
        """Print the trace whose list is open, whichever of its rows are chosen."""
        trace_id = self.env.context.get("msp_trace_id")
        return self.env["msp.trace"].browse(trace_id).action_print()
