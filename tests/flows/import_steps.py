"""Steps of `worker.py` in which the scheduler dies in the middle of an import."""

import base64
import csv
import io
from datetime import date

from step_parts import begin_contract, run_jobs, wait_to_go_on, waiting_after

from odoo.service.model import retrying

from odoo.addons.msp_cloud_import.formats import usage_csv
from odoo.addons.msp_cloud_import.formats.microsoft_daily_columns import (
    COLUMNS as DAILY_COLUMNS,
)
from odoo.addons.msp_cloud_import.models import (
    msp_import_apply,
    msp_import_arrival,
    msp_import_later,
    msp_import_prepare,
    msp_import_read,
    msp_import_steps,
)

CRON = "msp_cloud_import.ir_cron_continue_imports"
CUSTOMERS = 6
SEATS = "CFQ7TTC0LCHC"
#: What is done for each part of a step, after which the scheduler is killed.
WORK = {
    "read": ("msp.provider.charge", "_put_aside"),
    "usage": ("msp.import", "_get_details"),
    "assign": ("msp.import", "_assign_rows"),
    "prepare": ("msp.import", "_propose"),
    "apply": ("msp.import", "_apply_next_batch"),
}


def small_parts():
    """Let each step take one row, customer or contract at a time."""
    msp_import_read.PART_SIZE = 2
    msp_import_later.ROWS = 2
    msp_import_later.MAPPINGS = 1
    msp_import_prepare.ROWS = 1
    msp_import_steps.LARGE_ROWS = 1
    msp_import_arrival.LARGE_BYTES = 1
    msp_import_apply.BATCH_SIZE = 1
    msp_import_apply.REQUEST_CHANGES = 0
    usage_csv.CsvBlocks.__init__.__defaults__ = (1 << 10,)


def _customer(number):
    return f"11111111-0000-4000-8000-00000000000{number}"


def make_customers(env):
    """Make customers with 10 seats each, and tell what the provider calls them."""
    env.ref("base.EUR").active = True
    provider = env.ref("msp_cloud_import.provider_microsoft")
    provider.conflict_rule = "file"
    product = env["product.product"].create({"name": "Seats", "type": "service"})
    usage = env["product.product"].create({"name": "Azure", "type": "service"})
    for number in range(1, CUSTOMERS + 1):
        partner = env["res.partner"].create({"name": f"Kunde {number}"})
        contract = begin_contract(env, partner, product, 10)
        env["msp.customer.mapping"].create(
            {
                "provider_id": provider.id,
                "company_id": contract.company_id.id,
                "external_id": _customer(number),
                "partner_id": partner.id,
            }
        )
    for sku, target in ((f"{SEATS}:0002", product), ("DZH318Z0BQ4B:0001", usage)):
        env["msp.product.mapping"].create(
            {
                "provider_id": provider.id,
                "company_id": env.company.id,
                "sku_id": sku,
                "term": "P1M" if target == product else "",
                "billing_plan": "monthly" if target == product else "",
                "product_id": target.id,
            }
        )


def _seat_file():
    rows = []
    for number in range(1, CUSTOMERS + 1):
        rows.append(
            {
                "CustomerId": _customer(number),
                "CustomerName": f"Kunde {number}",
                "InvoiceNumber": "G012345678",
                "OrderDate": "02/01/2026",
                "ProductId": SEATS,
                "SkuId": "0002",
                "ChargeType": "cycleCharge",
                "UnitPrice": "5",
                "Quantity": str(10 + number),
                "Subtotal": str(5 * (10 + number)),
                "TaxTotal": "0",
                "Total": str(5 * (10 + number)),
                "Currency": "EUR",
                "SubscriptionId": f"5b5b5b5b-0000-4000-8000-00000000000{number}",
                "ChargeStartDate": "02/01/2026",
                "ChargeEndDate": "02/28/2026",
                "TermAndBillingCycle": "One-Month commitment for monthly billing",
                "EffectiveUnitPrice": "5",
                "BillableQuantity": str(10 + number),
                "BillingFrequency": "Monthly",
                "PricingCurrency": "EUR",
                "PCToBCExchangeRate": "1",
            }
        )
    return _csv(rows[0], rows)


