"""Steps of `worker.py` in which a worker is stopped in the middle of a run."""

from functools import partial

from step_parts import begin_contract, wait_to_go_on, waiting_after

from odoo.service.model import retrying

from odoo.addons.msp_contract_billing.models import (
    msp_billing_run_create,
    msp_billing_run_deliver,
    msp_billing_run_steps,
)

#: Class and method of the work of each step, with a batch of two.
WORK = {
    "create": ("msp.billing.run", "_create_moves"),
    "post": ("msp.billing.run.invoice", "_post"),
    "render": ("msp.billing.run.invoice", "_render"),
    "send": ("msp.billing.run.invoice", "_send"),
    "undo": ("account.move", "unlink"),
}


def make_contracts(env, count):
    """Make contracts of 1, 2, 3 … seats at 10.00 a month beside the first one."""
    first = env["msp.contract"].search([], limit=1)
    first.partner_id.email = "rechnung@muster.example"
    product = first.position_ids.product_id
    for quantity in range(1, count + 1):
        begin_contract(env, first.partner_id, product, quantity)


def _run(env):
    return env["msp.billing.run"].search([], order="id desc", limit=1)


def _small_batches():
    msp_billing_run_create.BATCH_SIZE = 2
    msp_billing_run_deliver.BATCH_SIZES = dict.fromkeys(
        ("post", "render", "send", "undo"), 2
    )
    msp_billing_run_steps.REQUEST_SIZE = -1


def start_in_background(env, step):
    """Begin `step` of the latest run; all its work is left to the scheduler."""
    _small_batches()
    run = _run(env)
    action = {"create": run.action_create_invoices, "undo": run.action_delete_drafts}
    action.get(step, lambda: run._begin(step))()


def work_until_batch(env, step, batch):
    """Work as the scheduler does, and wait before batch no. `batch` is committed."""
    _small_batches()
    model, name = WORK[step]
    with waiting_after(env[model], name, batch):
        return work_to_the_end(env)


def work_to_the_end(env):
    """Let the scheduler continue the latest run until nothing is left to do."""
    _small_batches()
    for _time in range(50):
        env["msp.billing.run"]._cron_continue_runs()
        env.invalidate_all()
        if _run(env).state != "running":
            break
    return _run(env).state


def click_at_the_same_moment(env, method):
    """Press a button with an old snapshot, as a request does that Odoo repeats."""
    run = _run(env)
    first = []

    def click():
        if not first:
            first.append(True)
            env.cr.execute("SELECT count(*) FROM msp_charge")
            wait_to_go_on()
        return getattr(run, method)()

    retrying(partial(click), env)
    env.cr.commit()
    return run.state


def outcome(env):
    """Return what the run has made, in figures that must never differ."""
    run = _run(env)
    env.cr.execute(
        "SELECT count(*), count(DISTINCT position_id) FROM msp_charge WHERE counts"
    )
    charges, positions = env.cr.fetchone()
    numbers = sorted(filter(None, run.move_ids.mapped("name")))
    messages = env["mail.message"].search_count(
        [
            ("model", "=", "account.move"),
            ("res_id", "in", run.move_ids.ids),
            ("message_type", "=", "comment"),
        ]
    )
    return {
        "state": run.state,
        "invoices": len(run.move_ids),
        "charges": charges,
        "positions": positions,
        "total": run.amount_billed,
        "steps": sorted(set(run.invoice_ids.mapped("step"))),
        "last_number": numbers[-1][-5:] if numbers else "",
        "numbers": len(set(numbers)),
        "mails": messages,
        "rest": run.equation_rest,
    }
