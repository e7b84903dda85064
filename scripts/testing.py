"""`make test`: every test of the repository, part by part; with several cores, at once.

Environment: ONLY (unit, flows or the name of an addon), K (pytest's -k) and ARGS (further
options of pytest).
"""

import os
import shlex
import sys
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
    keep_bytecode,
    run,
    say,
    set_up_lock,
)
from .odoo_run import Runtime
from .services import ODOO_DATA
from .side_by_side import Job, cores, run_jobs

RESULTS = LOCAL / "test-results"
HYPOTHESIS = LOCAL / "hypothesis"
UNIT_FOLDERS = ("tests/unit", "tests/setup")
FLOWS_FOLDER = "tests/flows"
BENCHMARK_FOLDER = "tests/benchmarks"
# pytest's exit codes, and ours; whatever else comes ended without a result.
ALL_PASSED, SOME_FAILED, INTERNAL_ERROR, NO_TESTS = 0, 1, 3, 5


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

    def add_part(self, name: str, code: int) -> None:
        """Add what a part has left: its report, or that there is none to rely on."""
        before, report = self.failed, _report(name)
        if report.exists():
            self.add(report)
        explained = {
            ALL_PASSED: report.exists(),
            SOME_FAILED: self.failed > before,
            NO_TESTS: True,
        }
        if not explained.get(code):
            self.broken.append(name)

    def exit_code(self) -> int:
        if self.broken:
            return INTERNAL_ERROR
        if self.failed:
            return SOME_FAILED
        return ALL_PASSED if self.passed else NO_TESTS

    def say(self) -> None:
        if self.broken:
            say(f"\nEnded without a result: {', '.join(self.broken)}.")
        say(f"\n{self.passed} passed, {self.failed} failed, {self.skipped} skipped")


def run_tests(make_runtime: Callable[[], Runtime], addons: list[Addon]) -> int:
    """Run the tests, print the totals and return the exit code.

    :param make_runtime: called only when a step needs Odoo
    """
    only = os.environ.get("ONLY", "")
    known = ["unit", *(addon.name for addon in addons), "flows"]
    if only and only not in known:
        raise SetupError(f"ONLY={only} is unknown: choose one of {', '.join(known)}.")
    parts = [name for name in known if only in ("", name) and _has_tests(name)]
    totals = Totals()
    if len(parts) > 1 and cores() > 1:
        _run_side_by_side(parts, totals)
    else:
        for part in parts:
            _run_part(part, make_runtime, addons, totals)
    totals.say()
    return totals.exit_code()


def _has_tests(part: str) -> bool:
    if part == "unit":
        return any(_test_files(folder) for folder in UNIT_FOLDERS)
    found = _test_files(FLOWS_FOLDER if part == "flows" else f"{ADDONS.name}/{part}")
    if not found:
        say(f"\n=== {part}: no tests yet")
    return found


def _run_side_by_side(parts: list[str], totals: Totals) -> None:
    """Run each part as `make test ONLY=<part>` does, as many at once as there are cores."""
    jobs = []
    for part in parts:
        _report(part).unlink(missing_ok=True)
        jobs.append(
            Job(
                part,
                [sys.executable, "-m", "scripts", "test"],
                {**os.environ, "ONLY": part},
                RESULTS / f"{part}.log",
            )
        )
    run_jobs(jobs, cores(), lambda job, code: totals.add_part(job.name, code))


def _run_part(
    part: str,
    make_runtime: Callable[[], Runtime],
    addons: list[Addon],
    totals: Totals,
) -> None:
    if part == "unit":
        # The set-up's own tests ask Odoo what it knows; fetched here, progress is seen.
        with set_up_lock():
            odoo_source.ensure()
        _step(part, UNIT_FOLDERS, totals, ["-p", "no:odoo"], keep_bytecode(os.environ))
        return
    with set_up_lock():
        # Odoo skips a browser test when it finds no browser: so one must be there.
        packages.ensure(packages.BROWSER, packages.PDF)
    runtime = make_runtime()
    if part == "flows":
        template = databases.top_template(runtime, addons)
        _odoo_step(runtime, part, FLOWS_FOLDER, template, totals)
        return
    (addon,) = (addon for addon in addons if addon.name == part)
    try:
        template = databases.addon_template(runtime, addon, addons)
    except SetupError as error:
        # The other addons' results are still worth having.
        say(f"\n=== {part}\n{error}")
        totals.broken.append(part)
        return
    _odoo_step(runtime, part, f"{ADDONS.name}/{part}", template, totals)


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
    return totals.exit_code()


def _test_files(folder: str, *patterns: str) -> bool:
    wanted = patterns or ("test_*.py",)
    return any(any((ROOT / folder).rglob(pattern)) for pattern in wanted)


def _report(name: str) -> Path:
    """Return where pytest writes the results of a part."""
    return RESULTS / f"{name}.xml"


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
    say(f"\n=== {name}: {', '.join(existing)}")
    report = _report(name)
    report.unlink(missing_ok=True)
    command = [VENV_PYTHON, "-m", "pytest", *options, f"--junit-xml={report}"]
    if os.environ.get("K"):
        command += ["-k", os.environ["K"]]
    command += shlex.split(os.environ.get("ARGS", ""))
    start = time.monotonic()
    environment = {**environment, "HYPOTHESIS_STORAGE_DIRECTORY": str(HYPOTHESIS)}
    code = run([*command, *existing], env=environment, check=False)
    totals.add_part(name, code)
    if code == NO_TESTS:
        say(f"=== {name}: no test matches")
    say(f"=== {name}: {time.monotonic() - start:.0f} s")
