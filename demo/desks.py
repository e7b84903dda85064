"""What the story leaves on the desks, for visitors to go on with.

Nothing of it is billed, so none of the story's figures depend on it.
"""

from datetime import date

from odoo import Command

from .desks_life import leave_to_come
from .scenario import Quote, SeatChange

TRAVEL_DAY = date(2026, 4, 20)
QUOTE_START = date(2026, 5, 1)
# (up to this many, price of each)
STORAGE_TIERS = ((10, 3.90), (50, 3.20), (0, 2.70))
STORAGE_UNITS = 35


def leave_open(story) -> list[str]:
    """Put a contract on hold, enter a one-off charge, make a quote, and what is to come.

    :param story: `story.Story`, played
    :return: a sentence for each
    """
    return [
        _hold(story),
        _enter_travel(story),
        _quote_tiers(story),
        *leave_to_come(story),
    ]


def _hold(story) -> str:
    """Bernd holds back what a customer disputes until Anna has spoken to him."""
    event = next(
        event
        for event in story.scenario.events
        if isinstance(event, SeatChange) and event.is_left_out
    )
    customer = event.subscription.customer
    contract = _contract_of(story, customer.number)
    product = story.products[event.subscription.article.key]
    story.acting_as("bernd", "msp.hold").create(
        {
            "contract_id": contract.id,
            "position_ids": [
                Command.set(
                    contract.position_ids.filtered(
                        lambda position: position.product_id == product
                    ).ids
                )
            ],
            "reason": f"Disputes {event.new - event.old} seats, Anna asks",
        }
    )
    return f"on hold: {event.subscription.article.name} of {customer.name}"


def _enter_travel(story) -> str:
    """Bernd enters what the customer's next invoice is to say once."""
    quote = _monthly_quote(story)
    contract = _contract_of(story, quote.customer.number)
    story.acting_as("bernd", "msp.one.off").create(
        {
            "contract_id": contract.id,
            "product_id": story.products["travel"].id,
            "date": TRAVEL_DAY,
            "quantity": 2,
        }
    )
    return f"to be billed once: two travels to {quote.customer.name}"


def _quote_tiers(story) -> str:
    """Anna quotes storage that costs less the more of it there is."""
    quote = _monthly_quote(story)
    scheme = story.acting_as("admin", "msp.pricing").create(
        {
            "name": "Storage by TB",
            "model": "graduated",
            "tier_ids": [
                Command.create({"up_to": up_to, "unit_price": price})
                for up_to, price in STORAGE_TIERS
            ],
        }
    )
    story.products["storage"].msp_pricing_id = scheme
    story.acting_as("anna", "sale.order").create(
        {
            "partner_id": story.customers[quote.customer.number].id,
            "user_id": story.users["anna"].id,
            "msp_date_start": QUOTE_START,
            "order_line": [
                Command.create(
                    {
                        "product_id": story.products["storage"].id,
                        "product_uom_qty": STORAGE_UNITS,
                    }
                )
            ],
        }
    )
    return f"quoted in tiers: {STORAGE_UNITS} TB of storage to {quote.customer.name}"


def _monthly_quote(story) -> Quote:
    return next(
        quote
        for quote in story.scenario.quotes
        if quote.rhythm.months == 1 and quote.rhythm.timing == "advance"
    )


def _contract_of(story, number: int):
    return story.orders[number].msp_version_id.contract_id
