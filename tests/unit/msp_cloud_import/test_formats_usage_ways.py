"""Whole columns and single rows say the same, wherever a large file is cut."""

import csv
import io
from decimal import Decimal

import polars as pl
import pytest
from formats import (
    Problem,
    ProviderCharge,
    UnreadableFile,
    UsageReading,
    open_file,
    usage_blocks,
)
from formats.survey import Survey
from formats.usage_csv import CsvBlocks
from formats.usage_engine import DETAIL_SCHEMA, Engine, Usual
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from usage_files import (
    COLUMNS,
    COLUMNS_2021,
    HOURS,
    hours,
    usage_file,
    usage_text,
)

# Columns in which something happens; the others are as in HOURS.
USED = (
    "CustomerId",
    "CustomerName",
    "SubscriptionId",
    "SkuId",
    "UsageDate",
    "ChargeStartDate",
    "MeterName",
    "UnitPrice",
    "Quantity",
    "BillingPreTaxTotal",
    "BillingCurrency",
    "ResourceURI",
    "Tags",
    "AdditionalInfo",
    "EffectiveUnitPrice",
    "ChargeEndDate",
    "EntitlementId",
)
NUMBERS = [
    *(
        "0",
        "1",
        "24",
        "0.5",
        "-0.5",
        "0.0425312",
        "12.345",
        "1e-06",
        "1E+3",
        "007",
        "-0",
    ),
    *("", "-", "n/a", " 1.5 ", "'2.5", ".5", "5.", "+3", "0.00", "abc", "1,5", "1.2.3"),
    *("0.1234567890123456789", "0.1234567890123456789012", "123456789012", "9" * 19),
    *("1234567890123.5", "٣"),
]
TEXTS = [
    *(
        "",
        " ",
        "a",
        "Muster Bau",
        "Müller & Söhne",
        "a,b",
        'say "hi"',
        '"',
        '""',
        "x\x1fy",
    ),
    *(
        "a\nb",
        "a\r\nb",
        "\r",
        "line\n",
        "\u00a0",
        "\u2028",
        "\x1c",
        "'x",
        "Total",
        "Summe",
    ),
    *(
        '{"a": "b"}',
        '{"a": 1.0, "b": {"c": [null]}}',
        "{}",
        "x" * 300,
        "\ufeff",
        "=1+1",
    ),
    *(
        "/subscriptions/1/x",
        "/",
        "back\\slash",
        '\\"',
        "\x01",
        "\x7f",
        "\x02",
        "ß",
        "K",
    ),
]
DAYS = [
    "03/01/2026",
    "03/31/2026",
    "02/28/2026",
    "2026-03-05T10:00:00Z",
    "",
    "02/30/2026",
]
CELLS = {
    "CustomerId": [
        HOURS["CustomerId"],
        "c-2",
        "",
        "Total",
        "Summe:",
        "1.23457E+15",
        " c-2 ",
        "C-2",
    ],
    "CustomerName": TEXTS,
    "SubscriptionId": [HOURS["SubscriptionId"], "'s-2", "", "", " "],
    "SkuId": ["0001", "1", "", "000G"],
    "UsageDate": DAYS,
    "ChargeStartDate": ["03/01/2026", "04/01/2026", ""],
    "ChargeEndDate": ["04/01/2026", "03/31/2026", "", "05/01/2026"],
    "MeterName": TEXTS,
    "UnitPrice": NUMBERS,
    "Quantity": NUMBERS,
    "BillingPreTaxTotal": NUMBERS,
    "BillingCurrency": ["EUR", "usd", "", "Euro"],
    "ResourceURI": TEXTS,
    "Tags": TEXTS,
    "AdditionalInfo": TEXTS,
    "EffectiveUnitPrice": NUMBERS,
    "EntitlementId": ["e-1", "", ""],
}


def nasty(name: str) -> st.SearchStrategy[str]:
    usual = st.sampled_from(CELLS[name][:2])
    return usual | st.sampled_from(CELLS[name])


