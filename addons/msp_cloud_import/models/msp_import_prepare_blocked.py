import re
from collections import defaultdict

from odoo import models

_CELLS = re.compile(r'[^",;\t|]+')


class MspImport(models.Model):
    """Step 3: what must wait, as the file may say only half of it."""

    _inherit = "msp.import"

    def _find_blocked(self):
        """Return {word: sentence} for subscriptions and customers that must wait.

        A row that could not be read may be one half of a change; the other half
        alone would say something wrong. The row's text says whose it was.
        """
        blocked = {}
        problems = self.problem_ids.filtered(
            lambda problem: problem.severity == "error" and not problem.is_ignored
        )
        subscriptions, made_up = self._load_subscriptions() if problems else ((), {})
        for problem in problems:
            sentence = self.env._(
                "Row %(row)s of the file could not be read: %(reason)s",
                row=problem.row,
                reason=problem.reason,
            )
            cells = _CELLS.findall(problem.record_text or "")
            cells = {cell.strip() for cell in cells}
            # Whose subscription it was may be what cannot be read: then the
            # customer's id is among the cells.
            for cell in cells.intersection(subscriptions) or cells:
                blocked.setdefault(cell, sentence)
            text = (problem.record_text or "").replace('""', '"')
            for customer, keys in made_up.items():
                if customer in text:
                    blocked.update((key, sentence) for key in keys - blocked.keys())
        unknown = self.env["msp.provider.charge"].search(
            [
                ("import_id", "=", self.id),
                ("event", "=", "unknown"),
                ("is_left_out", "=", False),
                ("subscription_id", "!=", False),
            ]
        )
        for row in unknown:
            blocked[row.subscription_id] = self.env._(
                "Row %(row)s of the file has a kind of charge that is not known: "
                "%(kind)s",
                row=row.row,
                kind=row.charge_type,
            )
        return blocked

    def _load_subscriptions(self):
        """Return the subscriptions of the file, and those of each customer that
        the file does not name: customer and article stand for them."""
        named, made_up = set(), defaultdict(set)
        for key, customer, article in self.env["msp.provider.charge"]._read_group(
            [("import_id", "=", self.id), ("subscription_id", "!=", False)],
            ["subscription_id", "customer_key", "sku_id"],
        ):
            if customer and key == f"{customer}/{article}":
                made_up[customer].add(key)
            else:
                named.add(key)
        return named, made_up
