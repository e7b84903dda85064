"""What an archive holds: several files, each read on its own."""

import gzip
import io
import time
import tracemalloc
import zipfile

import formats
import pytest
from nce_files import nce_file, seats, usage
from profile_files import INGRAM, xlsx_file

ONE, TWO = nce_file([seats()]), nce_file([usage()])


def packed(*members: tuple[str, bytes]) -> bytes:
    """Return a ZIP archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def unpacked(data: bytes, **options):
    """Return name -> content or reason."""
    found = list(formats.unpack_files(data, "march.zip", **options))
    for member in found:
        assert (member.content is None) != (member.reason is None)
        if member.reason:
            assert member.reason.startswith(f"“{member.name}” ")
            assert member.reason.endswith(".") and "\n" not in member.reason
    assert len({member.name for member in found}) == len(found)
    return {member.name: member.content or member.reason for member in found}


@pytest.mark.parametrize(
    "data",
    [
        ONE,
        gzip.compress(ONE),
        xlsx_file(INGRAM),
        gzip.compress(xlsx_file(INGRAM)),
        b"%PDF",
        b"",
        gzip.compress(ONE)[:-9],
        packed(("mimetype", b"x"), ("content.xml", b"")),
    ],
)
def test_what_is_no_archive_comes_as_received(data):
    assert list(formats.unpack_files(data, "march.zip")) == [
        formats.Member("march.zip", data, None)
    ]


def test_each_member_of_an_archive_is_a_file():
    book, lines = xlsx_file(INGRAM), gzip.compress(b'{"a":1}\n')
    data = packed(
        ("invoice/a.csv", ONE),
        ("invoice\\b.CSV", TWO),
        ("Export.xlsx", book),
        ("part-00000.json.gz", lines),
        ("invoice/", b""),
        ("__MACOSX/._a.csv", b"x"),
        (".DS_Store", b"x"),
        ("Thumbs.db", b"x"),
    )
    assert unpacked(data) == {
        "march.zip/invoice/a.csv": ONE,
        "march.zip/invoice/b.CSV": TWO,
        "march.zip/Export.xlsx": book,
        "march.zip/part-00000.json.gz": lines,
    }
    assert [len(list(formats.open_file(one))) for one in (ONE, TWO)] == [1, 1]


def test_one_member_is_unpacked_so_that_its_hash_is_that_of_the_plain_file():
    assert unpacked(packed(("a.csv", ONE))) == {"march.zip/a.csv": ONE}


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(packed(("a.csv", ONE), ("b.csv", TWO))),
        packed(("in.zip", packed(("a.csv", ONE), ("b.csv", TWO)))),
        packed(("in.zip.gz", gzip.compress(packed(("a.csv", ONE), ("b.csv", TWO))))),
        packed(("in.zip", packed(("a.csv", ONE))), ("b.csv", TWO)),
        packed(("export", packed(("a.csv", ONE))), ("b.csv", TWO)),
    ],
)
def test_archives_inside_others_are_opened(data):
    assert list(unpacked(data).values()) == [ONE, TWO]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"%PDF", "is no table"),
        ("../a.csv", ONE, "points outside the archive"),
        ("/etc/a.csv", ONE, "points outside the archive"),
        ("C:\\a.csv", ONE, "points outside the archive"),
        ("a.csv", b"", "is empty"),
        ("copy.csv", TWO, "holds the same as “march.zip/good.csv”"),
        ("in.zip", packed(("b.csv", ONE))[:-30], "damaged"),
        (
            "in.zip",
            packed(("in.zip", packed(("in.zip", packed(("a.csv", ONE)))))),
            "too deep",
        ),
    ],
)
def test_what_cannot_be_read_stops_no_other_member(name, content, words):
    found = unpacked(packed(("good.csv", TWO), (name, content), ("last.csv", ONE)))
    assert found["march.zip/good.csv"] == TWO
    assert found["march.zip/last.csv"] == ONE
    (reason,) = [text for text in found.values() if isinstance(text, str)]
    assert words in reason


def test_same_name_twice_is_two_files():
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = packed(("a.csv", ONE), ("a.csv", TWO))
    assert unpacked(data) == {"march.zip/a.csv": ONE, "march.zip/a.csv (2)": TWO}


def test_member_with_a_password_and_damaged_member():
    data = bytearray(packed(("a.csv", ONE), ("b.csv", TWO)))
    second = data.rindex(b"PK\x01\x02")
    data[second + 8] |= 1
    found = unpacked(bytes(data))
    assert found["march.zip/a.csv"] == ONE
    assert "protected by a password" in found["march.zip/b.csv"]
    data = bytearray(packed(("a.csv", ONE), ("b.csv", TWO)))
    data[60] ^= 0xFF
    found = unpacked(bytes(data))
    assert "is damaged" in found["march.zip/a.csv"]
    assert found["march.zip/b.csv"] == TWO


def test_control_characters_of_names_are_not_shown():
    with zipfile.ZipFile(out := io.BytesIO(), "w") as archive:
        archive.writestr("a\nb\x1b.csv", ONE)
    assert list(unpacked(out.getvalue())) == ["march.zip/a?b?.csv"]


@pytest.mark.parametrize(
    ("data", "words", "limits"),
    [
        (packed(("a.csv", ONE))[:-30], "damaged", {}),
        (packed(), "holds no CSV file", {}),
        (packed(("a.pdf", b"%PDF")), "holds no CSV file", {}),
        (
            packed(*((f"{n}.csv", b"x") for n in range(201))),
            "holds 201 files, more than 200",
            {},
        ),
        (
            packed(("a.csv", bytes(2 << 20)), ("b.csv", ONE)),
            "400 times its size",
            {"ratio_from_bytes": 1 << 20},
        ),
        (packed(("a.csv", ONE * 2000)), "more than 1 MB", {"total_bytes": 1 << 20}),
    ],
)
def test_archive_as_a_whole_is_refused(data, words, limits):
    with pytest.raises(formats.UnreadableFile) as caught:
        formats.unpack_files(data, "march.zip", formats.Limits(**limits))
    assert str(caught.value).startswith("“march.zip” ")
    assert words in str(caught.value)


def test_bomb_inside_an_archive_is_stopped():
    bomb = packed(("a.csv", bytes(64 << 20)))
    data = packed(("in.zip", bomb), ("good.csv", ONE))
    start = time.process_time()
    tracemalloc.start()
    found = unpacked(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "400 times its size" in found["march.zip/in.zip"]
    assert found["march.zip/good.csv"] == ONE
    assert peak < 8 << 20
    assert time.process_time() - start < 20


def test_all_members_together_are_bounded():
    limits = formats.Limits(total_bytes=3000)
    inner = packed(("a.csv", ONE))
    members = [(f"{n}.zip", packed((f"{n}.csv", ONE + b"%d" % n))) for n in range(4)]
    assert len(inner) < 1000 < len(ONE) < 1500
    found = unpacked(packed(*members), limits=limits)
    assert "holds more than" in str(list(found.values())[-1])


def test_many_archives_inside_one_another_end():
    data = packed(("a.csv", ONE))
    for _ in range(50):
        data = packed(("a.zip", data))
    (reason,) = unpacked(data).values()
    assert "too deep" in reason
