"""Syncs whose process is killed in the middle of each step, with real processes."""

import sys
from pathlib import Path

import pytest
from real_database import Worker, cloned_database, run_steps

ADDON = Path(__file__).parents[2] / "addons" / "msp_cloud_import"
sys.path.append(str(ADDON / "tests"))

from vendors.small import SmallServer  # noqa: E402

#: 5.00 for each of 11 + 12 + … + 16 seats.
MONEY = 405.0


@pytest.fixture
def provider():
    with SmallServer() as server:
        yield server


def _killed_in(database, provider, work, part):
    """Kill a scheduler that is in part no. `part` of the work."""
    step = {"ca_path": provider.ca_path, "work": work, "part": part}
    worker = Worker(database, ("sync_until", step))
    worker.wait_ready()
    worker.kill()


def _connect(database, provider):
    arguments = {"address": provider.url, "ca_path": provider.ca_path}
    text, _none, state = run_steps(
        database, ("seat_file", {}), ("make_customers", {}), ("connect", arguments)
    )
    assert state == "connected"
    provider.add_export("e1", "1", ("e1.csv", text.encode()), looks=1)


def _pages(provider):
    return [one.path for one in provider.calls("/page")]


def test_killed_scheduler_goes_on_at_every_step(provider):
    with cloned_database() as database:
        _connect(database, provider)
        provider.log.clear()
        _killed_in(database, provider, "page", 2)
        (halfway,) = run_steps(database, ("sync_outcome", {}))
        assert (halfway["state"], halfway["read"]) == ("running", 2)
        assert _pages(provider) == ["/page/0", "/page/1"]

        _killed_in(database, provider, "found", 1)
        (halfway,) = run_steps(database, ("sync_outcome", {}))
        assert (halfway["step"], halfway["read"]) == ("exports", 3)
        # the page that was not stored was read again, the one before it was not
        assert _pages(provider) == ["/page/0", "/page/1", "/page/1"]

        _killed_in(database, provider, "part", 1)
        _killed_in(database, provider, "import", 1)
        (halfway,) = run_steps(database, ("sync_outcome", {}))
        assert (halfway["documents"], halfway["imports"]) == (0, [])

        _turns, end = run_steps(
            database,
            ("finish_syncs", {"ca_path": provider.ca_path}),
            ("sync_outcome", {}),
        )
        assert end == {
            "state": "done",
            "step": "exports",
            "read": 3,
            "documents": 1,
            "problems": [],
            "imports": ["e1.csv"],
            "states": ["prepared"],
            "rows": 6,
            "money": MONEY,
        }


def test_two_workers_never_take_the_same_connection(provider):
    with cloned_database() as database:
        _connect(database, provider)
        provider.log.clear()
        step = {"ca_path": provider.ca_path, "work": "page", "part": 1}
        first = Worker(database, ("sync_until", step))
        first.wait_ready()
        turn = ("take_turn", {"ca_path": provider.ca_path})
        assert run_steps(database, turn) == [False]
        assert _pages(provider) == ["/page/0"]
        first.kill()
        # the lock went with the process
        is_free, outcome = run_steps(database, turn, ("sync_outcome", {}))
        assert is_free
        assert outcome["read"] == 3, outcome
