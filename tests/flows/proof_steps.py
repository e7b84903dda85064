"""Steps of `worker.py` in which two prove or book the same month, or one is killed."""

from step_parts import (
    become_accountant,
    commit_or_lose,
    wait_to_go_on,
    waiting_after,
    waiting_with_snapshot,
)

from odoo.exceptions import UserError

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
    import_ = become_accountant(env)
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
    wait_to_go_on()
    refused, outcome = commit_or_lose(env, lambda: do(env, what))
    return refused or outcome


def race_as_bill_scheduler(env):
    """Make the bills that are due as the scheduler does, with an old snapshot at first."""
    imports = env["msp.import"]
    with waiting_with_snapshot(imports, "_make_due_bills", "account_move") as calls:
        imports._cron_create_bills()
    return len(calls)


def stop_in(env, what):
    """Do one thing up to its middle, then wait to be killed."""
    model, method = MIDDLE[what]
    with waiting_after(env[model], method, 1):
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
