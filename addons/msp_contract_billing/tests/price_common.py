from odoo import Command

from .sale_common import SaleContractCommon


class PriceCommon(SaleContractCommon):
    """Seats that cost 10.00 a month and are sold for 12.50: a markup of 25 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.vendor = cls.env["res.partner"].create({"name": "Cloud Distribution"})
        cls.rule = cls._price_rule(percent=25)
        cls.seats.standard_price = 10.0

    @classmethod
    def _price_rule(cls, **values):
        return cls.env["msp.price.rule"].create({"name": "Licences", **values})

    @classmethod
    def _cost(cls, product, price, start=False, end=False, **values):
        """Let a vendor ask `price` for a product from `start` to `end`."""
        # Which vendors a company sees is cached; requests begin without.
        cls.env.invalidate_all()
        return cls.env["product.supplierinfo"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "partner_id": cls.vendor.id,
                "price": price,
                "date_start": start,
                "date_end": end,
                "company_id": False,
                **values,
            }
        )

    @classmethod
    def _pricelist(cls, price, product=None, **values):
        """Return a pricelist with a fixed price for seats."""
        product = product or cls.seats
        return cls.env["product.pricelist"].create(
            {
                "name": "Partners",
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": product.product_tmpl_id.id,
                            "compute_price": "fixed",
                            "fixed_price": price,
                            **values.pop("item", {}),
                        }
                    )
                ],
                **values,
            }
        )

    def _follow_cost(self, position, rule=None):
        position.write(
            {"price_source": "cost", "price_rule_id": (rule or self.rule).id}
        )

    def _proposals(self, contract):
        """Return [(first day, [(position, price)])] of the open proposals."""
        drafts = contract.version_ids.filtered(
            lambda version: version.state == "draft" and version.cause == "price"
        )
        return [
            (
                draft.date_start,
                [(c.position_id.name, c.price_unit) for c in draft.change_ids],
            )
            for draft in drafts.sorted("date_start")
        ]

    def _night(self):
        """Run the nightly check as the scheduler does."""
        with self.enter_registry_test_mode():
            self.env.ref(
                "msp_contract_billing.ir_cron_propose_prices"
            ).method_direct_trigger()
        self.env.invalidate_all()
