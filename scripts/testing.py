"""`make test`: every test of the repository, step by step.

Environment: ONLY (unit, flows or the name of an addon), K (pytest's -k) and ARGS (further
options of pytest).
"""

import os
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from . import databases, odoo_source, packages
from .addons import Addon
from .common import (
    ADDONS,
    LOCAL,
    ODOO_CONF,
    ROOT,
    VENV_PYTHON,
    SetupError,
    run,
    say,
    set_up_lock,
)
from .odoo_run import Runtime
from .services import ODOO_DATA

RESULTS = LOCAL / "test-results"
HYPOTHESIS = LOCAL / "hypothesis"
UNIT_FOLDERS = ("tests/unit", "tests/setup")
FLOWS_FOLDER = "tests/flows"
BENCHMARK_FOLDER = "tests/benchmarks"
ALL_PASSED, SOME_FAILED, NO_TESTS = 0, 1, 5  # pytest's exit codes


@dataclass
class Totals:
    """Counts over all steps; `broken` names those that ended without a result."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, report: Path) -> None:
        """Add the counts of one JUnit report."""
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            counts = {
                key: int(suite.get(key, 0))
                for key in ("tests", "failures", "errors", "skipped")
            }
            failed = counts["failures"] + counts["errors"]
            self.failed += failed
            self.skipped += counts["skipped"]
            # A failed subtest or clean-up counts beside its test, never below zero.
            self.passed += max(counts["tests"] - failed - counts["skipped"], 0)

    def succeeded(self) -> bool:
        return self.passed > 0 and not self.failed and not self.broken


def run_tests(make_runtime: Callable[[], Runtime], addons: list[Addon]) -> int:
    """Run the tests, print the totals and return the exit code.

    :param make_runtime: called only when a step needs Odoo
    """
    only = os.environ.get("ONLY", "")
    known = ["unit", *(addon.name for addon in addons), "flows"]
    if only and only not in known:
        raise SetupError(f"ONLY={only} is unknown: choose one of {', '.join(known)}.")
    totals = Totals()
    if only in ("", "unit"):
        # The set-up's own tests ask Odoo what it knows; fetched here, progress is seen.
        with set_up_lock():
            odoo_source.ensure()
        _step(
            "unit",
            UNIT_FOLDERS,
            totals,
            ["-p", "no:odoo"],
            dict(os.environ),
        )
    chosen = [addon for addon in addons if only in ("", addon.name)]
    flows = only in ("", "flows") and _test_files(FLOWS_FOLDER)
    if chosen or flows:
        # Odoo skips a browser test when it finds no browser: so one must be there.
        packages.ensure(packages.BROWSER, packages.PDF)
        runtime = make_runtime()
        for addon in chosen:
            _addon_step(runtime, addon, addons, totals)
        if flows:
            template = databases.top_template(runtime, addons)
            _odoo_step(runtime, "flows", FLOWS_FOLDER, template, totals)
    if not flows and only in ("", "flows"):
        say("\n=== flows: no tests yet")
    if totals.broken:
        say(f"\nEnded without a result: {', '.join(totals.broken)}.")
    say(f"\n{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped")
    return 0 if totals.succeeded() else 1


def run_benchmarks(make_runtime: Callable[[], Runtime], addons: list[Addon]) -> int:
    """Run the benchmarks on a clone of the database with all addons."""
    if not _test_files(BENCHMARK_FOLDER, "bench_*.py", "test_*.py"):
        say(f"There is no benchmark yet (none in {BENCHMARK_FOLDER}).")
        return 0
    totals = Totals()
    runtime = make_runtime()
    template = databases.top_template(runtime, addons)
    show = ["-s", "-o", "python_files=bench_*.py test_*.py"]
    _odoo_step(runtime, "benchmarks", BENCHMARK_FOLDER, template, totals, show)
    return 0 if totals.succeeded() else 1


def _test_files(folder: str, *patterns: str) -> bool:
    wanted = patterns or ("test_*.py",)
    return any(any((ROOT / folder).rglob(pattern)) for pattern in wanted)


def _addon_step(
    runtime: Runtime, addon: Addon, addons: list[Addon], totals: Totals
) -> None:
    folder = f"{ADDONS.name}/{addon.name}"
    if not _test_files(folder):
        say(f"\n=== {addon.name}: no tests yet")
        return
    try:
        template = databases.addon_template(runtime, addon, addons)
    except SetupError as error:
        # The other addons' results are still worth having.
        say(f"\n=== {addon.name}\n{error}")
        totals.broken.append(addon.name)
        return
    _odoo_step(runtime, addon.name, folder, template, totals)


def _odoo_step(
    runtime: Runtime,
    name: str,
    folder: str,
    template: str,
    totals: Totals,
    more: list[str] | None = None,
) -> None:
    """Run the tests of a folder inside Odoo, on a clone of a template."""
    with databases.temporary(runtime, template, name) as database:
        options = [
            f"--odoo-config={ODOO_CONF}",
            f"--odoo-addons-path={ADDONS}",
            f"--odoo-database={database}",
            "--odoo-http",
            f"--odoo-extra=data-dir={ODOO_DATA}",
            f"--odoo-extra=db-filter=^{database}$",
            "--odoo-extra=workers=0",
            "--odoo-extra=http-interface=127.0.0.1",
        ]
        # Tests that need a database of their own, with commits, clone this one.
        environment = {**runtime.environment(), "MSP_TEMPLATE_DATABASE": template}
        _step(name, (folder,), totals, [*options, *(more or [])], environment)


def _step(
    name: str,
    folders: tuple[str, ...],
    totals: Totals,
    options: list[str],
    environment: dict[str, str],
) -> None:
    """Run pytest on folders and add its counts to the totals."""
    existing = [folder for folder in folders if (ROOT / folder).is_dir()]
    if not existing:
        say(f"\n=== {name}: no tests yet")
        return
    say(f"\n=== {name}: {', '.join(existing)}")
    report = RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    command = [VENV_PYTHON, "-m", "pytest", *options, f"--junit-xml={report}"]
    if os.environ.get("K"):
        command += ["-k", os.environ["K"]]
    command += shlex.split(os.environ.get("ARGS", ""))
    start = time.monotonic()
    environment = {**environment, "HYPOTHESIS_STORAGE_DIRECTORY": str(HYPOTHESIS)}
    code = run([*command, *existing], env=environment, check=False)
    if report.exists():
        totals.add(report)
    if code == NO_TESTS:
        say(f"=== {name}: no test matches")
    elif code not in (ALL_PASSED, SOME_FAILED) or not report.exists():
        totals.broken.append(name)
    say(f"=== {name}: {time.monotonic() - start:.0f} s")
