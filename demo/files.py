"""All files of the story, and what each of them adds up to."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from . import ingram_file, microsoft_file, skykick_file
from .scenario import MONTHS, PROVIDERS, Scenario

WRITERS = dict(zip(PROVIDERS, (microsoft_file, ingram_file, skykick_file), strict=True))


@dataclass(frozen=True, slots=True)
class ProviderFile:
    """A file as it was written.

    :param month: first day of the month it is about
    """

    provider: str
    month: date
    path: Path


@dataclass(frozen=True, slots=True)
class FileFigures:
    """What a provider asks for in one month.

    :param tax: None where the file states none
    """

    provider: str
    month: date
    net: Decimal
    tax: Decimal | None

    @property
    def gross(self) -> Decimal | None:
        return None if self.tax is None else self.net + self.tax


def write_files(scenario: Scenario, folder: Path) -> list[ProviderFile]:
    """Write all files into `folder`; return them month by month."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for month in MONTHS:
        for provider, writer in WRITERS.items():
            path = folder / writer.file_name(month)
            path.write_bytes(writer.content(scenario, month))
            files.append(ProviderFile(provider, month, path))
    return files


def figures(scenario: Scenario, month: date) -> tuple[FileFigures, ...]:
    """Return the sums of the files of a month."""
    result = []
    for provider, writer in WRITERS.items():
        rows = writer.rows_of(scenario, month)
        tax = writer.tax_total(rows, scenario.place.tax_rate)
        result.append(FileFigures(provider, month, writer.total(rows), tax))
    return tuple(result)
