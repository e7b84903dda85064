from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL


class MspBillingRun(models.Model):
    """The preview: figures per contract, exceptions, comparison.

    Only figures are stored. What each charge says is computed when somebody opens
    a line.
    """

    _inherit = "msp.billing.run"

    def action_preview(self):
        """Compute what is due, without taking anything."""
        self._check_state("draft", "preview")
        self._check_bookable()
        self._clear_preview()
        run = self.with_company(self.company_id)
        looked = list(run._look_at_all(run._find_contracts()))
        figures = self._compute_figures(looked)
        lines = self.env["msp.billing.run.line"]._bulk_insert(
            [
                {
                    "run_id": self.id,
                    "company_id": self.company_id.id,
                    "contract_id": contract.id,
                    "partner_id": contract.partner_id.id,
                    "user_id": contract.user_id.id,
                    "currency_id": contract.currency_id.id,
                    "sharing_key": contract._get_sharing_key(),
                    "is_approved": False,
                    **figures[contract],
                }
                for contract, _look in looked
            ]
        )
        self._store_exceptions(
            zip(lines, (look for _contract, look in looked), strict=True)
        )
        self.invalidate_recordset()
        self._system_write(
            {
                "state": "preview",
                "previewed_by_id": self.env.uid,
                "previewed_at": fields.Datetime.now(),
            }
        )
        return True

    def _clear_preview(self):
        self.line_ids._system_unlink()
        self._system_write(
            {
                "state": "draft",
                "previewed_by_id": False,
                "previewed_at": False,
                "approved_by_id": False,
                "approved_at": False,
            }
        )

    # Figures

    def _compute_figures(self, looked):
        """Return the figures of run lines, keyed by contract.

        :param looked: list of (contract, `Look`)
        """
        is_regular = self.kind == "regular"
        contracts = self.env["msp.contract"].union(*(one for one, _look in looked))
        last = contracts._last_billed(self) if is_regular else {}
        rates = {}
        return {
            contract: self._prepare_figures(
                look,
                contract.currency_id,
                self._rate_of(contract.currency_id, rates),
                last.get(contract.id),
            )
            for contract, look in looked
        }

    def _rate_of(self, currency, rates):
        """Return the rate to the company's currency, kept in `rates`."""
        if currency not in rates:
            rates[currency] = self.env["res.currency"]._get_conversion_rate(
                currency, self.currency_id, self.company_id, self.invoice_date
            )
        return rates[currency]

    def _prepare_figures(self, look, currency, rate, last):
        """Return the figures of one line.

        :param rate: from `currency` to the company's
        :param last: what the contract was last billed and of how many periods, None
            if never
        """
        billed = {charge.position for charge in look.charges}
        held = {one.charge.position for one in look.held} - billed
        on_hold = {
            one.charge.position for one in look.held if one.waiting.code == "hold"
        } & held
        amount = float(sum(charge.amount for charge in look.charges))

        def in_company(value):
            return self.currency_id.round(float(value) * rate)

        before = last
        if self.kind == "differential":
            before = float(sum(charge.claimed for charge in look.charges)), 1
        comparison = self._compare(look, amount, before, currency)
        hold_amount, wait_amount = (
            sum(
                one.charge.amount
                for one in look.held
                if (one.waiting.code == "hold") == is_hold
            )
            for is_hold in (True, False)
        )
        return {
            "state": self._state_of(look),
            "error": look.error or "\n".join(one.reason for one in look.blockers),
            "amount": amount,
            "amount_company": in_company(amount),
            "charge_count": len(look.charges),
            "correction_count": sum(one.kind == "correction" for one in look.charges),
            "position_count": len(billed),
            "hold_count": len(on_hold),
            "hold_amount": in_company(hold_amount),
            "wait_count": len(held - on_hold),
            "wait_amount": in_company(wait_amount),
            **comparison,
            "deviation_size": abs(in_company(comparison["deviation"])),
        }

    @api.model
    def _state_of(self, look):
        if look.error:
            return "failed"
        if not look.charges:
            return "held"
        return "blocked" if look.blockers else "due"

    def _compare(self, look, amount, before, currency):
        """Return how far `amount` is from what was billed before.

        Regular runs are compared per period, as one may catch up several.

        :param before: what the last run billed and of how many periods, or what was
            billed of the periods that are corrected; None if nothing
        """
        periods = _count_periods(look.charges)
        is_regular = self.kind == "regular"
        base = before[0] / before[1] if before else 0.0
        now = amount / periods if is_regular else base + amount
        deviation = now - base if look.charges else 0.0
        is_known = not currency.is_zero(base)
        percent = 100 * deviation / abs(base) if is_known else 0.0
        return {
            "period_count": periods,
            "amount_before": before[0] if before else 0.0,
            "deviation": currency.round(deviation),
            "deviation_percent": round(percent, 1),
            "is_first": is_regular and before is None,
            "is_outlier": bool(
                is_known and abs(percent) > self.company_id.msp_outlier_percent
            ),
        }

    # Exceptions

    def _store_exceptions(self, looks):
        """Replace the exceptions of lines by those of a new look.

        :param looks: pairs of (line, `Look`)
        """
        exceptions = self.env["msp.billing.run.exception"]
        ids, vals_list = [], []
        for line, look in looks:
            ids.append(line.id)
            vals_list += self._prepare_exception_vals(line, look)
        exceptions.search([("line_id", "in", ids)])._system_unlink()
        exceptions._bulk_insert(vals_list)
        self.env["msp.billing.run.line"].browse(ids).invalidate_recordset(
            ["exception_ids"]
        )
        self.invalidate_recordset(["exception_ids", "exception_count"])

    def _prepare_exception_vals(self, line, look):
        waiting = {}
        for held in look.held:
            key = held.charge.position, held.waiting
            waiting.setdefault(key, []).append(held.charge)
        rows = [
            (
                position,
                waits.code,
                "hold" if waits.code == "hold" else "waiting",
                waits.reason,
                waits.until,
                waits.user,
                len(charges),
                float(sum(charge.amount for charge in charges)),
            )
            for (position, waits), charges in waiting.items()
        ]
        rows += [
            (one.position, one.code, one.severity, one.reason, None, None, 0, 0.0)
            for one in look.notices
        ]
        if look.error:
            rows.append((None, "error", "blocking", look.error, None, None, 0, 0.0))
        return [
            {
                "run_id": self.id,
                "line_id": line.id,
                "company_id": self.company_id.id,
                "contract_id": line.contract_id.id,
                "partner_id": line.partner_id.id,
                "currency_id": line.currency_id.id,
                "position_id": position,
                "code": self._exception_code(code),
                "severity": severity,
                "reason": reason,
                "date_until": until,
                "decided_by": user,
                "charge_count": count,
                "amount": amount,
            }
            for position, code, severity, reason, until, user, count, amount in rows
        ]

    @api.model
    def _exception_code(self, code):
        """Return `code`, or the one for what no addon has named."""
        field = self.env["msp.billing.run.exception"]._fields["code"]
        return code if code in field.get_values(self.env) else "other"


