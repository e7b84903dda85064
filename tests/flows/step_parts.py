"""What the steps of `worker.py` have in common: contracts, races, stops in the middle.

A worker that says "ready" has its snapshot, or work that is not committed, and waits
until its test lets it go on, kills it or cuts its connection.
"""

import contextlib
import sys
import time
from datetime import date
from unittest.mock import patch

import psycopg2

from odoo import Command

from odoo.addons.base.models.ir_cron import IrCron

DAY = date(2026, 1, 1)


def begin_contract(env, partner, product, quantity):
    """Return a contract of so many seats at 10.00 a month from 1 January 2026."""
    contract = env["msp.contract"].create(
        {"partner_id": partner.id, "user_id": env.ref("base.user_admin").id}
    )
    position = env["msp.contract.position"].create(
        {"contract_id": contract.id, "product_id": product.id}
    )
    changes = [
        {"action": "terms", "anchor_date": DAY},
        {
            "action": "begin",
            "position_id": position.id,
            "quantity_mode": "set",
            "quantity": quantity,
            "sets_price": True,
            "price_unit": 10,
        },
    ]
    version = env["msp.contract.version"].create(
        {
            "contract_id": contract.id,
            "date_start": DAY,
            "change_ids": [Command.create(vals) for vals in changes],
        }
    )
    version.action_activate()
    return contract


def become_accountant(env):
    """Let the superuser book the latest file; return it."""
    import_ = env["msp.import"].search([], limit=1)
    env.user.company_id = import_.company_id
    env.user.group_ids += env.ref("msp_contract_billing.group_accountant")
    env.ref("base.EUR").active = True
    vendor = env["res.partner"].create({"name": "Microsoft"})
    import_.provider_id.write({"partner_id": vendor.id, "bill_tax": "odoo"})
    return import_


def wait_to_go_on():
    print("ready", flush=True)
    sys.stdin.readline()


def commit_or_lose(env, work):
    """Do the work of one of two workers; return its result and how it ended."""
    try:
        result = work()
        env.cr.commit()
    except psycopg2.errors.SerializationFailure:
        env.cr.rollback()
        return None, "serialization failure"
    return result, "committed"


@contextlib.contextmanager
def waiting_after(model, method, part):
    """Wait after the call no. `part` of a method, before its work is committed."""
    original, calls = getattr(type(model), method), []

    def wait_in_the_middle(records, *arguments, **options):
        result = original(records, *arguments, **options)
        calls.append(arguments)
        if len(calls) == part:
            records.env.flush_all()
            wait_to_go_on()
        return result

    with patch.object(type(model), method, wait_in_the_middle):
        yield


@contextlib.contextmanager
def waiting_with_snapshot(model, method, table):
    """Wait before the first call of a method, with a snapshot; yield the ids of all."""
    original, calls = getattr(type(model), method), []

    def with_old_snapshot(record):
        calls.append(record.id)
        if len(calls) == 1:
            record.env.cr.execute(f"SELECT count(*) FROM {table}")
            wait_to_go_on()
        return original(record)

    with patch.object(type(model), method, with_old_snapshot):
        yield calls


def run_jobs(env, names, is_busy=lambda: False):
    """Let the scheduler work as a server does, while it finds something to do.

    :return: how often it had to look
    """
    jobs = [env.ref(name).id for name in names]
    env.cr.commit()
    for turn in range(1, 60):
        with env.registry.cursor() as cursor:
            ready = [
                one["id"]
                for one in IrCron._get_all_ready_jobs(cursor)
                if one["id"] in jobs
            ]
            if ready:
                IrCron._process_jobs_loop(cursor, job_ids=ready)
        env.invalidate_all()
        env.cr.rollback()
        if not ready and not is_busy():
            return turn
        # triggers of the same second count from the next one on
        time.sleep(0.2)
    return None
