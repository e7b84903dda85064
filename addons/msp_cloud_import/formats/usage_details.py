"""What is kept of each row of usage beside the charge that sums it."""

from decimal import Decimal

import polars as pl

from .provider_charge import plain
from .usage_blocks import ROW
from .usage_columns import UsageColumns
from .usage_row import DETAIL_TEXTS, UsageRow
from .usage_sums import Sum
from .usage_values import Leftovers, stripped, tags_of

# A detail: one row of the file.
DETAIL_SCHEMA: dict[str, type[pl.DataType]] = {
    "row": pl.Int64,
    "charge_key": pl.String,
    "charge_date": pl.Date,
    "quantity": pl.String,
    "unit_price": pl.String,
    "billed_cost": pl.String,
    **dict.fromkeys(DETAIL_TEXTS, pl.String),
    "tags": pl.String,
    "raw": pl.String,
}


class Details:
    """Makes the details of a file's rows, of whole columns or one by one."""

    def __init__(self, row: type[UsageRow], columns: UsageColumns):
        self._row, self._columns = row, columns
        self._leftovers = Leftovers(columns.leftovers, row.BLANKS)

    def of_frame(self, frame: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
        """Return the details of rows, without charge and price.

        :param frame: row, charge_date and plain numbers
        :param cells: their cells
        """
        columns, height = self._columns, frame.height
        blank = pl.repeat(None, height, dtype=pl.String, eager=True)
        texts = {
            name: self._or_null(stripped(cells[str(columns.details[name])]))
            if name in columns.details
            else blank
            for name in DETAIL_TEXTS
        }
        if "resource_name" not in columns.details and "resource_id" in columns.details:
            texts["resource_name"] = self._or_null(
                texts["resource_id"].str.extract("([^/]*)$")
            )
        has_quantity = "pricing_quantity" in frame.columns
        quantity = frame["pricing_quantity"] if has_quantity else blank
        tags = blank
        if columns.tags is not None:
            name = str(columns.tags)
            tags = tags_of(cells[name], self._row.tags)
            # what is no JSON is kept as it is
            others = pl.when(tags.is_null()).then(cells[name]).otherwise(pl.lit(""))
            cells = cells.with_columns(others.alias(name))
        raw = self._leftovers.of_frame(cells)
        return pl.DataFrame(
            {
                ROW: frame[ROW],
                "charge_date": frame["charge_date"],
                "quantity": self._or_null(quantity),
                "billed_cost": frame["billed_cost"],
                **texts,
                "tags": tags,
                "raw": raw,
            }
        )

    def _or_null(self, texts: pl.Series) -> pl.Series:
        return texts.set(texts.is_in(["", *self._row.BLANKS]), None)

    def of_row(self, line: UsageRow, one: Sum, tags: str | None) -> tuple[object, ...]:
        """Return the detail of a row that belongs to a charge."""
        columns = self._columns
        texts = {
            name: line.cell(line.DETAILS[name]) if name in columns.details else ""
            for name in DETAIL_TEXTS
        }
        if "resource_name" not in columns.details:
            texts["resource_name"] = texts["resource_id"].rpartition("/")[2]
        cells = dict(enumerate(line.cells))
        if columns.tags is not None and tags is not None:
            cells[columns.tags] = ""
        quantity, billed, *_ = line.sums()
        assert billed is not None  # checked by UsageRow.read
        return (
            line.row,
            one.key,
            line.day,
            None if quantity is None else plain(quantity),
            price_of(one),
            plain(billed),
            *(text or None for text in texts.values()),
            tags,
            self._leftovers.of_cells(cells),
        )


def price_of(one: Sum) -> str | None:
    """Return the unit price of all rows of a charge."""
    price = one.fields.get("contracted_unit_price")
    return plain(price) if isinstance(price, Decimal) else None
