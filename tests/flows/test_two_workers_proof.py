"""Two who prove or book the same month at the same moment, and one who is killed."""

import pytest
from real_database import (
    Worker,
    all_ready,
    cloned_database,
    go_one_by_one,
    go_together,
    run_steps,
)

BEFORE = ("make_contract", {}), ("import_file", {})
READY = *BEFORE, ("prepare_proof", {})
DUE = *BEFORE, ("prepare_proof", {"is_due": True})
COMPARE, DRAW = ("do", {"what": "compare"}), ("do", {"what": "draw"})
PROOF = ("proof", {})
SIGNED = "was signed off by"


def _race(database, *whats):
    """Let some do something from snapshots before the first commit, one by one."""
    workers = [Worker(database, ("race_to", {"what": what})) for what in whats]
    return go_one_by_one(all_ready(workers))


def _kill_in(database, what):
    worker = Worker(database, ("stop_in", {"what": what}))
    worker.wait_ready()
    worker.kill()


def test_two_who_book_one_file_make_one_bill():
    with cloned_database(*READY) as database:
        assert _race(database, "bill", "bill") == [
            "committed",
            "serialization failure",
        ]
        # Odoo repeats the request of whoever failed.
        again, outcome = run_steps(database, ("do", {"what": "bill"}), PROOF)
        assert "are on vendor bills already" in again
        assert (outcome["bills"], outcome["booked"]) == ([60.0], 1)


def test_two_who_book_at_the_same_time_make_one_bill():
    with cloned_database(*READY) as database:
        workers = [Worker(database, ("race_to", {"what": "bill"})) for _ in range(2)]
        results = go_together(all_ready(workers))
        assert results == ["committed", "serialization failure"]
        assert run_steps(database, PROOF)[0]["bills"] == [60.0]


def test_scheduler_beside_a_user_makes_no_second_bill():
    with cloned_database(*DUE) as database:
        user = Worker(database, ("race_to", {"what": "bill"}))
        scheduler = Worker(database, ("race_as_bill_scheduler", {}))
        user.wait_ready()
        scheduler.wait_ready()
        user.go_on()
        assert user.results() == ["committed"]
        scheduler.go_on()
        assert scheduler.results() == [2]
        (outcome,) = run_steps(database, PROOF)
        assert (outcome["bills"], outcome["is_due"]) == ([60.0], False)


@pytest.mark.parametrize(
    ("first", "second"), [("bill", "withdraw"), ("withdraw", "bill")]
)
def test_file_that_is_withdrawn_meanwhile_is_not_booked(first, second):
    with cloned_database(*READY) as database:
        assert _race(database, first, second) == ["committed", "serialization failure"]
        run_steps(database, ("do", {"what": second}))
        (outcome,) = run_steps(database, PROOF)
        assert outcome["bills"] == []


def test_two_comparisons_at_once_find_everything_once():
    with cloned_database(*READY) as database:
        assert _race(database, "compare", "compare") == [
            "committed",
            "serialization failure",
        ]
        once, _again, twice = run_steps(database, PROOF, COMPARE, PROOF)
        assert once == twice
        assert (once["lines"], once["findings"]) == (1, ["open"])


def test_nothing_of_a_month_changes_while_it_is_signed():
    others = ["compare", "close", "judge"]
    with cloned_database(*READY, COMPARE, DRAW) as database:
        assert _race(database, "sign", *others) == [
            "committed",
            *["serialization failure"] * 3,
        ]
        *refused, outcome = run_steps(
            database, *(("do", {"what": what}) for what in others), PROOF
        )
        assert all(SIGNED in sentence for sentence in refused)
        assert outcome["state"] == "signed"
        assert outcome["findings"] == ["open"]
        assert outcome["samples"] == ["todo"]


def test_month_is_not_signed_without_what_changed_just_before():
    with cloned_database(*READY, COMPARE, DRAW) as database:
        for what in ("compare", "close", "judge"):
            assert _race(database, what, "sign") == [
                "committed",
                "serialization failure",
            ]
        (outcome,) = run_steps(database, PROOF)
        assert outcome["state"] == "open"


def test_nothing_is_half_done_after_a_kill():
    with cloned_database(*DUE) as database:
        (before,) = run_steps(database, PROOF)
        for what in ("compare", "bill", "bill_by_scheduler"):
            _kill_in(database, what)
            assert run_steps(database, PROOF) == [before]
        *_done, compared = run_steps(database, COMPARE, DRAW, PROOF)
        _kill_in(database, "sign")
        assert run_steps(database, PROOF) == [compared]
        *_done, end = run_steps(
            database,
            ("do", {"what": "bill_by_scheduler"}),
            ("do", {"what": "sign"}),
            PROOF,
        )
        assert (end["bills"], end["is_due"]) == ([60.0], False)
        assert end["state"] == "signed"
