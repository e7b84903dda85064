"""``python -m formats read FILE [--format ID]`` as a person or script runs it."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nce_files import nce_file, seats, usage
from profile_files import FIXTURES, INGRAM, xlsx_file

ADDON = Path(__file__).resolve().parents[3] / "addons" / "msp_cloud_import"


def run(*arguments, **options):
    """Run the command line and return the finished process."""
    return subprocess.run(
        [sys.executable, "-m", "formats", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ADDON), "LC_ALL": "C"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        **options,
    )


@pytest.fixture
def invoice(tmp_path):
    """A file of three good rows and a broken one."""
    path = tmp_path / "invoice.csv"
    rows = [seats(CustomerName="Müller"), usage(), seats(Subtotal="abc"), seats()]
    path.write_bytes(nce_file(rows))
    return path


def test_prints_charges_and_then_the_summary(invoice):
    done = run("read", invoice)
    *charges, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [charge["billed_cost"] for charge in charges] == ["120", "13.26", "120"]
    assert charges[0]["sub_account_name"] == "Müller"
    assert charges[0]["charge_period_end"] == "2026-04-05"
    assert last == {
        "summary": {
            "format": "microsoft_nce",
            "rows": 4,
            "charges": 3,
            "problems": 1,
            "totals": {"EUR": {"billed_cost": "253.26", "tax": "48.12"}},
        }
    }
    assert done.stderr == (
        "row 4, column Subtotal: found “abc”, expected a number such as 120.50; "
        "correct the file or download it again.\n"
    )


def test_reads_gz_with_the_format_asked_for(invoice):
    packed = invoice.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(invoice.read_bytes()))
    done = run("read", packed, "--format", "microsoft_nce")
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[-1])["summary"]["rows"] == 4


def test_reads_by_a_profile(tmp_path):
    path = tmp_path / "export.xlsx"
    path.write_bytes(xlsx_file(INGRAM))
    file = FIXTURES / "profile_ingram_micro_cloud.json"
    done = run("read", path, "--profile", file, "--sheet", "Export")
    assert (done.returncode, done.stderr) == (0, "")
    *charges, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert [charge["is_difference"] for charge in charges] == [False, True, False]
    assert last["summary"]["format"] == "ingram_micro_cloud"
    assert last["summary"]["totals"]["EUR"]["billed_cost"] == "114.05"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be opened (No such file"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "must be a JSON object"),
        ('{"id": "x", "title": "X", "columns": {"a": ["b"]}}', "says “a” in columns"),
        ('{"id": "x", "title": "X", "columns": {"sku_id": 1}}', "list of names"),
    ],
)
def test_bad_profile_ends_in_one_sentence(tmp_path, invoice, content, words):
    file = tmp_path / "profile.json"
    if content is not None:
        file.write_text(content)
    done = run("read", invoice, "--profile", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_warnings_go_to_standard_error(tmp_path):
    path = tmp_path / "invoice.csv"
    path.write_bytes(nce_file([seats(Total="1")] * 25))
    done = run("read", path)
    lines = done.stderr.splitlines()
    assert done.returncode == 0
    assert lines[0] == (
        "Please check row 2: net 120 and tax 22.8 make 142.8, but the file says 1."
    )
    assert lines[-1] == "Please check 5 more rows like these."


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (b"", (), "is empty"),
        (b"a;b\n1;2\n", (), "no known header"),
        (nce_file([seats()]).decode("utf-8-sig").encode("utf-16"), (), "UTF-16"),
        (nce_file([seats()]), ("--format", "x"), "There is no format “x”"),
        (None, (), "does not exist"),
    ],
)
def test_unreadable_file_ends_in_one_sentence(tmp_path, content, arguments, words):
    path = tmp_path / "invoice.csv"
    if content is not None:
        path.write_bytes(content)
    done = run("read", path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_no_command_is_explained():
    done = run()
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_reader_of_the_output_may_go_away(tmp_path):
    path = tmp_path / "invoice.csv"
    path.write_bytes(nce_file([seats()] * 2000))
    process = subprocess.Popen(
        [sys.executable, "-m", "formats", "read", str(path)],
        env=os.environ | {"PYTHONPATH": str(ADDON)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


def test_never_imports_odoo():
    code = "import sys, formats; sys.exit('odoo' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ADDON)},
        check=False,
    )
    assert done.returncode == 0
    sources = (ADDON / "formats").glob("*.py")
    assert not any("import odoo" in path.read_text("utf-8") for path in sources)
