"""Whose file it is: a short name of the vendor, such as ``microsoft``."""

from collections.abc import Mapping
from itertools import islice

from .layout import Format, normalised
from .tabular import Rows

_ROWS = 20
# Names that vendors give themselves, normalised; any other name stands for itself.
_NAMES = {
    "microsoft": "microsoft",
    "microsoftazure": "microsoft",
    "azure": "microsoft",
    "aws": "aws",
    "amazon": "aws",
    "amazonwebservices": "aws",
    "google": "google",
    "googlecloud": "google",
    "googlecloudplatform": "google",
    "gcp": "google",
    "oracle": "oracle",
    "oraclecloud": "oracle",
    "oraclecloudinfrastructure": "oracle",
    "oci": "oracle",
}
# Columns that name the vendor, in formats that several vendors write.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "focus": ("ProviderName", "InvoiceIssuerName", "PublisherName"),
    # who is asked knows whose states they are
    "subscription_states": (),
}


def vendor_code(name: str) -> str:
    """Return the short name of a vendor; empty if a name has no letters."""
    plain = normalised(name)
    return _NAMES.get(plain, plain)


def format_vendor(format_id: str) -> str:
    """Return whose format it is, empty if several vendors write it."""
    if format_id in _COLUMNS:
        return ""
    return vendor_code(format_id.partition("_")[0])


def vendor_of(form: Format, table: Rows, position: Mapping[str, int]) -> str:
    """Return whose file it is; empty if it does not say.

    :param position: where the columns are, by their names in the format
    """
    columns = _COLUMNS.get(form.id)
    if columns is None:
        return format_vendor(form.id)
    wanted = [position[name] for name in columns if name in position]
    rows = [
        row.cells
        for row in islice(table.rows(), table.header_row + _ROWS)
        if row.number > table.header_row and row.broken is None
    ]
    for index in wanted:
        for cells in rows:
            if index < len(cells) and (found := vendor_code(cells[index])):
                return found
    return ""
