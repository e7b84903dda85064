from contextlib import suppress
from dataclasses import replace

from odoo import api, fields, models

from ..billing import BillingError, Version, fold, outlook
from ..billing.dated import is_dated
from .money import day_after, day_before
from .msp_commitment_mixin import COMMITMENT
from .sale_order_line_days import LINE_DAYS
from .sale_order_terms import AGREED


class SaleOrder(models.Model):
    """What an order bills first, regularly and next, as the customer shall see it.

    Computed from its plan by the engine that bills; kept as it was agreed once the
    order is confirmed.
    """

    _inherit = "sale.order"

    msp_outlook_agreed = fields.Json(readonly=True, copy=False)
    msp_outlook_html = fields.Html(
        "What Is Billed", compute="_compute_msp_outlook_html", sanitize=False
    )

    @api.depends(
        "state",
        "currency_id",
        "partner_id",
        "msp_contract_action",
        "msp_contract_id",
        "msp_date_start",
        "msp_contracts",
        "msp_outlook_agreed",
        *AGREED,
        *(f"order_line.{name}" for name in LINE_DAYS),
        "order_line.name",
        "order_line.msp_recurring",
        "order_line.msp_price_interval",
        "order_line.product_id",
        "order_line.product_uom_id",
        "order_line.product_uom_qty",
        "order_line.price_unit",
        "order_line.discount",
        "order_line.tax_ids",
        "order_line.msp_position_id",
        "order_line.msp_new_position",
        "order_line.msp_pricing",
        "order_line.msp_overrides",
    )
    @api.depends_context("lang")
    def _compute_msp_outlook_html(self):
        for order in self:
            order.msp_outlook_html = self.env["ir.qweb"]._render(
                "msp_contract_billing.sale_order_outlook", {"order": order}
            )

    def _msp_get_outlook(self):
        """Return what is billed, as JSON: see `_msp_look_ahead`; [] if unknown."""
        self.ensure_one()
        if not self._msp_is_open():
            return self.msp_outlook_agreed or []
        if not self.msp_has_recurring or self._msp_get_contract_error():
            return []
        return self._msp_look_ahead(self._msp_plan())

    def _msp_look_ahead(self, plans):
        """Return what each of `plans` comes to, as JSON.

        Amounts are text, days ISO text with the last one included. A list of
        contracts: ``contract`` (its name, if there is one), ``start``, ``last``,
        ``commitment`` (values by field), ``taxes`` ("excluded", "included" or
        "mixed"), ``streams`` (see `_stream_data`), ``waits`` (what begins later:
        ``awaits``, ``names``, ``streams``, ``until`` and ``months``, its own last day
        or term), ``others`` (names of what nobody knows beforehand).
        """
        return [self._msp_look_at(plan) for plan in plans]

    def _msp_look_at(self, plan):
        contract = plan.contract
        has_terms = not contract and plan.source._has_commitment()
        data = {
            "contract": contract.name or "",
            "start": not contract and str(plan.start),
            "last": plan.last and str(plan.last),
            "commitment": has_terms
            and {name: plan.source[name] for name in COMMITMENT},
            "taxes": _taxes_of(plan.lines),
            "streams": [],
            "waits": [],
            "others": [],
        }
        # The quotation says what is wrong in a sentence of its own.
        with suppress(BillingError):
            data.update(self._msp_settle_plan(plan))
        return data

    def _msp_settle_plan(self, plan):
        """Return streams, waits and others of `plan`; see `_msp_look_ahead`.

        :raise BillingError: the plan has no meaning in a contract's history
        """
        versions, known, waiting = self._msp_get_plain_versions(plan)
        before = fold(versions) if versions else None
        # What is billed regularly has no end, even where the contract has one.
        unending = [_without_end(version) for version in known]
        claims = plan.contract and (
            self.env["msp.charge"]
            .sudo()
            ._load_plain_claims(plan.contract)
            .get(plan.contract.id)
        )
        amounts = plan.contract._load_amounts() if plan.contract else {}
        after = fold(known)
        if before:
            before = replace(before, amounts=amounts)
        after = replace(after, amounts=amounts)

        def look(new, old):
            today, digits = self._msp_get_today(), self.currency_id.decimal_places
            return outlook(new, old, claims or (), today, digits)

        streams = look(after, before)
        names = self._msp_get_names(plan)
        is_told_apart = len(streams) > 1
        return {
            "streams": [
                _stream_data(stream, is_told_apart and names) for stream in streams
            ],
            "waits": [
                {
                    "awaits": planned.awaits,
                    **_until_data(planned.waiting),
                    "names": list(dict.fromkeys(_names_of(plan, planned))),
                    "streams": [
                        _stream_data(stream, False)
                        for stream in look(
                            replace(fold([*unending, plain]), amounts=amounts),
                            replace(fold(unending), amounts=amounts),
                        )
                    ],
                }
                for planned, plain in waiting
            ],
            "others": [
                name
                for position, name in names.items()
                if any(
                    is_dated(line) for line in after.lines if line.position == position
                )
            ],
        }

    def _msp_get_plain_versions(self, plan):
        """Return what `billing` folds: versions before, those after, and what waits.

        What waits are (`PlannedVersion`, `billing.Version`) pairs.
        """
        running = plan.contract.version_ids.filtered(lambda one: one.state == "active")
        versions = [version._to_plain() for version in running]
        latest = max((version.number for version in versions), default=0)
        known, waiting = list(versions), []
        for number, planned in enumerate(plan.versions, latest + 1):
            plain = self._msp_to_plain(plan, planned, number)
            if planned.awaits:
                waiting.append((planned, plain))
            else:
                known.append(plain)
        return versions, known, waiting

    def _msp_to_plain(self, plan, planned, number):
        """Return the `billing.Version` that `planned` will be."""
        # sudo: whoever sees the quotation need not read contracts
        records = self.env["msp.contract.change"].sudo()
        changes = []
        for vals, line in planned.changes:
            change = records.new(vals)._to_plain()
            if line:
                change = replace(change, position=_key_of(plan, line))
            changes.append(change)
        end = day_after(planned.end) if planned.end else None
        return Version(number, planned.start, tuple(changes), end)

    def _msp_get_names(self, plan):
        """Return how the positions that `plan` touches are called, by their key."""
        names = {position.id: position.name for position in plan.positions.values()}
        for line in plan.lines:
            if old := line.msp_replaces_id.sudo():
                names.setdefault(old.id, old.name)
            if line not in plan.positions:
                names[_key_of(plan, line)] = line._msp_get_position_name()
        return names


