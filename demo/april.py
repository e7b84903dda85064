"""What providers send for April, for visitors to go on with.

Usage that is passed on with a markup, a file that was corrected, one that came by
mail, one that is late, and a new customer whom a file names. Nothing of it is billed
yet, so no figure of the story depends on it; the next regular run bills the usage.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from . import azure_file, microsoft_file, skykick_file
from .scenario import Credit, Scenario, Unknown
from .summary import money

APRIL = date(2026, 4, 1)
MARKUP = 12.0
# Calendar days after a month until which its file has come.
EXPECTED = {"ingram": 8, "skykick": 5}
MORE_SEATS = 3
CREDIT = Decimal("4.50")


def play(story) -> dict[str, Any]:
    """Take in the files of April; return what came of them, amounts as text.

    :param story: `story.Story`, played
    """
    _set_up(story)
    usage = _pass_usage_on(story)
    seats = _apply_seats(story)
    corrected = _read_correction(story)
    mailed = _receive_mail(story)
    # What was written is to be read as the screens read it.
    story.env.flush_all()
    story.env.invalidate_all()
    return {
        "usage": _describe_usage(story, usage),
        "corrected": _describe_correction(corrected),
        "waiting": _describe_waiting(story, seats),
        "mail": _describe_mail(mailed),
        "board": _describe_board(story),
    }


def microsoft_rows(scenario: Scenario) -> list[microsoft_file.Row]:
    return microsoft_file.rows_of(scenario, APRIL)


def corrected_rows(scenario: Scenario) -> list[microsoft_file.Row]:
    """Return the rows of the corrected file: one changed, one gone, one new."""
    rows = microsoft_rows(scenario)
    unknown = {
        event.subscription for event in scenario.events if isinstance(event, Unknown)
    }
    known = [row for row in rows if row.subscription not in unknown]
    changed = _first_of(known, "premium")
    gone = _first_of(known, "exchange")
    credited = _first_of(known, "standard")
    credit = Credit(
        date(2026, 4, 20), credited.subscription, credited.seats, CREDIT, APRIL
    )
    return [
        replace(row, seats=row.seats + MORE_SEATS) if row is changed else row
        for row in rows
        if row is not gone
    ] + [microsoft_file.credit_row(credit)]


def _first_of(rows: list[microsoft_file.Row], article: str) -> microsoft_file.Row:
    return next(row for row in rows if row.subscription.article.key == article)


# What happens


def _set_up(story) -> None:
    """The administrator says how usage is passed on and what providers owe."""
    admin = story.acting_as("admin", "msp.provider").env
    product = admin["product.product"].create(
        {
            "name": "Microsoft Azure",
            "type": "service",
            "invoice_policy": "order",
            "msp_recurring": True,
            "msp_price_interval": "1",
            "list_price": 0,
        }
    )
    markup = admin["msp.pricing"].create(
        {"name": f"Azure + {MARKUP:g} %", "model": "amounts", "markup": MARKUP}
    )
    providers = {
        code: provider.with_env(admin) for code, provider in story.providers.items()
    }
    providers["microsoft"].write(
        {
            "usage_product_id": product.id,
            "usage_pricing_id": markup.id,
            "usage_tag": "costcenter",
        }
    )
    providers["skykick"].files_are_complete = True
    for code, day in EXPECTED.items():
        providers[code].write({"expected_day": day, "user_id": story.users["bernd"].id})
    if not story.company.alias_domain_id:
        story.company.alias_domain_id = story.env["mail.alias.domain"].create(
            {"name": "nordlicht.example"}
        )
    admin["msp.provider.mailbox"].create(
        {
            "provider_id": providers["skykick"].id,
            "alias_name": "skykick",
            "user_id": story.users["bernd"].id,
            "allowed_senders": "skykick.example",
        }
    )


def _pass_usage_on(story):
    """Bernd passes the usage on that he finds in Microsoft's file."""
    name = azure_file.file_name(APRIL)
    import_ = _import(story, name, azure_file.content(story.scenario, APRIL))
    _go_on(import_, "apply")
    return import_


def _apply_seats(story):
    """Bernd applies the seats; a customer whom the file names was entered meanwhile."""
    strangers = (
        event.subscription.customer
        for event in story.scenario.events
        if isinstance(event, Unknown) and event.what == "customer"
    )
    for customer in strangers:
        story.acting_as("admin", "res.partner").create(
            {
                # Not quite as the file has it.
                "name": " ".join(reversed(customer.name.split()[:2])),
                "is_company": True,
                "email": f"info@{customer.domain}",
                "user_id": story.users["anna"].id,
            }
        )
    name = microsoft_file.file_name(APRIL)
    import_ = _import(story, name, microsoft_file.content(story.scenario, APRIL))
    _go_on(import_, "apply")
    return import_


