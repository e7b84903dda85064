"""Workbooks made to harm, or damaged: each ends in a sentence, soon and small."""

import io
import time
import tracemalloc
import zipfile

import formats
import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from profile_files import INGRAM, INGRAM_HEADER, profile, xls_file, xlsxwriter_file

FORM = formats.profile_format(profile("ingram_micro_cloud"))
GOOD = xlsxwriter_file(INGRAM)
XLS = xls_file(INGRAM)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = "xl/worksheets/sheet1.xml"
BEGIN = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/'
    'spreadsheetml/2006/main"><sheetData>'
)
END = "</sheetData></worksheet>"


def with_part(part: str, content: bytes | str | None, data: bytes = GOOD) -> bytes:
    """Return a workbook with one part replaced, or left out if None."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            if info.filename != part:
                new.writestr(info.filename, old.read(info))
        if content is not None:
            new.writestr(part, content)
    return out.getvalue()


def archive(**members: bytes) -> bytes:
    """Return a ZIP archive; ``__`` in a name stands for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name.replace("__", "."), content)
    return out.getvalue()


def sentence(data: bytes, **options) -> str:
    """Return the sentence with which a file is refused."""
    with pytest.raises(formats.UnreadableFile) as caught:
        list(formats.open_file(data, name="b.xlsx", formats=[FORM], **options))
    text = str(caught.value)
    assert text.startswith("“b.xlsx” ")
    assert text.endswith(".") and "\n" not in text
    return text


def encrypted_member() -> bytes:
    data = bytearray(GOOD)
    start = data.index(b"PK\x01\x02")
    while start >= 0:
        data[start + 8] |= 1
        start = data.find(b"PK\x01\x02", start + 4)
    return bytes(data)


def laughs(root: str) -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY l0 "lol">{entities}]>'
        f"<{root}>&l9;</{root}>"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (archive(**{"[Content_Types]__xml": b"", "xl/workbook__bin": b""}), "(.xlsb)"),
        (
            archive(mimetype=b"x", content__xml=b"<x/>"),
            "OpenDocument file such as .ods",
        ),
        (archive(**{"[Content_Types]__xml": b"", "word/a__xml": b""}), "Word document"),
        (archive(**{"[Content_Types]__xml": b"", "ppt/a__xml": b""}), "presentation"),
        (archive(**{"[Content_Types]__xml": b"", "a__xml": b""}), "no workbook"),
        (
            archive(**{"[Content_Types]__xml": b"", "xl/a__xml": b""}),
            "damaged workbook",
        ),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (OLE + bytes(600), "damaged workbook"),
        (OLE + "WordDocument".encode("utf-16-le"), "is a Word document"),
        (OLE + "PowerPoint Document".encode("utf-16-le"), "is a presentation"),
        (OLE + "Workbook\0".encode("utf-16-le") + bytes(600), "damaged workbook"),
        (encrypted_member(), "protected by a password"),
        (GOOD[:-40], "cut off while downloading"),
        (GOOD[: len(GOOD) // 2], "cut off while downloading"),
        (with_part(SHEET, "<worksheet><sheetData><row>"), "damaged workbook"),
        (with_part(SHEET, b"\0\1\2"), "damaged workbook"),
        (with_part(SHEET, '<?xml version="1.0" encoding="X-9"?><a/>'), "damaged"),
        (with_part(SHEET, None), "damaged workbook"),
        (with_part(SHEET, BEGIN.encode() + b"\0" + END.encode()), "damaged workbook"),
        (with_part(SHEET, f"{BEGIN}&#0;{END}"), "damaged workbook"),
        (with_part("xl/workbook.xml", None), "has no visible sheet"),
        (with_part("xl/workbook.xml", "<workbook/>"), "has no visible sheet"),
        (with_part("xl/sharedStrings.xml", "<sst/>"), "damaged workbook"),
        (xls_file(INGRAM)[:3000], "damaged workbook"),
        (xls_file(())[:1024], "damaged workbook"),
    ],
)
def test_what_is_no_readable_workbook_is_refused(data, words):
    assert words in sentence(data)


def test_password_of_an_xls_workbook():
    book = xlwt.Workbook()
    book.add_sheet("A").write(0, 0, "x")
    out = io.BytesIO()
    book.save(out)
    data = out.getvalue()
    # a FILEPASS record instead of the CODEPAGE record of the same length
    start = data.index(b"\x42\x00\x02\x00")
    secret = data[:start] + b"\x2f\x00\x02\x00\x01\x00" + data[start + 6 :]
    assert "protected by a password" in sentence(secret)


