"""The story and its figures, made once for all tests."""

import pytest

from demo.expected import compute
from demo.generator import build


@pytest.fixture(scope="session")
def scenario():
    return build()


@pytest.fixture(scope="session")
def figures(scenario):
    return compute(scenario)
