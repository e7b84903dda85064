"""Several runs of this program at once, each with its own output, in its own session."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .common import ROOT, say

POLL_SECONDS = 0.2


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Job:
    """A program with the environment and the file that takes its output."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    log: Path

    def start(self) -> subprocess.Popen:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as output:
            return subprocess.Popen(
                [str(word) for word in self.command],
                env=dict(self.environment),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches us alone, and we end each with all that it started.
                start_new_session=True,
            )


def run_jobs(
    jobs: Sequence[Job], at_once: int, ended: Callable[[Job, int], None]
) -> None:
    """Run jobs, some at a time; print their outputs whole and in the order of the jobs.

    :param ended: called with each job and its exit code, once its output is printed
    """
    waiting = list(jobs)
    running: dict[str, subprocess.Popen] = {}
    codes: dict[str, int] = {}
    to_print = list(jobs)
    try:
        while to_print:
            while waiting and len(running) < at_once:
                job = waiting.pop(0)
                running[job.name] = job.start()
                say(f"-> {job.name}: started")
            time.sleep(POLL_SECONDS)
            for name, process in list(running.items()):
                if process.poll() is not None:
                    codes[name] = running.pop(name).returncode
            while to_print and to_print[0].name in codes:
                job = to_print.pop(0)
                _print(job.log)
                ended(job, codes[job.name])
    finally:
        _end(list(running.values()))


def _print(log: Path) -> None:
    sys.stdout.flush()
    with log.open("rb") as file:
        for line in file:
            sys.stdout.write(line.decode(errors="replace"))
    sys.stdout.flush()


def _end(processes: Sequence[subprocess.Popen]) -> None:
    """End what still runs and wait, so that each removes its database."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    for process in processes:
        process.wait()
