"""One export in several parts is one table, whatever is packed around it."""

import gzip
import io
import json
import zipfile
from decimal import Decimal

import polars as pl
import pytest
from cost_files import focus, focus_file
from formats import Limits, Member, UnreadableFile, open_file, unpack_files
from nce_files import nce_file, seats, usage

# One virtual machine: 0.25 + 1.25 + ... + 9.25 = 47.50 in one charge.
ROWS = [
    focus(ResourceId=f"vm/{number}", BilledCost=f"{number}.25", Tags="")
    for number in range(10)
]
COLUMNS = list(focus())
FIRST = focus_file(ROWS[:4], columns=COLUMNS)
SECOND = focus_file(ROWS[4:], columns=COLUMNS)


def packed(**members: bytes) -> bytes:
    """Return a ZIP archive; ``__`` in a name is a slash, ``_dot_`` a dot."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            path = name.replace("_dot_", ".").replace("__", "/")
            archive.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def parquet(rows) -> bytes:
    data = io.BytesIO()
    pl.DataFrame(rows).write_parquet(data)
    return data.getvalue()


def manifest(*names: str, rows: int = 10) -> bytes:
    """Return what Azure Cost Management writes beside the parts."""
    blobs = [{"blobName": f"exports/202603/{name}"} for name in names]
    said = {"blobCount": len(names), "dataRowCount": rows, "blobs": blobs}
    return json.dumps(said).encode()


def read(data: bytes, **options):
    """Return the charges, the notices and the rows of an export."""
    with open_file(data, "march.zip", **options) as reading:
        charges = list(reading.charges())
        return charges, reading


def sentence(data: bytes, **options) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(data, **options)
    text = str(caught.value)
    assert text.startswith("“march.zip") and text.endswith(".") and "\n" not in text
    return text


@pytest.mark.parametrize(
    "data",
    [
        packed(
            run__part_0_0001_dot_csv=FIRST,
            run__part_1_0001_dot_csv=SECOND,
            run__manifest_dot_json=manifest("part_0_0001.csv", "part_1_0001.csv"),
        ),
        packed(run__part_1_0001_dot_csv=SECOND, run__part_0_0001_dot_csv=FIRST),
        packed(
            run__part_0_0001_dot_csv_dot_gz=gzip.compress(FIRST.rstrip(b"\r\n")),
            run__part_1_0001_dot_csv_dot_gz=gzip.compress(b"\xef\xbb\xbf" + SECOND),
        ),
        packed(
            **{"data__BILLING_PERIOD=2026-03__focus-00001_dot_csv": FIRST},
            **{"data__BILLING_PERIOD=2026-03__focus-00002_dot_csv": SECOND},
            **{
                "metadata__focus-Manifest_dot_json": json.dumps(
                    {"dataFiles": ["s3://b/focus-00001.csv", "s3://b/focus-00002.csv"]}
                ).encode()
            },
        ),
        packed(
            a__part_0_0001_dot_parquet=parquet(ROWS[:4]),
            a__part_1_0001_dot_parquet=parquet(
                [dict(reversed(row.items())) for row in ROWS[4:]]
            ),
            a__manifest_dot_json=manifest("part_0_0001.parquet", "part_1_0001.parquet"),
        ),
    ],
)
def test_parts_are_one_file(data):
    assert list(unpack_files(data, "march.zip")) == [Member("march.zip", data)]
    (charge,), reading = read(data)
    assert (charge.billed_cost, charge.row_count) == (Decimal("47.50"), 10)
    assert (reading.rows, reading.problem_count) == (10, 0)
    assert reading.totals["EUR"].billed_cost == Decimal("47.50")
    assert [one.code for one in reading.warnings if one.code != "arithmetic"] == [
        "parts"
    ]
    # the same charge as in one file, so neither replaces the other twice
    (whole,), _reading = read(focus_file(ROWS, columns=COLUMNS))
    assert charge.row_key == whole.row_key


def test_rows_are_compared_with_the_manifest():
    data = packed(
        part_0_0001_dot_csv=FIRST,
        part_1_0001_dot_csv=SECOND,
        manifest_dot_json=manifest("part_0_0001.csv", "part_1_0001.csv", rows=12),
    )
    _charges, reading = read(data)
    (notice,) = [one for one in reading.warnings if one.code == "rows_differ"]
    assert "states 12 rows, but 10 were found" in notice.reason


def test_a_single_part_with_its_manifest_is_read():
    data = packed(
        part_0_0001_dot_csv=FIRST, manifest_dot_json=manifest("part_0_0001.csv", rows=4)
    )
    (charge,), reading = read(data)
    assert (charge.billed_cost, reading.rows) == (Decimal("7.00"), 4)
    assert "rows_differ" not in [one.code for one in reading.warnings]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (
            {
                "part_0_0001_dot_csv": FIRST,
                "manifest_dot_json": manifest("part_0_0001.csv", "part_1_0001.csv"),
            },
            "lacks 1 of the 2 parts that its manifest lists (part_1_0001.csv)",
        ),
        (
            {"part_0_0001_dot_csv": FIRST, "part_2_0001_dot_csv": SECOND},
            "not the one numbered 1",
        ),
        (
            {
                "part_0_0001_dot_csv": FIRST,
                "part_1_0001_dot_csv": SECOND,
                "other_dot_csv": FIRST,
            },
            "holds parts of an export beside other files",
        ),
        (
            {
                "march__part_0_0001_dot_csv": FIRST,
                "march__part_1_0001_dot_csv": SECOND,
                "april__part_0_0001_dot_csv": FIRST,
                "april__part_1_0001_dot_csv": SECOND,
            },
            "holds parts of an export beside other files",
        ),
        (
            {
                "part_0_0001_dot_csv": FIRST,
                "other_dot_csv": SECOND,
                "manifest_dot_json": manifest("part_0_0001.csv"),
            },
            "holds tables beside the parts that its manifest lists (other.csv)",
        ),
        (
            {"part_0_0001_dot_csv": FIRST, "manifest_dot_json": b'{"blobs": ['},
            "holds a list of its parts, “manifest.json”, that cannot be read",
        ),
        (
            {"part_0_0001_dot_csv": FIRST, "manifest_dot_json": b"[" * 100_000},
            "that cannot be read",
        ),
        (
            {"part_0_0001_dot_csv": FIRST, "part_1_0001_dot_csv": parquet(ROWS)},
            "is another kind of file than",
        ),
        (
            {
                "part_0_0001_dot_parquet": parquet(ROWS),
                "part_1_0001_dot_parquet": parquet([{"Other": "1"}]),
            },
            "has other columns in part 2",
        ),
        ({"part_0_0001_dot_csv": FIRST, "part_1_0001_dot_csv": b""}, "is empty"),
    ],
)
def test_what_is_no_whole_export_is_refused(members, words):
    assert words in sentence(packed(**members))


def test_damaged_parts_are_refused():
    data = packed(
        part_0_0001_dot_csv_dot_gz=gzip.compress(FIRST),
        part_1_0001_dot_csv_dot_gz=gzip.compress(SECOND)[:-12],
    )
    assert "part_1_0001.csv.gz” is damaged or was cut off" in sentence(data)


def test_parts_together_are_bounded():
    data = packed(part_0_0001_dot_csv=FIRST, part_1_0001_dot_csv=SECOND)
    limits = Limits(usage_bytes=len(FIRST) + len(SECOND) // 2)
    assert "holds more than 0 MB" in sentence(data, limits=limits)


@pytest.mark.parametrize(
    "names",
    [
        ("invoice-01234_dot_csv", "invoice-01235_dot_csv"),
        ("usage-202603_dot_csv", "usage-202604_dot_csv"),
        ("march__part_0_0001_dot_csv", "april__part_0_0001_dot_csv"),
    ],
)
def test_files_of_their_own_stay_apart(names):
    data = packed(**dict(zip(names, (FIRST, SECOND), strict=True)))
    contents = [member.content for member in unpack_files(data, "march.zip")]
    assert contents == [FIRST, SECOND]


def test_the_only_table_of_an_archive_stays_packed_if_it_is_large():
    data = packed(a__usage_dot_csv=FIRST, readme_dot_md=b"x")
    (member,) = unpack_files(data, "march.zip", Limits(member_bytes=100))
    assert member == Member("march.zip", data)
    (charge,), _reading = read(member.content)
    assert charge.billed_cost == Decimal("7.00")
    (member,) = [one for one in unpack_files(data, "march.zip") if one.content]
    assert member.content == FIRST


def test_seats_in_parts_are_one_file_too():
    data = packed(
        part_0_0001_dot_csv=nce_file([seats()]), part_1_0001_dot_csv=nce_file([usage()])
    )
    assert len(read(data)[0]) == 2
