"""JSON lines and pages of interfaces: the same rows as in the CSV of the portal."""

import gzip
import io
import json
import tracemalloc
from datetime import date
from decimal import Decimal

import formats
import pytest
from nce_files import nce_file, seats, usage
from profile_files import profile

NUMBERS = ("UnitPrice", "Quantity", "Subtotal", "TaxTotal", "Total")
NUMBERS += ("EffectiveUnitPrice", "BillableQuantity", "PCToBCExchangeRate")


def row(cells: dict[str, str]) -> str:
    """Return a row as the interface sends it: numbers bare, days with a time."""
    parts = []
    for name, cell in cells.items():
        if name in NUMBERS:
            text = cell
        elif name.endswith("Date") and cell:
            month, day, year = cell.split("/")
            text = f'"{year}-{month}-{day}T00:00:00Z"'
        else:
            text = json.dumps(cell) if cell else "null"
        parts.append(f"{json.dumps(name)}:{text}")
    return "{" + ",".join(parts) + "}"


SEATS, USAGE = row(seats()), row(usage())
LINES = f"{SEATS}\n{USAGE}\n"


def opened(text: str | bytes, **options):
    data = text.encode() if isinstance(text, str) else text
    return formats.open_file(data, name="part.json", **options)


def sentence(text: str | bytes, **options) -> str:
    """Return the sentence with which a file is refused."""
    with pytest.raises(formats.UnreadableFile) as caught:
        list(opened(text, **options))
    words = str(caught.value)
    assert words.startswith("“part.json” ")
    assert words.endswith(".") and "\n" not in words
    return words


def charges(data) -> list[dict]:
    """Return the charges without what tells one file from another."""
    found = []
    for charge in opened(data):
        assert isinstance(charge, formats.ProviderCharge), charge
        values = charge.to_dict()
        for name in ("row", "raw"):
            values.pop(name)
        found.append(values)
    return found


@pytest.mark.parametrize(
    "data",
    [
        LINES,
        LINES.replace("\n", "\r\n"),
        f"\ufeff{LINES}",
        f"\n\n{SEATS}\n\n \n{USAGE}",
        f"{SEATS}\n\ufeff{USAGE}\n",
        gzip.compress(LINES.encode()),
        gzip.compress(f"{SEATS}\n".encode()) + gzip.compress(USAGE.encode()),
        f'{{"totalCount":2,"items":[{SEATS},{USAGE}],"attributes":{{}}}}',
        f'{{"items":[{SEATS}],"links":{{"next":{{"uri":"x"}}}}}}\n{{"items":[{USAGE}]}}',
        f'{{\n  "value": [\n    {SEATS},\n    {USAGE}\n  ]\n}}\n',
        f"[{SEATS},{USAGE}]",
        f"\ufeff \n[\n{SEATS},\n{USAGE}\n]\n",
        json.dumps(json.loads(SEATS, parse_float=str), indent=2)
        + json.dumps(json.loads(USAGE, parse_float=str), indent=2),
    ],
    ids=[
        *("lines", "crlf", "bom", "blank lines", "bom inside", "gzip"),
        *("gzip of two members", "page", "two pages", "indented page", "list"),
        *("indented list", "objects over many lines"),
    ],
)
def test_json_is_read_as_the_portal_file_is(data):
    found, expected = charges(data), charges(nce_file([seats(), usage()]))
    assert found == expected
    assert sum(Decimal(one["billed_cost"]) for one in found) == Decimal("133.26")


def test_rows_are_numbered_by_line_and_by_item():
    assert [one.row for one in opened(f"{SEATS}\n\n{USAGE}")] == [1, 3]
    pages = f'{{"items":[{SEATS},{SEATS}]}}{{"items":[{USAGE}]}}'
    assert [one.row for one in opened(pages)] == [1, 2, 3]


@pytest.mark.parametrize(
    "number",
    [
        "0.1",
        "120.000000000000000000",
        "0.30000000000000004",
        "123456789012345.123456789",
        "1E-7",
        "-0",
    ],
)
def test_numbers_keep_every_digit(number):
    text = SEATS.replace('"UnitPrice":10', f'"UnitPrice":{number}')
    (charge,) = opened(text)
    assert charge.raw["UnitPrice"] == number
    assert charge.list_unit_price == Decimal(number)
    assert str(charge.list_unit_price) == str(Decimal(number))


