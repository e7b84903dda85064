"""What a planted month needs in Odoo: articles, customers, contracts."""

from odoo import Command

from .common import ReconciliationCommon
from .planted import BEFORE, Usage
from .planted_rows import INVOICED_SKU


class PlantedContracts(ReconciliationCommon):
    """Who buys what, as `cls.plan` says.

    ``positions`` is {id of what is planned: its position}, ``seat_contracts`` are
    billed in advance, ``usage_contracts`` in arrears.
    """

    @classmethod
    def _make_currencies(cls):
        cls.env["res.currency"].create(
            [
                {
                    "name": name,
                    "symbol": name,
                    "rate_ids": [Command.create({"name": "2026-01-01", "rate": rate})],
                }
                for name, rate in cls.plan.rates.items()
            ]
        )

    @classmethod
    def _make_articles(cls):
        cls.sold = {}
        for article in cls.plan.articles:
            product = monthly = cls.sold[article] = cls._article_product(article)
            if article.has_monthly:
                monthly = cls._article_product(article, " by the month")
            cls._article(product, article.sku)
            cls._article(monthly, article.sku, term="P1M")
            if article.bundle_price:
                # What is sold is the bundle, what is supplied its component.
                line = {"product_id": product.id, "quantity": 1}
                lines = {"msp_bundle_line_ids": [Command.create(line)]}
                cls.sold[article] = cls._article_product(article, " in a box", **lines)
        cls.usage = cls._product("Usage", 0.0, msp_recurring=True)
        cls.markup = cls.env["msp.pricing"].create(
            {"name": "Usage + 20 %", "model": "amounts", "markup": 20.0}
        )
        cls.provider.write(
            {"usage_product_id": cls.usage.id, "usage_pricing_id": cls.markup.id}
        )
        # The daily file says what is passed on, the invoice's row the sum of it.
        none = {"term": False, "billing_plan": False, "billing_mode": "none"}
        cls._article(cls.env["product.product"], INVOICED_SKU, **none)

    @classmethod
    def _article_product(cls, article, suffix="", **values):
        name = f"Article {article.number}{suffix}"
        price = float(article.price)
        return cls._product(name, price, msp_recurring=True, **values)

    @classmethod
    def _make_customers(cls):
        partners = cls.env["res.partner"].create(
            [{"name": one.name, "is_company": True} for one in cls.plan.customers]
        )
        cls.partners = dict(zip(cls.plan.customers, partners, strict=True))
        cls.env["msp.customer.mapping"].create(
            [
                {
                    "provider_id": cls.provider.id,
                    "external_id": customer.tenant,
                    "external_name": customer.name,
                    "partner_id": partner.id,
                }
                for customer, partner in cls.partners.items()
            ]
        )

    @classmethod
    def _make_contracts(cls):
        """Give each customer a contract for seats and one for usage.

        What is not to be billed has one of its own.
        """
        groups = {}
        for seats in cls.plan.seats:
            if seats.is_contained:
                alone = seats.subscription if seats.is_alone else ""
                groups.setdefault((seats.customer, alone), []).append(seats)
        groups.update({(one.customer, "usage"): [one] for one in cls.plan.usages})
        contracts = cls.env["msp.contract"].create(
            [{"partner_id": cls.partners[key[0]].id} for key in groups]
        )
        items = [one for own in groups.values() for one in own]
        positions = cls.env["msp.contract.position"].create(
            [
                {"contract_id": contract.id, "product_id": cls._get_sold(one).id}
                for contract, own in zip(contracts, groups.values(), strict=True)
                for one in own
            ]
        )
        cls.positions = {
            id(one): position for one, position in zip(items, positions, strict=True)
        }
        changes = {}
        for contract, own in zip(contracts, groups.values(), strict=True):
            timing = "arrears" if isinstance(own[0], Usage) else "advance"
            terms = {"anchor_date": BEFORE, "billing_timing": timing}
            changes[contract, BEFORE] = [{"action": "terms", **terms}]
            for one in own:
                begins = getattr(one, "begins", BEFORE)
                changes.setdefault((contract, begins), []).append(cls._begin(one))
        cls._change_contracts(changes)
        cls.seat_contracts = cls._get_contracts(
            one for one in cls.plan.seats if one.is_contained and not one.is_alone
        )
        cls.usage_contracts = cls._get_contracts(cls.plan.usages)

    @classmethod
    def _get_sold(cls, one):
        return cls.usage if isinstance(one, Usage) else cls.sold[one.article]

    @classmethod
    def _begin(cls, one):
        position = cls.positions[id(one)]
        if isinstance(one, Usage):
            scheme = cls.markup._to_data()
            return position._prepare_begin_vals(1.0, 0.0, "0", pricing=scheme)
        quantity, price = one.quantity, one.article.price
        if one.bundled:
            quantity, price = one.bundled, one.article.bundle_price
        return position._prepare_begin_vals(quantity, float(price), "1")

    @classmethod
    def _change_contracts(cls, changes):
        """Activate versions: {(contract, first day): values of the changes}."""
        for contract, day in sorted(changes, key=lambda key: (key[0].id, key[1])):
            cls._version(contract, day, changes[contract, day])

    @classmethod
    def _get_contracts(cls, items):
        found = (cls.positions[id(one)].contract_id for one in items)
        return cls.env["msp.contract"].union(*found)
