"""Steps of `worker.py` in which the scheduler dies in the middle of a sync.

The provider is a server of the test, which outlives the process that is killed.
"""

import sys
import time
from unittest.mock import patch

import import_steps

from odoo import Command

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.msp_cloud_import import connectors
from odoo.addons.msp_cloud_import.models import msp_sync_export, msp_sync_work
from odoo.addons.msp_cloud_import.tests.small_connector import SmallConnector
from odoo.addons.msp_cloud_import.tests.vendors.small import SECRET

CRONS = ("ir_cron_sync", "ir_cron_continue_imports")
#: What is done for each part of a step, after which the scheduler is killed.
WORK = {
    "page": ("msp.sync", "_take_page"),
    "found": ("msp.sync", "_find_exports"),
    "part": ("msp.sync", "_count_documents"),
    "import": ("msp.sync", "_take_documents"),
}


def seat_file(_env):
    """Return the text of a file of six customers, as it is downloaded by hand."""
    return import_steps._seat_file().decode()


def _trust(ca_path):
    connectors.CONNECTORS["small"] = SmallConnector
    SmallConnector.ca_path = ca_path
    msp_sync_export.LOOK_SECONDS = 0
    msp_sync_work.TURN_SECONDS = 5


def connect(env, address, ca_path):
    """Set up a connection, test it and begin a sync."""
    _trust(ca_path)
    env.ref("base.EUR").active = True
    user = env.ref("base.user_admin")
    user.group_ids = [
        Command.link(env.ref("msp_contract_billing.group_administrator").id)
    ]
    connections = env["msp.connection"].with_user(user)
    connection = connections.create(
        {
            "provider_id": env.ref("msp_cloud_import.provider_microsoft").id,
            "kind": "small",
            "user_id": user.id,
            "setting_ids": [Command.create({"name": "address", "value": address})],
            "secret_ids": [
                Command.create({"name": "client_secret", "new_value": SECRET})
            ],
        }
    )
    connection.action_test()
    connection.action_sync_now()
    return connection.state


def sync_until(env, ca_path, work, part):
    """Let the scheduler work, and wait in part no. `part` before it is committed."""
    _trust(ca_path)
    model, name = WORK[work]
    cls = type(env[model])
    original, calls = getattr(cls, name), []

    def wait_in_the_middle(records, *arguments):
        result = original(records, *arguments)
        calls.append(arguments)
        if len(calls) == part:
            records.env.flush_all()
            print("ready", flush=True)
            sys.stdin.readline()
        return result

    with patch.object(cls, name, wait_in_the_middle):
        finish_syncs(env, ca_path)


def finish_syncs(env, ca_path):
    """Let the scheduler work as a server does, while it finds something to do."""
    _trust(ca_path)
    jobs = [env.ref(f"msp_cloud_import.{name}").id for name in CRONS]
    env.cr.commit()
    for turn in range(1, 60):
        ready = []
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
        if not ready and not env["msp.sync"].search([("is_active", "=", True)]):
            return turn
        # triggers of the same second count from the next one on
        time.sleep(0.3)
    return None


def take_turn(env, ca_path):
    """Take a turn at the sync as another worker does; return whether it was free."""
    _trust(ca_path)
    sync = env["msp.sync"].search([], limit=1)
    return sync._take_turn(time.monotonic() + 5)


def sync_outcome(env):
    """Return what the sync has made, in figures that must never differ."""
    sync = env["msp.sync"].search([], limit=1)
    imports = env["msp.import"].search([])
    return {
        "state": sync.state,
        "step": sync.step,
        "read": sync.read_count,
        "documents": sync.document_count,
        "problems": sync.problem_ids.mapped("message"),
        "imports": sorted(imports.mapped("file_name")),
        "states": sorted(imports.mapped("state")),
        "rows": len(imports.provider_charge_ids),
        "money": sum(imports.provider_charge_ids.mapped("billed_cost")),
    }
