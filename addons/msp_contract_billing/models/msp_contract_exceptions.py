from typing import NamedTuple

from odoo import models
from odoo.tools import float_compare


class Notice(NamedTuple):
    """What a clerk should know of a contract before it is billed.

    :param code: key of the field ``code`` of ``msp.billing.run.exception``
    :param severity: ``blocking`` (is not billed), ``warning`` or ``info``
    :param reason: what was found and what to do, in one or two sentences
    :param position: id of the position it is about, None if the whole contract
    """

    code: str
    severity: str
    reason: str
    position: int | None = None


class MspContract(models.Model):
    """What is odd about that which is due."""

    _inherit = "msp.contract"

    def _find_exceptions(self, found, run):
        """Return the list of `Notice` of each contract, keyed by id.

        A hook: addons add theirs to the lists.

        :param found: {contract id: `Due`}; what waits in it is no exception
        :param run: the ``msp.billing.run`` that is about to bill it
        """
        billed = self.filtered(lambda contract: found[contract.id].charges)
        without_rate = billed._find_currencies_without_rate(run.invoice_date)
        positions = billed._positions_of(found)
        untaxed = billed._find_untaxed(positions)
        result = {contract.id: [] for contract in self}
        for contract in billed:
            charges = found[contract.id].charges
            result[contract.id] = [
                *contract._find_customer_exceptions(),
                *contract._find_amount_exceptions(charges, without_rate),
                *contract._find_position_exceptions(charges, positions, untaxed),
                *contract._find_taxes_per_unit(charges, positions),
            ]
        return result

    def _positions_of(self, found):
        """Return {id: position} of all charges that are due, read at once."""
        ids = {charge.position for one in self for charge in found[one.id].charges}
        positions = self.env["msp.contract.position"].browse(ids)
        positions.fetch()
        return {position.id: position for position in positions}

    def _find_currencies_without_rate(self, day):
        """Return the currencies of the contracts whose value on `day` is unknown."""
        currencies = self.currency_id - self.company_id.currency_id
        if not currencies:
            return currencies
        known = self.env["res.currency.rate"]._read_group(
            [
                ("currency_id", "in", currencies.ids),
                ("company_id", "in", [False, *self.company_id.root_id.ids]),
                ("name", "<=", day),
            ],
            ["currency_id"],
        )
        return currencies.browse(
            set(currencies.ids) - {currency.id for (currency,) in known}
        )

    def _find_untaxed(self, positions):
        """Return the ids of positions whose invoice line would bear no tax.

        A fiscal position that takes the product's taxes away is meant that way.
        """
        by_product = {}
        untaxed = set()
        for position in positions.values():
            product, company = position.product_id, position.contract_id.company_id
            key = product.id, company.id
            if key not in by_product:
                by_product[key] = product.taxes_id.filtered(
                    lambda tax, company=company: tax.company_id in company.parent_ids
                )
            if not by_product[key]:
                untaxed.add(position.id)
        return untaxed

    def _find_customer_exceptions(self):
        self.ensure_one()
        recipient = self.partner_invoice_id
        for partner in (self.partner_id | recipient).filtered(
            lambda one: not one.active
        ):
            yield Notice(
                "archived",
                "blocking",
                self.env._(
                    "%(customer)s is archived. End the contract, or take the customer "
                    "out of the archive.",
                    customer=partner.display_name,
                ),
            )
        if not (recipient.street and recipient.city):
            yield Notice(
                "no_address",
                "warning",
                self.env._(
                    "The invoice address %(address)s has no street or city, which an "
                    "invoice needs. Complete it.",
                    address=recipient.display_name,
                ),
            )
        if not recipient.country_id:
            yield Notice(
                "no_country",
                "warning",
                self.env._(
                    "The invoice address %(address)s has no country, on which its taxes "
                    "depend. Complete it.",
                    address=recipient.display_name,
                ),
            )
        if self._is_mailed() and not any(
            self._get_invoice_recipients().mapped("email")
        ):
            yield Notice(
                "no_email",
                "warning",
                self.env._(
                    "The invoice is to be sent, but %(address)s has no e-mail address. "
                    "Enter one, or let the customer's invoices be printed.",
                    address=recipient.display_name,
                ),
            )

    def _is_mailed(self):
        """Return whether the contract's invoices go out by e-mail."""
        self.ensure_one()
        partner = self.partner_invoice_id.commercial_partner_id
        method = partner.with_company(self.company_id).invoice_sending_method
        return self._get_invoice_goal() == "send" and method in (False, "email")

    def _find_amount_exceptions(self, charges, without_rate):
        self.ensure_one()
        if self.currency_id in without_rate:
            yield Notice(
                "no_rate",
                "blocking",
                self.env._(
                    "%(currency)s has no exchange rate on the invoice date. Enter one "
                    "under Accounting > Configuration > Currencies.",
                    currency=self.currency_id.name,
                ),
            )
        digits = self.currency_id.decimal_places
        if float_compare(self.currency_id.rounding, 10**-digits, digits + 2):
            yield Notice(
                "rounding",
                "blocking",
                self.env._(
                    "%(currency)s is rounded to %(rounding)s, but amounts of contracts "
                    "have %(digits)s decimals. Set its rounding factor to %(wanted)s "
                    "and round totals by Odoo's cash rounding.",
                    currency=self.currency_id.name,
                    rounding=self.currency_id.rounding,
                    digits=digits,
                    wanted=f"{10**-digits:.{digits}f}",
                ),
            )
        if sum(charge.amount for charge in charges) < 0:
            yield Notice(
                "negative",
                "info",
                self.env._("What is due is negative and becomes a credit note."),
            )

    def _find_position_exceptions(self, charges, positions, untaxed):
        self.ensure_one()
        seen = set()
        for charge in charges:
            position = charge.position
            is_free = charge.quantity and not charge.unit_price and not charge.amount
            if is_free and ("no_price", position) not in seen:
                seen.add(("no_price", position))
                yield Notice(
                    "no_price",
                    "warning",
                    self.env._(
                        "%(position)s has a quantity but no price. If it is not meant "
                        "to be free, change the contract.",
                        position=positions[position].name,
                    ),
                    position,
                )
            if position in untaxed and ("no_tax", position) not in seen:
                seen.add(("no_tax", position))
                yield Notice(
                    "no_tax",
                    "warning",
                    self.env._(
                        "%(product)s has no sales tax, so its line has none. Enter it "
                        "on the product.",
                        product=positions[position].product_id.display_name,
                    ),
                    position,
                )

    def _find_taxes_per_unit(self, charges, positions):
        """Tell of corrections whose tax goes by units: they have the quantity 1."""
        self.ensure_one()
        for key in {one.position for one in charges if one.kind == "correction"}:
            taxes = positions[key].product_id.taxes_id.flatten_taxes_hierarchy()
            if any(tax.amount_type == "fixed" for tax in taxes):
                yield Notice(
                    "tax_per_unit",
                    "warning",
                    self.env._(
                        "%(position)s has a tax per unit, which a correction cannot "
                        "compute: its line has the quantity 1. Correct the tax on the "
                        "draft invoice.",
                        position=positions[key].name,
                    ),
                    key,
                )
