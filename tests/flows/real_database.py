"""Databases of their own for tests that commit, in processes of their own."""

import contextlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg2
from psycopg2 import sql

from odoo.tools import config

WORKER = Path(__file__).with_name("worker.py")


@contextlib.contextmanager
def cloned_database():
    """Lend a copy of the database with all addons, and drop it afterwards."""
    name = f"test_flow_{uuid.uuid4().hex[:8]}_{os.getpid()}"
    template = os.environ["MSP_TEMPLATE_DATABASE"]
    _execute("CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        yield name
    finally:
        _drop(name)


def _drop(name):
    """Drop a database although a worker that failed may still be connected."""
    # Not WITH (FORCE): that fails when autovacuum, another role, is at work there.
    _execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND usename = current_user",
        parameters=[name],
    )
    _execute("DROP DATABASE IF EXISTS {}", name)


def _execute(statement, *names, parameters=None):
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    try:
        identifiers = map(sql.Identifier, names)
        connection.cursor().execute(sql.SQL(statement).format(*identifiers), parameters)
    finally:
        connection.close()


class Worker:
    """A process of its own with Odoo on `database`, running steps of worker.py.

    :param steps: tuples of (function of worker.py, keyword arguments)
    """

    def __init__(self, database, *steps):
        paths = config["addons_path"]
        paths = paths.split(",") if isinstance(paths, str) else paths
        self.process = subprocess.Popen(
            [
                sys.executable,
                str(WORKER),
                database,
                ",".join(paths),
                config["data_dir"],
                json.dumps(steps),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_ready(self):
        """Wait until the worker says that it has its snapshot."""
        line = self.process.stdout.readline()
        assert line == "ready\n", line + self.process.stderr.read()

    def go_on(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def results(self):
        """Return what each step returned; fail with the worker's error."""
        out, err = self.process.communicate(timeout=600)
        assert self.process.returncode == 0, err[-4000:]
        return json.loads(out.splitlines()[-1])


def run_steps(database, *steps):
    """Run steps in a process of their own and return what each returned."""
    return Worker(database, *steps).results()
