"""Terms and notice: ends that follow one another, notice in time."""

from datetime import date, timedelta

import pytest
from billing.commitment import Commitment, Course
from billing_reference_days import moved
from billing_strategies import property_settings
from hypothesis import assume, given
from hypothesis import strategies as st

DAY = timedelta(days=1)

days = st.one_of(
    st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    st.sampled_from([date(2024, 1, 31), date(2024, 2, 29), date(2025, 3, 1)]),
)
months = st.sampled_from([1, 2, 3, 6, 7, 12, 24, 36, 60])
commitments = st.builds(
    Commitment,
    term_months=st.one_of(st.just(0), months),
    minimum_months=st.one_of(st.just(0), months),
    renewal=st.sampled_from(["extend", "open", "end"]),
    extension_months=st.one_of(st.just(0), months),
    notice_count=st.integers(0, 13),
    notice_unit=st.sampled_from(["day", "week", "month"]),
    notice_to=st.sampled_from(["term", "month", "any"]),
)


def on(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("count", "unit", "last_day", "expected"),
    [
        (3, "month", "2026-12-31", "2026-09-30"),
        (1, "month", "2026-12-31", "2026-11-30"),
        (1, "month", "2026-02-28", "2026-01-31"),
        # In February the 28th stands for 29 to 31, so notice of the 28th of
        # January and of the 31st end on the same day.
        (1, "month", "2026-03-30", "2026-02-28"),
        (3, "month", "2026-05-14", "2026-02-14"),
        (6, "month", "2024-08-29", "2024-02-29"),
        (12, "month", "2027-05-14", "2026-05-14"),
        (30, "day", "2026-12-31", "2026-12-01"),
        (4, "week", "2026-12-31", "2026-12-03"),
        (0, "month", "2026-12-31", "2026-12-31"),
        (0, "day", "2026-12-31", "2026-12-31"),
    ],
)
def test_last_day_of_notice(count, unit, last_day, expected):
    commitment = Commitment(notice_count=count, notice_unit=unit)
    found = commitment.last_notice_day(on(last_day) + DAY)
    assert found == on(expected)


ANNUAL = Commitment(term_months=12, notice_count=3)


@pytest.mark.parametrize(
    ("commitment", "start", "notice", "last_day"),
    [
        (ANNUAL, "2026-01-01", "2026-09-30", "2026-12-31"),
        (ANNUAL, "2026-01-01", "2026-10-01", "2027-12-31"),
        # Said before the first day, it ends the first term.
        (ANNUAL, "2026-01-01", "2025-12-01", "2026-12-31"),
        # 36 months, then by the year.
        (Commitment(36, 0, "extend", 12, 3), "2026-05-15", "2029-02-14", "2029-05-14"),
        (Commitment(36, 0, "extend", 12, 3), "2026-05-15", "2029-02-15", "2030-05-14"),
        # By the month, but a year at least.
        (Commitment(1, 12, "extend", 1), "2026-01-01", "2026-03-15", "2026-12-31"),
        (Commitment(1, 12, "extend", 1), "2026-01-01", "2027-03-15", "2027-03-31"),
        # A year, then open with a month to the end of a month.
        (
            Commitment(12, 0, "open", 0, 1, "month", "month"),
            "2026-05-15",
            "2027-04-14",
            "2027-05-14",
        ),
        (
            Commitment(12, 0, "open", 0, 1, "month", "month"),
            "2026-05-15",
            "2027-04-15",
            "2027-05-31",
        ),
        (
            Commitment(12, 0, "open", 0, 14, "day", "any"),
            "2026-05-15",
            "2027-06-10",
            "2027-06-24",
        ),
        # No term at all.
        (Commitment(notice_to="any"), "2026-01-01", "2026-03-10", "2026-03-10"),
        (Commitment(notice_to="month"), "2026-01-01", "2026-03-10", "2026-03-31"),
        (Commitment(0, 6, notice_to="any"), "2026-01-01", "2026-03-10", "2026-06-30"),
        # It ends with its term, whatever the day of the notice.
        (Commitment(12, 0, "end"), "2026-01-01", "2026-12-31", "2026-12-31"),
    ],
)
def test_earliest_end(commitment, start, notice, last_day):
    end = Course(commitment, on(start)).earliest_end(on(notice))
    assert end - DAY == on(last_day)


def test_terms_from_the_31st_come_back_to_the_31st():
    course = Course(Commitment(term_months=1), on("2026-01-31"))
    ends, day = [], course.origin
    for _number in range(4):
        day = course.term_on(day).end
        ends.append(str(day))
    assert ends == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]


