"""What a clerk enters while a run is billing is not overlooked by that run."""

import pytest
from real_database import Worker, cloned_database, run_steps

CONTRACT = ("make_contract", {})


@pytest.mark.parametrize(
    ("entry", "claims"),
    [
        ("change_one_off", [["one_off", 60.0, 1], ["regular", 100.0, 1]]),
        ("put_on_hold", []),
    ],
)
def test_run_with_an_older_snapshot_begins_again(entry, claims):
    with cloned_database(CONTRACT) as database:
        *_used, run_id = run_steps(
            database,
            ("add_one_off", {}),
            ("prepare_run", {"kind": "regular", "until": "2026-01-01"}),
        )
        run = Worker(database, ("race", {"run_id": run_id}))
        run.wait_ready()
        run_steps(database, (entry, {}))
        run.go_on()
        assert run.results() == ["serialization failure"]
        *_again, charges = run_steps(database, ("create_drafts", {}), ("charges", {}))
        assert sorted(charges["charges"]) == claims
