"""Which files can be read, and the sentence for those that cannot."""

import errno
import gzip
import io
import time
import tracemalloc
import zipfile
from decimal import Decimal

import formats
import pytest
from formats import container
from formats.reading import money_text
from nce_files import COLUMNS, nce_file, nce_text, seats, usage
from usage_files import write_many

TWO_ROWS = nce_file([seats(), usage()])


def zipped(**members: bytes) -> bytes:
    """Return a ZIP archive; ``__`` in a name stands for a dot."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return data.getvalue()


def with_password(archive: bytes) -> bytes:
    """Set the encryption bit in local and central header."""
    data = bytearray(archive)
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def sentence(data: bytes, **options) -> str:
    """Return the sentence with which a file is refused."""
    with pytest.raises(formats.UnreadableFile) as caught:
        list(formats.open_file(data, name="invoice.csv", **options))
    text = str(caught.value)
    assert text.startswith("“invoice.csv” ")
    assert text.endswith(".") and "\n" not in text
    return text


def summary(data: bytes) -> dict:
    reading = formats.open_file(data, name="invoice.csv")
    list(reading)
    return reading.summary()


def rows_of(data: bytes) -> list[int]:
    return [item.row for item in formats.open_file(data)]


# -- containers ----------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        TWO_ROWS,
        gzip.compress(TWO_ROWS),
        gzip.compress(TWO_ROWS[:900]) + gzip.compress(TWO_ROWS[900:]),
        zipped(invoice__csv=TWO_ROWS),
        zipped(**{"folder/Invoice__CSV": TWO_ROWS, "readme__md": b"hello"}),
        zipped(**{"a__csv": TWO_ROWS, "__MACOSX/._a__csv": b"x"}),
    ],
    ids=["plain", "gzip", "gzip of two members", "zip", "zip with readme", "mac zip"],
)
def test_plain_gz_and_zip_are_read(data):
    assert summary(data)["totals"] == {"EUR": {"billed_cost": "133.26", "tax": "25.32"}}


def test_path_bytes_and_streams_are_read(tmp_path):
    path = tmp_path / "invoice.csv"
    path.write_bytes(TWO_ROWS)
    stream = io.BytesIO(TWO_ROWS)

    class Pipe(io.RawIOBase):
        """A stream that cannot go back, as an upload may be."""

        inner = io.BytesIO(TWO_ROWS)

        def readable(self):
            return True

        def read(self, size=-1):
            return self.inner.read(size)

    for source in (path, str(path), TWO_ROWS, bytearray(TWO_ROWS), stream, Pipe()):
        assert len(list(formats.open_file(source, name="f.csv"))) == 2
    assert not stream.closed


def test_a_reading_can_be_read_again():
    reading = formats.open_file(TWO_ROWS)
    first = [c.row_key for c in reading]
    assert [c.row_key for c in reading.charges()] == first
    assert reading.rows == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "only blank rows"),
        (b"\r\n \r\n", "only blank rows"),
        (gzip.compress(b""), "holds an empty file"),
        (gzip.compress(TWO_ROWS)[:-20], "cut off while downloading"),
        (gzip.compress(TWO_ROWS)[:200], "cut off while downloading"),
        (gzip.compress(TWO_ROWS) + b"garbage", "damaged"),
        (zipped(a__csv=TWO_ROWS)[:-30], "damaged"),
        (zipped(a__csv=TWO_ROWS, b__csv=TWO_ROWS), "holds 2 tables (a.csv, b.csv)"),
        (zipped(a__pdf=b"%PDF"), "holds no CSV file"),
        (zipped(), "holds no CSV file"),
        (zipped(**{"../../etc/x__csv": TWO_ROWS}), "points outside the archive"),
        (zipped(**{"/etc/x__csv": TWO_ROWS}), "points outside the archive"),
        (zipped(**{"..\\x__csv": TWO_ROWS}), "points outside the archive"),
        (with_password(zipped(a__csv=TWO_ROWS)), "protected by a password"),
        (zipped(a__csv=gzip.compress(TWO_ROWS)), "archive inside an archive"),
        (gzip.compress(zipped(a__csv=TWO_ROWS)), "archive inside an archive"),
        (b"%PDF-1.7 ...", "is a PDF document"),
        (b"7z\xbc\xaf\x27\x1c...", "7-Zip"),
        (b"<!DOCTYPE html><html>Sign in</html>", "is a web page"),
        (b"\xef\xbb\xbf\r\n <HTML><body>502", "is a web page"),
        (gzip.compress(b"<html>error</html>"), "is a web page"),
        (b'<?xml version="1.0"?><Error/>', "is an XML document"),
        (b'{"error": {"code": 401}}', "an error the provider answered with"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(data, words):
    assert words in sentence(data)


def test_missing_file_and_folder_are_named(tmp_path):
    for path, words in ((tmp_path / "no.csv", "does not exist"), (tmp_path, "folder")):
        with pytest.raises(formats.UnreadableFile, match=words):
            formats.open_file(path)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(a__csv=data)])
def test_bomb_is_stopped_while_unpacking(pack):
    bomb = pack(bytes(40 << 20))
    limits = formats.Limits(ratio_from_bytes=1 << 20)
    tracemalloc.start()
    text = sentence(bomb, limits=limits)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "400 times its size" in text
    assert peak < 16 << 20


def test_total_size_is_bounded():
    limits = formats.Limits(total_bytes=1 << 20)
    large = nce_file([seats()] * 3000)
    for data in (large, gzip.compress(large)):
        assert "holds more than 1 MB" in sentence(data, limits=limits)


def test_usage_may_be_larger_than_what_is_remembered():
    usage = io.StringIO(newline="")
    write_many(usage, 3000)
    data = usage.getvalue().encode()
    packed = gzip.compress(data)
    limits = formats.Limits(total_bytes=1 << 20)
    assert len(data) > limits.total_bytes
    for source in (data, packed):
        with formats.open_file(source, limits=limits) as reading:
            rows = sum(batch.frame.height for batch in reading.batches())
        assert (rows, reading.problem_count) == (3000, 0)
    limits = formats.Limits(usage_bytes=1 << 20)
    for source in (data, packed):
        assert "holds more than 1 MB" in sentence(source, limits=limits)


def test_a_full_disk_is_said(monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(container, "spool", Full)
    text = sentence(gzip.compress(nce_file([seats()])))
    assert "does not fit unpacked on the server's disk" in text


# -- text ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (nce_text([seats()]).encode("utf-16"), "UTF-16"),
        (nce_text([seats()]).encode("utf-16-le"), "UTF-16"),
        (nce_text([seats()]).encode("utf-16-be"), "UTF-16"),
        (nce_text([seats()]).encode("utf-32"), "UTF-16"),
        (TWO_ROWS + b"\0\0", "NUL bytes"),
        (TWO_ROWS[:300] + b"\0" + TWO_ROWS[300:], "NUL bytes"),
        (b"\xef\xbb\xbf" + "Müller".encode("cp1252"), "line 1 that are not UTF-8"),
        ("a\nMüller\nMüller\nX".encode() + b"\xff", "line 4 that are not UTF-8"),
        (b"a\nM\x81ller", "neither UTF-8 nor Windows-1252"),
    ],
)
def test_wrong_encoding_ends_in_a_sentence(data, words):
    assert words in sentence(data)


def test_windows_1252_is_read_with_a_warning():
    data = nce_text([seats(CustomerName="Müller – Söhne")]).encode("cp1252")
    reading = formats.open_file(data)
    (charge,) = reading
    assert charge.sub_account_name == "Müller – Söhne"
    assert [notice.code for notice in reading.warnings] == ["encoding"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_delimiter_and_line_end_are_found(delimiter, newline):
    data = nce_file([seats(), usage()], delimiter=delimiter, newline=newline)
    assert summary(data)["rows"] == 2


def test_pitfall_082_blank_rows_and_lines_above_the_header_are_skipped():
    text = nce_text([seats(), usage()], newline="\n")
    header, first, second = text.splitlines()
    blank = "," * (len(COLUMNS) - 1)
    title = 'Invoice G1\n"Contoso, ""Ltd"""\n'
    data = f"{title}\n{header}\n\n{first}\n{blank}\n{second}\n"
    reading = formats.open_file(data.encode())
    assert [charge.row for charge in reading] == [6, 8]
    assert reading.summary()["rows"] == 2


