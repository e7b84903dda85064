"""One pass over a file of usage: details and problems in batches, then charges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import polars as pl

from .glued import Headers
from .problem import Problem
from .provider_charge import ProviderCharge
from .reading import Reading
from .tabular import Row, is_blank
from .usage_blocks import ROW, Cut
from .usage_engine import Engine, Usual
from .usage_format import UsageFormat
from .usage_parts import parts
from .usage_sums import Sums


@dataclass(frozen=True, slots=True)
class UsageBatch:
    """Some rows of the file.

    :param frame: a line per row that belongs to a charge, ascending: row,
        charge_key (the `row_key` of the charge that sums it), charge_date (the day
        of use), quantity, unit_price and billed_cost (exact decimals as plain
        texts), resource_id, resource_name, resource_group, region, tags and raw
        (texts of JSON objects; raw holds the cells that went nowhere else). What is
        blank is null.
    :param problems: the rows that belong to none
    """

    frame: pl.DataFrame
    problems: list[Problem]


@dataclass(slots=True, kw_only=True)
class UsageReading(Reading):
    """A file of usage that can be read; see `Reading`.

    Every row is in exactly one charge, or is a problem: ``rows`` is the sum of all
    `row_count` and `problem_count`. The details of a charge add up to it. Memory
    grows with the charges, not with the rows.
    """

    headers: Headers
    cut: Cut
    _sums: Sums | None = field(default=None, init=False)

    def __iter__(self) -> Iterator[ProviderCharge | Problem]:
        for batch in self.batches():
            yield from batch.problems
        yield from self.charges()

    def batches(self) -> Iterator[UsageBatch]:
        """Read the file; yield its rows in their order."""
        self._begin()
        assert isinstance(self.format, UsageFormat)
        self._sums, sums = None, Sums(self.totals)
        self.headers.begin()
        blocks = self.cut(None)
        engines: dict[tuple[str, ...], Engine] = {}
        for part in parts(blocks, self.table, self.headers):
            if part.header not in engines:
                layout = replace(
                    self.layout, header=part.header, position=dict(part.position)
                )
                engines[part.header] = Engine(layout, self.format, sums)
            engine = engines[part.header]
            self._part = engine.layout
            for usual, others in self._between_totals(*engine.usual(part.block)):
                frame, problems = engine.take(
                    usual, others, partial(self._read, engine)
                )
                self._count_batch(frame.height, problems, engine)
                yield UsageBatch(frame, problems)
        for notice in sums.oddities(self.format.row.PRICED):
            self._warn(notice)
        self._check_stated()
        self._sums = sums

    def charges(self) -> Iterator[ProviderCharge]:
        """Yield the charges, oldest first; reads the file if nobody has yet."""
        if self._sums is None:
            for _batch in self.batches():
                pass
        assert self._sums is not None
        yield from self._sums.charges()

    @property
    def version(self) -> str | None:
        """The version of the format, None if it has none."""
        assert isinstance(self.format, UsageFormat)
        return self.format.version and self.format.version(self.header)

    # -- rows ------------------------------------------------------------------

    def _between_totals(
        self, usual: Usual, others: Sequence[Row]
    ) -> Iterator[tuple[Usual, list[Row]]]:
        """Yield the rows between total rows, which are compared with the sums.

        Blank rows are left out.
        """
        between: list[Row] = []
        first = 0
        for row in others:
            if row.broken is None:
                if is_blank(row.cells):
                    continue
                if self._is_total(row.cells):
                    end = int((usual.frame[ROW] < row.number).sum())
                    yield usual.part(first, end), between
                    self._check_total(row)
                    first, between = end, []
                    continue
            between.append(row)
        yield (usual.part(first, usual.frame.height) if first else usual), between

    # -- counting --------------------------------------------------------------

    def _count_batch(self, rows: int, problems: list[Problem], engine: Engine) -> None:
        for problem in problems:
            self._count(problem)
        self.rows += rows
        self.charge_count = len(engine.sums.all)
        for notice in engine.take_notices():
            self._warn(notice)
