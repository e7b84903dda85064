"""What became of the months that were compared: January is signed off.

Bernd looks at its sample, Clara signs it off, and one finding of March is resolved.
All this is after the story's figures, which say what was found. It happens today, not
on a day of the story: versions carry the day on which they were played, and those that
are younger than a sign-off show as changes since.
"""

from datetime import date
from typing import Any

from .scenario import MONTHS, Unknown
from .summary import money


def play(story) -> dict[str, Any]:
    """Sign off January and resolve what one customer was billed by hand.

    :param story: `story.Story`, played
    :return: what was done, amounts as text
    """
    signed = _sign_off(story, MONTHS[0])
    resolved = _resolve(story)
    return {
        "month": f"{MONTHS[0]:%Y-%m}",
        "providers": len(signed),
        "rows": sum(len(one.sample_ids) for one in signed),
        "resolved": {
            "customer": resolved.partner_id.name,
            "article": resolved.article_name or resolved.product_id.name,
            "amount": str(money(resolved.amount)),
        },
    }


def _sign_off(story, month: date):
    """Bernd looks at each row of the samples, then Clara signs the month off."""
    months = story.acting_as("clara", "msp.reconciliation").search(
        [("company_id", "=", story.company.id), ("month", "=", month)], order="id"
    )
    clerk = story.acting_as("bernd", "msp.reconciliation").env
    for one in months:
        one.with_env(clerk).action_check_sample()
        one.with_env(clerk).sample_ids.action_right()
        action = one.action_sign()
        wizard = one.env[action["res_model"]].with_context(**action["context"])
        # Without a reason: it is refused if anything speaks against it.
        wizard.create({}).action_sign()
    return months


def _resolve(story):
    """Clara notes that the product nobody had assigned was invoiced by hand."""
    event = next(
        event
        for event in story.scenario.events
        if isinstance(event, Unknown) and event.what == "product"
    )
    finding = story.acting_as("clara", "msp.finding").search(
        [
            ("company_id", "=", story.company.id),
            ("cause", "=", "unassigned"),
            ("state", "=", "open"),
            ("partner_id.name", "=", event.subscription.customer.name),
        ]
    )
    finding.ensure_one()
    action = finding.action_resolve()
    wizard = finding.env[action["res_model"]].with_context(**action["context"])
    wizard.create(
        {"reason": "Invoiced with Anna's workshop of 9 April", "resolution": "other"}
    ).action_close()
    return finding