def test_header_may_stand_in_row_20_but_not_in_row_21():
    text = nce_text([seats()])
    assert rows_of(("x\r\n" * 19 + text).encode()) == [21]
    assert "no known header" in sentence(("x\r\n" * 20 + text).encode())


def test_separator_at_the_end_of_each_line_is_no_column():
    lines = nce_text([seats(), usage()], newline="\n").splitlines()
    assert rows_of("\n".join(f"{line}," for line in lines).encode()) == [2, 3]


def test_line_breaks_in_a_cell_make_one_row():
    data = nce_file([seats(CustomerName='Muster\r\n"Bau"\n\nGmbH'), seats()])
    first, second = formats.open_file(data)
    assert first.sub_account_name == 'Muster\r\n"Bau"\n\nGmbH'
    assert (first.row, second.row) == (2, 3)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda line: line.replace('"Muster', '"Mus"ter'), "quotation marks"),
        (lambda line: line.replace('GmbH"', "GmbH"), "quotation marks"),
        (lambda line: line[:200], "quotation marks"),
        (lambda line: ",".join(line.split(",")[:20]), "too few cells"),
        (lambda line: f'{line},"more"', "too many cells"),
        (lambda line: "garbage", "too few cells"),
        (lambda line: '"', "quotation marks"),
    ],
)
def test_broken_row_spoils_only_itself(spoil, words):
    header, row = nce_text([seats()], newline="\n").splitlines()
    data = "\r\n".join([header, row, spoil(row), row, row, ""]).encode()
    reading = formats.open_file(data)
    items = list(reading)
    assert [item.row for item in items] == [2, 3, 4, 5]
    assert reading.summary()["charges"] == 3
    assert words in items[1].reason


