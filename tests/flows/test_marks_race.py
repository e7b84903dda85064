"""A mark "settled" and the deletion of an invoice at the same moment."""

import pytest
from real_database import Worker, cloned_database, run_steps

CONTRACT = ("make_contract", {})
DAY = "2026-01-01"
DELETE, SETTLE = {"deletes": True}, {"deletes": False}


@pytest.mark.parametrize("order", [(SETTLE, DELETE), (DELETE, SETTLE)])
def test_of_marking_and_deleting_the_later_one_fails(order):
    with cloned_database(CONTRACT) as database:
        # Marked already: the deletion writes the mark all the same.
        *_before, settled = run_steps(
            database,
            ("prepare_run", {"kind": "regular", "until": DAY}),
            ("create_drafts", {}),
            ("mark_to_settle", {}),
            ("mark", {}),
        )
        assert settled == [True, []]
        first, second = (
            Worker(database, ("race_for_mark", arguments)) for arguments in order
        )
        first.wait_ready()
        second.wait_ready()
        first.go_on()
        assert first.results() == ["committed"]
        second.go_on()
        assert second.results() == ["serialization failure"]
        again = Worker(database, ("race_for_mark", order[1]))
        again.wait_ready()
        again.go_on()
        assert again.results() == ["committed"]
        # Whatever came first, the deleted period is not forgotten.
        assert run_steps(database, ("mark", {})) == [[True, [100.0]]]
