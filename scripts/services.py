"""The two programs that stay running, Odoo and the embedded PostgreSQL: find and stop them.

Standard library only, so that both can be stopped whatever became of the virtual
environment.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import time
from pathlib import Path

from .common import LOCAL, output_of

ODOO_DATA = LOCAL / "data"
ODOO_PID = LOCAL / "odoo.pid"
POSTGRES_HOME = LOCAL / "postgres"
# Names the folder of the embedded PostgreSQL when it cannot be POSTGRES_HOME.
POSTGRES_PLACE = LOCAL / "postgres.place"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_LIMIT = 107  # bytes in the path of a Unix socket


def odoo_pid() -> int | None:
    """Return the process of the background server, if it runs."""
    # Its number may have gone to another program: this one has our folder as an option.
    return _pid(ODOO_PID, f"--data-dir={ODOO_DATA}")


def stop_odoo() -> bool:
    """Stop the background server; return whether it was running."""
    pid = odoo_pid()
    if pid:
        _end(pid, signal.SIGTERM)
    ODOO_PID.unlink(missing_ok=True)
    return bool(pid)


def postgres_folders() -> list[Path]:
    """Return the data folders of the embedded PostgreSQL, one for each major version."""
    homes = [POSTGRES_HOME]
    if POSTGRES_PLACE.exists():
        homes.append(Path(POSTGRES_PLACE.read_text()))
    return [data for home in homes for data in sorted(home.glob("data-*"))]


def socket_folder(data: Path) -> Path:
    """Return where the server listens: its data folder, or a short path for a long one."""
    path = os.fsencode(data / SOCKET_NAME)
    if len(path) <= SOCKET_LIMIT and b'"' not in path:
        return data
    return Path(f"/tmp/msp-postgres-{hashlib.sha256(path).hexdigest()[:12]}")


def postgres_pid(data: Path) -> int | None:
    """Return the process of the embedded PostgreSQL, if it runs."""
    return _pid(data / "postmaster.pid", str(data))


def stop_postgres() -> bool:
    """Stop the embedded PostgreSQL; return whether it was running."""
    pids = [pid for data in postgres_folders() if (pid := postgres_pid(data))]
    for pid in pids:
        _end(pid, signal.SIGINT)  # "fast shutdown": connections are closed
    return bool(pids)


def remove_all() -> None:
    """Remove .local and what had to be made outside it; both programs must be stopped."""
    for data in postgres_folders():
        if socket_folder(data) != data:
            shutil.rmtree(socket_folder(data), ignore_errors=True)
    if POSTGRES_PLACE.exists():
        shutil.rmtree(POSTGRES_PLACE.read_text(), ignore_errors=True)
    shutil.rmtree(LOCAL)


def _pid(pid_file: Path, mark: str) -> int | None:
    """Return the number in a pid file if a program with `mark` on its command line has it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(pid_file.read_text().split()[0])
        if mark in output_of(["ps", "-ww", "-p", str(pid), "-o", "args="]):
            return pid
    return None


def _end(pid: int, number: signal.Signals, seconds: float = 20) -> None:
    """Send a signal and wait for the end; kill after some seconds."""
    os.kill(pid, number)
    deadline = time.monotonic() + seconds
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # when it is our own child
            os.kill(pid, 0)
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