def test_file_cut_off_in_the_last_row_names_that_row():
    data = nce_file([seats(), seats()])[:-100]
    reading = formats.open_file(data)
    _, problem = reading
    assert isinstance(problem, formats.Problem)
    assert problem.row == 3


def test_money_of_a_row_that_is_too_short_is_known():
    header, row = nce_text([seats()], newline="\n").splitlines()
    data = "\n".join([header, row, ",".join(row.split(",")[:30])]).encode()
    _, problem = formats.open_file(data)
    assert (problem.amount, problem.currency) == (120, "EUR")


def test_repeated_headers_are_no_rows():
    text = nce_text([seats()])
    assert summary((text + "\ufeff" + text + text).encode())["rows"] == 3


@pytest.mark.parametrize(
    ("words", "amount", "codes"),
    [
        ({"CustomerName": "Total"}, "133.26", []),
        ({"PartnerId": "Summe:"}, "133.26", []),
        ({"CustomerId": "Grand Total"}, "133.260", []),
        ({"CustomerName": "Total"}, "140.00", ["total_differs"]),
    ],
)
def test_total_row_is_compared_and_no_row(words, amount, codes):
    total = words | {"Subtotal": amount, "TaxTotal": "25.32", "Total": "158.58"}
    reading = formats.open_file(nce_file([seats(), usage(), total]))
    assert len(list(reading)) == 2
    assert reading.summary()["rows"] == 2
    assert [notice.code for notice in reading.warnings] == codes
    if codes:
        assert "6.74 is missing" in reading.warnings[0].reason


def test_total_row_agrees_when_a_problem_row_holds_the_rest():
    total = {"CustomerName": "Total", "Subtotal": "240", "TaxTotal": "45.6"}
    reading = formats.open_file(nce_file([seats(), seats(SkuId="1"), total]))
    list(reading)
    assert (reading.problem_count, reading.warning_count) == (1, 0)


def test_customer_called_total_is_a_customer():
    assert rows_of(nce_file([seats(CustomerName="Total")])) == [2]


def test_giant_cell_and_giant_line_are_refused():
    cell = nce_file([seats(CustomerName="x" * 200_000)])
    line = nce_file([seats(CustomerName="x" * (1 << 20))])
    assert "cell in row 2, column 3, that is far too long" in sentence(cell)
    assert "line of more than 1,048,576 characters" in sentence(line)


def test_quote_that_never_closes_does_not_swallow_the_file():
    text = nce_text([seats()] * 500, newline="\n")
    lines = text.splitlines()
    lines[1] = lines[1].replace('GmbH"', "GmbH")
    assert len(rows_of("\n".join(lines).encode())) == 500


# -- header --------------------------------------------------------------------


def test_ten_thousand_columns_are_refused():
    wide = ",".join(f"c{number}" for number in range(10_000))
    assert "10,000 columns" in sentence(f"{wide}\n1,2,3\n".encode())
    columns = [*COLUMNS, *(f"c{number}" for number in range(9_953))]
    assert "10,000 columns" in sentence(nce_file([seats()], columns=columns))


