"""Parquet: the same as CSV, and hostile files are refused before they cost memory."""

import io
import struct
import time
import tracemalloc
from datetime import date, datetime, timezone
from decimal import Decimal

import polars as pl
import pytest
from cost_files import focus, focus_file
from formats import Limits, Problem, UnreadableFile, UsageReading, open_file
from formats.parquet import ParquetTable
from usage_files import hours, usage_file

UTC = timezone.utc


def parquet(frame: pl.DataFrame, **options) -> bytes:
    data = io.BytesIO()
    frame.write_parquet(data, **options)
    return data.getvalue()


def texts(rows) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def read(data: bytes, **options) -> UsageReading:
    reading = open_file(data, name="usage.parquet", **options)
    assert isinstance(reading, UsageReading)
    return reading


def sentence(data: bytes, **options) -> str:
    with pytest.raises(UnreadableFile) as caught:
        list(open_file(data, name="usage.parquet", **options))
    text = str(caught.value)
    assert text.startswith("“usage.parquet” ") and text.endswith(".")
    assert "\n" not in text
    return text


ROWS = [
    focus(ResourceId=f"vm/{number}", BilledCost=f"{number}.25", Tags="")
    for number in range(500)
]


def test_texts_in_parquet_say_what_csv_says():
    columns = list(focus())
    by_csv = open_file(focus_file(ROWS, columns=columns))
    by_parquet = read(parquet(texts(ROWS)))
    one = [charge.to_dict() for charge in by_csv.charges()]
    two = [charge.to_dict() for charge in by_parquet.charges()]
    # no header stands above the rows
    assert [charge.pop("row") for charge in one] == [2]
    assert [charge.pop("row") for charge in two] == [1]
    assert one == two
    assert by_csv.summary() == by_parquet.summary()
    assert by_parquet.version == "1.2"


def test_types_of_parquet():
    frame = pl.DataFrame(
        {
            **{name: [cell] * 2 for name, cell in focus().items()},
            "BilledCost": [1e-7, 0.1],
            "EffectiveCost": [Decimal("1.10"), None],
            "PricingQuantity": [24, 1],
            "ChargePeriodStart": [datetime(2026, 3, 1), datetime(2026, 3, 1, 5)],
            "ChargePeriodEnd": [datetime(2026, 3, 2, tzinfo=UTC)] * 2,
            "BillingPeriodStart": [date(2026, 3, 1)] * 2,
            "Tags": [
                [{"key": "env", "value": "prod"}, {"key": "team", "value": "ä"}],
                None,
            ],
            "x_Flag": [True, None],
            "x_Detail": [{"a": "b", "c": None}, None],
            "x_Old": [b"caf\xc3\xa9", None],
        }
    )
    reading = read(parquet(frame))
    (batch,) = reading.batches()
    assert batch.problems == []
    first, second = batch.frame.to_dicts()
    assert (first["billed_cost"], second["billed_cost"]) == ("0.0000001", "0.1")
    assert first["tags"] == '{"env": "prod", "team": "ä"}' and second["tags"] is None
    assert '"x_Flag":"true"' in first["raw"] and "x_Flag" not in second["raw"]
    assert '"x_Detail":"{\\"a\\": \\"b\\", \\"c\\": null}"' in first["raw"]
    assert '"x_Old":"café"' in first["raw"]
    assert '"ChargePeriodEnd":"2026-03-02T00:00:00Z"' in first["raw"]
    (charge,) = reading.charges()
    assert str(charge.effective_cost) == "1.1"
    assert charge.to_dict()["billed_cost"] == "0.1000001"


def test_daily_rated_usage_as_parquet():
    rows = [hours(UsageDate="2026-03-01"), hours(UsageDate="2026-03-02")]
    (charge,) = read(parquet(texts(rows))).charges()
    assert charge.row_count == 2


def test_several_row_groups_and_kinds_of_compression():
    for compression in ("uncompressed", "snappy", "gzip", "zstd", "lz4", "brotli"):
        data = parquet(texts(ROWS), row_group_size=100, compression=compression)
        reading = read(data)
        assert sum(batch.frame.height for batch in reading.batches()) == 500
        assert reading.totals["EUR"].billed_cost == Decimal("124875.00")


def test_bad_cells_are_problems_with_the_text_of_their_row():
    reading = read(parquet(texts([focus(), focus(BilledCost="NaN"), focus()])))
    found = list(reading)
    (problem,) = [item for item in found if isinstance(item, Problem)]
    assert (problem.row, problem.column) == (2, "BilledCost")
    records = list(reading.table.records())
    assert len(records) == 3 and '"BilledCost": "NaN"' in records[1]


def test_nul_characters_spoil_their_row_only():
    found = list(read(parquet(texts([focus(), focus(ResourceName="a\0b")]))))
    assert [one.row for one in found if isinstance(one, Problem)] == [2]


