"""The commands that run inside the virtual environment."""

import os

from . import (
    addons,
    databases,
    demo,
    export_terms,
    linting,
    odoo_source,
    postgres,
    testing,
)
from .common import SetupError, say, set_up_lock
from .odoo_run import Runtime


def _runtime() -> Runtime:
    """Return Odoo and PostgreSQL, fetched and started."""
    with set_up_lock():
        return Runtime(odoo_source.ensure(), postgres.ensure())


def run_set_up() -> int:
    """Make everything that demo and tests would make, and stop there."""
    databases.top_template(_runtime(), addons.find())
    say("Everything is set up.")
    return 0


def run_demo() -> int:
    """Make the demo database anew and serve it."""
    locale = demo.check_locale()
    demo.make(_runtime(), addons.find(), locale)
    return 0


def run_server() -> int:
    """Serve the demo database."""
    demo.serve(_runtime())
    return 0


def run_test() -> int:
    """Run all tests."""
    return testing.run_tests(_runtime, addons.find())


def run_bench() -> int:
    """Run the benchmarks."""
    return testing.run_benchmarks(_runtime, addons.find())


def run_db() -> int:
    """Make a database for trying things out: `make db NAME=mine ADDON=msp_...`."""
    name, wanted = os.environ.get("NAME", "dev"), os.environ.get("ADDON", "")
    runtime, found = _runtime(), addons.find()
    chosen = [addon for addon in found if addon.name == wanted]
    if wanted and not chosen:
        raise SetupError(f"ADDON={wanted} is not an addon of this repository.")
    template = (
        databases.addon_template(runtime, chosen[0], found)
        if chosen
        else databases.top_template(runtime, found)
    )
    databases.clone(runtime, template, name)
    say(f"Database {name} is a new clone of {template}.")
    return 0


def run_i18n() -> int:
    """Bring the translation files up to date with the sources."""
    runtime, found = _runtime(), addons.find()
    template = databases.top_template(runtime, found)
    with databases.temporary(runtime, template, "i18n") as database:
        export_terms.export_terms(runtime, database, found)
    return 0


ALL = {
    "bench": run_bench,
    "db": run_db,
    "demo": run_demo,
    "i18n": run_i18n,
    "lint": linting.run_lint,
    "server": run_server,
    "set-up": run_set_up,
    "test": run_test,
}