def test_half_a_million_equal_columns_are_refused_soon():
    start = time.process_time()
    assert "500,001 columns" in sentence(b"a," * 500_000 + b"\n1,2\n")
    assert time.process_time() - start < 20


def test_unknown_header_names_what_was_found_and_what_is_known():
    text = sentence(b"Artikel;Menge;Preis\nA;1;2\n")
    assert "found the columns Artikel, Menge, Preis" in text
    assert "microsoft_nce also needs CustomerId, OrderDate" in text
    assert "known formats are microsoft_nce (Microsoft Partner Center" in text


def test_missing_column_is_named():
    columns = [name for name in COLUMNS if name not in ("Subtotal", "SkuId")]
    text = sentence(nce_file([seats()], columns=columns))
    assert "lacks the columns SkuId, Subtotal" in text


def test_column_that_stands_twice_is_named():
    assert "the column Subtotal twice" in sentence(
        nce_file([seats()], columns=[*COLUMNS, "Subtotal"])
    )


def test_unknown_columns_that_stand_twice_are_both_kept():
    (charge,) = formats.open_file(
        nce_file([seats(New="x")], columns=[*COLUMNS, "New", "New", ""][:-1])
    )
    assert (charge.raw["New"], charge.raw["New (2)"]) == ("x", "x")


def test_header_without_rows_is_refused():
    assert "has a header but no rows" in sentence(nce_file([]))
    assert "has a header but no rows" in sentence(nce_file([]) + b"\r\n,,,\r\n")


def test_formats_can_be_asked_for():
    reading = formats.open_file(TWO_ROWS, formats=[formats.get_format("microsoft_nce")])
    assert reading.format is formats.FORMATS["microsoft_nce"]
    with pytest.raises(formats.UnknownFormat, match="no format “nonsense”"):
        formats.get_format("nonsense")
    with pytest.raises(formats.UnknownHeader, match="no column profile yet"):
        formats.open_file(TWO_ROWS, formats=[])


def test_detect_by_columns():
    assert formats.detect(COLUMNS) is formats.FORMATS["microsoft_nce"]
    assert formats.detect([c.upper() for c in reversed(COLUMNS)]) is not None
    assert formats.detect(["PartnerId", "CustomerId"]) is None


def test_header_fingerprint_changes_with_columns_only():
    first = formats.open_file(nce_file([seats()])).header_fingerprint
    moved = formats.open_file(nce_file([seats()], columns=COLUMNS[::-1]))
    fewer = formats.open_file(nce_file([seats()], columns=COLUMNS[:-1]))
    assert moved.header_fingerprint == first
    assert fewer.header_fingerprint != first


# -- sums and memory -----------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("634134.01", "634134.01"),
        ("1E+3", "1000.00"),
        ("0E-20", "0.00"),
        ("22.500000000000000000", "22.50"),
        ("0.0000000001", "0.0000000001"),
        ("-0.5", "-0.50"),
        ("123456789012345678901234567890.12", "123456789012345678901234567890.12"),
    ],
)
def test_sums_are_printed_with_at_least_two_decimals(amount, text):
    assert money_text(Decimal(amount)) == text


def test_pitfall_089_every_row_is_counted_and_summed():
    count = 5001
    reading = formats.open_file(nce_file([seats()] * count))
    assert len({charge.row_key for charge in reading}) == count
    assert reading.summary()["rows"] == count
    assert reading.summary()["totals"]["EUR"]["billed_cost"] == "600120.00"


def test_memory_stays_constant(tmp_path):
    path = tmp_path / "large.csv.gz"
    with gzip.open(
        path, "wt", encoding="utf-8-sig", newline="", compresslevel=1
    ) as out:
        text = nce_text(
            seats(ReservationOrderId=str(number), CustomerName=f"Customer {number}")
            for number in range(50_000)
        )
        out.write(text)
    size = len(text)
    del text
    tracemalloc.start()
    reading = formats.open_file(path)
    count = sum(1 for _ in reading)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    reading.close()
    assert count == 50_000
    assert size > 25 << 20
    # a few buffers, and about 100 bytes per row for the keys seen
    assert peak < 14 << 20, f"{peak / (1 << 20):.1f} MB"
