"""Totals of invoices against files, numbers and dates as files spell them."""

from datetime import date
from decimal import Decimal

import pytest
from matching.bill_document import Document, Listed, best, evidence, points
from matching.bill_total import Stated, differences, normal_number
from matching.invoice_date import invoice_date, is_day_first

NO = Decimal(0)


def stated(typed, read):
    return Stated(None if typed is None else Decimal(typed), Decimal(read))


def found(files, together, tolerance="0"):
    return [
        one.amount for one in differences(files, Decimal(together), Decimal(tolerance))
    ]


def test_pitfall_076_the_rest_is_a_named_difference():
    assert found([stated("150.03", "150")], "150") == [Decimal("0.03")]


@pytest.mark.parametrize(
    ("files", "together", "expected"),
    [
        ([stated(None, "150"), stated(None, "30")], "180", []),
        # of the whole invoice, typed in once or twice
        ([stated("180", "150"), stated(None, "30")], "180", [NO]),
        ([stated("180", "150"), stated("180", "30")], "180", [NO]),
        # each of its own file
        ([stated("150", "150"), stated("31", "30")], "180", [NO, Decimal(1)]),
        # of no file and not of all: the smaller difference is named
        ([stated("190", "150"), stated(None, "30")], "180", [Decimal(10)]),
    ],
)
def test_a_total_is_of_its_file_or_of_all(files, together, expected):
    assert found(files, together) == expected


@pytest.mark.parametrize(
    "number", ["G012345", "g012345", " G 012-345 ", "G/012.345", "G012\u00a0345"]
)
def test_spellings_of_one_number(number):
    assert normal_number(number) == "G012345"


def test_a_number_of_signs_only_is_none():
    assert normal_number("--") == normal_number(None) == ""


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([{"Invoice Date": "2026-02-03"}], date(2026, 2, 3)),
        ([{"Rechnungsdatum": "3.2.2026"}, {"Rechnungsdatum": ""}], date(2026, 2, 3)),
        ([{"InvoiceDate": "2026-02-03T00:00:00Z"}], date(2026, 2, 3)),
        # 3 February or 2 March
        ([{"InvoiceDate": "3/2/2026"}], None),
        ([{"InvoiceDate": "2026-02-03"}, {"InvoiceDate": "2026-02-04"}], None),
        ([{"InvoiceDate": "2026-02-30"}], None),
        ([{"UsageDate": "2026-02-03"}], None),
        ([], None),
    ],
)
def test_dates_that_mean_one_day(cells, expected):
    assert invoice_date(cells) == expected


@pytest.mark.parametrize(
    ("day_first", "expected"), [(True, date(2026, 2, 3)), (False, date(2026, 3, 2))]
)
def test_slashes_mean_what_the_rest_of_the_file_says(day_first, expected):
    assert invoice_date([{"InvoiceDate": "3/2/2026"}], day_first) == expected


def test_slashes_that_mean_one_day_either_way():
    assert invoice_date([{"InvoiceDate": "2/2/2026"}]) == date(2026, 2, 2)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([({"From": "1/31/2026"}, [date(2026, 1, 31)])], False),
        ([({"From": "31/01/2026", "Qty": "3"}, [date(2026, 1, 31)])], True),
        ([({"From": "1/2/2026 0:00"}, [date(2026, 1, 2), None])], False),
        # the same either way, another day, no slashes, two ways
        ([({"From": "2/2/2026"}, [date(2026, 2, 2)])], None),
        ([({"From": "1/31/2026"}, [date(2026, 2, 1)])], None),
        ([({"From": "2026-01-31", "Qty": 3}, [date(2026, 1, 31)])], None),
        (
            [
                ({"From": "1/2/2026"}, [date(2026, 1, 2)]),
                ({"From": "1/2/2026"}, [date(2026, 2, 1)]),
            ],
            None,
        ),
        ([], None),
    ],
)
def test_what_says_whether_the_day_comes_first(rows, expected):
    assert is_day_first(rows) is expected


LISTED = Listed("G012345", (Decimal(150), Decimal("178.50")), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (Document("g 012345"), ["number"]),
        (Document("", ("Rechnung_G012345.pdf",)), ["name"]),
        (Document("X", (), (Decimal(150), Decimal(160))), ["total"]),
        (Document("X", (), (Decimal(140), Decimal("178.50"))), ["total"]),
        (Document("X", (), (NO, NO), date(2026, 2, 10)), ["month"]),
        (Document("X", (), (), date(2026, 6, 1)), []),
        (Document("X", (), (), date(2025, 12, 31)), []),
    ],
)
def test_what_speaks_for_a_document(document, expected):
    assert evidence(document, LISTED, NO) == expected


def test_a_short_number_stands_in_any_name():
    assert evidence(Document("", ("scan_17.pdf",)), Listed("17"), NO) == []


def test_only_a_clear_lead_is_a_proposal():
    assert best([]) is None
    assert best([points(["month"])]) is None
    assert best([points(["total"])]) == 0
    assert best([points(["total", "month"]), points(["total"])]) is None
    assert best([points(["total"]), points(["number", "total"])]) == 1
