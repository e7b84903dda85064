"""Programs of the operating system that the tests and the demo call."""

import shutil
import subprocess
from dataclasses import dataclass

from .common import SetupError, is_root, run, say


@dataclass(frozen=True)
class Tool:
    """A program: the names it may have, and the packages that bring it."""

    programs: tuple[str, ...]
    packages: tuple[str, ...]
    purpose: str

    def missing(self) -> bool:
        return not any(shutil.which(program) for program in self.programs)


# The names Odoo's own browser tests look for.
BROWSER = Tool(
    ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable"),
    ("chromium", "fonts-liberation"),
    "clicks through the pages in the tests",
)
PDF = Tool(
    ("wkhtmltopdf",), ("wkhtmltopdf", "fonts-liberation"), "prints invoices as PDF"
)


def ensure(*tools: Tool) -> None:
    """Install what is missing when root on a Debian or Ubuntu; otherwise say what to do."""
    missing = [tool for tool in tools if tool.missing()]
    if not missing:
        return
    packages = sorted({package for tool in missing for package in tool.packages})
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if is_root() and shutil.which("apt-get"):
        say(f"-> Missing programs: {' '.join(install)}")
        quiet = ["env", "DEBIAN_FRONTEND=noninteractive"]
        try:
            run([*quiet, "apt-get", "-q", "update"])
            run([*quiet, *install, "-q"])
        except subprocess.CalledProcessError:
            pass  # said below, with what to do
        missing = [tool for tool in missing if tool.missing()]
    if missing:
        names = " and ".join(f"{tool.packages[0]} ({tool.purpose})" for tool in missing)
        raise SetupError(
            f"Missing: {names}. Install it with `sudo {' '.join(install)}` (or your system's "
            "own way), then run the same command again."
        )
