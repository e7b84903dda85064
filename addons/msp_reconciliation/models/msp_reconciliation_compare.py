from decimal import Decimal

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, groupby, split_every

from odoo.addons.msp_cloud_import.models.msp_provider import format_month
from odoo.addons.msp_contract_billing.models.money import day_before

from ..matching import CAUSES as DIRECTION_OF
from ..matching import as_one_change, compare
from .msp_reconciliation_line import SUBJECT, Line

# Contracts whose histories are in memory at the same time.
CONTRACTS = 5000
# Causes that a run settles by itself.
SETTLED_BY_RUN = ("not_billed", "not_passed_on", "to_correct")
# Statements behind a difference are named by these many rows at most.
ROWS_KEPT = 200


class MspReconciliation(models.Model):
    """The comparison itself: lines and findings from loaded values."""

    _inherit = "msp.reconciliation"

    def action_compare(self):
        """Compare again; decisions about findings stay.

        Alone, a month says by an exception what hinders it. Of several, one that
        cannot be compared stops no other, and a message names it.
        """
        return self._tell(self._compare_all())

    def _compare_all(self):
        """Compare each month; return {reconciliation: sentence} of those that fail."""
        self.check_access("write")
        if len(self) == 1:
            self._compare()
            return {}
        failures = {}
        for one in self:
            failures.update(one._in_halves(one, lambda each: each._compare()))
        return failures

    def _compare(self):
        self._lock()
        if not self.import_ids and self.compared_at:
            # All files were withdrawn since, and with them all that was found.
            self._store([], [])
            return
        if not self.import_ids:
            raise UserError(
                self.env._(
                    "No file of %(provider)s for %(month)s has been imported and "
                    "assigned yet. Import it first.",
                    provider=self.provider_id.name,
                    month=format_month(self.env, self.month),
                )
            )
        self._check_prepared()
        chains = self._load_chains()
        as_of = fields.Date.context_today(self)
        subjects = list(filter(None, self._compare_subjects(chains, as_of)))
        rows = self._find_beside(subjects, chains, as_of)
        self._store(subjects, rows)
        self._system_write({"compared_at": fields.Datetime.now()})

    def _lock(self):
        """Let a second one who changes the month at the same moment start again."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE msp_reconciliation SET compared_at = compared_at "
                "WHERE id = ANY(%s)",
                self.ids,
            )
        )

    def _check_prepared(self):
        """Refuse a month with rows that were not held against contracts yet.

        What they supply would be missing, and be found as an ending.
        """
        imports = self.env["msp.import"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("month", "=", self.month),
            ]
        )
        todo = imports.filtered(lambda one: one.state in ("read", "mapped"))
        todo = todo or self._find_unprepared()
        if todo:
            raise UserError(
                self.env._(
                    "Import %s is not prepared, so nothing is known about what it "
                    "supplies. Assign and prepare it, or withdraw it, then compare "
                    "again.",
                    todo[0].name,
                )
            )

    def _find_unprepared(self):
        """Return imports with rows that say a quantity and are in no change yet.

        An assignment was changed since, or another import withdrawn.
        """
        rows = self._fetch(
            SQL(
                """
                SELECT DISTINCT c.import_id FROM msp_provider_charge c
                 WHERE c.import_id IN %s AND c.is_quantity AND c.state = 'waiting'
                   AND c.state_reason IS NULL AND c.partner_id IS NOT NULL
                   AND c.product_id IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM msp_import_change_row_rel r
                                    WHERE r.row_id = c.id)
                """,
                tuple(self.import_ids.ids),
            )
        )
        return self.env["msp.import"].browse(row.import_id for row in rows)

    def _find_beside(self, subjects, chains, as_of):
        """Return the values of findings that no comparison of days yields.

        Adds to the lines what they should have cost, and to their findings what
        belongs to one position.

        :param subjects: (`Line`, values of its findings)
        """
        lines = {line.position_id: (line, own) for line, own in subjects}
        by_row = {
            row_id: line for line, _findings in subjects for row_id in line.row_ids
        }
        money = self._load_money()
        self._add_expected_costs(subjects, money)
        explained = self._find_other_plans(chains, lines)
        late = self._find_late_usage(lines, as_of)
        self._explain_endings(subjects)
        self._explain_timing(subjects)
        return [
            *self._find_in_rows(),
            *self._find_problems(),
            *self._find_costs(explained),
            *self._find_in_money(money, by_row),
            *self._find_in_usage(),
            *late,
        ]

    # One position, or one subscription without any

    def _compare_subjects(self, chains, as_of):
        """Yield what `_compare_subject` makes of each position, and of the rest.

        Contract by contract, as what these contain is forgotten again.
        """
        by_position, nowhere = {}, []
        for chain in chains.values():
            if chain.position_id:
                by_position.setdefault(chain.position_id, []).append(chain)
            else:
                nowhere.append(chain)
        meant = self._find_positions(chains)
        positions = self._load_positions(meant)
        contracts = groupby(positions, lambda position: position.contract_id)
        for batch in split_every(CONTRACTS, (list(own) for _id, own in contracts)):
            batch = [position for own in batch for position in own]
            contents, billed, stand_ins = self._load_contents(batch, as_of)
            for position in batch:
                yield self._compare_subject(
                    position,
                    by_position.get(position.id, []),
                    contents.get(position.id, []),
                    billed.get(position.id, []),
                    stand_ins.get(position.id),
                    # Not a bundle that is here for its components.
                    speaks=position.id in meant,
                )
        nobody = self._get_nobody()
        for chain in nowhere:
            yield self._compare_subject(nobody, [chain])

    def _compare_subject(
        self, position, chains, contents=(), billed=(), stand_in=None, speaks=True
    ):
        """Return (`Line`, values of its findings), None if it is about other months.

        :param speaks: False if no file says how many are supplied
        """
        result = compare(
            [chain.statements for chain in chains],
            contents,
            billed,
            self.month,
            self._end(),
            position.currency.digits,
            stand_in,
            speaks=speaks and not any(chain.is_silent for chain in chains),
        )
        row_ids = [row_id for chain in chains for row_id in chain.row_ids]
        is_quiet = not (result.supplied or result.contained or result.billed)
        if is_quiet and not (result.findings or row_ids or result.value):
            return None
        line = self._make_line(position, chains, result, row_ids)
        findings = [
            self._prepare_difference_vals(line, position, chains, found)
            for found in as_one_change(result.findings)
            # Less than a cent is billed by no run.
            if found.amount or found.cause not in SETTLED_BY_RUN
        ]
        has_cost = not position.id and any(chain.cost for chain in chains)
        if has_cost and not findings:
            findings.append(self._prepare_unmatched_vals(line, chains[0]))
        directions = {DIRECTION_OF[vals["cause"]] for vals in findings}
        if directions:
            line.result = "timing" if directions == {"timing"} else "differs"
        elif any(chain.is_silent for chain in chains):
            line.result = "unknown"
        return line, findings

    def _make_line(self, position, chains, result, row_ids):
        first = chains[0] if chains else None
        currency = position.currency
        return Line(
            partner_id=position.partner_id or (first and first.partner_id),
            product_id=position.product_id or (first and first.product_id),
            contract_id=position.contract_id,
            position_id=position.id,
            subscription_label=", ".join(
                dict.fromkeys(chain.subscription_id for chain in chains)
            ),
            has_supply=result.supplied is not None,
            supplied_quantity=float(result.supplied or 0),
            contained_quantity=float(result.contained),
            billed_quantity=float(result.billed),
            cost_currency_id=first and first.currency_id or self.cost_currency_id.id,
            cost=float(sum(chain.cost for chain in chains)),
            currency_id=currency.id,
            value=float(result.value),
            billed_value=float(result.billed_value),
            value_company=currency.to_company(result.value),
            billed_value_company=currency.to_company(result.billed_value),
            row_ids=row_ids,
        )

    def _prepare_difference_vals(self, line, position, chains, found):
        """Return the values of what the comparison of days has found."""
        has_price = found.amount is not None and not self._is_given_away(found)
        amount = found.amount if has_price else self._get_cost_at_stake(found, chains)
        subject = position.id or chains[0].label
        rows = found.keys or [row_id for chain in chains for row_id in chain.row_ids]
        return {
            **self._prepare_finding_vals(found.cause, subject, amount, line),
            "currency_id": line.currency_id if has_price else line.cost_currency_id,
            "is_cost": not has_price,
            "date_start": found.start,
            "date_end": day_before(found.end),
            "supplied_quantity": float(found.supplied),
            "contained_quantity": float(found.contained),
            "billed_quantity": float(found.billed),
            "explanation": self._explain_difference(position, found, chains),
            "charge_ids": [Command.set(list(rows)[:ROWS_KEPT])],
            "user_id": position.user_id,
        }

    def _prepare_unmatched_vals(self, line, chain):
        """Return the values for money of a subscription that is in no contract."""
        return {
            **self._prepare_finding_vals(
                "not_in_contract", chain.label, chain.cost, line
            ),
            "currency_id": line.cost_currency_id,
            "is_cost": True,
            "date_start": self.month,
            "date_end": self.date_end,
            "explanation": chain.reason,
            "charge_ids": [Command.set(chain.row_ids[:ROWS_KEPT])],
        }

    def _prepare_finding_vals(self, cause, subject, amount, line=None):
        return {
            "reconciliation_id": self.id,
            "company_id": self.company_id.id,
            "key": f"{cause}:{subject}",
            "cause": cause,
            "amount": float(amount),
            **{name: getattr(line, name, None) for name in SUBJECT},
        }

    def _is_given_away(self, found):
        """Return whether more is supplied of what the customer has for nothing."""
        return found.amount == 0 and found.supplied > found.contained

    def _get_cost_at_stake(self, found, chains):
        """Return what a difference costs that has no price to the customer."""
        return sum((chain.cost for chain in chains), Decimal(0))

    def _explain_difference(self, position, found, chains):
        """Return the difference in a sentence, with what the import said about it."""
        reasons = dict.fromkeys(chain.reason for chain in chains if chain.reason)
        text = self.env._(
            "On %(day)s: %(supplied)s at the provider, %(contained)s in the contract, "
            "%(billed)s on invoices.",
            day=format_date(self.env, day_before(found.end)),
            supplied=f"{found.supplied.normalize():f}",
            contained=f"{found.contained.normalize():f}",
            billed=f"{found.billed.normalize():f}",
        )
        return "\n".join([text, *reasons])
