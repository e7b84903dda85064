"""Decimal mark and order of day and month are decided once per file."""

from datetime import date
from decimal import Decimal

import formats
import pytest
from formats.date_style import DateStyle, DateSurvey
from formats.errors import BadCell
from formats.number_style import NumberStyle, NumberSurvey
from hypothesis import given, settings
from hypothesis import strategies as st
from nce_files import nce_file, seats

QUIET = settings(database=None, deadline=None)
# NUL stops a file as a whole
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def number_style(*cells, delimiter=","):
    survey = NumberSurvey()
    for row, cell in enumerate(cells, start=2):
        survey.look(row, cell)
    return survey.decide("f.csv", delimiter)[0]


def day_first(*cells, numbers_have_comma=False):
    survey = DateSurvey()
    for row, cell in enumerate(cells, start=2):
        survey.look(row, cell)
    return survey.decide("f.csv", numbers_have_comma)[0].day_first


@pytest.mark.parametrize(
    ("style", "cell", "value"),
    [
        (NumberStyle(), "120.125", "120.125"),
        (NumberStyle(), "1.234", "1.234"),
        (NumberStyle(), "-0.5", "-0.5"),
        (NumberStyle(), " +7 ", "7"),
        (NumberStyle(), ".5", "0.5"),
        (NumberStyle(), "'22.000000000000000000", "22"),
        (NumberStyle(), "'0E-20", "0"),
        (NumberStyle(), "1e-06", "0.000001"),
        (NumberStyle(), "", None),
        (NumberStyle(), "NULL", None),
        (NumberStyle(), "N/A", None),
        (NumberStyle(","), "120,5", "120.5"),
        (NumberStyle(","), "1.234,56", "1234.56"),
        (NumberStyle(","), "1.234.567", "1234567"),
        (NumberStyle(",", grouped=True), "1.234", "1234"),
    ],
)
def test_number(style, cell, value):
    assert style.parse(cell) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        (NumberStyle(), "1,234"),
        (NumberStyle(), "1,234.56"),
        (NumberStyle(), "1'234.56"),
        (NumberStyle(), "1 234.56"),
        (NumberStyle(), "NaN"),
        (NumberStyle(), "-Infinity"),
        (NumberStyle(), "1e999"),
        (NumberStyle(), "1_000"),
        (NumberStyle(), "١٢"),
        (NumberStyle(), "(5)"),
        (NumberStyle(), "5-"),
        (NumberStyle(), "5 EUR"),
        (NumberStyle(","), "12.5"),
        (NumberStyle(","), "1.234"),
        (NumberStyle(","), "1,234.56"),
    ],
)
def test_number_that_is_refused(style, cell):
    with pytest.raises(BadCell, match="expected a number such as"):
        style.parse(cell)


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        ((), NumberStyle(".")),
        (("1.234", "0.5"), NumberStyle(".")),
        (("1.234",), NumberStyle(".")),
        (("0,5", "1,234"), NumberStyle(",")),
        (("1.234,56",), NumberStyle(",", grouped=True)),
        (("1.234.567", "5,5"), NumberStyle(",", grouped=True)),
        (("1,234",), NumberStyle(".")),
        (("1.5",) * 9 + ("7,5",), NumberStyle(".")),
    ],
)
def test_decimal_mark_is_decided_from_all_rows(cells, style):
    assert number_style(*cells) == style


@pytest.mark.parametrize(
    ("cells", "delimiter", "words"),
    [
        (("1.5",) * 5 + ("1,5",) * 5, ",", "mixes decimal point (“1.5” in row 2)"),
        (("1.5", "1.234,56"), ",", "mixes decimal point"),
        (("1.234", "2.500"), ";", "leaves open whether the number “1.234” in row 2"),
    ],
)
def test_decimal_mark_that_stays_open_is_explained(cells, delimiter, words):
    with pytest.raises(formats.UnreadableFile) as caught:
        number_style(*cells, delimiter=delimiter)
    assert words in str(caught.value)


