from collections import defaultdict

from odoo import api, fields, models

from ..models.money import to_decimal
from .msp_trace_node import of_positions


class ReportMspTrace(models.AbstractModel):
    """What the printed traces of documents consist of.

    Lines with the charges they carry, the versions these rest on, each once and with
    its cause, the journal items, and the sums that have to agree.
    """

    _name = "report.msp_contract_billing.report_msp_trace"
    _description = "Billing Trace"

    @api.model
    def _get_report_values(self, docids, data=None):
        moves = self.env["account.move"].browse(docids)
        moves.check_access("read")
        trace = self.env["msp.trace"]
        roots = trace._trace(moves)
        versions = self._version_nodes(roots)
        return {
            "doc_ids": docids,
            "doc_model": "account.move",
            "printed_by": trace._by(self.env.user, fields.Datetime.now()),
            "docs": [
                {
                    "move": move,
                    "root": root,
                    "contracts": self._get_contracts(move),
                    "rows": list(_printed(root.children)),
                    "versions": versions[move.id],
                    "items": [
                        (item, trace._name_account(item))
                        for item in move.line_ids
                        if item.account_id
                    ],
                    "sums": self._get_sums(move),
                }
                for move, root in zip(moves, roots, strict=True)
            ],
        }

    @api.model
    def _version_nodes(self, roots):
        """Return the versions that each document rests on, by the document's id.

        With what they do to the positions that the document bills.
        """
        positions = defaultdict(lambda: defaultdict(set))
        for root in roots:
            for _level, node in root.walk():
                if node.kind == "version" and node.record:
                    positions[root.record.id][node.record].add(node.position_id)
        trace, label = self.env["msp.trace"], self.env._("Version")
        versions = self.env["msp.contract.version"].union(
            *(version for found in positions.values() for version in found)
        )
        # sudo: what the reader may not see becomes a link without content
        sources = trace._trace_sources(versions.sudo())
        result = defaultdict(list)
        for move_id, found in positions.items():
            for version in sorted(
                found, key=lambda one: (one.contract_id.name, one.number)
            ):
                ids = found[version]
                # sudo: its chain has shown that the reader may see the version
                node = trace._version_node(version.sudo(), label, ids)
                node.children = of_positions(sources.get(version.id, ()), ids)
                result[move_id] += node.walk()
        return result

    @api.model
    def _get_contracts(self, move):
        # sudo: names only, of contracts that the document's lines name as well
        return ", ".join(move.sudo().msp_contract_ids.mapped("display_name"))

    @api.model
    def _get_sums(self, move):
        """Return whether a document bills what its charges claim, signed as they are.

        In the terms of its prices, so with tax if prices include it.
        """
        # sudo: who may see the document may see whether it agrees with its charges
        lines = self.env["msp.trace"]._lines_of(move)
        carriers = lines.filtered("msp_charge_ids")
        charged = sum(map(to_decimal, carriers.msp_charge_ids.mapped("amount")))
        billed = sum(to_decimal(line._msp_amount()) for line in carriers)
        others = sum(to_decimal(line._msp_amount()) for line in lines - carriers)
        sign = -1 if move.move_type == "out_refund" else 1
        sums = {
            "charged": charged,
            "billed": billed,
            "deviation": billed - charged,
            "others": others,
            "untaxed": sign * to_decimal(move.amount_untaxed),
            "tax": sign * to_decimal(move.amount_tax),
            "total": sign * to_decimal(move.amount_total),
        }
        return {name: float(amount) for name, amount in sums.items()}


def _printed(nodes, level=0):
    """Yield (level, node) of lines and charges, in the order they are printed.

    Versions are explained apart, and so are the journal items.
    """
    for node in nodes:
        if node.kind == "item":
            continue
        yield level, node
        if node.kind != "version":
            yield from _printed(node.children, level + 1)
