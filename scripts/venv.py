"""The virtual environment `.local/venv` with the pinned requirements."""

import hashlib
import os
import shutil
import subprocess
import sys

from . import services
from .common import ROOT, VENV, VENV_PYTHON, SetupError, is_terminal, run, timed

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
STAMP = VENV / ".complete"


def _wanted() -> str:
    """Return what the environment is made from: Python, place and pins.

    The place counts because a virtual environment holds absolute paths.
    """
    digest = hashlib.sha256(f"{sys.version}\n{VENV}\n".encode())
    for name in REQUIREMENTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def inside() -> bool:
    """Return whether this process runs in the virtual environment."""
    return os.path.realpath(sys.prefix) == os.path.realpath(VENV)


def ensure() -> None:
    """Make the virtual environment if it is missing, incomplete or out of date."""
    wanted = _wanted()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    version = ".".join(map(str, sys.version_info[:3]))
    with timed(f"Python {version}: pinned requirements into .local/venv"):
        # Their programs are in the folder that is about to go.
        services.stop_odoo()
        services.stop_postgres()
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            run([sys.executable, "-m", "venv", VENV])
        except subprocess.CalledProcessError:
            raise SetupError(
                "This Python cannot make a virtual environment: install the package "
                "python3-venv, then run the same command again."
            ) from None
        # In a log only errors; a person at a terminal sees pip's progress bars.
        quiet = [] if is_terminal() else ["--quiet", "--quiet"]
        pins = [word for name in REQUIREMENTS for word in ("-r", name)]
        pip = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
        try:
            run([*pip, *quiet, *pins])
        except subprocess.CalledProcessError:
            raise SetupError(
                "The Python packages could not be installed (pip says above why): check the "
                "connection and pip's own configuration, then run the same command again."
            ) from None
        STAMP.write_text(wanted)


def enter(arguments: list[str]) -> None:
    """Go on with the same command inside the virtual environment; does not return."""
    os.chdir(ROOT)
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-m", "scripts", *arguments])
