from functools import cache
from textwrap import shorten

from odoo import api, fields, models
from odoo.tools import format_date

#: So many of a contract's bad rows are named in each of the others.
SHOWN = 5
#: So many characters of a cell are quoted.
SHORT = 60
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
    def _prepare_rows(self, company, reading):
        """Return the values of a record for each row of a `takeover.Reading`."""
        contracts = self._find_contracts(
            company,
            {text for row in reading.rows for text in (row.contract, row.above)},
        )
        names_of = cache(self._names_of)
        vals_list = [
            self._prepare_row(row, contracts, names_of, reading.headings)
            for row in reading.rows
        ]
        ready = [
            (vals, row)
            for vals, row in zip(vals_list, reading.rows, strict=True)
            if vals["state"] == "ready"
        ]
        taken = self.env["msp.charge"]._find_claimed(
            [(vals["position_id"], row.start, row.end) for vals, row in ready]
        )
        for index, charge in taken.items():
            position = charge.position_id
            ready[index][0].update(
                state="problem", problem=charge._explain_claimed(position)
            )
        for mark in (self._mark_repeated, self._mark_differing):
            ready = [item for item in ready if item[0]["state"] == "ready"]
            mark([vals for vals, _row in ready], [row for _vals, row in ready])
        return vals_list

    @api.model
    def _prepare_row(self, row, contracts, names_of, headings):
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
        positions = contract and self._find_positions(contract, row, names_of)
        problem = self._explain_problem(row, contract, positions, headings)
        # Only to keep the contract of merged cells together: see _set_contracts_aside.
        if concerned := contract or contracts.get(row.above):
            vals["contract_id"] = concerned.id
        if problem:
            return {**vals, "state": "problem", "problem": problem}
        vals["position_id"] = positions.id
        return {**vals, "warning": self._find_warning(row, positions)}

    @api.model
    def _explain_problem(self, row, contract, positions, headings):
        """Return what is wrong with a row, empty if nothing is."""
        sentences = [self._explain_cell(problem, headings) for problem in row.problems]
        if contract is None and row.contract:
            sentences.append(
                self.env._(
                    'There is no contract "%s" in this company. Enter its number as it '
                    "stands on the contract.",
                    shorten(row.contract, SHORT),
                )
            )
        elif contract and row.position and len(positions) != 1:
            names = ", ".join(filter(None, contract.position_ids.mapped("name")))
            template = (
                self.env._(
                    'Contract %(contract)s has several positions called "%(position)s". '
                    "Enter the place of the right one in the contract, such as #2."
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
                    "position": shorten(row.position, SHORT),
                    "names": shorten(names, 4 * SHORT),
                }
            )
        if contract and row.amount is not None:
            currency = contract.currency_id
            if round(row.amount, currency.decimal_places) != row.amount:
                sentences.append(
                    self.env._(
                        "%(amount)s has more decimal places than %(currency)s. Enter "
                        "the amount as it was billed.",
                        amount=row.amount,
                        currency=currency.name,
                    )
                )
            if row.currency and row.currency not in (currency.name, currency.symbol):
                sentences.append(
                    self.env._(
                        "The amount is in %(found)s, but contract %(contract)s is in "
                        "%(currency)s. Enter the amount in that.",
                        found=row.currency,
                        contract=contract.name,
                        currency=currency.name,
                    )
                )
        return "\n".join(sentences)

    @api.model
    def _explain_cell(self, problem, headings):
        """Return what is wrong with a cell, naming the column as the file does."""
        values = {
            "column": headings[problem.column],
            "found": shorten(problem.found, SHORT),
        }
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
                "one. Write 1234 for a thousand, or 1.2340.",
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
        numbers_of = {
            contract: ", ".join(
                [str(row.number) for row in rows[:SHOWN]] + ["…"] * (len(rows) > SHOWN)
            )
            for contract, rows in bad.items()
        }
        for row in self.filtered(lambda row: row.state == "ready"):
            if row.contract_id not in bad:
                continue
            row.write(
                {
                    "state": "problem",
                    "problem": self.env._(
                        "This row is in order, but row %(rows)s of contract "
                        "%(contract)s is not, and half of a contract would be billed "
                        "wrongly.",
                        rows=numbers_of[row.contract_id],
                        contract=row.contract_id.name,
                    ),
                }
            )


def _covers(position, start, end):
    return position.date_start <= start and (
        not position.date_end or end <= position.date_end
    )
