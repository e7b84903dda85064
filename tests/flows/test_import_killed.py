"""Imports whose process is killed in the middle of each step, with real processes."""

import signal

from real_database import Worker, cloned_database, run_steps

QUANTITIES = [11.0, 12.0, 13.0, 14.0, 15.0, 16.0]
#: 5.00 for each of 11 + 12 + … + 16 seats, and 40 rows of 1.25.
SEATS, USAGE = 405.0, 50.0


def _killed(database, step, part):
    """Kill a worker that has committed parts of `step` and is in the next one."""
    worker = Worker(database, ("work_until_part", {"step": step, "part": part}))
    worker.wait_ready()
    worker.process.send_signal(signal.SIGKILL)
    worker.process.communicate()


def _continued(database):
    """Return the outcome as it was left, and after the scheduler has gone on."""
    halfway, _turns, end = run_steps(
        database, ("outcome", {}), ("work_to_the_end", {}), ("outcome", {})
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
        run_steps(database, ("make_customers", {}), ("drop_file", {"kind": "seats"}))
        _killed(database, "read", 3)
        (halfway,) = run_steps(database, ("outcome", {}))
        assert halfway["progress"] == [5, 7]
        assert halfway["charges"] == [0, 0]
        # it dies once more in the step that follows by itself
        _killed(database, "assign", 2)
        halfway, end = _continued(database)
        assert (halfway["state"], halfway["step"]) == ("read", "assign")
        assert halfway["charges"] == [6, SEATS]
        assert (end["state"], end["charges"]) == ("mapped", [6, SEATS])

        run_steps(database, ("press", {"method": "action_prepare"}))
        _killed(database, "prepare", 4)
        halfway, end = _continued(database)
        assert halfway["progress"] == [3, 6]
        assert halfway["changes"] == [11.0, 12.0, 13.0]
        assert (end["state"], end["changes"]) == ("prepared", QUANTITIES)

        run_steps(database, ("press", {"method": "action_apply"}))
        _killed(database, "apply", 3)
        halfway, end = _continued(database)
        assert (halfway["progress"], halfway["versions"]) == ([2, 6], 2)
        assert (end["state"], end["versions"]) == ("applied", 6)
        assert end["quantities"] == QUANTITIES


def test_killed_reader_of_usage_counts_no_row_twice():
    with cloned_database() as database:
        run_steps(database, ("make_customers", {}), ("drop_file", {"kind": "usage"}))
        for part in (3, 2):
            _killed(database, "usage", part)
        halfway, end = _continued(database)
        rows, _distinct, _amount, _charges = halfway["details"]
        assert 0 < rows < 40
        assert halfway["charges"] == [0, 0]
        assert end["state"] == "mapped"
        assert end["details"] == [40, 40, USAGE, end["charges"][0]]
        assert end["charges"][1] == USAGE


def test_stopped_between_parts_and_begun_again():
    with cloned_database() as database:
        run_steps(database, ("make_customers", {}), ("drop_file", {"kind": "seats"}))
        worker = Worker(database, ("work_until_part", {"step": "read", "part": 2}))
        worker.wait_ready()
        # Whoever stops waits for the part that is being stored, and no longer.
        stopping = Worker(database, ("press", {"method": "action_stop"}))
        worker.go_on()
        worker.results()
        stopping.results()
        (stopped,) = run_steps(database, ("outcome", {}))
        assert not stopped["is_running"]
        assert (stopped["state"], stopped["charges"]) == ("new", [0, 0])
        run_steps(database, ("press", {"method": "action_read"}))
        _halfway, end = _continued(database)
        assert (end["state"], end["charges"]) == ("mapped", [6, SEATS])
