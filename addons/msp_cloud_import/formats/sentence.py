"""Sentences in English that can be told in another language later.

Every text that a person may read is made by `_`, the name that Odoo's export of terms
looks for. Whoever shows it translates the template and fills in the values again.
"""

from collections.abc import Iterable


class Count(int):
    """A number that is written with marks between its thousands."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{int(self):,}"


class Sentence(str):
    """A text in English that remembers what it was made of.

    It is a str in all else: it compares, hashes and pickles as one.

    :param template: the text with places for the values, such as ``%(row)s``; a per
        cent sign is ``%%`` if there are values
    :param values: texts or numbers; a `Sentence` among them is translated as well, a
        `Count` written as the language does
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, /, **values: object) -> "Sentence":  # noqa: PYI034 (Self needs Python 3.11)
        """Return the English text."""
        self = super().__new__(cls, template % values if values else template)
        self.template, self.values = template, values
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _remade, (self.template, self.values)


_ = Sentence


def _remade(template: str, values: dict[str, object]) -> Sentence:
    return Sentence(template, **values)


def joined(texts: Iterable[str], mark: str) -> Sentence:
    """Return texts with `mark` between them, which is the same in every language."""
    values = {f"text_{at}": text for at, text in enumerate(texts)}
    return Sentence(
        mark.replace("%", "%%").join(f"%({name})s" for name in values), **values
    )