def _usage_file():
    rows = [
        {
            "PartnerId": "a1a1a1a1-0000-4000-8000-000000000000",
            "CustomerId": _customer(1 + number % CUSTOMERS),
            "CustomerName": "Kunde",
            "InvoiceNumber": "G100000001",
            "ProductId": "DZH318Z0BQ4B",
            "SkuId": "0001",
            "SkuName": "Virtual Machines",
            "ProductName": "Azure plan",
            "SubscriptionId": f"aaaaaaaa-0000-4000-8000-00000000000{number % 3}",
            "ChargeStartDate": "02/01/2026",
            "ChargeEndDate": "02/28/2026",
            "UsageDate": f"02/{1 + number % 28:02}/2026",
            "MeterId": "m-0001",
            "Unit": "1 Hour",
            "ChargeType": "New",
            "UnitPrice": "0.20",
            "EffectiveUnitPrice": "0.10",
            "Quantity": "10",
            "BillingPreTaxTotal": "1.25",
            "BillingCurrency": "EUR",
            "PricingPreTaxTotal": "1.25",
            "PricingCurrency": "EUR",
            "PCToBCExchangeRate": "1",
            "EntitlementId": "e-0001",
        }
        for number in range(40)
    ]
    return _csv(DAILY_COLUMNS, rows)


def _csv(columns, rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(columns), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def drop_file(env, kind):
    """Drop a file on the provider's card, as the board does."""
    small_parts()
    attachment = env["ir.attachment"].create(
        {
            "name": f"{kind}.csv",
            "datas": base64.b64encode(
                _usage_file() if kind == "usage" else _seat_file()
            ),
        }
    )
    env["msp.import.upload"].import_attachments(
        attachment.ids, env.ref("msp_cloud_import.provider_microsoft").id
    )


def press(env, method):
    """Press a button of the latest import."""
    small_parts()
    getattr(_import(env), method)()


def stop_import(env):
    """Stop the latest import when told to, as a request does that Odoo repeats."""
    import_ = _import(env)
    wait_to_go_on()
    retrying(import_.action_stop, env)
    return "running" if import_.is_running else "stopped"


def _import(env):
    return env["msp.import"].search([], limit=1)


def import_until_part(env, step, part):
    """Let the scheduler work, and wait in part no. `part` before it is committed."""
    small_parts()
    model, name = WORK[step]
    with waiting_after(env[model], name, part):
        finish_imports(env)


def finish_imports(env):
    """Let the scheduler read, assign, prepare and apply until nothing is left."""
    small_parts()
    return run_jobs(env, [CRON])


def import_outcome(env):
    """Return what the latest import has made, in figures that must never differ."""
    import_ = _import(env)
    charges = import_.provider_charge_ids
    env.cr.execute(
        "SELECT count(*), count(DISTINCT row), sum(billed_cost), "
        "count(DISTINCT charge_id) FROM msp_usage_row WHERE import_id = %s",
        [import_.id],
    )
    details = [float(number or 0) for number in env.cr.fetchone()]
    return {
        "state": import_.state,
        "is_running": import_.is_running,
        "step": import_.running_step,
        "progress": [import_.progress_done, import_.progress_total],
        "problem": import_.problem,
        "charges": [len(charges), sum(charges.mapped("billed_cost"))],
        "details": details,
        "lost": import_.amount_lost,
        "changes": sorted(import_.change_ids.mapped("quantity")),
        "versions": len(import_.version_ids),
        "quantities": sorted(
            env["msp.contract.line"]
            .search([("date_start", "=", date(2026, 2, 1))])
            .mapped("quantity")
        ),
        "parts": env["msp.import.part"].sudo().search_count([]),
    }
