"""Steps of `worker.py` in which the scheduler dies in the middle of a sync.

The provider is a server of the test, which outlives the process that is killed.
"""

import time

import import_steps
from step_parts import run_jobs, waiting_after

from odoo import Command

from odoo.addons.msp_cloud_import import connectors
from odoo.addons.msp_cloud_import.models import msp_sync_export, msp_sync_work
from odoo.addons.msp_cloud_import.tests.small_connector import SmallConnector
from odoo.addons.msp_cloud_import.tests.vendors.small import SECRET

CRONS = ("msp_cloud_import.ir_cron_sync", import_steps.CRON)
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
    with waiting_after(env[model], name, part):
        finish_syncs(env, ca_path)


def finish_syncs(env, ca_path):
    """Let the scheduler sync and import until nothing is left."""
    _trust(ca_path)
    syncs = env["msp.sync"]
    return run_jobs(env, CRONS, lambda: syncs.search([("is_active", "=", True)]))


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
