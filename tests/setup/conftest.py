"""Odoo's source tree for the tests that need to know what Odoo knows."""

import pytest

from scripts import odoo_source


@pytest.fixture(scope="session")
def odoo():
    """Return the Odoo 19 that `make` uses, fetched if it is not there yet."""
    return odoo_source.ensure()
