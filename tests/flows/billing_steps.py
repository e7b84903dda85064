"""Steps of `worker.py` about one contract, its runs and the file of its provider.

The database holds one contract, and a run that is not named is the latest.
"""

import base64
from datetime import date

from step_parts import (
    become_accountant,
    begin_contract,
    commit_or_lose,
    wait_to_go_on,
    waiting_with_snapshot,
)

from odoo import Command

CUSTOMER = "11111111-0000-4000-8000-000000000001"


def make_contract(env):
    """Make a contract of 10 seats at 10.00 a month from 1 January 2026."""
    company = env.ref("base.main_company")
    if not env["account.journal"].search([("company_id", "=", company.id)]):
        env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
    product = env["product.product"].create({"name": "Seats", "type": "service"})
    partner = env["res.partner"].create({"name": "Muster Bau"})
    begin_contract(env, partner, product, 10)


def set_seats(env, day, quantity):
    """Record a version that sets the quantity of the contract's position."""
    contract = env["msp.contract"].search([], limit=1)
    version = env["msp.contract.version"].create(
        {
            "contract_id": contract.id,
            "date_start": day,
            "change_ids": [
                Command.create(
                    {
                        "action": "set",
                        "position_id": contract.position_ids[0].id,
                        "quantity_mode": "set",
                        "quantity": quantity,
                    }
                )
            ],
        }
    )
    version.action_activate()


def prepare_run(env, kind, until):
    """Make a run with its preview; return its id."""
    run = env["msp.billing.run"].create(
        {"kind": kind, "date_until": until, "invoice_date": until}
    )
    run.action_preview()
    return run.id


def latest_run(env):
    return env["msp.billing.run"].search([], order="id desc", limit=1)


def create_drafts(env):
    latest_run(env).action_create_invoices()


def post(env):
    latest_run(env).action_post()


def race(env, run_id):
    """Take the snapshot, wait for the other worker, then create the drafts."""
    env.cr.execute("SELECT count(*) FROM msp_charge")
    wait_to_go_on()
    run = env["msp.billing.run"].browse(run_id)
    _result, outcome = commit_or_lose(env, run.action_create_invoices)
    return outcome


def mark_to_settle(env):
    """Have the contract compared in full by the next run."""
    env["msp.contract"].search([])._mark_to_settle()


def race_for_mark(env, deletes):
    """Take the snapshot, wait, then delete the drafts or mark the contract settled."""
    contract = env["msp.contract"].search([], limit=1)
    wait_to_go_on()

    def work():
        if deletes:
            env["account.move"].search([("state", "=", "draft")]).unlink()
        else:
            contract._lock_ledger()
            contract._mark_settled(date(2026, 1, 1))

    _result, outcome = commit_or_lose(env, work)
    return outcome


def mark(env):
    """Return whether the contract is to be settled, and what is due of it."""
    contract = env["msp.contract"].search([], limit=1)
    due = contract._compute_due(date(2026, 1, 1), "regular")[contract.id]
    return [contract.to_settle, [float(charge.amount) for charge in due.charges]]


def start_by_scheduler(env):
    """Leave the latest run to the scheduler."""
    latest_run(env)._system_write(
        {"state": "running", "step": "create", "started_by_id": env.uid}
    )


def race_as_scheduler(env):
    """Continue the run as the scheduler does, with an old snapshot at first.

    Return how often the batch was taken, and the state of the run.
    """
    runs = env["msp.billing.run"]
    with waiting_with_snapshot(runs, "_create_next_batch", "msp_charge") as calls:
        runs._cron_continue_runs()
    return [len(calls), runs.browse(calls[0]).state]


def charges(env):
    """Return [kind, amount, settlement] of each charge, and the number of invoices."""
    rows = env["msp.charge"].search([], order="id")
    return {
        "charges": [[row.kind, row.amount, row.settlement] for row in rows],
        "invoices": len(rows.move_id),
    }


def invoice_totals(env):
    """Return the untaxed amounts of all customer invoices, and of their lines."""
    moves = env["account.move"].search([("move_type", "=", "out_invoice")], order="id")
    return [
        [move.state, move.amount_untaxed, len(move.invoice_line_ids)] for move in moves
    ]


