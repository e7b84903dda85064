"""Two processes that bill the same contract at the same moment."""

import pytest
from real_database import Worker, all_ready, cloned_database, go_together, run_steps

CONTRACT = ("make_contract", {})
DAY = "2026-01-01"
BEFORE = {
    "regular": [],
    "differential": [
        ("prepare_run", {"kind": "regular", "until": DAY}),
        ("create_drafts", {}),
        ("set_seats", {"day": DAY, "quantity": 12}),
    ],
}
REGULAR = ["regular", 100.0, 1]
CHARGES = {
    "regular": {"charges": [REGULAR], "invoices": 1},
    "differential": {"charges": [REGULAR, ["correction", 20.0, 2]], "invoices": 2},
}


@pytest.mark.parametrize("kind", ["regular", "differential"])
def test_second_worker_with_an_older_snapshot_fails_instead_of_billing(kind):
    prepare = ("prepare_run", {"kind": kind, "until": DAY})
    with cloned_database(CONTRACT) as database:
        *_before, first, second = run_steps(database, *BEFORE[kind], prepare, prepare)
        workers = [
            Worker(database, ("race", {"run_id": run})) for run in (first, second)
        ]
        # Both snapshots precede the first commit.
        results = go_together(all_ready(workers))
        assert results == ["committed", "serialization failure"]
        # Whoever failed starts again, and finds nothing to do.
        now, *_again, later = run_steps(
            database, ("charges", {}), prepare, ("create_drafts", {}), ("charges", {})
        )
        assert now == later == CHARGES[kind]


def test_scheduler_takes_the_batch_again_after_a_serialization_failure():
    prepare = ("prepare_run", {"kind": "regular", "until": DAY})
    with cloned_database(CONTRACT) as database:
        by_clerk, *_rest = run_steps(
            database,
            prepare,
            prepare,
            ("start_by_scheduler", {}),
        )
        clerk = Worker(database, ("race", {"run_id": by_clerk}))
        scheduler = Worker(database, ("race_as_scheduler", {}))
        clerk.wait_ready()
        scheduler.wait_ready()
        clerk.go_on()
        assert clerk.results() == ["committed"]
        scheduler.go_on()
        assert scheduler.results() == [[2, "created"]]
        assert run_steps(database, ("charges", {})) == [CHARGES["regular"]]
