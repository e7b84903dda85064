"""The parts of the set-up that decide something."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from scripts import addons, services, testing
from scripts.common import BYTECODE, ROOT, SetupError, keep_bytecode


def make_addon(folder, name, depends=(), **files):
    """Write an addon of a manifest and some files (`models__x="..."` is models/x.py)."""
    (folder / name).mkdir()
    manifest = {"name": name, "depends": list(depends)}
    (folder / name / "__manifest__.py").write_text(repr(manifest))
    for key, text in files.items():
        path = folder / name / f"{key.replace('__', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def names(found):
    return [addon.name for addon in found]


def test_addons_come_after_those_they_depend_on(tmp_path):
    make_addon(tmp_path, "msp_a_top", ["msp_m_middle", "sale"])
    make_addon(tmp_path, "msp_m_middle", ["msp_z_bottom"])
    make_addon(tmp_path, "msp_z_bottom", ["account"])
    found = addons.find(tmp_path)
    assert names(found) == ["msp_z_bottom", "msp_m_middle", "msp_a_top"]
    assert found[2].below == {"msp_z_bottom", "msp_m_middle"}


def test_addons_in_a_circle_are_named(tmp_path):
    make_addon(tmp_path, "msp_a", ["msp_b"])
    make_addon(tmp_path, "msp_b", ["msp_a"])
    with pytest.raises(SetupError, match="msp_a -> msp_b"):
        addons.find(tmp_path)


def test_a_folder_without_manifest_is_no_addon(tmp_path):
    make_addon(tmp_path, "msp_a")
    (tmp_path / "msp_unfinished").mkdir()
    assert names(addons.find(tmp_path)) == ["msp_a"]


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("models/x.py", True),
        ("data/x.csv", True),
        ("static/src/x.scss", True),
        ("i18n/de.po", True),
        ("tests/test_x.py", False),
        ("static/tests/tours/x.js", False),
        ("readme/USAGE.md", False),
        ("README.md", False),
        ("models/__pycache__/x.pyc", False),
    ],
)
def test_template_is_made_anew_only_for_files_that_matter(tmp_path, file, counts):
    make_addon(tmp_path, "msp_a")
    (addon,) = addons.find(tmp_path)
    before = addon.digest()
    path = addon.path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("new")
    assert (addon.digest() != before) is counts


def test_renamed_file_makes_another_digest(tmp_path):
    make_addon(tmp_path, "msp_a", models__x="same")
    (addon,) = addons.find(tmp_path)
    before = addon.digest()
    (addon.path / "models/x.py").rename(addon.path / "models/y.py")
    assert addon.digest() != before


def test_socket_lies_in_the_data_folder_unless_its_path_is_too_long():
    short, long = Path("/srv/data-18"), Path("/srv") / ("x" * 100) / "data-18"
    assert services.socket_folder(short) == short
    assert len(str(services.socket_folder(long) / services.SOCKET_NAME)) < 50
    assert services.socket_folder(long) == services.socket_folder(long)


def test_a_pid_file_of_another_program_is_not_ours(tmp_path):
    pid_file = tmp_path / "x.pid"
    pid_file.write_text(str(os.getpid()))
    assert services._pid(pid_file, "pytest") == os.getpid()
    assert services._pid(pid_file, "--data-dir=/somewhere/else") is None


def test_totals_of_several_reports(tmp_path):
    report = tmp_path / "x.xml"
    suite = '<testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/>'
    totals = testing.Totals()
    for counts in [(10, 1, 2, 3), (5, 0, 0, 0)]:
        report.write_text(f"<testsuites>{suite.format(*counts)}</testsuites>")
        totals.add(report)
    assert (totals.passed, totals.failed, totals.skipped) == (9, 3, 3)
    assert totals.exit_code() == testing.SOME_FAILED


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        (testing.Totals(passed=3), 0),
        (testing.Totals(), testing.NO_TESTS),
        (testing.Totals(passed=3, failed=1), testing.SOME_FAILED),
        (testing.Totals(passed=3, broken=["flows"]), testing.INTERNAL_ERROR),
    ],
)
def test_success_needs_tests_that_ran_and_none_that_failed(totals, expected):
    assert totals.exit_code() == expected


@pytest.mark.parametrize(
    ("code", "failures", "broken"),
    [
        (0, 0, False),
        (1, 1, False),
        (5, None, False),
        (0, None, True),  # nothing says what ran
        (1, None, True),
        (1, 0, True),  # all passed, and then something else failed
        (-9, 0, True),
        (2, 1, True),
    ],
)
def test_part_without_a_result_to_rely_on(
    tmp_path, monkeypatch, code, failures, broken
):
    monkeypatch.setattr(testing, "RESULTS", tmp_path)
    if failures is not None:
        suite = f'<testsuite tests="3" failures="{failures}"/>'
        (tmp_path / "unit.xml").write_text(f"<testsuites>{suite}</testsuites>")
    totals = testing.Totals()
    totals.add_part("unit", code)
    assert totals.broken == (["unit"] if broken else [])


class Choice:
    """`make test` whose parts are noted instead of run."""

    def __init__(self, monkeypatch, cores, only=""):
        self.alone, self.jobs, self.at_once = [], [], 0
        monkeypatch.setenv("ONLY", only)
        monkeypatch.setattr(testing, "cores", lambda: cores)
        monkeypatch.setattr(testing, "run_jobs", self._run_jobs)
        monkeypatch.setattr(testing, "_run_part", lambda *a: self.alone.append(a[0]))
        testing.run_tests(None, addons.find())

    def _run_jobs(self, jobs, at_once, _ended):
        self.jobs, self.at_once = [job.environment["ONLY"] for job in jobs], at_once


def test_parts_run_beside_each_other_where_there_are_cores(monkeypatch):
    every = {"unit", *names(addons.find()), "flows"}
    one, two = Choice(monkeypatch, 1), Choice(monkeypatch, 2)
    assert (set(one.alone), one.jobs) == (every, [])
    assert (two.alone, set(two.jobs), two.at_once) == ([], every, 2)
    only = Choice(monkeypatch, 2, only="flows")
    assert (only.alone, only.jobs) == (["flows"], [])


def test_bytecode_is_kept_where_it_may_not_lie_beside_the_sources():
    assert keep_bytecode({"A": "b"}) == {"A": "b"}
    kept = {"PYTHONPYCACHEPREFIX": str(BYTECODE)}
    assert keep_bytecode({"PYTHONDONTWRITEBYTECODE": "1"}) == kept
    named = {"PYTHONPYCACHEPREFIX": "/elsewhere"}
    assert keep_bytecode({**named, "PYTHONDONTWRITEBYTECODE": "1"}) == named


def test_make_help_names_every_target():
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split()
    done = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[1] for line in done.stdout.splitlines()] == phony


def test_requirements_are_pinned():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith("#")]
        assert [line for line in pins if not re.match(r"[a-z0-9.-]+==\S+", line)] == []


def test_no_requirement_is_pinned_twice():
    text = "".join(
        (ROOT / f"requirements{part}.txt").read_text() for part in ("", "-dev")
    )
    pinned = re.findall(r"^([a-z0-9.-]+)==", text, re.MULTILINE)
    assert sorted(pinned) == sorted(set(pinned))