def _read_correction(story):
    """Microsoft corrects the file; what it says otherwise waits for a look."""
    rows = corrected_rows(story.scenario)
    name = f"{Path(microsoft_file.file_name(APRIL)).stem}-corrected.csv"
    content = microsoft_file.content(story.scenario, APRIL, rows)
    import_ = _import(story, name, content)
    _go_on(import_, "prepare")
    return import_


def _receive_mail(story):
    """SkyKick mails its file to the mailbox; Bernd compares it with the invoice."""
    name = skykick_file.file_name(APRIL)
    content = skykick_file.content(story.scenario, APRIL)
    (story.files[0].path.parent / name).write_bytes(content)
    mailbox = story.env["msp.provider.mailbox"].search(
        [("provider_id", "=", story.providers["skykick"].id)]
    )
    mail = EmailMessage()
    mail["From"] = "SkyKick <billing@skykick.example>"
    mail["To"] = mailbox.alias_email
    mail["Subject"] = "Your invoice for April 2026"
    mail["Date"] = format_datetime(story.env.cr.now())
    mail["Message-Id"] = "<sk-202604@skykick.example>"
    mail.set_content("Dear partner,\n\nplease find your invoice data attached.\n")
    kind = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    mail.add_attachment(content, maintype="application", subtype=kind, filename=name)
    story.env["mail.thread"].message_process(None, mail.as_bytes())
    import_ = story.acting_as("bernd", "msp.import").search([("file_name", "=", name)])
    import_.invoice_amount = import_.amount_read
    _go_on(import_, "prepare")
    return import_


def _import(story, name: str, content: bytes):
    (story.files[0].path.parent / name).write_bytes(content)
    imports = story.acting_as("bernd", "msp.import")
    provider = story.providers["microsoft"].with_env(imports.env)
    return imports.import_file(provider, name, content)


def _go_on(import_, last: str) -> None:
    """Take an import through its steps, up to `last`: prepare | apply."""
    import_.action_assign()
    import_.action_prepare()
    if last == "apply":
        import_.action_apply()
    state = {"prepare": "prepared", "apply": "applied"}[last]
    if import_.state != state or import_.failed_count or import_.is_running:
        raise RuntimeError(f"{import_.file_name} is {import_.state}, not {state}.")


# What came of it


def _describe_usage(story, import_) -> dict[str, Any]:
    amounts = import_.dated_amount_ids
    return {
        "file": import_.file_name,
        "rows": story.env["msp.usage.row"].search_count(
            [("import_id", "=", import_.id)]
        ),
        "charges": len(import_.provider_charge_ids),
        "cost": str(money(import_.amount_read)),
        "markup": f"{MARKUP:g}",
        "customers": len(amounts.position_id),
        "passed_on": str(
            sum(
                (money(change.customer_after) for change in import_.change_ids),
                Decimal("0.00"),
            )
        ),
    }


def _describe_correction(import_) -> dict[str, Any]:
    counts = ("same_count", "changed_count", "gone_count", "new_count")
    amounts = ("before", "changed", "gone", "new", "now")
    names = ("old", "changed", "gone", "new", "compared")
    return {
        "file": import_.file_name,
        **{name.removesuffix("_count"): import_[name] for name in counts},
        "amounts": {
            name: str(money(import_[f"amount_{field}"]))
            for name, field in zip(amounts, names, strict=True)
        },
    }


def _describe_waiting(story, import_) -> dict[str, Any]:
    mapping = import_.customer_mapping_ids.filtered(lambda one: one.state == "open")
    mapping.ensure_one()
    return {
        "customer": mapping.external_name,
        "suggestion": mapping.suggested_partner_id.name,
        "score": mapping.suggestion_score,
        "amount": str(money(import_.amount_unmapped)),
    }


def _describe_mail(import_) -> dict[str, Any]:
    missing = import_.change_ids.filtered("is_missing")
    return {
        "mailbox": import_.provider_id.mailbox_ids.alias_email,
        "file": import_.file_name,
        "amount": str(money(import_.amount_read)),
        "missing": missing.mapped("partner_id.name"),
    }


def _describe_board(story) -> list[Mapping[str, Any]]:
    """Return what the cards of the board say of each provider."""
    providers = story.acting_as("bernd", "msp.provider").browse(
        [provider.id for provider in story.providers.values()]
    )
    return [
        {
            "provider": provider.code,
            "complete": f"{month:%Y-%m}"
            if (month := provider.last_complete_month)
            else "",
            "expected": str(provider.expected_on or ""),
            "late": provider.is_late,
            "waiting": str(money(provider.amount_waiting)),
            "not_assigned": str(money(provider.amount_unmapped)),
        }
        for provider in providers
    ]