def test_numbers_may_be_texts_and_ids_numbers():
    text = SEATS.replace('"Subtotal":120', '"Subtotal":"120.00"')
    text = text.replace('"MpnId": "1234567"', '"MpnId":12345678901234567891')
    text = text.replace('"MpnId":"1234567"', '"MpnId":12345678901234567891')
    (charge,) = opened(text)
    assert charge.billed_cost == 120
    assert charge.raw["MpnId"] == "12345678901234567891"


def test_names_in_any_case_and_of_the_interface():
    small = SEATS.replace('"Subtotal"', '"subTotal"')
    small = small.replace('"Total"', '"totalForCustomer"')
    small = small.replace('"CustomerId"', '"customerId"')
    (charge,) = opened(small)
    assert (charge.billed_cost, charge.total) == (120, Decimal("142.8"))
    first, second = opened(f"{SEATS}\n{small}")
    assert first.billed_cost == second.billed_cost
    assert first.sub_account_id == second.sub_account_id


def test_keys_may_come_late_or_be_missing():
    short = SEATS.replace('"PublisherName":"Microsoft Corporation",', "")
    assert short != SEATS
    late = SEATS.replace("{", '{"NewColumn":"x",', 1)
    first, second = opened(f"{short}\n{late}")
    assert first.publisher_name is None
    assert (first.raw["NewColumn"], second.raw["NewColumn"]) == ("", "x")


def test_nested_values_stay_json():
    inner = '{"osId":"a","id":1.50,"v":[true,null,"ä"]}'
    text = SEATS.replace("{", f'{{"Attributes":{inner},', 1)
    (charge,) = opened(text)
    assert charge.raw["Attributes"] == '{"osId":"a","id":1.50,"v":[true,null,"ä"]}'
    flag = SEATS.replace("{", '{"IsTrial":false,"Nothing":null,', 1)
    (charge,) = opened(flag)
    assert (charge.raw["IsTrial"], charge.raw["Nothing"]) == ("false", "")


@pytest.mark.parametrize(
    ("spoiled", "words"),
    [
        (SEATS[:200], "no complete JSON object"),
        ("garbage", "no complete JSON object"),
        ("[1, 2]", "no complete JSON object"),
        ("NaN", "no complete JSON object"),
        (SEATS.replace('"Total":142.8', '"Total":NaN'), "no complete JSON object"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "no complete JSON object"),
        (SEATS + SEATS, "no complete JSON object"),
        (SEATS[:-1] + ',"Subtotal":1}', "names “Subtotal” twice"),
        (SEATS[:-1] + ',"SUBTOTAL":1}', "names “Subtotal” twice"),
    ],
)
def test_broken_line_spoils_only_itself(spoiled, words):
    orders = [(SEATS, spoiled, USAGE)]
    if spoiled.startswith("{") and spoiled != SEATS + SEATS:
        orders.append((spoiled, SEATS, USAGE))
    for lines in orders:
        reading = opened("\r\n".join(lines))
        items = list(reading)
        at = lines.index(spoiled)
        assert [item.row for item in items] == [1, 2, 3]
        assert isinstance(items[at], formats.Problem)
        assert words in items[at].reason
        assert reading.summary()["charges"] == 2
        texts = list(reading.table.records())
        assert texts[at] == spoiled


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"error":{"code":"Unauthorized","message":"Token\\nexpired"}}',
            "error the provider answered with (Unauthorized: Token expired)",
        ),
        ('{\n "error": {\n "code": 401}\n}', "answered with (401)"),
        ('{"error":"invalid_grant","error_description":"x"}', "(invalid_grant: x)"),
        ('{"statusCode":429,"message":"Rate limit"}', "(429: Rate limit)"),
        ('{"code":400,"description":"Bad"}', "(400: Bad)"),
        ('{"status":"failed","error":{"code":"5000"}}', "answered with (5000)"),
        (
            '{"@odata.type":"#microsoft.graph.partners.billing.runningOperation"}',
            "still prepares the export",
        ),
        ('{"id":"1","blobs":[{"name":"a"}]}', "only lists the parts"),
        ("[]", "holds no rows"),
        ("{}", "holds no rows"),
        ('{"items":[]}', "holds no rows"),
        ("[1, 2]", "cannot be read"),
        ('{"items":[{"a":1},{"a":', "damaged or was cut off after row 1"),
        ('[{"a":1} {"a":2}]', "damaged or was cut off after row 1"),
        ('[{"a":1,"a":2}]', "damaged or was cut off from its beginning"),
        ("[" * 100_000, "damaged or was cut off"),
        ("{nonsense", "damaged or was cut off from its beginning"),
        ('{"a":1}\n{"b":2}', "has no known header"),
        (LINES.encode("utf-16"), "UTF-16"),
        (gzip.compress(LINES.encode())[:-30], "cut off while downloading"),
    ],
)
def test_what_is_no_bill_is_refused_with_a_sentence(text, words):
    assert words in sentence(text)