def _key_of(plan, line):
    """Return what stands for the position that a line begins, until there is one."""
    if line in plan.positions:
        return plan.positions[line].id
    return f"line {list(plan.lines).index(line)}"


def _names_of(plan, planned):
    for vals, line in planned.changes:
        if line:
            yield line._msp_get_position_name()
        elif vals.get("action") == "set":
            yield from (
                position.name
                for position in plan.positions.values()
                if position.id == vals["position_id"]
            )


def _until_data(line):
    """Return the own end of a line that waits for its first day, as JSON."""
    last = line._msp_get_last_day()
    own = line.msp_until == "months"
    return {"until": last and str(last), "months": own and line.msp_until_months}


def _without_end(version):
    changes = (change for change in version.changes if change.action != "terminate")
    return replace(version, changes=tuple(changes))


def _taxes_of(lines):
    """Return whether the prices of `lines` contain their taxes."""
    included = {any(line.tax_ids.mapped("price_include")) for line in lines}
    if len(included) > 1:
        return "mixed"
    return "included" if included == {True} else "excluded"


def _stream_data(stream, names):
    """Return a `billing.outlook.Stream` as JSON.

    :param names: by position; falsy if there is nothing to tell apart
    """
    policy = stream.policy
    found = [names[key] for key in names if key in stream.positions] if names else []
    return {
        "every": policy.months or policy.every,
        "unit": "month" if policy.months else policy.unit,
        "timing": policy.timing,
        "names": found,
        "is_new": stream.is_new,
        "first": _invoice_data(stream.first),
        "next": _invoice_data(stream.next),
        "rest": str(stream.rest),
        "rest_last": stream.rest_end and str(day_before(stream.rest_end)),
        "steps": [
            {
                "start": str(step.start),
                "last": step.end and str(day_before(step.end)),
                "is_part": step.is_part,
                "amount": [str(amount) for amount in step.amount],
                "old": [str(amount) for amount in step.old],
            }
            for step in stream.steps
        ],
    }


def _invoice_data(invoice):
    return invoice and {
        "day": str(invoice.day),
        "start": str(invoice.start),
        "last": str(day_before(invoice.end)),
        "amount": str(invoice.amount),
    }