def import_file(env):
    """Apply a file of the provider that sets the contract's seats to 12."""
    contract = env["msp.contract"].search([], limit=1)
    provider = env.ref("msp_cloud_import.provider_microsoft")
    known = {"provider_id": provider.id, "company_id": contract.company_id.id}
    env["msp.customer.mapping"].create(
        {**known, "external_id": CUSTOMER, "partner_id": contract.partner_id.id}
    )
    env["msp.product.mapping"].create(
        {
            **known,
            "sku_id": "CFQ7TTC0LCHC:0002",
            "term": "P1M",
            "billing_plan": "monthly",
            "product_id": contract.position_ids.product_id.id,
        }
    )
    cells = {
        "CustomerId": CUSTOMER,
        "CustomerName": "Muster Bau",
        "InvoiceNumber": "G012345678",
        "OrderDate": "01/01/2026",
        "ProductId": "CFQ7TTC0LCHC",
        "SkuId": "0002",
        "ChargeType": "cycleCharge",
        "UnitPrice": "5",
        "Quantity": "12",
        "Subtotal": "60",
        "TaxTotal": "0",
        "Total": "60",
        "Currency": "EUR",
        "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000001",
        "ChargeStartDate": "01/01/2026",
        "ChargeEndDate": "01/31/2026",
        "TermAndBillingCycle": "One-Month commitment for monthly billing",
        "EffectiveUnitPrice": "5",
        "BillableQuantity": "12",
        "BillingFrequency": "Monthly",
        "PricingCurrency": "EUR",
        "PCToBCExchangeRate": "1",
    }
    rows = [",".join(f'"{cell}"' for cell in row) for row in (cells, cells.values())]
    env.user.company_id = contract.company_id
    import_ = env["msp.import"].import_file(
        provider, "recon.csv", "\r\n".join(rows).encode("utf-8-sig")
    )
    import_.action_assign()
    import_.action_prepare()
    import_.action_apply()
    return import_.state


def book_and_compare(env):
    """Book the file as a vendor bill and compare its month; return the findings."""
    import_ = become_accountant(env)
    import_.action_create_bill()
    import_.bill_ids.invoice_date = date(2026, 2, 8)
    import_.bill_ids.action_post()
    one = env["msp.reconciliation"]._open(import_.provider_id, import_.month)
    one.action_compare()
    return one.finding_ids.mapped("cause")


def bill_totals(env):
    """Return state, number, net amount and count of files of all vendor bills."""
    moves = env["account.move"].search([("move_type", "=", "in_invoice")], order="id")
    files = env["ir.attachment"].search_count(
        [("res_model", "=", "account.move"), ("res_id", "in", moves.ids)]
    )
    return [[move.state, move.ref, move.amount_untaxed, files] for move in moves]


def contract_content(env):
    """Return the causes of the versions, by number, and the quantities."""
    contract = env["msp.contract"].search([], limit=1)
    return {
        "causes": contract.version_ids.sorted("number").mapped("cause"),
        "quantities": contract.line_ids.mapped("quantity"),
    }


def uninstall(env, module):
    env["ir.module.module"].search([("name", "=", module)]).button_immediate_uninstall()


def install(env, module):
    env["ir.module.module"].search([("name", "=", module)]).button_immediate_install()


def uninstall_warning(env, module):
    module = env["ir.module.module"].search([("name", "=", module)])
    wizard = env["base.module.uninstall"].create({"module_ids": module.ids})
    return wizard.msp_ledger_warning


def add_one_off(env):
    """Enter a one-off charge of 50.00 on the contract."""
    contract = env["msp.contract"].search([], limit=1)
    env["msp.one.off"].create(
        {
            "contract_id": contract.id,
            "product_id": contract.position_ids.product_id.id,
            "date": date(2026, 1, 1),
            "price_unit": 50,
        }
    )


def change_one_off(env):
    """Make the one-off charge dearer."""
    env["msp.one.off"].search([]).price_unit = 60


def put_on_hold(env):
    contract = env["msp.contract"].search([], limit=1)
    env["msp.hold"].create({"contract_id": contract.id, "reason": "Disputed"})


def export_ledger(env):
    """Return the heading and the rows of an export of all charges, as texts."""
    charges = env["msp.charge"].search([])
    columns = {
        "contract_id/display_name": "contract_id",
        "position_id/display_name": "position_id",
        "date_start": "date_start",
        "date_end": "date_end",
        "kind": "kind",
        "amount": "amount",
        "counts": "counts",
        "move_id/display_name": "move_id",
    }
    heading = [charges._fields[name].string for name in columns.values()]
    rows = charges.export_data(list(columns))["datas"]
    return [heading, *([str(cell) for cell in row] for row in rows)]


def read_back(env, rows):
    """Enter an export of the ledger as opening claims; return [entered, problems].

    The contract has another number by now, which whoever takes it over writes in.
    """
    number = env["msp.contract"].search([], limit=1).name
    heading, *rows = rows
    rows = [heading, *([number, *row[1:]] for row in rows)]
    text = "\n".join(";".join(row) for row in rows)
    reading = env["msp.opening.import"].create(
        {"file": base64.b64encode(text.encode()), "file_name": "ledger.csv"}
    )
    reading.action_read()
    problems = [problem for problem in reading.row_ids.mapped("problem") if problem]
    if not problems:
        reading.action_enter()
    return [reading.entered_count, problems]


def due_amounts(env, until):
    """Return what a regular and a differential run would bill of the contract."""
    contract = env["msp.contract"].search([], limit=1)
    return [
        [
            float(charge.amount)
            for charge in contract._compute_due(date.fromisoformat(until), kind)[
                contract.id
            ].charges
        ]
        for kind in ("regular", "differential")
    ]
