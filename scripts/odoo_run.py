"""Running Odoo: commands for one database, and the web server in the background."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import odoo_source, postgres
from .common import (
    ADDONS,
    LOCAL,
    ODOO_CONF,
    ROOT,
    VENV,
    VENV_PYTHON,
    SetupError,
    keep_bytecode,
    run,
    tail,
)
from .services import ODOO_DATA, ODOO_PID, stop_odoo

SERVER_LOG = LOCAL / "odoo.log"
ADDRESS = LOCAL / "odoo.address"
FIRST_PORT = 8069
START_SECONDS = 120


@dataclass(frozen=True)
class Runtime:
    """All that is needed to run Odoo here."""

    odoo: odoo_source.Odoo
    server: postgres.Server

    def environment(self) -> dict[str, str]:
        """Return the environment of Odoo's processes.

        ODOO_* variables are dropped: Odoo reads them as options, and those of another
        installation on this machine must not count here.
        """
        kept = {
            name: text
            for name, text in keep_bytecode(os.environ).items()
            if not name.startswith("ODOO_")
        }
        kept.pop("OPENERP_SERVER", None)
        path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        python_path = os.pathsep.join([str(self.odoo.python_path), str(ROOT)])
        return {
            **kept,
            **self.server.environment(),
            "PATH": path,
            "PYTHONPATH": python_path,
        }

    def install(self, database: str, modules: Iterable[str], log: Path) -> None:
        """Install modules in a database, which may be empty.

        :raise SetupError: Odoo failed, logged an error, or does not know a module
        """
        names = list(modules)
        command = [VENV_PYTHON, "-m", "odoo", *options(database), "-i", ",".join(names)]
        command += ["--stop-after-init", "--no-http"]
        code = run(command, env=self.environment(), log=log, check=False)
        errors = [
            line
            for line in log.read_text(errors="replace").splitlines()
            if _is_error(line)
        ]
        if code or errors:
            print(tail(log))
            raise SetupError(
                f"Odoo could not install {', '.join(names)}: the end of its log is above, all of "
                f"it in {log.relative_to(ROOT)}."
            )
        with self.server.cursor(database) as cursor:
            cursor.execute(
                "SELECT name FROM ir_module_module WHERE state = 'installed' AND name = ANY(%s)",
                [names],
            )
            unknown = set(names) - {name for (name,) in cursor.fetchall()}
        if unknown:
            raise SetupError(
                f"Odoo does not know {', '.join(sorted(unknown))}: check the name and "
                "'installable' in its manifest."
            )


def _is_error(line: str) -> bool:
    return " ERROR " in line[:60] or " CRITICAL " in line[:60]


def options(database: str) -> list[str]:
    """Return Odoo's options for one database; the connection is in the environment."""
    return [
        f"--config={ODOO_CONF}",
        f"--addons-path={ADDONS}",
        f"--data-dir={ODOO_DATA}",
        f"--database={database}",
        f"--db-filter=^{database}$",
        "--workers=0",
        "--http-interface=127.0.0.1",
    ]


def free_port(first: int = FIRST_PORT) -> int:
    """Return the first port from `first` on at which nobody listens on this machine."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("0.0.0.0", port))
                return port
    raise SetupError(
        f"No free port between {first} and {first + 99}: stop another server first."
    )


def start(runtime: Runtime, database: str, port: int) -> str:
    """Start the web server in the background, wait until it answers, return its address."""
    command = [VENV_PYTHON, "-m", "odoo", *options(database), f"--http-port={port}"]
    with SERVER_LOG.open("wb") as log:
        process = subprocess.Popen(
            [str(word) for word in [*command, "--no-database-list"]],
            cwd=ROOT,
            env=runtime.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C at the terminal is not meant for it
        )
    ODOO_PID.write_text(str(process.pid))
    address = f"http://localhost:{port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, urllib.error.URLError):
            # Odoo listens on loopback; a proxy of the environment could not reach it.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(
                f"http://127.0.0.1:{port}/web/login", timeout=60
            ) as answer:
                if answer.status == 200:
                    ADDRESS.write_text(address)
                    return address
        time.sleep(0.5)
    stop_odoo()
    print(tail(SERVER_LOG))
    raise SetupError(
        f"The server did not answer at {address}: the end of its log is above, all of it in "
        f"{SERVER_LOG.relative_to(ROOT)}."
    )
