"""Whole columns and single rows say the same, wherever a large file is cut."""

import csv
import io
from decimal import Decimal
from functools import partial

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
DAILY = {
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


FOCUS_CELLS = {
    "BillingAccountId": ["b-1", "b-1", "", "Total", "NULL"],
    "SubAccountId": ["s-1", "'s-2", "", "NULL", "summe", "/subscriptions/4"],
    "SubAccountName": TEXTS,
    "ServiceName": ["Compute", "Compute", "", "Total"],
    "ChargeCategory": ["Usage", "usage", "Purchase", "Tax", "Credit", "gift", ""],
    "ChargeClass": ["", "Correction"],
    "ChargeFrequency": ["Usage-Based", "Recurring", "NULL"],
    "ChargePeriodStart": [
        *("2026-03-01T00:00:00Z", "2026-03-01 05:00:00", "2026-03-31"),
        *("2026-02-27T00:00:00Z", "NULL", "5/1/25", ""),
    ],
    "ChargePeriodEnd": [
        *("2026-04-01T00:00:00Z", "2026-04-02 00:00:00", "2026-03-01T06:00:00Z"),
        *("2026-02-28T00:00:00Z", "NULL", "soon", ""),
    ],
    "BillingPeriodStart": ["2026-03-01T00:00:00Z", "2026-04-01", ""],
    "BillingPeriodEnd": ["2026-04-01T00:00:00Z", "2026-03-31", "2026-05-01"],
    "BilledCost": [*NUMBERS, "NULL", "$10,000.00 ", "1.2E-7"],
    "BillingCurrency": ["EUR", "usd", "", "Euro"],
    "PricingQuantity": [*NUMBERS, "NULL"],
    "EffectiveCost": [*NUMBERS, "NULL"],
    "ContractedUnitPrice": NUMBERS,
    "ResourceId": [*TEXTS, "NULL"],
    "Tags": TEXTS,
    "x_CustomerId": ["", "", "c-1", "NULL"],
    "Id": [*TEXTS, "NULL"],
    "SkuId": ["sku", "sku", "NULL", ""],
}
AZURE_DAYS = ["03/01/2026", "03/31/2026", "02/01/2026", "", "2026-03-02"]
AZURE_CELLS = {
    "SubscriptionId": ["s-1", "'s-2", "", "Total"],
    "MeterName": TEXTS,
    "Date": AZURE_DAYS,
    "Quantity": NUMBERS,
    "CostInBillingCurrency": NUMBERS,
    "Cost": NUMBERS,
    "BillingCurrency": ["EUR", "EUR", "usd", "", "Euro"],
    "ChargeType": [
        *("Usage", "Usage", "Purchase", "Refund", "RoundingAdjustment", "x"),
        "UnusedReservation",
    ],
    "Frequency": ["UsageBased", "OneTime", "Recurring"],
    "PricingModel": ["OnDemand", "OnDemand", "OnDemand", "Reservation"],
    "BillingPeriodStartDate": AZURE_DAYS[::2],
    "BillingPeriodEndDate": AZURE_DAYS[1::2],
    "ServicePeriodStartDate": [*AZURE_DAYS, "x"],
    "ServicePeriodEndDate": [*AZURE_DAYS, "x"],
    "UnitPrice": NUMBERS,
    "ResourceId": TEXTS,
    "ResourceName": TEXTS,
    "Tags": ['"a": "b","c": "d"', "", *TEXTS],
    "InvoiceId": ["G1", ""],
    "CustomerTenantId": ["t-1", "", "1.23457E+15"],
}
KINDS = {"daily": DAILY, "focus": FOCUS_CELLS, "azure": AZURE_CELLS}
# With what no row has, the columns are recognised and some row is always whole.
WHOLE = {
    "daily": HOURS | {"PCToBCExchangeRate": "1"},
    "focus": {name: cells[0] for name, cells in FOCUS_CELLS.items()}
    | {"BilledCost": "1.5", "Provider Name": "x"},
    "azure": {name: cells[0] for name, cells in AZURE_CELLS.items()}
    | {"Cost": "1.5", "CostInBillingCurrency": "1.25", "More": "x"},
}


def columns_of(kind: str) -> list[str]:
    extra = {"daily": ["PCToBCExchangeRate", "InvoiceNumber"]}
    return [*KINDS[kind], *extra.get(kind, ["Provider Name", "More"])]


def rows_of(kind: str) -> st.SearchStrategy[dict[str, str]]:
    def nasty(cells: list[str]) -> st.SearchStrategy[str]:
        return st.sampled_from(cells[:2]) | st.sampled_from(cells)

    return st.fixed_dictionaries(
        {name: nasty(cells) for name, cells in KINDS[kind].items()}
    )


SETTINGS = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@st.composite
def files(draw) -> bytes:
    """A file as it is written, then damaged."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    columns, whole = columns_of(kind), WHOLE[kind]
    newline = draw(st.sampled_from(["\r\n", "\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    lines = []
    # so that rows without any id are found often
    nameless = draw(st.booleans())
    ids = ("CustomerId", "SubscriptionId", "EntitlementId", "BillingAccountId")
    ids += ("SubAccountId", "ServiceName", "SkuId")
    for row in [whole, *draw(st.lists(rows_of(kind), max_size=12))]:
        if lines and nameless:
            row = row | {name: row[name] and "Total" for name in ids if name in row}
        text = io.StringIO()
        writer = csv.writer(text, quoting=quoting, lineterminator=newline)
        writer.writerow([row.get(name, whole.get(name, "")) for name in columns])
        lines.append(text.getvalue())
    header = ",".join(columns)
    others = [",".join(reversed(columns)), ",".join([*columns, "Unit", "ServiceInfo1"])]
    damages = DAMAGES + [f"{line}\n" for line in (header, *others)]
    width = len(columns) - 1
    damages += [",".join(cells) + "\n" for cells in _wide(width)]
    for damage in draw(st.lists(st.sampled_from(damages), max_size=3)):
        at = draw(st.integers(1, len(lines)))
        lines[at:at] = [damage.replace("\n", newline)]
    text = newline.join([header, "".join(lines)])
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig"])))


def _wide(width: int) -> list[list[str]]:
    blank = [""] * width
    return [
        ["", *blank],
        ["", *blank, ""],
        ["", *blank, "x"],
        ["\ufeff", *blank],
        ["Total", *blank[:9], "12.5", *blank[10:]],
    ]


DAMAGES = [
    "\n",
    ",,,\n",
    "a,b\n",
    'a"b,"c"d,e\n',
    '"never closed,a\n',
    'x,"\n',
    "\r",
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
        reading.cut = partial(usage_blocks.blocks_of_rows, reading.table)
        return result(reading)


def by_columns(data: bytes, piece: int = 0) -> dict[str, object]:
    try:
        reading = open_file(data, name="usage.csv")
    except UnreadableFile as error:
        return {"error": str(error)}
    if piece:
        reading.cut = CsvBlocks(reading.table, reading.headers, piece).blocks
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
    assert all(piece.is_plain for piece in reading.cut.__self__._plan)
    assert isinstance(Usual, type) and len(COLUMNS) == 55
