from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_date

from ..takeover import COLUMNS

STATES = [
    ("ready", "Ready"),
    ("problem", "Problem"),
    ("left_out", "Left Out"),
    ("entered", "Entered"),
]


class MspOpeningRow(models.Model):
    """One row of a file of opening claims, with what is wrong with it."""

    _name = "msp.opening.row"
    _description = "Row of an import of opening claims"
    _order = "import_id, number, id"
    _rec_name = "number"

    import_id = fields.Many2one(
        "msp.opening.import", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True)
    number = fields.Integer("Row", aggregator=None)
    contract_text = fields.Char("Contract in the File")
    position_text = fields.Char("Position in the File")
    contract_id = fields.Many2one("msp.contract", ondelete="cascade")
    position_id = fields.Many2one("msp.contract.position", ondelete="cascade")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    date_start = fields.Date("First Day")
    date_end = fields.Date("Last Day")
    amount = fields.Float(min_display_digits="Product Price")
    reference = fields.Char("Earlier Invoice")
    state = fields.Selection(STATES, required=True, default="ready")
    problem = fields.Text(help="What is wrong and what to do.")
    warning = fields.Text("To Check")

    @api.model
    def _prepare_rows(self, company, rows):
        """Return the values of a record for each `takeover.OpeningRow`."""
        contracts = self._find_contracts(company, {row.contract for row in rows})
        vals_list = [self._prepare_row(row, contracts) for row in rows]
        ready = [vals for vals in vals_list if vals["state"] == "ready"]
        taken = self.env["msp.charge"]._find_claimed(
            [(one["position_id"], one["date_start"], one["date_end"]) for one in ready]
        )
        for index, charge in taken.items():
            position = charge.position_id
            ready[index].update(
                state="problem", problem=charge._explain_claimed(position)
            )
        return vals_list

    @api.model
    def _find_contracts(self, company, texts):
        """Return {text: contracts} by number, or number and title."""
        # An export writes both, the number first.
        numbers = {text.partition(" ")[0] for text in texts} | texts
        found = self.env["msp.contract"].search(
            [("company_id", "=", company.id), ("name", "in", list(numbers))]
        )
        result = defaultdict(found.browse)
        for contract in found:
            for name in {contract.name, contract.display_name}:
                result[name] |= contract
        return result

    @api.model
    def _prepare_row(self, row, contracts):
        vals = {
            "number": row.number,
            "contract_text": row.contract,
            "position_text": row.position,
            "date_start": row.start or False,
            "date_end": row.end or False,
            "amount": float(row.amount or 0),
            "reference": row.reference,
            "state": "ready",
        }
        if row.left_out:
            sentences = {
                "released": self.env._("The charge did not count any more."),
                "one_off": self.env._(
                    "One-off charges are billed once and need no opening claim."
                ),
            }
            return {**vals, "state": "left_out", "warning": sentences[row.left_out]}
        contract = contracts.get(row.contract)
        positions = contract and self._find_positions(contract, row)
        problem = self._explain_problem(row, contract, positions)
        if contract:
            vals["contract_id"] = contract.id
        if problem:
            return {**vals, "state": "problem", "problem": problem}
        vals["position_id"] = positions.id
        return {**vals, "warning": self._find_warning(row, positions)}

    @api.model
    def _find_positions(self, contract, row):
        """Return the positions of `contract` that the row may mean.

        By description, product code, product name, or its place in the contract;
        of several, the one that is under contract on these days.
        """
        wanted = (row.position or "").casefold()
        positions = contract.position_ids
        found = positions.filtered(
            lambda one: (
                wanted
                in {
                    (text or "").casefold()
                    for text in (
                        one.name,
                        one.product_id.default_code,
                        one.product_id.name,
                        one.product_id.display_name,
                    )
                }
            )
        )
        if not found and wanted.isdecimal() and 0 < int(wanted) <= len(positions):
            found = positions[int(wanted) - 1]
        if len(found) > 1 and row.start and row.end:
            held = found.filtered(lambda one: _overlaps(one, row.start, row.end))
            found = held if len(held) == 1 else found
        return found

    @api.model
    def _explain_problem(self, row, contract, positions):
        """Return what is wrong with a row, empty if nothing is."""
        sentences = [self._explain_cell(problem) for problem in row.problems]
        if contract is None and row.contract:
            sentences.append(
                self.env._(
                    'There is no contract "%s" in this company. Enter its number as it '
                    "stands on the contract.",
                    row.contract,
                )
            )
        elif contract and row.position and len(positions) != 1:
            names = ", ".join(contract.position_ids.mapped("name"))
            template = (
                self.env._(
                    'Contract %(contract)s has several positions called "%(position)s". '
                    "Enter the place of the right one in the contract, such as 2."
                )
                if positions
                else self.env._(
                    'Contract %(contract)s has no position "%(position)s". It has: '
                    "%(names)s."
                )
            )
            sentences.append(
                template
                % {
                    "contract": contract.name,
                    "position": row.position,
                    "names": names,
                }
            )
        if contract and row.amount is not None:
            digits = contract.currency_id.decimal_places
            if round(row.amount, digits) != row.amount:
                sentences.append(
                    self.env._(
                        "%(amount)s has more decimal places than %(currency)s. Enter "
                        "the amount as it was billed.",
                        amount=row.amount,
                        currency=contract.currency_id.name,
                    )
                )
        return "\n".join(sentences)

    @api.model
    def _explain_cell(self, problem):
        column = COLUMNS[problem.column][0].capitalize()
        values = {"column": column, "found": problem.found}
        sentences = {
            "missing": self.env._("%(column)s is empty. Fill it in.", **values),
            "day": self.env._(
                '%(column)s is "%(found)s". Write the day as 2026-01-31 or 31.01.2026.',
                **values,
            ),
            "amount": self.env._(
                '%(column)s is "%(found)s". Write a number such as 125.00.', **values
            ),
            "open": self.env._(
                '%(column)s is "%(found)s", which may be a thousand or a bit more than '
                "one. Write it with two decimal places.",
                **values,
            ),
            "order": self.env._(
                '%(column)s is "%(found)s", which is before the first day.', **values
            ),
        }
        return sentences[problem.code]

    @api.model
    def _find_warning(self, row, position):
        """Return what a clerk should look at before entering the row, if anything."""
        if position.date_start and _covers(position, row.start, row.end):
            return False
        return self.env._(
            "%(position)s is not under contract on all these days (%(start)s to "
            "%(end)s). The next differential run would credit what the contract does "
            "not justify.",
            position=position.name,
            start=format_date(self.env, row.start),
            end=format_date(self.env, row.end),
        )

    def _set_contracts_aside(self):
        """Leave out the other rows of contracts that have a problem."""
        bad = self.filtered(lambda row: row.state == "problem").grouped("contract_id")
        for row in self.filtered(lambda row: row.state == "ready"):
            if row.contract_id not in bad:
                continue
            numbers = ", ".join(str(one.number) for one in bad[row.contract_id])
            row.write(
                {
                    "state": "problem",
                    "problem": self.env._(
                        "This row is in order, but row %(rows)s of contract "
                        "%(contract)s is not, and half of a contract would be billed "
                        "wrongly.",
                        rows=numbers,
                        contract=row.contract_id.name,
                    ),
                }
            )


def _overlaps(position, start, end):
    return (
        position.date_start
        and position.date_start <= end
        and (not position.date_end or start <= position.date_end)
    )


def _covers(position, start, end):
    return position.date_start <= start and (
        not position.date_end or end <= position.date_end
    )
