"""`make demo`, `make server`: a database with a story in it, and a server to see it."""

import json
import os
import shutil

from demo.report import print_logins

from . import databases, odoo_run, packages
from .addons import Addon
from .common import (
    LOCAL,
    LOGS,
    ROOT,
    SUMMARY,
    VENV_PYTHON,
    SetupError,
    run,
    say,
    timed,
)
from .odoo_run import Runtime
from .services import odoo_pid, stop_odoo

DATABASE = "msp_demo"
OUTPUT = LOCAL / "demo"  # the provider's files that the story imports
# Language of the screens and, where the company is not German, its chart of accounts.
LOCALES = {
    "en": ("en_US", ()),
    "de": ("de_DE", ()),
    "nl": ("nl_NL", ("l10n_nl",)),
    "fi": ("fi_FI", ("l10n_fi",)),
}


def check_locale() -> str:
    """Return DEMO_LOCALE, before anything slow is done with a wrong one."""
    locale = os.environ.get("DEMO_LOCALE") or "en"
    if locale not in LOCALES:
        raise SetupError(
            f"DEMO_LOCALE={locale} is unknown: choose one of {', '.join(LOCALES)}."
        )
    return locale


def make(runtime: Runtime, addons: list[Addon], locale: str) -> None:
    """Make the demo database anew, play the story in it and start the server."""
    packages.ensure(packages.PDF)
    stop_odoo()
    language, modules = LOCALES[locale]
    # Made under another name: an interrupted run leaves no half a demo behind.
    part = f"{DATABASE}_part"
    databases.clone(runtime, databases.top_template(runtime, addons), part)
    if modules:
        with timed(f"Demo: installing {', '.join(modules)}"):
            runtime.install(part, modules, LOGS / "install_demo.log")
    port = odoo_run.free_port()
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    SUMMARY.unlink(missing_ok=True)
    with timed(f"Demo: the story (DEMO_LOCALE={locale})"):
        story = [VENV_PYTHON, "-m", "scripts.demo_env", locale, language, OUTPUT]
        options = [*odoo_run.options(part), f"--http-port={port}"]
        options.append(f"--logfile={LOGS / 'demo.log'}")
        code = run([*story, *options], env=runtime.environment(), check=False)
        if code:
            raise SetupError(
                "The demo's story failed: its message is above, more is in .local/log/demo.log."
            )
    databases.rename(runtime, part, DATABASE)
    serve(runtime, port)
    print_logins(json.loads(SUMMARY.read_text()))
    say(f"\nThe figures are in {SUMMARY.relative_to(ROOT)} as well.")


def serve(runtime: Runtime, port: int | None = None) -> None:
    """Start the server on the demo database, unless it runs."""
    if not databases.exists(runtime, DATABASE):
        raise SetupError("There is no demo database yet: run make demo first.")
    if odoo_pid():
        say(f"The server runs already: {odoo_run.ADDRESS.read_text()}")
        return
    with timed("Starting the server"):
        address = odoo_run.start(runtime, DATABASE, port or odoo_run.free_port())
    say(f"\nOdoo is ready: {address}   (stop it with: make stop)")