@QUIET
@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False),
    st.sampled_from([".", ","]),
)
def test_number_survives_either_decimal_mark(value, mark):
    assert NumberStyle(mark).parse(f"{value:f}".replace(".", mark)) == value


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("03/05/2026", date(2026, 3, 5)),
        ("3/5/2026", date(2026, 3, 5)),
        ("3/5/2026 0:00", date(2026, 3, 5)),
        ("3/5/2026 11:59:00 PM", date(2026, 3, 5)),
        ("2026-03-05", date(2026, 3, 5)),
        ("2026-03-05T00:00:00Z", date(2026, 3, 5)),
        ("2026-03-05T00:00:00.0000000+00:00", date(2026, 3, 5)),
        ("2026-03-05 10:11:12", date(2026, 3, 5)),
        ("05.03.2026", date(2026, 3, 5)),
        ("'03/05/2026", date(2026, 3, 5)),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
    ],
)
def test_date(cell, day):
    assert DateStyle().parse(cell) == day


def test_date_with_the_day_first():
    assert DateStyle(day_first=True).parse("03/04/2026") == date(2026, 4, 3)


@pytest.mark.parametrize(
    "cell", ["13/13/2026", "02/30/2026", "3/5/26", "46086", "March 5", "1/1/1800"]
)
def test_date_that_is_refused(cell):
    with pytest.raises(BadCell, match=r"such as 03/31/2026"):
        DateStyle().parse(cell)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((), False),
        (("03/04/2026",), False),
        (("03/04/2026", "03/31/2026"), False),
        (("03/04/2026", "31/03/2026"), True),
        (("2026-03-31", "03/04/2026"), False),
        (("31.03.2026",), True),
    ],
)
def test_order_of_day_and_month_is_decided_from_all_rows(cells, expected):
    assert day_first(*cells) is expected


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            ("03/31/2026", "31/03/2026"),
            "(“03/31/2026” in row 2, “31/03/2026” in row 3)",
        ),
        (("03/31/2026", "03.04.2026"), "writes dates in two ways"),
    ],
)
def test_dates_in_two_orders_are_explained(cells, words):
    with pytest.raises(formats.UnreadableFile) as caught:
        day_first(*cells)
    assert words in str(caught.value)


def test_open_dates_in_a_file_with_decimal_comma_are_explained():
    with pytest.raises(formats.UnreadableFile, match="starts with the day or"):
        day_first("03/04/2026", "05/04/2026", numbers_have_comma=True)


def test_pitfall_074_dates_half_changed_by_a_spreadsheet_stop_the_file():
    rows = [seats(), seats(ChargeStartDate="05.03.2026")]
    with pytest.raises(formats.UnreadableFile, match="writes dates in two ways"):
        formats.open_file(nce_file(rows), name="f.csv")


def test_british_file_is_read_with_a_warning():
    row = seats()
    for name in [name for name, cell in row.items() if cell.count("/") == 2]:
        if name != "TermAndBillingCycle":
            month, day, year = row[name].split("/")
            row[name] = f"{day}/{month}/{year}"
    row["SubscriptionEndDate"] = "31/03/2027"
    reading = formats.open_file(nce_file([row]))
    (charge,) = reading
    assert charge.charge_period_start == date(2026, 3, 5)
    assert [notice.code for notice in reading.warnings] == ["date_style"]


@settings(QUIET, max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_sentence_or_in_rows(data):
    for content in (data, nce_file([seats()]) + data, nce_file([seats()])[:900] + data):
        try:
            list(formats.open_file(content, name="f.csv"))
        except formats.UnreadableFile as error:
            assert str(error).endswith(".")


@QUIET
@given(st.lists(TEXT, min_size=1, max_size=60))
def test_any_cells_end_in_rows(cells):
    row = dict(zip(seats(), cells, strict=False))
    reading = formats.open_file(nce_file([seats(), seats() | row]), name="f.csv")
    assert len(list(reading)) == reading.rows
    assert reading.rows == reading.charge_count + reading.problem_count