class MspContract(models.Model):
    _inherit = "msp.contract"

    def _last_billed(self, run):
        """Return what each contract was billed by its last run of the same kind.

        (Amount, number of periods) keyed by id, in the contract's currency; those
        never billed are left out. A quarterly contract is so compared with its last
        quarter.
        """
        if not self.ids:
            return {}
        self.env["msp.billing.run.line"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT contract.id, line.amount, line.period_count "
                "FROM unnest(%s) AS contract(id) CROSS JOIN LATERAL ("
                " SELECT amount, period_count FROM msp_billing_run_line line"
                " JOIN msp_billing_run run ON run.id = line.run_id"
                " WHERE line.contract_id = contract.id AND line.state = 'done'"
                " AND line.charge_count > 0 AND run.kind = %s AND run.id != %s"
                " ORDER BY line.id DESC LIMIT 1) AS line",
                list(self.ids),
                run.kind,
                run.id,
            )
        )
        return {
            contract_id: (float(amount), periods)
            for contract_id, amount, periods in self.env.cr.fetchall()
        }


def _count_periods(charges):
    """Return of how many natural periods the charges are, at least 1.

    The most of any position, as others may have begun later.
    """
    periods = defaultdict(set)
    for charge in charges:
        if charge.period is not None:
            periods[charge.position].add(charge.period)
    return max(map(len, periods.values()), default=1)
