"""A local Microsoft for each test."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from microsoft_common import connect
from vendors.microsoft import MicrosoftServer


@pytest.fixture
def microsoft():
    with MicrosoftServer() as server:
        yield server


@pytest.fixture
def connector(microsoft):
    connector = connect(microsoft)
    yield connector
    connector.close()
