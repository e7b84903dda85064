"""Imports whose process is killed in the middle of each step, with real processes."""

from real_database import (
    Worker,
    cloned_database,
    count_activity,
    run_steps,
    wait_until,
)

QUANTITIES = [11.0, 12.0, 13.0, 14.0, 15.0, 16.0]
#: 5.00 for each of 11 + 12 + … + 16 seats, and 40 rows of 1.25.
SEATS, USAGE = 405.0, 50.0


def _dropped(kind):
    return ("make_customers", {}), ("drop_file", {"kind": kind})


def _in_the_middle(database, step, part, *before):
    """Return a worker that has committed parts of `step` and is in the next one."""
    until = ("import_until_part", {"step": step, "part": part})
    worker = Worker(database, *before, until)
    worker.wait_ready()
    return worker


def _continued(database):
    """Return the outcome as it was left, and after the scheduler has gone on."""
    halfway, _turns, end = run_steps(
        database, ("import_outcome", {}), ("finish_imports", {}), ("import_outcome", {})
    )
    assert halfway["is_running"]
    assert halfway["problem"] is False
    assert not end["is_running"]
    assert end["problem"] is False
    assert end["lost"] == 0
    assert end["parts"] == 0
    return halfway, end


def test_killed_scheduler_goes_on_at_every_step():
    with cloned_database() as database:
        _in_the_middle(database, "read", 3, *_dropped("seats")).kill()
        # it dies once more in the step that follows by itself
        _in_the_middle(database, "assign", 2).kill()
        halfway, end = _continued(database)
        assert (halfway["state"], halfway["step"]) == ("read", "assign")
        assert halfway["charges"] == [6, SEATS]
        assert (end["state"], end["charges"]) == ("mapped", [6, SEATS])

        press = ("press", {"method": "action_prepare"})
        _in_the_middle(database, "prepare", 4, press).kill()
        halfway, end = _continued(database)
        assert halfway["progress"] == [3, 6]
        assert halfway["changes"] == [11.0, 12.0, 13.0]
        assert (end["state"], end["changes"]) == ("prepared", QUANTITIES)

        press = ("press", {"method": "action_apply"})
        _in_the_middle(database, "apply", 3, press).kill()
        halfway, end = _continued(database)
        assert (halfway["progress"], halfway["versions"]) == ([2, 6], 2)
        assert (end["state"], end["versions"]) == ("applied", 6)
        assert end["quantities"] == QUANTITIES


def test_killed_reader_of_usage_counts_no_row_twice():
    with cloned_database() as database:
        _in_the_middle(database, "usage", 3, *_dropped("usage")).kill()
        _in_the_middle(database, "usage", 2).kill()
        halfway, end = _continued(database)
        rows, _distinct, _amount, _charges = halfway["details"]
        assert 0 < rows < 40
        # the header is row 1
        assert halfway["progress"] == [rows + 1, 41]
        assert halfway["charges"] == [0, 0]
        assert end["state"] == "mapped"
        assert end["details"] == [40, 40, USAGE, end["charges"][0]]
        assert end["charges"][1] == USAGE


def test_who_stops_a_step_waits_for_one_part_only():
    with cloned_database() as database:
        worker = _in_the_middle(database, "read", 2, *_dropped("seats"))
        stopping = Worker(database, ("stop_import", {}))
        stopping.wait_ready()
        stopping.go_on()
        waits = "wait_event_type = 'Lock'"
        wait_until(lambda: count_activity(database, waits))
        worker.go_on()
        assert stopping.results() == ["stopped"]
        worker.results()
        stopped, _nothing, again, _turns, end = run_steps(
            database,
            ("import_outcome", {}),
            ("press", {"method": "action_read"}),
            ("import_outcome", {}),
            ("finish_imports", {}),
            ("import_outcome", {}),
        )
        assert not stopped["is_running"]
        assert (stopped["state"], stopped["charges"]) == ("new", [0, 0])
        # the part at work was stored: the next reading goes on behind it
        assert again["progress"] == [5, 7]
        assert (end["state"], end["charges"]) == ("mapped", [6, SEATS])
