"""What all scripts share: places, messages and running programs.

Standard library only: this module is imported before the virtual environment exists.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
LOGS = LOCAL / "log"
BYTECODE = LOCAL / "bytecode"
SUMMARY = LOCAL / "demo-summary.json"
ADDONS = ROOT / "addons"
ODOO_CONF = ROOT / "odoo.conf"
VENV = LOCAL / "venv"
VENV_PYTHON = VENV / "bin" / "python"


class SetupError(Exception):
    """Something is missing or failed; the text is one sentence with its remedy."""


def say(text: str) -> None:
    """Print one line at once, also when the output is piped."""
    print(text, flush=True)


def is_root() -> bool:
    return os.geteuid() == 0


def keep_bytecode(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which Python need not compile Odoo at every start.

    Images for continuous integration forbid Python to write beside the sources, which
    costs two seconds for each process: it then writes to a folder of ours.
    """
    kept = dict(environment)
    if kept.pop("PYTHONDONTWRITEBYTECODE", ""):
        kept.setdefault("PYTHONPYCACHEPREFIX", str(BYTECODE))
    return kept


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    log: Path | None = None,
    check: bool = True,
) -> int:
    """Run a program without standard input and return its exit code.

    :param log: file that takes its output; the terminal does when None
    :raise subprocess.CalledProcessError: it failed and `check` is set
    """
    words = [str(word) for word in command]
    with contextlib.ExitStack() as stack:
        output = None
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
            output = stack.enter_context(log.open("wb"))
        done = subprocess.run(
            words,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            check=check,
        )
    return done.returncode


def output_of(command: Sequence[str | Path], cwd: Path = ROOT) -> str:
    """Return what a program prints, or "" when it fails or is missing."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


@contextlib.contextmanager
def timed(what: str) -> Iterator[None]:
    """Say what is being done and, afterwards, how long it took."""
    say(f"-> {what}")
    start = time.monotonic()
    yield
    say(f"   done in {time.monotonic() - start:.0f} s")


@contextlib.contextmanager
def set_up_lock() -> Iterator[None]:
    """Let one command at a time make things in .local; the others wait."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "set-up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("-> waiting for another command that is setting up this checkout")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def tail(path: Path, lines: int = 25) -> str:
    """Return the last lines of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def is_terminal() -> bool:
    return sys.stdout.isatty()
