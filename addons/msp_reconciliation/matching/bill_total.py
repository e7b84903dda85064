"""Whether what a provider's invoice asks for is what its files say."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Stated:
    """The total of an invoice that somebody has typed in with one of its files.

    :param typed: net total of the invoice; None: nobody has said
    :param read: net total of this file
    """

    typed: Decimal | None
    read: Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """What an invoice asks for beyond its files.

    :param typed: total of the invoice
    :param read: total of the files it was compared with
    """

    typed: Decimal
    read: Decimal

    @property
    def amount(self):
        return self.typed - self.read


def differences(
    files: Sequence[Stated], together: Decimal, tolerance: Decimal
) -> list[Difference]:
    """Return the difference of each total that was typed in, the smaller ones.

    A total is that of its file, or of all files of the invoice together; it is
    compared with what it comes nearest to, and one total counts once.

    :param together: net total of all the files, rows of several counted once
    :param tolerance: what may differ
    """
    own, joint = [], {}
    for one in files:
        if one.typed is None:
            continue
        alone = Difference(one.typed, one.read)
        both = Difference(one.typed, together)
        is_own = len(files) == 1 or abs(alone.amount) <= max(
            tolerance, abs(both.amount)
        )
        if is_own:
            own.append(alone)
        else:
            joint[both] = None
    return [*own, *joint]


def normal_number(number: str | None) -> str:
    """Return an invoice number as it is compared: "g 012-345" is G012345."""
    return "".join(sign for sign in (number or "").upper() if sign.isalnum())
