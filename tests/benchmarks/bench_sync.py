"""How long a night's sync of subscriptions takes, the provider's limit observed.

2,000 customers with 10,000 subscriptions at a local Microsoft in a process of its own,
100 ms before each answer. Microsoft allows 500 calls a minute, which alone makes four
minutes of 2,000 customers; the second run without that limit shows what is ours.
"""

import multiprocessing
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "addons/msp_cloud_import"))
sys.path.insert(0, str(Path(__file__).parents[2] / "addons/msp_cloud_import/tests"))

from connectors import Account, Http, MicrosoftConnector
from connectors.microsoft_subscriptions import WORKERS
from vendors.microsoft import MicrosoftServer

CUSTOMERS, EACH, LATENCY = 2_000, 5, 0.1
PER_MINUTE = MicrosoftConnector.per_minute
MOST_SECONDS, MOST_MEGABYTES = 300, 200


def _serve(pipe):
    """Be the vendor until somebody says so."""
    with MicrosoftServer(LATENCY) as server:
        for number in range(CUSTOMERS):
            customer = server.data.add_customer(f"Customer {number}")
            for product in range(EACH):
                server.data.add_subscription(
                    customer, f"Product {product}", quantity=number % 50 + 1
                )
        pipe.send((server.settings, server.secrets, server.ca_path))
        while pipe.recv():
            times = [one.at for one in server.calls("/v1/")]
            busiest = max(_within_a_minute(times), default=0)
            server.log.clear()
            pipe.send((len(times), busiest, server.secrets))


def _within_a_minute(times):
    """Yield how many calls came in the minute that begins with each."""
    end = 0
    for start, at in enumerate(times):
        while end < len(times) and times[end] < at + 60:
            end += 1
        yield end - start


@pytest.fixture(scope="module")
def vendor():
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,))
    process.start()
    yield ours
    ours.send(False)
    process.join(10)


@pytest.fixture(scope="module")
def account(vendor):
    return vendor.recv()


class _Memory(threading.Thread):
    """The most memory of this process, above what it had before."""

    def __init__(self):
        super().__init__(daemon=True)
        self.process = psutil.Process()
        self.before = self.most = self.process.memory_info().rss
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.wait(0.05):
            self.most = max(self.most, self.process.memory_info().rss)

    def megabytes(self):
        self.is_over.set()
        self.join()
        return (self.most - self.before) / 2**20


@pytest.mark.parametrize("per_minute", [None, PER_MINUTE], ids=["free", "limited"])
def test_sync(vendor, account, per_minute):
    settings, secrets, ca_path = account
    http = Http(per_minute, verify=ca_path)
    # The free run has used the first refresh token up.
    connector = MicrosoftConnector(Account(settings, secrets, secrets.update), http)
    memory = _Memory()
    memory.start()
    start = time.monotonic()
    cursor, found, pages = None, 0, 0
    while pages == 0 or cursor is not None:
        # As Odoo does it: slices of less than a minute, each stored.
        page = connector.read_subscriptions(cursor, {}, time.monotonic() + 45)
        assert not page.problems
        cursor, found, pages = page.cursor, found + len(page.subscriptions), pages + 1
    seconds = time.monotonic() - start
    most = memory.megabytes()
    connector.close()
    vendor.send(True)
    calls, busiest, _ = vendor.recv()
    assert found == CUSTOMERS * EACH
    ideal = calls * LATENCY / WORKERS
    if per_minute:
        ideal = calls * 60 / per_minute
        assert busiest <= per_minute * 1.1
        assert seconds < MOST_SECONDS
    assert most < MOST_MEGABYTES
    limit = f"{per_minute} calls/min" if per_minute else "no limit"
    print(
        f"\n{found:,} subscriptions of {CUSTOMERS:,} customers, {limit}: "
        f"{seconds:.0f} s (the vendor alone: {ideal:.0f} s), {calls:,} calls in "
        f"{pages} parts, {calls * 60 / seconds:,.0f} calls/min, at most {busiest} in a "
        f"minute, {most:.0f} MB more memory"
    )
