"""`make lint`: all checks that need neither Odoo nor a database."""

import os

import polib
from lxml import etree

from . import addons
from .common import ADDONS, ROOT, VENV_PYTHON, run, say


def run_lint() -> int:
    """Run all checks, also after one has failed, and return the exit code."""
    ruff = [VENV_PYTHON, "-m", "ruff"]
    checks = [
        ("ruff check", lambda: run([*ruff, "check", "."], check=False)),
        ("ruff format", lambda: run([*ruff, "format", "--check", "."], check=False)),
        ("pylint with the Odoo plugin", _pylint),
        ("XML files are well-formed", _xml),
        ("translations can be read", _translations),
    ]
    failed = []
    for name, check in checks:
        say(f"\n=== {name}")
        if check():
            failed.append(name)
    say(f"\nLint: {'failed: ' + ', '.join(failed) if failed else 'all clean'}")
    return 1 if failed else 0


def _pylint() -> int:
    names = [addon.path.relative_to(ROOT) for addon in addons.find()]
    if not names:
        return 0
    # pylint forks as many processes as there are cores.
    command = [VENV_PYTHON, "-m", "pylint", "--rcfile=.pylintrc", "--jobs=0", *names]
    return run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)


def _xml() -> int:
    problems = []
    for path in sorted(ADDONS.rglob("*.xml")):
        try:
            etree.parse(str(path))
        except etree.XMLSyntaxError as error:
            problems.append(f"{path.relative_to(ROOT)}: {error}")
    return _report(problems)


def _translations() -> int:
    problems = []
    for path in sorted([*ADDONS.rglob("*.po"), *ADDONS.rglob("*.pot")]):
        try:
            entries = polib.pofile(str(path), check_for_duplicates=True)
        except (OSError, ValueError) as error:
            problems.append(f"{path.relative_to(ROOT)}: {error}")
            continue
        fuzzy = len(entries.fuzzy_entries())
        if fuzzy:
            problems.append(f"{path.relative_to(ROOT)}: {fuzzy} entries are fuzzy")
    return _report(problems)


def _report(problems: list[str]) -> int:
    for problem in problems:
        say(problem)
    return len(problems)