@pytest.mark.parametrize(
    ("part", "root"),
    [
        (SHEET, "worksheet"),
        ("xl/sharedStrings.xml", "sst"),
        ("xl/workbook.xml", "workbook"),
        ("xl/styles.xml", "styleSheet"),
        ("xl/_rels/workbook.xml.rels", "Relationships"),
        ("_rels/.rels", "Relationships"),
    ],
)
def test_entity_bomb_is_refused_in_every_part(part, root):
    start = time.process_time()
    tracemalloc.start()
    text = sentence(with_part(part, laughs(root)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "declares a document type" in text
    assert peak < 8 << 20
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("part", "root", "inside"),
    [
        (SHEET, "sheetData", "<row><c><v>&l9;</v></c></row>"),
        ("xl/sharedStrings.xml", "si", "<t>&l9;</t>"),
        ("xl/workbook.xml", "sheets", '<sheet name="&l9;" sheetId="1"/>'),
    ],
)
def test_hidden_entity_bomb_is_refused(part, root, inside):
    """Behind a long comment, in another character set, where a value belongs."""
    with zipfile.ZipFile(io.BytesIO(GOOD)) as book:
        content = book.read(part).decode().partition("?>")[2]
    assert f"<{root}>" in content
    bomb = laughs("x").partition("?>")[2].partition("]>")[0]
    content = content.replace(f"<{root}>", f"<{root}>{inside}", 1)
    text = f"<!--{'x' * 200_000}-->{bomb}]>{content}"
    assert "declares a document type" in sentence(
        with_part(part, text.encode("utf-16"))
    )


def test_external_entity_is_refused(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("top secret")
    content = (
        f'<!DOCTYPE sst [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        "<sst><si><t>&x;</t></si></sst>"
    )
    assert "document type" in sentence(with_part("xl/sharedStrings.xml", content))


def test_parts_outside_the_archive_are_not_looked_for():
    content = (
        '<Relationships><Relationship Id="rId1" Target="../../../etc/passwd" Type='
        '"http://x/worksheet"/></Relationships>'
    )
    data = with_part("xl/_rels/workbook.xml.rels", content)
    assert "damaged workbook" in sentence(data)


def test_bomb_by_ratio_and_by_size_is_refused_before_unpacking():
    bomb = with_part("xl/media/a.bin", bytes(40 << 20))
    tracemalloc.start()
    assert "400 times its size" in sentence(bomb)
    limits = formats.Limits(workbook_bytes=1 << 20)
    assert "holds more than 1 MB" in sentence(bomb, limits=limits)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_archive_that_lies_about_its_size_is_not_unpacked_further():
    rows = "<row/>" * 2_000_000
    data = bytearray(with_part(SHEET, BEGIN + rows + END))
    for magic, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        name = data.index(SHEET.encode(), data.index(magic))
        while data[name - (46 if magic[2] == 1 else 30) :][:4] != magic:
            name = data.index(SHEET.encode(), name + 1)
        header = name - (46 if magic[2] == 1 else 30)
        data[header + offset : header + offset + 4] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    assert "damaged workbook" in sentence(bytes(data))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_empty_rows_and_styled_cells_without_number_stay_small():
    """Rows up to the last one of a sheet and its last column, all empty."""
    cells = '<c r="A{0}" s="0"/><c r="XFD{0}" s="0"/>'
    rows = "".join(f'<row r="{n}">{cells.format(n)}</row>' for n in range(1, 2_000))
    last = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    begin = BEGIN.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    data = with_part(SHEET, begin + rows + last + END)
    start = time.process_time()
    tracemalloc.start()
    text = sentence(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "only blank rows" in text
    assert peak < 8 << 20
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('<row r="1048577"><c><v>1</v></c></row>', "damaged"),
        ('<row r="99999999999"><c><v>1</v></c></row>', "damaged"),
        ('<row r="x"/>', "damaged"),
        ('<row><c r="??1"><v>1</v></c></row>', "damaged"),
        ('<row><c r="XFD1"><v>1</v></c></row>', "16,384 columns"),
        (
            '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
            "16,384 columns",
        ),
        ("<row><c><v>NaN</v></c></row>", "damaged"),
        ("<row><c><v>1e999</v></c></row>", "damaged"),
        ('<row><c t="s"><v>99</v></c></row>', "damaged"),
        (f"<row><c><v>{'1' * 5000}</v></c></row>", "damaged"),
    ],
)
def test_impossible_cells_end_in_a_sentence(rows, words):
    assert words in sentence(with_part(SHEET, BEGIN + rows + END))


def test_giant_cells_tags_and_shared_texts_are_refused():
    cell = '<row><c t="inlineStr"><is><t>' + "x" * 200_000 + "</t></is></c></row>"
    assert "cell in row 1, column 1, that is far too long" in sentence(
        with_part(SHEET, BEGIN + cell + END)
    )
    tag = f'<row x="{"y" * (3 << 20)}"/>'
    assert "damaged workbook" in sentence(with_part(SHEET, BEGIN + tag + END))
    comment = f"<!--{'y' * (3 << 20)}-->"
    assert "damaged workbook" in sentence(with_part(SHEET, comment + BEGIN + END))
    shared = "<sst>" + "<si/>" * 500_000 + "</sst>"
    data = with_part("xl/sharedStrings.xml", shared)
    tracemalloc.start()
    text = sentence(data, limits=formats.Limits(text_bytes=1 << 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "more texts than a workbook of bills should" in text
    assert peak < 1 << 20


def test_area_of_a_sheet_is_bounded_before_it_is_held():
    """Two cells far apart: the reader would hold all between them."""
    far = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    forms = (
        far,
        far.replace('<c r="{1}{0}">', "<c s='1' r='{1}{0}'>"),
        far.replace("<c ", "<x:c ").replace("</c>", "</x:c>"),
        far.replace('r="{1}{0}"', 'r="&#x41;{1}{0}"'),
    )
    for form in forms:
        rows = form.format(1, "B") + form.format(1_000_000, "Y")
        begin = BEGIN.replace("<worksheet ", '<worksheet xmlns:x="x" ')
        data = with_part(SHEET, begin + rows + END)
        tracemalloc.start()
        text = sentence(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert "has a sheet of more than 5,000,000 cells (row 1000000" in text
        assert peak < 8 << 20


def test_cells_without_places_are_counted_as_well():
    rows = f"<row>{'<c><v>1</v></c>' * 500}</row>" * 300
    limits = formats.Limits(cells=100_000)
    assert "more than 100,000 cells (row 201" in sentence(
        with_part(SHEET, BEGIN + rows + END), limits=limits
    )


def test_a_long_text_that_many_cells_share_is_bounded():
    with zipfile.ZipFile(io.BytesIO(GOOD)) as book:
        shared = book.read("xl/sharedStrings.xml").decode()
    long = shared.replace("<si>", f"<si><t>{'x' * 30_000}</t></si><si>", 1)
    cell = '<c r="A{0}" t="s"><v>{1}</v></c>'
    for index, is_bad in ((0, True), (1, False)):
        rows = "".join(
            f'<row r="{n}">{cell.format(n, index)}</row>' for n in range(1, 3000)
        )
        data = with_part(
            "xl/sharedStrings.xml", long, with_part(SHEET, BEGIN + rows + END)
        )
        text = sentence(data, limits=formats.Limits(sheet_text=10 << 20))
        assert ("more texts than a workbook of bills" in text) is is_bad


def test_part_that_unpacks_to_more_than_it_says_is_never_read_so():
    """Its checksum is that of what it says, so that Python believes it."""
    import zlib

    with zipfile.ZipFile(io.BytesIO(GOOD)) as book:
        content = book.read(SHEET)
    extra = content + b"<!--" + b"x" * 5000 + b"-->"
    data = bytearray(with_part(SHEET, extra))
    size, check = len(content).to_bytes(4, "little"), zlib.crc32(content)
    for magic, at in ((b"PK\x01\x02", 16), (b"PK\x03\x04", 14)):
        start = data.index(magic)
        while SHEET.encode() not in data[start : start + 80]:
            start = data.index(magic, start + 4)
        data[start + at : start + at + 4] = check.to_bytes(4, "little")
        data[start + at + 8 : start + at + 12] = size
    assert len(list(formats.open_file(bytes(data), formats=[FORM]))) == 3


def test_other_encodings_than_utf_8_are_damage():
    with zipfile.ZipFile(io.BytesIO(GOOD)) as book:
        content = book.read(SHEET).decode()
    body = content.partition("?>")[2]
    for encoded in (
        content.replace("UTF-8", "ISO-8859-1").encode(),
        body.encode("utf-16"),
        ("<?xml version='1.0' encoding='utf-16'?>" + body).encode("utf-16"),
    ):
        assert "damaged workbook" in sentence(with_part(SHEET, encoded))


def test_two_parts_of_one_name_are_damage():
    out = io.BytesIO(GOOD)
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(out, "a") as book,
    ):
        book.writestr(SHEET, BEGIN + END)
    assert "damaged workbook" in sentence(out.getvalue())


def test_giant_cell_of_an_xls_workbook_fits_in_no_cell():
    book = [INGRAM_HEADER, ["x" * 32_767, *[None] * 16]]
    (item,) = formats.open_file(xls_file(book), formats=[FORM])
    assert isinstance(item, formats.Problem)


def test_xls_that_is_too_large_is_refused():
    limits = formats.Limits(xls_bytes=1000)
    assert "too large for an .xls workbook" in sentence(xls_file(INGRAM), limits=limits)


def test_macros_are_data_that_nobody_looks_at():
    data = with_part("xl/vbaProject.bin", OLE + b"Sub Auto_Open()")
    types = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        content = book.read("[Content_Types].xml").decode()
    plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    assert plain in content
    data = with_part("[Content_Types].xml", content.replace(plain, types), data)
    assert len(list(formats.open_file(data, name="b.xlsm", formats=[FORM]))) == 3


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_damage_ends_in_a_sentence_or_in_rows(data):
    kind = data.draw(st.sampled_from((GOOD, XLS)))
    content = bytearray(kind)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 4))] = data.draw(
            st.binary(max_size=4)
        )
    try:
        list(formats.open_file(bytes(content), name="b", formats=[FORM]))
    except formats.UnreadableFile as error:
        assert str(error).endswith(".")