def test_inside_gzip_and_from_a_path(tmp_path):
    import gzip

    data = parquet(texts(ROWS))
    path = tmp_path / "usage.parquet"
    path.write_bytes(data)
    for source in (gzip.compress(data), path, io.BytesIO(data)):
        with open_file(source) as reading:
            assert sum(one.row_count for one in reading.charges()) == 500


# -- hostile -----------------------------------------------------------------------


DATA = parquet(texts(ROWS))
DAMAGED = "is a damaged Parquet file or was cut off while downloading"


@pytest.mark.parametrize("length", [4, 8, 12, 100, len(DATA) // 2, len(DATA) - 1])
def test_truncated(length):
    assert DAMAGED in sentence(DATA[:length])


@pytest.mark.parametrize(
    "data",
    [
        b"PAR1" + b"\0" * 100,
        b"PAR1" + b"PAR1" * 100,
        b"PAR1" + struct.pack("<I4s", 0, b"PAR1"),
        b"PAR1" + b"\x1c" * 200 + struct.pack("<I4s", 200, b"PAR1"),
        b"PAR1" + b"\xff" * 200 + struct.pack("<I4s", 200, b"PAR1"),
        b"PAR1" + b"\x0c" * 200 + struct.pack("<I4s", 200, b"PAR1"),
        b"PAR1" + struct.pack("<I4s", 0xFFFFFFFF, b"PAR1"),
    ],
)
def test_rubbish(data):
    assert DAMAGED in sentence(data)


def test_encrypted():
    assert "is encrypted" in sentence(DATA[:-4] + b"PARE")


@pytest.mark.parametrize("step", [7, 11, 13])
def test_any_damaged_byte_is_said_or_harmless(step):
    """Never a traceback, whatever byte was damaged."""
    for at in range(4, len(DATA), len(DATA) // 60 + step):
        damaged = bytearray(DATA)
        damaged[at] ^= 0xFF
        try:
            list(open_file(bytes(damaged), name="usage.parquet"))
        except UnreadableFile as error:
            assert str(error).endswith(".")


def test_too_many_rows_are_refused_by_their_number():
    frame = pl.DataFrame({"BilledCost": pl.repeat("1", 100_000, eager=True)})
    text = sentence(parquet(frame), limits=Limits(rows=99_999))
    assert "holds more than 99,999 rows" in text


def test_bomb_is_refused_before_it_is_unpacked():
    """A megabyte that unpacks to a gigabyte."""
    cell = "x" * 100_000
    frame = pl.DataFrame({"BilledCost": [f"{number}{cell}" for number in range(3000)]})
    data = parquet(frame, compression="zstd", use_pyarrow=False, statistics=False)
    assert len(data) < 1 << 20
    limits = Limits(total_bytes=64 << 20)
    begin = time.process_time()
    tracemalloc.start()
    text = sentence(data, limits=limits)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "holds more than" in text
    assert peak < 8 << 20
    assert time.process_time() - begin < 5


def test_one_long_text_for_many_rows_is_refused():
    """A dictionary makes it small in the file and in memory, but not as rows."""
    cells = pl.repeat("x" * 140_000, 5000, eager=True)
    frame = pl.DataFrame({name: [cell] for name, cell in focus().items()})
    frame = frame.select(pl.all().repeat_by(5000).explode()).with_columns(
        ResourceName=cells
    )
    assert "is far too long" in sentence(parquet(frame))
    short = frame.with_columns(ResourceName=pl.lit("x" * 60_000))
    text = sentence(parquet(short), limits=Limits(total_bytes=1 << 28))
    assert "holds more than 256 MB" in text


def test_too_many_columns():
    frame = pl.DataFrame({f"c{number}": ["1"] for number in range(1500)})
    assert "1,500 columns" in sentence(parquet(frame))


def test_no_rows():
    assert "a header but no rows" in sentence(parquet(texts(ROWS).clear()))


def test_columns_of_another_table():
    frame = pl.DataFrame({"a": ["1"], "b": ["2"]})
    assert "has no known header" in sentence(parquet(frame))


def test_temporary_copy_is_removed():
    with read(DATA) as reading:
        table = reading.table
        assert isinstance(table, ParquetTable)
        name = table._parts[0].file.name
        list(reading)
    with pytest.raises(FileNotFoundError):
        open(name, "rb")  # noqa: PTH123, SIM115


def test_parts_of_a_table_are_cut_by_what_they_hold():
    """Rows with long texts come in smaller blocks."""
    rows = [focus(ResourceName="y" * 60_000) for _ in range(2000)]
    reading = read(parquet(texts(rows)))
    sizes = [batch.frame.height for batch in reading.batches()]
    assert sum(sizes) == 2000 and max(sizes) < 1000


def test_usage_file_is_no_parquet():
    assert open_file(usage_file([hours()])).format.id == "microsoft_daily"
