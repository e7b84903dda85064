"""Databases of their own for tests that commit, in processes of their own."""

import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psycopg2
from psycopg2 import sql

from odoo.tools import config

WORKER = Path(__file__).with_name("worker.py")


@contextlib.contextmanager
def cloned_database(*steps):
    """Lend a copy of the database with all addons, and drop it afterwards.

    :param steps: what has been done in it, the same for several tests; done once
    """
    name = _clone(_prepared(json.dumps(steps)))
    try:
        yield name
    finally:
        _drop(name)


@functools.cache
def _prepared(steps):
    """Return the database of which clones are made; dropped when all tests are over."""
    template = os.environ["MSP_TEMPLATE_DATABASE"]
    if not json.loads(steps):
        return template
    name = _clone(template)
    atexit.register(_drop, name)
    run_steps(name, *json.loads(steps))
    return name


def _clone(template):
    name = f"test_flow_{uuid.uuid4().hex[:8]}_{os.getpid()}"
    [(version,)] = _execute("SELECT current_setting('server_version_num')::int")
    # Copying files is quicker than writing 60 MB through the log.
    how = " STRATEGY file_copy" if version >= 150000 else ""
    _execute(f"CREATE DATABASE {{}} TEMPLATE {{}}{how}", name, template)
    return name


def _drop(name):
    """Drop a database although a worker that failed may still be connected."""
    cut_connections(name)
    _execute("DROP DATABASE IF EXISTS {}", name)


def _execute(statement, *names, parameters=None):
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    try:
        identifiers = map(sql.Identifier, names)
        cursor = connection.cursor()
        cursor.execute(sql.SQL(statement).format(*identifiers), parameters)
        return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@functools.cache
def _nursery():
    """Return the socket of the process that forks workers; it ends with this one."""
    ours, theirs = socket.socketpair()
    paths, database = config["addons_path"], config["db_name"]
    subprocess.Popen(
        [
            sys.executable,
            str(WORKER),
            database if isinstance(database, str) else database[0],
            paths if isinstance(paths, str) else ",".join(paths),
            config["data_dir"],
        ],
        stdin=theirs,
    )
    theirs.close()
    return ours


class Worker:
    """A process of its own with Odoo on `database`, running steps of worker.py.

    :param steps: tuples of (name of a step, keyword arguments)
    """

    def __init__(self, database, *steps):
        self.database = database
        stdin, write = os.pipe()
        read, stdout = os.pipe()
        self.stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115 read afterwards
        nursery = _nursery()
        files = [stdin, stdout, self.stderr.fileno()]
        socket.send_fds(nursery, [b"."], files)
        answer = nursery.recv(4)
        assert answer, "the process that forks workers has ended"
        self.pid = int.from_bytes(answer, "big")
        os.close(stdin)
        os.close(stdout)
        self.stdin, self.stdout = os.fdopen(write, "w"), os.fdopen(read)
        self._say(json.dumps([database, steps]))

    def _say(self, line):
        self.stdin.write(f"{line}\n")
        self.stdin.flush()

    def wait_ready(self):
        """Wait until the worker says that it has its snapshot."""
        line = self.stdout.readline()
        assert line == "ready\n", line + self._errors()

    def go_on(self):
        self._say("go")

    def kill(self):
        """Kill it, and wait until the database has noticed."""
        before = _connections(self.database)
        os.kill(self.pid, signal.SIGKILL)
        assert self._end() == ""
        wait_until(lambda: _connections(self.database) < before)

    def results(self):
        """Return what each step returned; fail with the worker's error."""
        out = self._end()
        assert out, self._errors()
        return json.loads(out.splitlines()[-1])

    def failure(self):
        """Return why it failed; fail if it has not."""
        out = self._end()
        assert not out, out
        return self._errors()

    def _end(self):
        """Wait for its end; return what is left of its output."""
        with self.stdin, self.stdout:
            return self.stdout.read()

    def _errors(self):
        self.stderr.seek(0)
        return self.stderr.read()[-4000:]


def go_one_by_one(workers):
    """Let workers go on one after the other; return what the step of each returned."""
    results = []
    for worker in workers:
        worker.go_on()
        results += worker.results()
    return results


def go_together(workers):
    """Let all workers go on; return what the step of each returned, sorted."""
    for worker in workers:
        worker.go_on()
    return sorted(worker.results()[0] for worker in workers)


def all_ready(workers):
    """Return the workers once all of them have their snapshots."""
    for worker in workers:
        worker.wait_ready()
    return workers


def wait_until(condition):
    for _look in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it does not happen")


def _connections(database):
    return count_activity(database, "TRUE")


def count_activity(database, condition):
    """Return how many connections to a database a condition in SQL holds for."""
    [(count,)] = _execute(
        "SELECT count(*) FROM pg_stat_activity "
        f"WHERE datname = %s AND backend_type = 'client backend' AND {condition}",
        parameters=[database],
    )
    return count


def cut_connections(database):
    """End all connections to a database, as a restart of the server does."""
    # Not DROP ... WITH (FORCE): that fails when autovacuum, another role, is at work.
    _execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND usename = current_user",
        parameters=[database],
    )


def run_steps(database, *steps):
    """Run steps in a process of their own and return what each returned."""
    return Worker(database, *steps).results()