def test_pitfall_089_a_page_that_names_a_further_one_is_told():
    for links in (
        '"links":{"next":{"uri":"/x"}}',
        '"@odata.nextLink":"https://x"',
        '"page":{"number":0,"totalPages":3}',
    ):
        reading = opened(f'{{"items":[{SEATS}],{links}}}')
        assert len(list(reading)) == 1
        assert [notice.code for notice in reading.warnings] == ["more_pages"]
    last = f'{{"items":[{SEATS}],"page":{{"number":2,"totalPages":3}}}}'
    reading = opened(last)
    assert len(list(reading)) == 1
    assert not reading.warnings


def test_too_many_names_and_too_long_values_are_refused():
    many = "\n".join(f'{{"c{number}":1}}' for number in range(2000))
    assert "1,001 columns" in sentence(many)
    wide = "{" + ",".join(f'"c{number}":1' for number in range(10_000)) + "}"
    assert "10,000 columns" in sentence(f"{wide}\n")
    assert "1,001 columns" in sentence(wide.replace(",", ",\n"))
    value = SEATS.replace("Muster", "x" * 200_000)
    assert "cell in row 2, column 3, that is far too long" in sentence(
        f"{SEATS}\n{value}\n"
    )
    line = SEATS.replace("Muster", "x" * (1 << 20))
    assert "more than 1,048,576 characters (line 2)" in sentence(f"{SEATS}\n{line}\n")
    assert "damaged or was cut off after row 1" in sentence(
        f"[{SEATS},{line.replace('x', 'xxx')}]"
    )


def test_profiles_read_json():
    form = formats.profile_format(profile("skykick"))
    cells = {
        "Invoice Number": "SK-1",
        "Customer": "Muster Bau GmbH",
        "Domain": "muster-bau.example",
        "Product": "Cloud Backup",
        "Seats": 25,
        "Unit Price": 2.5,
        "Amount": 62.5,
        "Currency": "USD",
        "Period Start": "2026-03-01",
        "Period End": "2026-03-31",
    }
    (charge,) = opened(json.dumps({"content": [cells]}), formats=[form])
    assert charge.billed_cost == Decimal("62.5")
    assert charge.charge_period_end == date(2026, 4, 1)


def test_typed_numbers_beside_texts_with_a_decimal_comma():
    form = formats.profile_format(profile("skykick"))
    start = '{"Customer":"A","Product":"B","Currency":"EUR","Period Start":"2026-03-01"'
    one = f'{start},"Seats":2,"Unit Price":2.5,"Amount":5.0}}'
    two = f'{start},"Seats":"1","Amount":"2,50"}}'
    first, second = opened(f"{one}\n{two}", formats=[form])
    assert (first.billed_cost, second.billed_cost) == (5, Decimal("2.50"))


def test_unknown_rows_ask_for_a_profile():
    with pytest.raises(formats.UnknownHeader) as caught:
        opened('{"Artikel":"A","Menge":2}\n{"Preis":1.5}', formats=[])
    assert caught.value.header == ("Artikel", "Menge", "Preis")
    assert caught.value.samples == (("A", "2", ""), ("", "", "1.5"))
    assert caught.value.header_row == 0


def test_memory_stays_constant_for_lines_and_for_one_large_page():
    count = 15_000
    lines = "\n".join([SEATS] * count)
    page = f'{{"items":[{",".join([SEATS] * count)}]}}'
    for text in (lines, page):
        stream = io.BytesIO(text.encode())
        assert stream.getbuffer().nbytes > 15 << 20
        tracemalloc.start()
        with formats.open_file(stream, name="a.json") as reading:
            assert sum(1 for _ in reading) == count
            _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 6 << 20, f"{peak / (1 << 20):.1f} MB"
