"""Files that are known but not read; each is refused with a sentence of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import UnreadableFile
from .layout import normalised
from .sentence import _


@dataclass(frozen=True, slots=True)
class Refused:
    """A kind of file that is recognised only to say why it is not read.

    :param columns: names that no other kind of file has together
    """

    columns: tuple[str, ...]
    reason: str


_REFUSED = (
    # page "Microsoft Partner Center – legacy reconciliation files", part B
    Refused(
        ("ConsumedQuantity", "IncludedQuantity", "OverageQuantity", "PretaxCharges"),
        _(
            "is a usage file of the old Azure offer (MS-AZR-0145P), whose billing has "
            "ended; it is not read, enter its invoice by hand"
        ),
    ),
)


def refuse_known(header: Sequence[str], name: str) -> None:
    """Refuse a file with such a header.

    :raise UnreadableFile: it is one of the kinds that are not read
    """
    found = {normalised(cell) for cell in header}
    for kind in _REFUSED:
        if {normalised(column) for column in kind.columns} <= found:
            raise UnreadableFile(name, kind.reason)
