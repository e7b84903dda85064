"""The process that tests fork others from: `worker.py DATABASE ADDONS DATA`.

It loads Odoo once. For each message on its standard input, a socket that brings three
files, it forks a worker that takes them as standard input, output and error, and
answers with the worker's number. A worker reads [database, steps] as one line of JSON;
a step is [function of one of the modules below, arguments]. Each is called with an
environment, committed, and returns something that JSON can carry.
"""

import importlib
import json
import os
import random
import signal
import socket
import sys
import traceback

from odoo import api, sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

MODULES = ("billing_steps", "fault_steps", "import_steps", "proof_steps", "sync_steps")


def _configure(database, addons_path, data_dir):
    config.parse_config(
        [
            "-d",
            database,
            f"--addons-path={addons_path}",
            f"--data-dir={data_dir}",
            "--log-level=critical",
            "--no-http",
        ]
    )


def _step(name):
    """Return the function of that name."""
    modules = map(importlib.import_module, MODULES)
    return next(getattr(module, name) for module in modules if hasattr(module, name))


def _run(database, steps):
    results = []
    for function, arguments in steps:
        # (Un)installing replaces the registry, so each step asks for it.
        with Registry(database).cursor() as cursor:
            env = api.Environment(cursor, api.SUPERUSER_ID, {})
            results.append(_step(function)(env, **arguments))
            if not cursor.closed:
                cursor.commit()
    print(json.dumps(results))


def _work(files, options):
    """Be a worker; never returns."""
    code = 1
    try:
        for standard, file in enumerate(files):
            os.dup2(file, standard)
            os.close(file)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        random.seed()
        database, steps = json.loads(sys.stdin.readline())
        _configure(database, *options)
        _run(database, steps)
        code = 0
    except Exception:  # noqa: BLE001 whatever it is, the test is told
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main(database, *options):
    _configure(database, *options)
    # All of Odoo's modules are imported with it, as by Odoo's server before it forks.
    Registry(database)
    Registry.registries.clear()
    for module in MODULES:
        importlib.import_module(module)
    # A connection must not be shared with a worker.
    sql_db.close_all()
    server = socket.socket(fileno=os.dup(0))
    # Nobody waits for a worker; its test sees its output end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, files, *_rest = socket.recv_fds(server, 1, 3)
        if not message:
            return
        worker = os.fork()
        if not worker:
            server.close()
            _work(files, options)
        for file in files:
            os.close(file)
        server.sendall(worker.to_bytes(4, "big"))


if __name__ == "__main__":
    main(*sys.argv[1:])
