"""Files as they should not be: each ends in one sentence, soon and small.

One test for each kind that the issue names; finer ones stand with their subjects.
"""

import csv
import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import formats
import pytest
import xlsxwriter
from nce_files import COLUMNS, nce_file, nce_text, seats, usage
from profile_files import (
    INGRAM_HEADER,
    csv_file,
    ingram_row,
    profile,
    xls_file,
    xlsx_file,
)
from test_formats_hostile_workbooks import OLE, SHEET, laughs, with_part

INGRAM = formats.profile_format(profile("ingram_micro_cloud"))
TWO_ROWS = nce_file([seats(), usage()])
PACKAGE = Path(formats.__file__).parents[1]
# Reads a file and prints what it says and how much memory it took, in MB.
MEASURE = """
import resource, sys, time
import formats

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

formats.open_file(sys.argv[2])
before, start = used(), time.process_time()
try:
    items = list(formats.open_file(sys.argv[1], "march.csv"))
    text = f"{len(items)} rows, {items[0]}"
except formats.UnreadableFile as error:
    text = str(error)
print(round(used() - before), round(time.process_time() - start), text, sep="\\n")
"""


def sentence(data: bytes, **options) -> str:
    """Return the sentence with which a file is refused."""
    with pytest.raises(formats.UnreadableFile) as caught:
        list(formats.open_file(data, "march.csv", **options))
    text = str(caught.value)
    assert text.startswith("“march.csv” ")
    assert text.endswith(".") and "\n" not in text
    return text


def measured(path: Path, good: Path) -> tuple[int, int, str]:
    """Return megabytes, seconds and sentence of reading a file in a process."""
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, path, good],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(PACKAGE)},
    )
    used, seconds, text = result.stdout.splitlines()
    return int(used), int(seconds), text


def test_wrong_encoding():
    text = nce_text([seats(), seats(CustomerName="Müller")])
    assert sentence(text.encode("utf-16")) == (
        "“march.csv” is saved as Unicode text (UTF-16), not as UTF-8; download it again "
        "and import it without opening it in Excel."
    )
    broken = text.encode().replace("ü".encode(), b"\xc3", 1) + "ä ö\n".encode()
    assert "has characters in line 3 that are not UTF-8" in sentence(broken)


def test_truncated_gzip():
    assert sentence(gzip.compress(TWO_ROWS)[:-9]) == (
        "“march.csv” is damaged or was cut off while downloading; download it again."
    )


def test_truncated_member_of_several():
    data = gzip.compress(TWO_ROWS) + gzip.compress(TWO_ROWS)[:-9]
    assert "was cut off while downloading" in sentence(data)


def test_mixed_line_ends():
    header, first, second = nce_text([seats(), usage()], newline="\n").splitlines()
    for ends in (("\n", "\r\n", "\r"), ("\r", "\n", "\r\n"), ("\r\n", "\r", "\n")):
        lines = zip((header, first, second), ends, strict=True)
        reading = formats.open_file("".join(a + b for a, b in lines).encode())
        assert [item.row for item in reading] == [2, 3]
        assert reading.summary()["totals"]["EUR"]["billed_cost"] == "133.26"


def test_header_twice():
    text = nce_text([seats(), usage()])
    reading = formats.open_file(f"{text}{text}".encode())
    assert [item.row for item in reading] == [2, 3, 5, 6]
    assert reading.summary()["rows"] == 4


def test_header_with_a_column_twice():
    data = nce_file([seats()], columns=[*COLUMNS, "subtotal"])
    assert sentence(data) == (
        "“march.csv” has the column subtotal twice, so it is unclear which one counts; "
        "download the file again."
    )


def test_total_row_at_the_end():
    total = {"CustomerName": "Total", "Subtotal": "140.00", "TaxTotal": "25.32"}
    reading = formats.open_file(nce_file([seats(), usage(), total]))
    assert len(list(reading)) == 2
    (warning,) = reading.warnings
    assert str(warning) == (
        "row 4: the total row says Subtotal 140.00 EUR, the rows add up to 133.26: 6.74 "
        "is missing from the file or from what could be read"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty; download it again"),
        (gzip.compress(b""), "holds an empty file; download it again"),
        (b"\xef\xbb\xbf\r\n\r\n", "holds only blank rows"),
        (nce_file([]), "has a header but no rows"),
    ],
)
def test_empty_file(data, words):
    assert words in sentence(data)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_web_page_saved_as_csv(pack):
    page = b"\r\n<!DOCTYPE html>\n<html><body>Your session has ended</body></html>"
    assert sentence(pack(page)) == (
        "“march.csv” is a web page, probably a sign-in or error page saved as a file; "
        "sign in to the portal and download it again."
    )


def test_workbook_with_a_password():
    locked = OLE + "EncryptedPackage".encode("utf-16-le")
    assert sentence(locked) == (
        "“march.csv” is protected by a password; save it without and try again."
    )


FIELD = "x" * (100 << 20)


def giant_csv(path: Path) -> None:
    path.write_bytes(nce_file([seats(), seats(CustomerName=FIELD)]))


def giant_csv_of_lines(path: Path) -> None:
    lines = "\n".join(["x" * 1000] * 100_000)
    path.write_bytes(nce_file([seats(), seats(CustomerName=lines)]))


