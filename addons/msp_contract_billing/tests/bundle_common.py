from odoo import Command

from .pricing_common import PricingCommon


class BundleCommon(PricingCommon):
    """A workplace for 50.00 per month: seats, and two mailboxes each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox = cls._product("Mailbox", 3.00, msp_recurring=True)
        cls.workplace = cls._product(
            "Workplace",
            50.00,
            msp_recurring=True,
            msp_bundle_line_ids=[
                Command.create({"product_id": cls.seats.id, "quantity": 1}),
                Command.create({"product_id": cls.mailbox.id, "quantity": 2}),
            ],
        )

    @classmethod
    def _bundle(cls, start, **values):
        """Return the contract that an active version begins with ten workplaces."""
        contract = cls.env["msp.contract"].create(
            {"partner_id": cls.customer.id, **values}
        )
        position = cls.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": cls.workplace.id}
        )
        cls._version(
            contract,
            start,
            [
                {"action": "terms", "anchor_date": start.replace(day=1)},
                position._prepare_begin_vals(10, 50.0, "1"),
            ],
        )
        return contract

    def _quantities(self, contract, day):
        """Return {product: quantity} of the content on a day."""
        return {
            line.product_id.name: line.quantity for line in contract.line_ids._on(day)
        }
