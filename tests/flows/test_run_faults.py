"""Runs whose workers are killed, cut off or doubled, with real processes."""

import re

from real_database import Worker, all_ready, cloned_database, cut_connections, run_steps

DAY = "2026-01-01"
CONTRACTS = 7
# 10 seats and 1 + 2 + … + 6 seats at 10.00.
TOTAL = 100.0 + 210.0
DONE = {"invoices": 7, "charges": 7, "positions": 7, "total": TOTAL, "rest": 0}
PREPARE = [
    ("make_contract", {}),
    ("make_contracts", {"count": CONTRACTS - 1}),
    ("prepare_run", {"kind": "regular", "until": DAY}),
]
#: The outcome of each step, whatever happened on the way.
STEPS = {
    "create": {
        **DONE,
        "state": "created",
        "steps": ["draft"],
        "numbers": 0,
        "mails": 0,
    },
    "undo": {"state": "preview", "invoices": 0, "charges": 0, "total": 0, "rest": 0},
    "post": {
        **DONE,
        "state": "posted",
        "steps": ["posted"],
        "numbers": 7,
        "last_number": "00007",
        "mails": 0,
    },
    "render": {**DONE, "state": "rendered", "steps": ["rendered"], "mails": 0},
    "send": {**DONE, "state": "sent", "steps": ["sent"], "mails": 7},
}


def _assert_outcome(result, expected):
    assert {key: result[key] for key in expected} == expected


def _interrupted(database, step):
    """Return a worker that has two batches of `step` done and one committed."""
    worker = Worker(
        database,
        ("start_in_background", {"step": step}),
        ("work_until_batch", {"step": step, "batch": 2}),
    )
    worker.wait_ready()
    return worker


def _continued(database):
    """Return the outcome as it was left, and after the scheduler has gone on."""
    halfway, _state, result = run_steps(
        database, ("outcome", {}), ("work_to_the_end", {}), ("outcome", {})
    )
    assert halfway["state"] == "running"
    assert halfway["rest"] == 0
    return halfway, result


def _cut_off(worker, database):
    cut_connections(database)
    worker.go_on()
    err = worker.failure()
    assert re.search(r"psycopg2\.\S*(InterfaceError|Operational|Shutdown)", err)


def test_killed_or_cut_off_worker_is_continued_at_every_step():
    story = (
        ("create", "killed", {"invoices": 2, "charges": 2}),
        ("undo", "killed", {"invoices": CONTRACTS - 2}),
        ("create", "cut off", {"invoices": 2, "charges": 2}),
        ("post", "killed", {"numbers": 2}),
        ("render", "cut off", {"mails": 0}),
        ("send", "killed", {"mails": 2}),
    )
    with cloned_database(*PREPARE) as database:
        for step, fate, committed in story:
            worker = _interrupted(database, step)
            if fate == "killed":
                worker.kill()
            else:
                _cut_off(worker, database)
            halfway, result = _continued(database)
            # The first batch of two is committed, the second one left no trace.
            _assert_outcome(halfway, committed)
            _assert_outcome(result, STEPS[step])


def test_double_click_does_it_once():
    with cloned_database(*PREPARE) as database:
        for step, method in (
            ("create", "action_create_invoices"),
            ("post", "action_post"),
        ):
            click = ("click_at_the_same_moment", {"method": method})
            workers = [Worker(database, click, ("outcome", {})) for _time in range(2)]
            # Both snapshots precede the first commit.
            for worker in all_ready(workers):
                worker.go_on()
            results = [worker.results() for worker in workers]
            assert [state for state, _outcome in results] == [STEPS[step]["state"]] * 2
            for _state, result in results:
                _assert_outcome(result, STEPS[step])


def test_clerk_and_scheduler_at_one_run_bill_once():
    with cloned_database(*PREPARE) as database:
        run_steps(database, ("start_in_background", {"step": "create"}))
        scheduler = Worker(
            database, ("work_until_batch", {"step": "create", "batch": 1})
        )
        scheduler.wait_ready()
        clerk = Worker(
            database, ("click_at_the_same_moment", {"method": "action_continue"})
        )
        clerk.wait_ready()
        scheduler.go_on()
        clerk.go_on()
        assert scheduler.results() == ["created"]
        assert clerk.results() == ["created"]
        (result,) = run_steps(database, ("outcome", {}))
        _assert_outcome(result, STEPS["create"])