def test_renewal_is_the_first_day_of_the_next_term():
    assert Course(ANNUAL, on("2026-01-01")).renewal_day(on("2026-12-31")) == on(
        "2027-01-01"
    )
    for renewal in ("open", "end"):
        course = Course(Commitment(12, renewal=renewal), on("2026-01-01"))
        assert course.renewal_day(on("2026-12-31")) is None
    assert Course(Commitment(), on("2026-01-01")).renewal_day(on("2026-12-31")) is None


def test_other_notice_leaves_the_running_term():
    course = Course(Commitment(12, extension_months=1), on("2026-01-31"))
    other = course.changed(Commitment(12, extension_months=6), on("2027-02-10"))
    # The month that runs ends on 27 February, then come half years.
    assert other.term_on(on("2027-02-10")) == (on("2027-01-31"), on("2027-02-28"))
    assert other.term_on(on("2027-02-28")) == (on("2027-02-28"), on("2027-08-31"))
    assert other.term_on(on("2027-08-31")).end == on("2028-02-29")


def test_term_of_another_length_begins_with_its_version():
    course = Course(ANNUAL, on("2026-01-01"))
    other = course.changed(Commitment(36), on("2026-06-01"))
    assert other.term_on(on("2026-06-01")) == (on("2026-06-01"), on("2029-06-01"))
    # Open since 1 January 2027: a term agreed in March begins in March.
    course = Course(Commitment(12, renewal="open"), on("2026-01-01"))
    other = course.changed(ANNUAL, on("2027-03-01"))
    assert other.term_on(on("2027-03-01")) == (on("2027-03-01"), on("2028-03-01"))


@given(commitments, days, st.integers(0, 40))
@property_settings(200)
def test_terms_tile_without_gap_or_drift(commitment, start, count):
    assume(commitment.term_months)
    course, day, length = Course(commitment, start), start, commitment.term_months
    total = 0
    for _number in range(count):
        term = course.term_on(day)
        total += length
        assert term == (day, moved(start, "month", total))
        assert course.term_on(term.end - DAY) == term
        day = term.end
        length = commitment.extension_months or commitment.term_months
        if commitment.renewal != "extend":
            following = course.term_on(day)
            is_open = commitment.renewal == "open"
            assert following == ((day, None) if is_open else None)
            break


@given(commitments, days)
@property_settings(200)
def test_last_day_of_notice_is_the_last(commitment, end):
    last = commitment.last_notice_day(end)
    assert commitment.notice_end(last) <= end
    assert commitment.notice_end(last + DAY) > end


@given(commitments, days, st.integers(-400, 4000))
@property_settings(200)
def test_earliest_end_is_regular_and_nothing_before_it_is(commitment, start, offset):
    notice = start + timedelta(days=offset)
    course = Course(commitment, start)
    end = course.earliest_end(notice)
    assert course.is_regular_end(end, notice)
    assert end > start
    first = max(start, notice) - DAY
    for number in range(min((end - first).days, 800)):
        assert not course.is_regular_end(end - (number + 1) * DAY, notice)


@given(commitments, days, st.integers(0, 4000))
@property_settings(200)
def test_notice_in_time_reaches_the_end_one_day_later_does_not(
    commitment, start, offset
):
    course = Course(commitment, start)
    end = course.earliest_end(start + timedelta(days=offset))
    assume(commitment.renewal != "end" or not commitment.term_months)
    last = commitment.last_notice_day(end)
    assert course.is_regular_end(end, last)
    assert not course.is_regular_end(end, last + DAY)
    assert course.earliest_end(last + DAY) > end


def test_a_term_that_ends_begins_anew_where_none_ran_any_more():
    rolling = Course(Commitment(term_months=3, renewal="open"), date(2024, 1, 31))
    ending = Commitment(term_months=3, renewal="end")
    term = rolling.changed(ending, date(2024, 4, 30)).term_on(date(2024, 4, 30))
    assert (term.start, term.end) == (date(2024, 4, 30), date(2024, 7, 30))


@given(commitments, commitments, days, st.integers(0, 3000))
@property_settings(200)
def test_a_change_leaves_no_day_without_its_term(first, second, start, offset):
    course, day = Course(first, start), start + timedelta(days=offset)
    running, other = course.term_on(day), course.changed(second, day)
    term = other.term_on(day)
    assert term.start <= day
    assert term.end is None or day < term.end
    if running and running.end and first.term_months == second.term_months:
        assert term == running


@given(commitments, days, st.integers(-400, 3000))
@property_settings(200)
def test_next_notice_is_that_of_the_end_it_reaches(commitment, start, offset):
    course, day = Course(commitment, start), start + timedelta(days=offset)
    last = course.next_notice_day(day)
    end = course.earliest_end(day)
    if last is None:
        is_fixed = commitment.term_months and commitment.renewal == "extend"
        assert not is_fixed
    else:
        assert last >= day
        assert course.is_regular_end(end, last)
        assert not course.is_regular_end(end, last + DAY)
