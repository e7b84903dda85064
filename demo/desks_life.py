"""What is to come in contracts, for visitors to look at: ends, pauses, prices.

It begins after all that the story bills, counted from the visitor's day, so that it
is still to come.
"""

from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import Command, fields

from .scenario import Quote

# Nothing of this begins before the story's last run.
FIRST_DAY = date(2026, 5, 1)
LIMIT_OF_PRICES = 20.0
NEW_PRICE = 79.00
COMPLETE_PRICE = 45.00
COMPLETE_UNITS = 12


def leave_to_come(story) -> list[str]:
    """Enter changes of contracts that lie ahead, and one that waits for approval.

    :param story: `story.Story`, played
    :return: a sentence for each
    """
    return [
        _begin_from_template(story),
        _end(story),
        _suspend(story),
        _discount(story),
        _ask_for_approval(story),
    ]


def first_of_month(story, months: int) -> date:
    """Return the first of a month: of the visitor's, or of `FIRST_DAY`'s, and on."""
    today = fields.Date.context_today(story.env.user)
    return max(today, FIRST_DAY).replace(day=1) + relativedelta(months=months)


def _begin_from_template(story) -> str:
    """Anna begins a contract without a quote: a bundle, for a term with notice."""
    customer = story.scenario.quotes[-1].customer
    bundle = story.acting_as("admin", "product.product").create(
        {
            "name": "Complete Workplace",
            "type": "service",
            "list_price": COMPLETE_PRICE,
            "invoice_policy": "order",
            "msp_recurring": True,
            "msp_price_interval": "1",
            "msp_bundle_line_ids": [
                Command.create({"product_id": story.products[key].id, "quantity": 1})
                for key in ("workplace", "defender")
            ],
        }
    )
    template = story.env.ref("msp_contract_billing.msp_contract_template_flat_rate")
    start = story.acting_as("anna", "msp.contract.start").create(
        {
            "partner_id": story.customers[customer.number].id,
            "template_id": template.id,
            "title": "Managed workplaces",
            "date_start": FIRST_DAY,
            "line_ids": [
                Command.create({"product_id": bundle.id, "quantity": COMPLETE_UNITS})
            ],
        }
    )
    start.action_start()
    return f"begun from a template: {COMPLETE_UNITS} complete workplaces, a bundle, of {customer.name}"


def _end(story) -> str:
    """Anna records that a customer has given notice."""
    quote = _monthly_quote_of(story, "acrobat")
    last = first_of_month(story, 3) - relativedelta(days=1)
    terminate = story.acting_as("anna", "msp.contract.terminate").create(
        {
            "contract_id": _contract_of(story, quote).id,
            "date_last": last,
            "churn_reason_id": story.env.ref(
                "msp_contract_billing.churn_reason_merged"
            ).id,
        }
    )
    terminate.action_apply()
    return f"ends on {last:%-d %b %Y}: the contract of {quote.customer.name}"


def _suspend(story) -> str:
    """Anna records that a customer needs something less for a while."""
    quote = _monthly_quote_of(story, "workplace")
    first = first_of_month(story, 1)
    contract = _contract_of(story, quote)
    suspend = story.acting_as("anna", "msp.contract.suspend").create(
        {
            "contract_id": contract.id,
            "date_start": first,
            "date_end": first + relativedelta(months=2, days=-1),
            "position_ids": [
                Command.set(_position_of(story, contract, "workplace").ids)
            ],
            "billed_share": 30,
            "reason": "The office is being rebuilt",
        }
    )
    suspend.action_apply()
    return f"billed at 30 % from {first:%-d %b %Y}: workplaces of {quote.customer.name}"


def _discount(story) -> str:
    """Anna gives half of a price for three months, then the regular one begins."""
    quote = _monthly_quote_of(story, "cloudbackup")
    first = first_of_month(story, 1)
    last = first + relativedelta(months=3, days=-1)
    position = _position_of(story, _contract_of(story, quote), "cloudbackup")
    story.acting_as("anna", "msp.limited.price").create(
        {
            "position_id": position.id,
            "kind": "discount",
            "discount": 50,
            "date_start": first,
            "date_end": last,
            "reason": "Thanks for staying",
        }
    )
    return f"half the price until {last:%-d %b %Y}: backup of {quote.customer.name}"


def _ask_for_approval(story) -> str:
    """Anna raises a price by more than the company lets pass without a second look."""
    quote = _monthly_quote_of(story, "endpoint")
    story.company.write(
        {"msp_limit_price_percent": LIMIT_OF_PRICES, "msp_approve_own": False}
    )
    amend = story.acting_as("anna", "msp.contract.amend").create(
        {
            "contract_id": _contract_of(story, quote).id,
            "date_start": first_of_month(story, 2),
            "cause": "price",
            "reason": "Longer retention of backups",
        }
    )
    line = amend.line_ids.filtered(
        lambda line: line.product_id == story.products["backup"]
    )
    line.price_unit = NEW_PRICE
    amend.action_apply()
    return f"waits for the administrator: a new price of {quote.customer.name}"


def _monthly_quote_of(story, article: str) -> Quote:
    """Return the first quote billed monthly in advance that has an article."""
    return next(
        quote
        for quote in story.scenario.quotes
        if quote.rhythm.months == 1
        and quote.rhythm.timing == "advance"
        and any(line.article.key == article for line in quote.lines)
    )


def _contract_of(story, quote: Quote):
    return story.orders[quote.customer.number].msp_version_id.contract_id


def _position_of(story, contract, article: str):
    product = story.products[article]
    return contract.position_ids.filtered(lambda one: one.product_id == product)
