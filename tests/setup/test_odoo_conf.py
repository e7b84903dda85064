"""Every setting we ship is one Odoo knows, with a value it accepts."""

import configparser
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ["odoo.conf", "docker/odoo.conf"]
# Runs where `import odoo` works; prints how Odoo understands the file.
READ = """
import json, sys
from odoo.tools import config
config.parse_config(["--config", sys.argv[1]])
print(json.dumps({
    "known": sorted(config.options_index),
    "values": {name: config[name] for name in sys.argv[2:]},
}))
"""


def options(file):
    """Return the options as written."""
    parser = configparser.RawConfigParser()
    assert parser.read(ROOT / file)
    return dict(parser["options"])


def understood(odoo, file, names, **environment):
    """Return what Odoo makes of the file: names it knows, values of some of them."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(ROOT / file), *names],
        cwd=ROOT,
        env={**kept, "PYTHONPATH": str(odoo.python_path), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    # Odoo complains about a value it cannot use and goes on with its default.
    assert "invalid" not in done.stderr
    assert "unknown option" not in done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("file", FILES)
def test_odoo_knows_every_option(odoo, file):
    names = options(file)
    assert set(names) - set(understood(odoo, file, [])["known"]) == set()


@pytest.mark.parametrize("file", FILES)
def test_odoo_reads_numbers_and_switches_as_written(odoo, file):
    written = options(file)
    numbers = {name: int(text) for name, text in written.items() if text.isdigit()}
    switches = {
        name: text == "True"
        for name, text in written.items()
        if text in ("True", "False")
    }
    expected = {**numbers, **switches}
    assert understood(odoo, file, expected)["values"] == expected


def test_relative_addons_path_is_the_checkouts(odoo):
    read = understood(odoo, "odoo.conf", ["addons_path"])
    assert read["values"]["addons_path"] == [str(ROOT / "addons")]


def test_master_password_comes_from_the_environment(odoo):
    read = understood(
        odoo, "docker/odoo.conf", ["admin_passwd"], ODOO_ADMIN_PASSWD="xyz"
    )
    assert read["values"]["admin_passwd"] == "xyz"


@pytest.mark.parametrize("file", FILES)
def test_no_secret_is_written_down(file):
    assert {"admin_passwd", "db_password", "smtp_password"}.isdisjoint(options(file))
