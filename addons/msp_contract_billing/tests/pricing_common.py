from datetime import timedelta
from decimal import Decimal

from odoo import Command

from odoo.addons.msp_contract_billing.billing import Claim, settle

from .sale_common import SaleContractCommon


class PricingCommon(SaleContractCommon):
    """Price schemes and rules, and what a contract with them has due."""

    @classmethod
    def _scheme(cls, model, tiers=(), **values):
        """Return a price scheme; `tiers` are (up to, price[, flat]), 0: no limit."""
        return cls.env["msp.pricing"].create(
            {
                "name": f"Scheme {model}",
                "model": model,
                "tier_ids": [
                    Command.create(
                        {
                            "up_to": up_to,
                            "unit_price": price,
                            "flat": flat[0] if flat else 0,
                        }
                    )
                    for up_to, price, *flat in tiers
                ],
                **values,
            }
        )

    @classmethod
    def _graduated(cls, **values):
        """Return: up to 10 at 10.00, up to 50 at 8.00, above at 6.00."""
        return cls._scheme("graduated", [(10, 10.0), (50, 8.0), (0, 6.0)], **values)

    @classmethod
    def _rule(cls, **values):
        return cls.env["msp.billing.rule"].create({"name": "Own rule", **values})

    @classmethod
    def _begin(cls, contract, start, product, quantity, price=0.0, **values):
        """Return the position that an active version begins."""
        position = cls.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": product.id}
        )
        vals = position._prepare_begin_vals(
            quantity, price, values.pop("interval", "0"), **values
        )
        cls._version(contract, start, [vals])
        return position

    def _due(self, contract, until, kind="regular"):
        """Return [(product, first day, day after, amount)] that a run would bill."""
        due = contract._compute_due(until, kind)[contract.id]
        self.assertFalse(due.error)
        positions = self.env["msp.contract.position"]
        return [
            (
                positions.browse(charge.position).product_id.name,
                charge.start,
                charge.end,
                float(charge.amount),
            )
            for charge in due.charges
        ]

    def _amounts_due(self, contract, until, kind="regular"):
        return [amount for *_rest, amount in self._due(contract, until, kind)]

    def _billed(self, contract, until, claims):
        """Return what runs until a day bill, and all claims after them."""
        history = contract._load_histories()[contract.id]
        due = settle(history, claims, until, 2)
        claims = claims + [
            Claim(item.position, item.start, item.end, item.amount, basis=item.basis)
            for item in due
        ]
        return sum((item.amount for item in due), Decimal(0)), claims

    def _assert_cost_is_billed(self, wizard):
        """Assert that what a wizard says it costs is what the runs then bill."""
        contract, one = wizard.contract_id, timedelta(days=1)
        before = contract._load_histories()[contract.id]
        savepoint = self.env.cr.savepoint()
        wizard.action_apply()
        after = contract._load_histories()[contract.id]
        savepoint.rollback()
        change, stop, *shown = wizard._compare(before, after)
        _first, claims = self._billed(contract, change - one, [])
        old, _claims = self._billed(contract, stop - one, claims)
        wizard.action_apply()
        rest, claims = self._billed(contract, change - one, claims)
        new, claims = self._billed(contract, stop - one, claims)
        self.assertEqual(shown, [rest, old, new])
