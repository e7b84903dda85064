"""How fast a large file of daily rated usage is read, and in how much memory.

Yardsticks, in the same run: Python's csv module alone, and PostgreSQL's COPY of the
same file, as text, into a bare table.
"""

import csv
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "addons" / "msp_cloud_import"))
sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "msp_cloud_import"))

from usage_files import COLUMNS, write_many

ADDON = Path(__file__).parents[2] / "addons" / "msp_cloud_import"
SIZES = (10_000, 100_000, 1_000_000)
MEGABYTES = 500
# In a process of its own, so that its memory is that of reading alone.
READ = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
from formats import open_file
start = time.perf_counter()
with open_file(sys.argv[2]) as reading:
    details = sum(batch.frame.height for batch in reading.batches())
    charges = sum(1 for _charge in reading.charges())
seconds = time.perf_counter() - start
assert reading.rows == details and not reading.problem_count
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
peak //= 1 << 20 if sys.platform == "darwin" else 1 << 10
print(json.dumps({"rows": details, "charges": charges, "s": seconds, "mb": peak}))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Paths of files by their number of rows, each the beginning of the largest."""
    folder = tmp_path_factory.mktemp("usage")
    paths = {size: folder / f"{size}.csv" for size in SIZES}
    with paths[SIZES[-1]].open("w", newline="", encoding="utf-8") as stream:
        write_many(stream, SIZES[-1])
    for size in SIZES[:-1]:
        with paths[SIZES[-1]].open("rb") as whole, paths[size].open("wb") as part:
            part.writelines(itertools.islice(whole, size + 1))
    return paths


def _read(path):
    command = [sys.executable, "-c", READ, str(ADDON), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _csv_rate(path, size):
    """Return rows per second of Python's csv module."""
    start = time.perf_counter()
    with path.open(newline="", encoding="utf-8") as stream:
        rows = sum(1 for _row in csv.reader(stream))
    assert rows == size + 1
    return size / (time.perf_counter() - start)


def _copy_rate(path, size):
    """Return rows per second of COPY into a bare table, None without a database."""
    odoo = sys.modules.get("odoo.tools")
    names = odoo.config["db_name"] if odoo else os.environ.get("PGDATABASE")
    if not names:
        return None
    name = names if isinstance(names, str) else names[0]
    connection = psycopg2.connect(dbname=name)
    columns = ", ".join(f'"{name}" text' for name in COLUMNS)
    try:
        with connection.cursor() as cursor, path.open("rb") as stream:
            cursor.execute(f"CREATE TABLE bench_usage ({columns})")
            start = time.perf_counter()
            cursor.copy_expert("COPY bench_usage FROM STDIN CSV HEADER", stream)
            assert cursor.rowcount == size
            return size / (time.perf_counter() - start)
    finally:
        connection.rollback()
        connection.close()


def test_reading(files):
    print()
    rates = {}
    for size, path in files.items():
        found = _read(path)
        assert found["rows"] == size
        assert found["mb"] < MEGABYTES
        rates[size] = size / found["s"]
        print(
            f"{size:>9,} rows: {rates[size]:>9,.0f} rows/s, {found['mb']} MB, "
            f"{found['charges']:,} charges"
        )
    # linear: ten times the rows take ten times as long, on a busy machine as well
    assert rates[1_000_000] > rates[100_000] / 2
    size = 100_000
    best = max(size / _read(files[size])["s"] for _ in range(3))
    yardsticks = {
        "Python's csv module alone": _csv_rate(files[size], size),
        "COPY into a bare table": _copy_rate(files[size], size),
    }
    print(f"{'read, checked and summed':>32}: {best:>9,.0f} rows/s")
    for name, rate in yardsticks.items():
        if rate is None:
            print(f"{name:>32}: no database")
        else:
            print(f"{name:>32}: {rate:>9,.0f} rows/s   1 : {best / rate:.2f}")
    copy = yardsticks["COPY into a bare table"]
    if copy is not None:
        # a third of COPY, reading and storing together: what storing may take
        left = 1 / (3 / copy - 1 / best)
        print(f"{'storing must reach':>32}: {left:>9,.0f} rows/s")
        assert best > copy / 3
