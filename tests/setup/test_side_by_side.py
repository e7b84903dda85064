"""Programs that run at once: their outputs stay apart, and none is left running."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from scripts.common import ROOT
from scripts.side_by_side import Job, run_jobs

SECONDS = 60  # until a test gives up


def job(folder, name, code):
    return Job(name, [sys.executable, "-c", code], os.environ, folder / f"{name}.log")


def wait_for(what):
    end = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_outputs_are_whole_and_in_order_whoever_ends_first(tmp_path, capfd):
    go = tmp_path / "go"
    slow = (
        "import pathlib, sys, time; print('slow begins', flush=True)\n"
        f"while not pathlib.Path({str(go)!r}).exists(): time.sleep(0.02)\n"
        "print('slow ends'); sys.exit(3)"
    )
    fast = f"print('fast'); import pathlib; pathlib.Path({str(go)!r}).touch()"
    codes = {}
    run_jobs(
        [job(tmp_path, "slow", slow), job(tmp_path, "fast", fast)],
        2,
        lambda one, code: codes.update({one.name: code}),
    )
    assert codes == {"slow": 3, "fast": 0}
    lines = capfd.readouterr().out.splitlines()
    assert [line for line in lines if "->" not in line] == [
        "slow begins",
        "slow ends",
        "fast",
    ]


def test_no_more_run_at_once_than_asked_for(tmp_path):
    times = (
        "import time; print(time.monotonic()); time.sleep(0.3); print(time.monotonic())"
    )
    jobs = [job(tmp_path, str(number), times) for number in range(3)]
    run_jobs(jobs, 2, lambda one, code: None)
    first, second, third = (
        tuple(map(float, one.log.read_text().split())) for one in jobs
    )
    assert first[0] < second[1] and second[0] < first[1]
    assert third[0] >= min(first[1], second[1])


def test_one_that_cannot_start_ends_the_others(tmp_path):
    sleeper = job(tmp_path, "sleeper", "import time; time.sleep(600)")
    nothing = Job("nothing", [tmp_path / "missing"], os.environ, tmp_path / "x.log")
    before = set(psutil.Process().children())
    with pytest.raises(FileNotFoundError):
        run_jobs([sleeper, nothing], 2, lambda one, code: None)
    assert set(psutil.Process().children()) <= before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_ends_all_that_was_started(tmp_path, number):
    """And each has the time to clean up, as the parts of the tests drop databases."""
    child = (
        "import pathlib, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        "deeper = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "try:\n"
        "    print(deeper.pid, flush=True)\n"
        "    time.sleep(600)\n"
        "finally:\n"
        "    time.sleep(0.5)\n"
        "    print('cleaned', flush=True)\n"
    )
    parent = (
        "import os, pathlib, signal, sys\n"
        "from scripts.side_by_side import Job, run_jobs\n"
        # as the entry point does; started in the background, a shell has it ignored
        "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "jobs = [Job(name, [sys.executable, '-c', sys.argv[2]], os.environ, folder / name)\n"
        "        for name in ('one', 'two', 'never')]\n"
        "run_jobs(jobs, 2, print)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", parent, tmp_path, child],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    logs = [tmp_path / "one", tmp_path / "two"]
    wait_for(lambda: all(log.exists() and log.read_text() for log in logs))
    deeper = [int(log.read_text()) for log in logs]
    process.send_signal(number)
    assert process.wait(SECONDS) != 0
    assert [log.read_text().split()[1] for log in logs] == ["cleaned", "cleaned"]
    assert not (tmp_path / "never").exists()
    wait_for(lambda: not any(map(_runs, deeper)))


def _runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