def giant_gzip(path: Path) -> None:
    data = nce_file([seats(), seats(CustomerName=FIELD)])
    # in pieces that do not repeat, so that it is no bomb by its ratio
    noise = "".join(f"{number:x}" for number in range(3_000_000)).encode()
    path.write_bytes(gzip.compress(data.replace(b"x" * len(noise), noise, 1), 1))


def giant_json(path: Path) -> None:
    rows = [json.dumps(seats()), json.dumps(seats(CustomerName=FIELD))]
    path.write_text("\n".join(rows))


def giant_page(path: Path) -> None:
    path.write_text(json.dumps({"items": [seats(), seats(CustomerName=FIELD)]}))


def giant_workbook(path: Path) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write(1, 0, "here")
    with zipfile.ZipFile(out) as book:
        content = book.read("xl/sharedStrings.xml").decode()
    noise = "".join(f"{number:x}" for number in range(3_000_000))
    content = content.replace("here", noise + FIELD[len(noise) :])
    path.write_bytes(with_part("xl/sharedStrings.xml", content, out.getvalue()))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (giant_csv, "has a line of more than 1,048,576 characters (line 3)"),
        (giant_csv_of_lines, "the quotation marks of this row do not match"),
        (giant_gzip, "has a line of more than 1,048,576 characters (line 3)"),
        (giant_json, "has a line of more than 1,048,576 characters (line 2)"),
        (giant_page, "damaged or was cut off after row 1"),
        (giant_workbook, "holds more texts than a workbook of bills should"),
    ],
)
def test_100_megabytes_in_one_field_take_little_memory_and_time(tmp_path, make, words):
    path, good = tmp_path / "march.csv", tmp_path / "good.csv"
    make(path)
    good.write_bytes(TWO_ROWS)
    used, seconds, text = measured(path, good)
    if make is giant_csv_of_lines:
        # each of its lines is a broken row of its own; the rows before stand
        assert text.startswith("100001 rows, ProviderCharge(row=2")
        assert used < 250  # of which the list of problems is most
    else:
        assert text.startswith("“march.csv” ")
        assert words in text
        assert used < 30, f"{used} MB"
    assert seconds < 60


def test_nul_bytes():
    assert sentence(TWO_ROWS[:-200] + b"\0" + TWO_ROWS[-200:]) == (
        "“march.csv” contains NUL bytes (line 3) and so is no text file, or is damaged; "
        "download the CSV file again."
    )
    (item,) = formats.open_file(
        json.dumps(seats(CustomerName="Muster\0Bau")).encode(), "march.csv"
    )
    assert item.sub_account_name == "MusterBau"


def test_half_characters_of_escapes():
    data = '{"\\ud800a":1,' + json.dumps(seats(CustomerName="x"))[1:]
    (item,) = formats.open_file(data.replace('"x"', '"a\\udfffb"').encode())
    assert item.sub_account_name == "a\ufffdb"
    assert "\ufffda" in item.raw
    assert json.dumps(item.to_dict(), ensure_ascii=False).encode()


@pytest.mark.parametrize("write", [csv_file, xlsx_file])
def test_10_000_columns(write):
    header = [*INGRAM_HEADER, *(f"c{number}" for number in range(9_983))]
    table = [header, [*ingram_row(), *[1] * 9_983]]
    assert sentence(write(table), formats=[INGRAM]) == (
        "“march.csv” has 10,000 columns, which no known billing file has; download it "
        "again."
    )


def test_zip_bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", bytes(50 << 20))
    assert "unpacks to more than 400 times its size" in sentence(out.getvalue())
    with pytest.raises(formats.UnreadableFile, match="400 times its size"):
        formats.unpack_files(out.getvalue(), "march.zip")


def test_entity_bomb_in_a_workbook():
    book = xlsx_file([INGRAM_HEADER, ingram_row()])
    assert "declares a document type, which no genuine workbook does" in sentence(
        with_part(SHEET, laughs("worksheet"), book)
    )


@pytest.mark.parametrize(
    "evil",
    [
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("http://example.invalid","x")',
        "+1+1",
        "@SUM(A1)",
        "-2+3",
        "\t=1+1",
    ],
)
@pytest.mark.parametrize("write", [csv_file, xls_file])
def test_formulas_are_texts(evil, write):
    header = [name.replace("End Customer Name", "Customer") for name in INGRAM_HEADER]
    assert "Customer" in header
    row = ingram_row(End_Customer_Name=evil, Subscription_Name=evil)
    data = write([INGRAM_HEADER, row])
    (item,) = formats.open_file(data, formats=[INGRAM])
    assert item.sub_account_name == evil.strip()
    assert item.raw["Subscription Name"] == evil


def test_a_formula_where_a_number_belongs_is_named():
    row = ingram_row(Net_Cost="=M2*O2")
    (item,) = formats.open_file(csv_file([INGRAM_HEADER, row]), formats=[INGRAM])
    assert str(item) == (
        "row 2, column Net Cost: found “=M2*O2”, expected a number such as 120.50; "
        "correct the file or download it again"
    )


def test_one_cell_too_long_names_row_and_column():
    rows = [ingram_row(), ingram_row(Subscription_Name='a, "b" ' + "x" * 200_000)]
    data = csv_file([INGRAM_HEADER, *rows])
    assert next(csv.reader(io.StringIO(data.decode())))[5] == "Subscription Name"
    assert sentence(data, formats=[INGRAM]) == (
        "“march.csv” has a cell in row 3, column 6, that is far too long for a billing "
        "file; download it again."
    )
