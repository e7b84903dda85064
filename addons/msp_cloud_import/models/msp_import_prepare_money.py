from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo import models

from odoo.addons.msp_contract_billing.billing import (
    BillingError,
    Change,
    Line,
    Version,
    fold,
    monthly_value,
    settle,
)
from odoo.addons.msp_contract_billing.billing.rounding import to_decimal as round_money
from odoo.addons.msp_contract_billing.models.money import to_decimal
from odoo.addons.msp_contract_billing.models.msp_content_mixin import (
    to_overrides,
    to_pricing,
)


class MspImport(models.Model):
    """Step 3: what proposals are worth to the customer, per month and for billed days.

    Computed from stored histories by the engine itself, without recording anything.
    """

    _inherit = "msp.import"

    def _look_at_money(self, vals_list, histories, lines):
        """Add the customer's money per month before the change and by the file."""
        for vals in vals_list:
            history = histories.get(vals["contract_id"])
            policy = self._get_policy(vals, history)
            line = self._find_line(vals, lines)
            if not line or not policy:
                continue
            currency = self.env["msp.contract"].browse(vals["contract_id"]).currency_id
            digits = currency.decimal_places
            before = replace(line, quantity=to_decimal(vals["old_quantity"]))
            after = replace(
                line,
                quantity=to_decimal(vals["quantity"]),
                **(
                    {"unit_price": to_decimal(vals["price_unit"])}
                    if vals.get("sets_price")
                    else {}
                ),
            )
            vals["amount_before"] = _month(before, policy, digits)
            vals["amount_file"] = _month(after, policy, digits)

    def _find_line(self, vals, lines):
        """Return the `billing.Line` whose price a change has, None if there is none."""
        day = vals["date_start"]
        begin = vals if vals["kind"] == "begin" else vals.get("begins_with")
        if begin:
            return self._to_line(begin) if begin.get("price_unit") else None
        own = [line for line in lines.get(vals["position_id"], ()) if line.start <= day]
        return own[-1] if own else None

    def _to_line(self, vals):
        """Return the content with which a proposed position begins."""
        product = self.env["product.product"].browse(vals["product_id"])
        product = product.with_company(self.company_id)
        scheme = product._msp_get_pricing_data()
        if vals.get("price_source") == "agreement":
            scheme = vals.get("price_scheme")
        return Line(
            position=None,
            start=vals["date_start"],
            end=None,
            quantity=to_decimal(vals["quantity"]),
            unit_price=to_decimal(vals.get("price_unit") or 0.0),
            discount=to_decimal(vals.get("price_discount") or 0.0),
            price_months=int(vals.get("price_interval") or 0),
            pricing=to_pricing(scheme),
            overrides=to_overrides(product._msp_get_overrides()),
        )

    def _get_policy(self, vals, history):
        """Return the rules of a change's contract on its day, None if there are none."""
        return history.policy_on(vals["date_start"]) if history else None

    # Days that are billed already

    def _look_at_claims(self, vals_list, histories):
        """Mark changes of billed days, with what the next runs will make of it."""
        proposed = [
            vals
            for vals in vals_list
            if vals["contract_id"] and vals["state"] in ("proposed", "waiting", "info")
        ]
        contracts = self.env["msp.contract"].browse(
            {vals["contract_id"] for vals in proposed}
        )
        claims = self.env["msp.charge"]._load_plain_claims(contracts)
        billed = {}
        for contract_id, own in claims.items():
            for claim in own:
                for key in (claim.position, (contract_id,)):
                    billed[key] = max(billed.get(key, claim.end), claim.end)
        backdated = []
        for vals in proposed:
            # What is new is late if the contract's other positions are billed.
            key, name = vals["position_id"], "amount_correction"
            if key not in billed and vals["kind"] in ("begin", "set"):
                # No run corrects what was never billed: the next regular one bills it.
                key, name = (vals["contract_id"],), "amount_catch_up"
            if key in billed and vals["date_start"] < billed[key]:
                vals["flags"].add("backdated")
                if vals["state"] == "proposed":
                    vals[name] = 0.0
                    backdated.append(vals)
        by_contract = defaultdict(list)
        for vals in proposed:
            if vals["state"] == "proposed":
                by_contract[vals["contract_id"]].append(vals)
        affected = contracts.browse({vals["contract_id"] for vals in backdated})
        # Read here for all, not one by one.
        affected.version_ids.change_ids.mapped("position_id")
        for contract in affected:
            self._add_corrections(
                contract,
                by_contract[contract.id],
                histories[contract.id],
                claims[contract.id],
                billed[contract.id,],
            )

    def _add_corrections(self, contract, vals_list, history, claims, stop):
        """Add to backdated changes of a contract what they bill or credit.

        Where that goes, their values have a 0.

        :param stop: first day that no claim reaches
        """
        digits = contract.currency_id.decimal_places
        plain = list(contract._to_plain_versions().values())
        number = max((one.number for one in plain), default=0)
        try:
            before = _sums(settle(history, claims, stop, digits), stop)
            for vals in sorted(vals_list, key=lambda one: one["date_start"]):
                number += 1
                key = vals["position_id"] or (
                    "new",
                    id(vals.get("begins_with") or vals),
                )
                plain.append(self._to_plain_version(vals, key, number))
                after = replace(fold(plain), amounts=history.amounts)
                found = _sums(settle(after, claims, stop, digits), stop)
                moved = sum(found.values()) - sum(before.values())
                for name in ("amount_correction", "amount_catch_up"):
                    if name in vals:
                        vals[name] = float(moved)
                before = found
        except BillingError:
            # Applying says why the versions have no meaning together.
            return

    def _to_plain_version(self, vals, key, number):
        """Return the `billing.Version` that a proposal becomes once it is applied."""
        day = vals["date_start"]
        if vals.get("is_awaited"):
            version = self.env["msp.contract.version"].browse(
                vals["awaited_version_id"]
            )
            return replace(version._to_plain(), number=number, start=day)
        position = self.env["msp.contract.position"].browse(vals["position_id"] or ())
        return Version(number, day, (self._to_plain_change(vals, key, position),))

    def _to_plain_change(self, vals, key, position):
        quantity = to_decimal(vals["quantity"])
        if vals["kind"] == "begin":
            line = self._to_line(vals)
            return Change(
                "begin",
                key,
                quantity=quantity,
                unit_price=line.unit_price,
                price_months=line.price_months,
                discount=line.discount,
                pricing=line.pricing,
                overrides=line.overrides,
            )
        if vals["kind"] == "end" and not position.bundle_id:
            return Change("end", key)
        price = to_decimal(vals["price_unit"]) if vals.get("sets_price") else None
        if vals["difference"] and vals["kind"] == "set":
            move = to_decimal(vals["difference"])
            return Change("set", key, move=move, unit_price=price)
        return Change("set", key, quantity=quantity, unit_price=price)


def _month(line, policy, digits):
    if not line.quantity:
        return 0.0
    try:
        return float(round_money(monthly_value(line, policy), digits))
    except BillingError:
        return 0.0


def _sums(charges, stop):
    """Return what is due for days before `stop`, by position."""
    sums = defaultdict(Decimal)
    for charge in charges:
        if charge.start < stop:
            sums[charge.position] += charge.amount
    return sums