ROWS = st.fixed_dictionaries({name: nasty(name) for name in USED})
SOME = st.lists(ROWS, max_size=12)
SETTINGS = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@st.composite
def files(draw) -> bytes:
    """A file as Microsoft writes it, then damaged."""
    columns = [*USED, "PCToBCExchangeRate", "InvoiceNumber"]
    newline = draw(st.sampled_from(["\r\n", "\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    lines = []
    # so that rows without any id are found often
    nameless = draw(st.booleans())
    ids = ("CustomerId", "SubscriptionId", "EntitlementId") if nameless else ()
    for row in [hours(), *draw(SOME)]:
        text = io.StringIO()
        writer = csv.writer(text, quoting=quoting, lineterminator=newline)
        if lines and ids:
            row = row | {name: row[name] and "Total" for name in ids}
        writer.writerow([row.get(name, HOURS[name]) for name in columns])
        lines.append(text.getvalue())
    for damage in draw(st.lists(st.sampled_from(DAMAGES), max_size=3)):
        at = draw(st.integers(1, len(lines)))
        lines[at:at] = [damage.replace("\n", newline)]
    text = newline.join([",".join(columns), "".join(lines)])
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig"])))


DAMAGES = [
    "\n",
    ",,,\n",
    "," * 18 + "\n",
    "," * 19 + "\n",
    "," * 19 + "x\n",
    "a,b\n",
    'a"b,"c"d,e\n',
    '"never closed,a\n',
    'x,"\n',
    "\r",
    ",".join([*USED, "PCToBCExchangeRate", "InvoiceNumber"]) + "\n",
    # parts with other columns
    ",".join(["InvoiceNumber", "PCToBCExchangeRate", *reversed(USED)]) + "\n",
    ",".join([*USED, "InvoiceNumber", "Unit", "ServiceInfo1"]) + "\n",
    "Total" + "," * 9 + "12.5" + "," * 9 + "\n",
    "\ufeff" + "," * 18 + "\n",
    " \n",
]


def rows_alone(engine: Engine, block):
    """Leave all rows of a block to be read one by one."""
    rows = [
        *block.odd,
        *(type(ROW)(number, list(cells)) for number, *cells in block.frame.iter_rows()),
    ]
    rows.sort(key=lambda row: row.number)
    empty, rest = USUAL(engine, type(block)(block.frame.clear(), []))
    assert rest == []
    return empty, rows


USUAL = Engine.usual
ROW = open_file(usage_file([hours()])).table.row(1, "")


def result(reading: UsageReading) -> dict[str, object]:
    frames, problems = [pl.DataFrame(schema=DETAIL_SCHEMA)], []
    for batch in reading.batches():
        frames.append(batch.frame)
        problems += batch.problems
        assert batch.frame["row"].is_sorted()
    return {
        "details": pl.concat(frames).rows(),
        "problems": problems,
        "charges": [charge.to_dict() for charge in reading.charges()],
        "summary": reading.summary(),
        "warnings": reading.warnings,
        "bad": reading.problem_amounts,
        "rows": reading.rows,
    }


def slowly(data: bytes) -> dict[str, object]:
    """Read by the ways of all other formats: csv module, then row by row."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Survey,
            "look_at_blocks",
            lambda self, blocks: self.look_at_rows(self.table.rows()),
        )
        patch.setattr(Engine, "usual", rows_alone)
        patch.setattr(usage_blocks, "BLOCK_ROWS", 1)
        try:
            reading = open_file(data, name="usage.csv")
        except UnreadableFile as error:
            return {"error": str(error)}
        reading.csv = None
        return result(reading)


def by_columns(data: bytes, piece: int = 0) -> dict[str, object]:
    try:
        reading = open_file(data, name="usage.csv")
    except UnreadableFile as error:
        return {"error": str(error)}
    if piece:
        reading.csv = CsvBlocks(reading.table, reading.headers, piece)
    return result(reading)


@SETTINGS
@given(files())
def test_columns_and_rows_say_the_same(data):
    assert by_columns(data) == slowly(data)


@SETTINGS
@given(files(), st.integers(200, 3000))
def test_it_does_not_matter_where_a_file_is_cut(data, piece):
    assert by_columns(data, piece) == by_columns(data)


@SETTINGS
@given(files())
def test_details_add_up_to_their_charges_and_every_row_is_somewhere(data):
    found = by_columns(data)
    assume("error" not in found)
    sums, quantities, counts = {}, {}, {}
    for detail in found["details"]:
        row = dict(zip(DETAIL_SCHEMA, detail, strict=True))
        key = row["charge_key"]
        sums[key] = sums.get(key, Decimal(0)) + Decimal(row["billed_cost"])
        quantity = Decimal(row["quantity"] or 0)
        quantities[key] = quantities.get(key, Decimal(0)) + quantity
        counts[key] = counts.get(key, 0) + 1
    charges = {charge["row_key"]: charge for charge in found["charges"]}
    assert len(charges) == len(found["charges"])
    assert {key: Decimal(one["billed_cost"]) for key, one in charges.items()} == sums
    assert {
        key: Decimal(one["quantity"] or 0) for key, one in charges.items()
    } == quantities
    assert {key: one["row_count"] for key, one in charges.items()} == counts
    numbers = [detail[0] for detail in found["details"]]
    numbers += [problem.row for problem in found["problems"]]
    assert len(numbers) == len(set(numbers)) == found["rows"]


def test_parts_with_other_columns_may_be_glued_together():
    parts = [
        usage_text([hours()], columns=COLUMNS_2021),
        usage_text([hours(UsageDate="03/02/2026")]),
        usage_text([hours(UsageDate="03/03/2026")], columns=COLUMNS[::-1]),
        usage_text([hours(UsageDate="03/04/2026")], columns=COLUMNS_2021),
    ]
    data = "".join(parts).encode()
    found = by_columns(data)
    assert found == slowly(data)
    (charge,) = found["charges"]
    assert (charge["row"], charge["row_count"], charge["quantity"]) == (2, 4, "96")
    assert [detail[0] for detail in found["details"]] == [2, 4, 6, 8]


def test_iterating_is_problems_then_charges():
    data = usage_file([hours(), hours(Quantity="x"), hours(UsageDate="03/02/2026")])
    items = list(open_file(data))
    assert [type(item) for item in items] == [Problem, ProviderCharge]
    assert items[1].row_count == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_breaks_in_cells_and_one_broken_quote(newline):
    lines = [
        "CustomerId,SubscriptionId,EntitlementId,UsageDate,Quantity,"
        + "BillingPreTaxTotal,BillingCurrency,EffectiveUnitPrice,AdditionalInfo",
        f'c,s,e,03/01/2026,1,1,EUR,1,"two{newline}lines, ""quoted"""',
        'c,s,e,03/02/2026,1,1,EUR,1,"never closed',
        "c,s,e,03/03/2026,1,1,EUR,1,plain",
    ]
    data = newline.join(lines).encode()
    found = by_columns(data)
    assert found == slowly(data)
    assert [detail[0] for detail in found["details"]] == [2, 4]
    assert [problem.row for problem in found["problems"]] == [3]
    assert (
        f'two{newline}lines, "quoted"'.replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace('"', '\\"')
        in found["details"][0][-1]
    )


def test_most_rows_take_the_short_way():
    """Whoever breaks it notices the time only."""
    data = usage_file(hours(ResourceURI=f"/vm{number}") for number in range(500))
    reading = open_file(data)
    seen = []
    usual = Engine.usual

    def counted(engine, block):
        found, others = usual(engine, block)
        seen.append((found.cells.height, len(others)))
        return found, others

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "usual", counted)
        list(reading)
    assert seen == [(500, 0)]
    assert all(piece.is_plain for piece in reading.csv._plan)
    assert isinstance(Usual, type) and len(COLUMNS) == 55
