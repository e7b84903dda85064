"""Reads out of the database what the story has brought, ready for JSON."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from . import company as setup
from .files import ProviderFile
from .report import StepResult


def summarise(
    env, company, results: Sequence[StepResult], files: Sequence[ProviderFile]
) -> dict[str, Any]:
    """Return the figures as they are in the database; amounts as text, net."""
    own = [("company_id", "=", company.id)]
    moves = _posted(env, own, "out_invoice", "out_refund")
    bills = _posted(env, own, "in_invoice", "in_refund")
    contracts = env["msp.contract"].search(own)
    imports = [one for result in results for one in result.imported or ()]
    reconciliations = env["msp.reconciliation"].search(own, order="month, id")
    return {
        "company": company.name,
        "currency": company.currency_id.name,
        "customers": len(contracts.partner_id),
        "contracts": len(contracts),
        "versions": len(
            contracts.version_ids.filtered(lambda one: one.state == "active")
        ),
        "invoices": len(moves.filtered(lambda m: m.move_type == "out_invoice")),
        "credit_notes": len(moves.filtered(lambda m: m.move_type == "out_refund")),
        "invoiced_total": str(_total(moves.mapped("amount_untaxed_signed"))),
        "imports": len(imports),
        "rows_imported": sum(one.row_count for one in imports),
        "money_imported": [_where_the_money_is(one) for one in imports],
        "waiting": _waiting(env, company),
        "vendor_bills": len(bills),
        # The company owes them: their sign is that of a debt.
        "vendor_total": str(-_total(bills.mapped("amount_untaxed_signed"))),
        "findings": [
            _describe(finding)
            for finding in reconciliations.finding_ids.sorted(_order)
            if finding.state == "open"
        ],
        "leakage_total": str(_total(reconciliations.mapped("leakage_total"))),
        "overbilled_total": str(_total(reconciliations.mapped("overbilled_total"))),
        "months": _months(results),
        "files": [str(file.path) for file in files],
        "url": env["ir.config_parameter"].get_param("web.base.url"),
        "logins": [
            {"role": role, "login": login, "password": login}
            for login, role in (
                *((login, role) for login, _name, role, _group in setup.LOGINS),
                setup.ADMINISTRATOR,
            )
        ],
    }


def money(value: float) -> Decimal:
    """Return an amount of the database as the decimal it stands for."""
    return Decimal(f"{value:.2f}")


def _total(amounts: Iterable[float]) -> Decimal:
    return sum((money(amount) for amount in amounts), Decimal("0.00"))


def _posted(env, own: list, *move_types: str):
    return env["account.move"].search(
        [("move_type", "in", move_types), ("state", "=", "posted"), *own]
    )


def _waiting(env, company) -> list[dict]:
    """Return what the files ask for and nobody can bill, with its money."""
    result = []
    for what, model in (
        ("customer", "msp.customer.mapping"),
        ("product", "msp.product.mapping"),
    ):
        for mapping in env[model].search(
            [("state", "=", "open"), ("company_id", "=", company.id)]
        ):
            result.append(
                {
                    "unknown": what,
                    "name": mapping.external_name,
                    "amount": str(money(mapping.amount_open)),
                }
            )
    return result


def _where_the_money_is(import_) -> dict[str, str]:
    """Return what became of the money of a file; the parts add up to `read`."""
    amounts = {
        "read": import_.amount_read,
        "in_contracts": import_.amount_done,
        "waiting": import_.amount_waiting,
        "without_quantity": import_.amount_info,
        "ignored": import_.amount_ignored,
        "unaccounted": import_.amount_lost,
    }
    return {
        "file": import_.file_name,
        "provider": import_.provider_id.code,
        "month": f"{import_.month:%Y-%m}",
        "rows": import_.row_count,
        **{name: str(money(amount)) for name, amount in amounts.items()},
    }


def _order(finding) -> tuple:
    return (finding.month, finding.provider_id.sequence, finding.cause, finding.id)


def _describe(finding) -> dict[str, str]:
    """Return a finding; while nobody has assigned them, names are the file's."""
    causes = dict(finding._fields["cause"]._description_selection(finding.env))
    return {
        "month": f"{finding.month:%Y-%m}",
        "provider": finding.provider_id.code,
        "cause": finding.cause,
        "label": causes[finding.cause],
        "direction": finding.direction,
        "customer": finding.partner_id.name or finding.customer_name or "",
        "article": finding.product_id.name or finding.article_name or "",
        "unknown": _unknown(finding),
        "amount": str(money(finding.amount)),
    }


def _unknown(finding) -> str:
    """Return which of the two nobody has assigned, if any."""
    if finding.cause != "unassigned":
        return ""
    return "product" if finding.partner_id else "customer"


def _months(results: Sequence[StepResult]) -> list[dict]:
    """Return the figures of each calendar month, in order."""
    months: dict[str, dict] = {}
    for result in results:
        key = f"{result.step.day:%Y-%m}"
        month = months.setdefault(
            key,
            {
                "month": key,
                "rows": 0,
                "versions": 0,
                "invoices": 0,
                "credit_notes": 0,
                "net": "0.00",
                "vendor_bills": 0,
                "vendor_net": "0.00",
                "findings": 0,
            },
        )
        month["rows"] += result.rows
        month["versions"] += result.versions
        month["invoices"] += result.invoices
        month["credit_notes"] += result.credit_notes
        month["net"] = str(Decimal(month["net"]) + result.net)
        month["vendor_bills"] += len(result.bills or ())
        month["vendor_net"] = str(Decimal(month["vendor_net"]) + result.vendor_net)
        month["findings"] += len(result.findings or ())
    return list(months.values())
