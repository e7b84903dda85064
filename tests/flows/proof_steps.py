"""Steps of `worker.py` in which two prove or book the same month, or one is killed.

A worker that says "ready" has its snapshot, or work that is not committed, and waits
until its test lets it go on or kills it.
"""

import sys
from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError

CRON = "msp_reconciliation.ir_cron_create_bills"
#: What is done when a worker stops in the middle: model and method.
MIDDLE = {
    "compare": ("msp.reconciliation", "_store_findings"),
    "bill": ("msp.import", "_link_booked_rows"),
    "bill_by_scheduler": ("msp.import", "_link_booked_rows"),
    "sign": ("msp.reconciliation", "_load_signed_figures"),
}


def prepare_proof(env, is_due=False):
    """Let the superuser book and prove the file's month.

    :param is_due: the scheduler is to make the bill
    """
    import_ = env["msp.import"].search([], limit=1)
    env.user.company_id = import_.company_id
    env.user.group_ids += env.ref("msp_contract_billing.group_accountant")
    env.ref("base.EUR").active = True
    vendor = env["res.partner"].create({"name": "Microsoft"})
    import_.provider_id.write({"partner_id": vendor.id, "bill_tax": "odoo"})
    import_._system_write({"bill_is_due": is_due})
    env["msp.reconciliation"]._open(import_.provider_id, import_.month)


def do(env, what):
    """Do one thing; return the sentence that refuses it, if any does."""
    import_ = env["msp.import"].search([], limit=1)
    one = env["msp.reconciliation"].search([], limit=1)
    if what == "bill_by_scheduler":
        # It commits by itself.
        return import_._cron_create_bills()
    try:
        with env.cr.savepoint():
            if what == "bill":
                import_.action_create_bill()
            elif what == "withdraw":
                import_._withdraw("wrong file")
            elif what == "compare":
                one.action_compare()
            elif what == "sign":
                one._sign("known")
            elif what == "close":
                one.finding_ids._close("resolved", "done")
            elif what == "judge":
                one.sample_ids.action_right()
            elif what == "draw":
                one._draw_sample()
    except UserError as error:
        return str(error)
    return None


def race_to(env, what):
    """Take the snapshot, wait for the other worker, then do one thing."""
    env.cr.execute("SELECT count(*) FROM msp_finding")
    env.user.has_group("base.group_user")
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        result = do(env, what)
        env.cr.commit()
    except psycopg2.errors.SerializationFailure:
        env.cr.rollback()
        return "serialization failure"
    return result or "committed"


def race_as_bill_scheduler(env):
    """Make the bills that are due as the scheduler does, with an old snapshot at first."""
    imports = env["msp.import"]
    original, calls = type(imports)._make_due_bills, []

    def with_old_snapshot(import_):
        calls.append(import_.id)
        if len(calls) == 1:
            import_.env.cr.execute("SELECT count(*) FROM account_move")
            print("ready", flush=True)
            sys.stdin.readline()
        return original(import_)

    with patch.object(type(imports), "_make_due_bills", with_old_snapshot):
        imports._cron_create_bills()
    return len(calls)


def stop_in(env, what):
    """Do one thing up to its middle, then wait to be killed."""
    model, method = MIDDLE[what]
    original = getattr(type(env[model]), method)

    def stopped(*args, **kwargs):
        result = original(*args, **kwargs)
        env.flush_all()
        print("ready", flush=True)
        sys.stdin.readline()
        return result

    with patch.object(type(env[model]), method, stopped):
        do(env, what)


def proof(env):
    """Return what stands in the database of bill and proof."""
    import_ = env["msp.import"].search([], limit=1)
    one = env["msp.reconciliation"].search([], limit=1)
    return {
        "bills": import_.bill_ids.mapped("amount_untaxed"),
        "booked": len(import_.provider_charge_ids.filtered("bill_line_id")),
        "is_due": import_.bill_is_due,
        "is_compared": bool(one.compared_at),
        "lines": len(one.line_ids),
        "findings": one.finding_ids.mapped("state"),
        "state": one.state,
        "samples": one.sample_ids.mapped("verdict"),
    }
