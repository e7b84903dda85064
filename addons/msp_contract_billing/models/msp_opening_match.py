from collections import defaultdict

from odoo import api, models
from odoo.tools import format_amount

from ..takeover import to_text

#: Before the place of a position in its contract, which a product code may look like.
PLACE = "#"
#: So many words may the number of a contract have.
MOST_WORDS = 8


class MspOpeningRow(models.Model):
    """Which contract and position a row of a file means."""

    _inherit = "msp.opening.row"

    @api.model
    def _find_contracts(self, company, texts):
        """Return {text: contract} by number, or number and title."""
        # An export writes both, the number first.
        numbers = {
            " ".join(words[:count])
            for words in map(str.split, texts)
            for count in range(1, min(len(words), MOST_WORDS) + 1)
        }
        found = self.env["msp.contract"].search(
            [("company_id", "=", company.id), ("name", "in", list(numbers))],
            order="id",
        )
        result = {to_text(contract.display_name): contract for contract in found}
        # What is one contract's number and another one's number and title.
        result.update({contract.name: contract for contract in found})
        return result

    @api.model
    def _names_of(self, contract):
        """Return {name: positions} of a contract for each way to name a position."""
        ways = (
            "name",
            "product_id.default_code",
            "product_id.name",
            "product_id.display_name",
        )
        positions = contract.position_ids
        result = [defaultdict(positions.browse) for _way in ways]
        for names, way in zip(result, ways, strict=True):
            for position in positions:
                names[_plain(position.mapped(way)[0])] |= position
        return result

    @api.model
    def _find_positions(self, contract, row, names_of):
        """Return the positions of `contract` that the row may mean.

        By description, product code or product name, the first of these that fits,
        else its place in the contract. Of several, the one that is under contract on
        these days.

        :param names_of: `_names_of`, which remembers
        """
        positions, wanted = contract.position_ids, _plain(row.position)
        if not wanted:
            return positions.browse()
        ways = names_of(contract)
        found = (
            self._by_place(positions, wanted, PLACE)
            or next((names[wanted] for names in ways if wanted in names), None)
            or self._by_place(positions, wanted, "")
        )
        if len(found) > 1 and row.start and row.end:
            held = found.filtered(lambda one: overlaps(one, row.start, row.end))
            found = held if len(held) == 1 else found
        return found

    @api.model
    def _by_place(self, positions, wanted, mark):
        """Return the position at the place that `wanted` names after `mark`."""
        number = wanted.removeprefix(mark).strip()
        is_place = wanted.startswith(mark) and number.isascii() and number.isdigit()
        if not is_place or not 0 < int(number[:9]) <= len(positions):
            return positions.browse()
        return positions[int(number) - 1]

    @api.model
    def _names_in_template(self, contract):
        """Return what `_find_positions` finds each position by, whatever the days.

        :return: {position: its description, or its place where that is not unique}
        """
        by_name = self._names_of(contract)[0]
        return {
            position: to_text(position.name)
            if len(by_name[_plain(position.name)]) == 1
            and (position.name or PLACE)[0] != PLACE
            else f"{PLACE}{place}"
            for place, position in enumerate(contract.position_ids, 1)
        }

    @api.model
    def _mark_repeated(self, vals_list, rows):
        """Refuse rows that say the same, and point out those that share days.

        In the ledger's own export rows share days wherever something was corrected.

        :param vals_list: values of rows that are ready; changed in place
        :param rows: the `takeover.OpeningRow` of each
        """
        by_position = defaultdict(list)
        for vals, row in zip(vals_list, rows, strict=True):
            by_position[vals["position_id"]].append((vals, row))
        for items in by_position.values():
            items.sort(key=lambda item: (item[1].start, item[1].number))
            seen, reach = {}, None
            for vals, row in items:
                key = row.start, row.end, row.amount, row.reference
                if first := seen.get(key):
                    vals.update(state="problem", problem=self._explain_same(first))
                    continue
                seen[key] = row
                if row.kind or row.amount <= 0:
                    continue
                if reach and row.start <= reach.end:
                    text = self._explain_overlap(reach)
                    vals["warning"] = "\n".join(filter(None, (vals["warning"], text)))
                if not reach or row.end > reach.end:
                    reach = row

    @api.model
    def _mark_differing(self, vals_list, rows):
        """Point out amounts that are not what the contract says.

        Rows that share days with others are left out, as they are meant together.

        :param vals_list: values of rows that are ready; changed in place
        :param rows: the `takeover.OpeningRow` of each
        """
        alone = [
            (vals, row)
            for vals, row in zip(vals_list, rows, strict=True)
            if not (vals["warning"] or row.kind)
        ]
        ranges = [(vals["position_id"], row.start, row.end) for vals, row in alone]
        contracts = self.env["msp.contract"].browse(
            {vals["contract_id"] for vals, _row in alone}
        )
        agreed = contracts._entitled_on(ranges)
        for (vals, row), amount in zip(alone, agreed, strict=True):
            if amount is not None and amount != row.amount:
                vals["warning"] = self._explain_difference(vals, row, amount)

    @api.model
    def _explain_difference(self, vals, row, agreed):
        currency = self.env["msp.contract"].browse(vals["contract_id"]).currency_id
        text = self.env._(
            "The contract says %(agreed)s for these days, so the next differential run "
            "would bill %(difference)s more.",
            agreed=format_amount(self.env, float(agreed), currency),
            difference=format_amount(self.env, float(agreed - row.amount), currency),
        )
        if agreed < row.amount:
            text = self.env._(
                "The contract says %(agreed)s for these days, so the next differential "
                "run would credit %(difference)s.",
                agreed=format_amount(self.env, float(agreed), currency),
                difference=format_amount(
                    self.env, float(row.amount - agreed), currency
                ),
            )
        return text

    @api.model
    def _explain_same(self, first):
        return self.env._(
            "It says the same as row %s. Delete one of them; if the amount was billed "
            "twice, write the number of the invoice into each row.",
            first.number,
        )

    @api.model
    def _explain_overlap(self, other):
        return self.env._(
            "Row %s claims some of these days as well. If that is too much, the next "
            "differential run would credit it.",
            other.number,
        )


def _plain(text):
    return to_text(text or "").casefold()


def overlaps(position, start, end):
    return (
        position.date_start
        and position.date_start <= end
        and (not position.date_end or start <= position.date_end)
    )
