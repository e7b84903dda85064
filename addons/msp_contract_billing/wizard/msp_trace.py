from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..models.money import day_after
from .msp_trace_node import Node


class MspTrace(models.TransientModel):
    """The chain between causes and journal items, both ways.

        source (order, row of a file) - version - charge - invoice line - journal item

    It is collected as a tree of `Node` with a number of queries that does not grow
    with the number of records, then stored as rows for a list, or printed.

    The chain passes through records that its reader may have no right to: an account
    manager traces a version to an invoice of somebody else. So it is followed as
    superuser, and `_readable` decides of every record whether the reader learns more
    than its name. There the chain ends for him.

    Other addons add what they know by extending `_trace_sources` (what caused
    versions) and `_trace_amounts` (where amounts given from outside come from).
    """

    _name = "msp.trace"
    _description = "Trace"

    name = fields.Char(readonly=True)
    node_ids = fields.One2many("msp.trace.node", "trace_id", readonly=True)
    move_ids = fields.Many2many(
        "account.move",
        readonly=True,
        help="The customer's documents in the chain, to be printed.",
    )

    @api.model
    def _open(self, records):
        """Return the action that shows the chains of `records`, all of one model."""
        records.check_access("read")
        roots = self._trace(records)
        nodes = [item for root in roots for item in root.walk()]
        documents = self.env["account.move"].union(
            *(
                node.record
                for _level, node in nodes
                if node.record and node.kind in ("document", "line")
            )
        )
        moves = documents.filtered(lambda move: move.is_sale_document())
        trace = self.create(
            {
                "name": self._get_title(records, roots),
                "move_ids": [fields.Command.set(moves.ids)],
            }
        )
        rows = self.env["msp.trace.node"]
        rows.create([rows._prepare_vals(trace, *item) for item in nodes])
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.trace.node",
            "name": trace.name,
            "view_mode": "list",
            "domain": [("trace_id", "=", trace.id)],
            "context": {"msp_trace_id": trace.id},
        }

    @api.model
    def _get_title(self, records, roots):
        if len(roots) == 1:
            return self.env._("Trace of %s", roots[0].title)
        # sudo: the model's name in the user's language, which is no secret
        what = self.env["ir.model"].sudo()._get(records._name).name
        return self.env._(
            "Trace of %(count)s records: %(what)s", count=len(roots), what=what
        )

    @api.model
    def _trace(self, records):
        """Return the chain of each of `records`, which the caller may read."""
        collect = {
            "account.move": self._trace_moves,
            "account.move.line": self._trace_lines,
            "msp.charge": self._trace_charges,
            "msp.contract.version": self._trace_versions,
            "msp.one.off": self._trace_one_offs,
        }
        # Apart from what they were read with: they are prefetched among themselves.
        return collect[records._name](records.with_prefetch())

    @api.model
    def _readable(self, records):
        """Return the ids of those of `records` that the user may read."""
        # The reader's own rights again, as the chain is followed as superuser.
        return set(records.with_env(self.env)._filtered_access("read").ids)

    @api.model
    def _hidden(self, kind, label, title):
        """Return the link for a record that the user may not read."""
        return Node(kind, label, title, [self.env._("You may not see it.")])

    @api.model
    def _format_days(self, record):
        """Return the first and last day of a charge, or its only one."""
        if record.date_start == record.date_end:
            return format_date(self.env, record.date_start)
        return self.env["msp.charge"]._format_days(
            self.env, record.date_start, day_after(record.date_end)
        )

    def action_print(self):
        """Print the traces of the documents in the chain."""
        self.ensure_one()
        if not self.move_ids:
            raise UserError(
                self.env._(
                    "Nothing of this chain stands on an invoice or credit note that "
                    "you may see, so there is none whose trace could be printed."
                )
            )
        report = self.env.ref("msp_contract_billing.action_report_msp_trace")
        return report.report_action(self.move_ids)
