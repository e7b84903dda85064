"""Amounts and quantities that a column profile computes from columns of the row.

``[Included] + [Additional]``, ``([Net] + [Fee]) * 1.19``: columns in brackets,
numbers, + - * / (also × and ÷) and parentheses. Nothing else is understood.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .errors import FormatsError
from .exact import EXACT
from .sentence import _

MAX_CHARS = 500
MAX_DEPTH = 20
# A quotient need not end; more places no provider prints.
PLACES = Decimal("1E-10")
_ZERO = Decimal(0)
_TOKEN = re.compile(
    r"\s*(?:\[(?P<column>[^\[\]]+)\]|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<sign>[-+*/()×÷−:]))"
)
_SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", ":": "/"})
_Tree = str | Decimal | tuple[str, "_Tree", "_Tree"]


class BadFormula(FormatsError):
    """A formula cannot be understood; the message is one sentence."""


class NoResult(ArithmeticError):
    """A formula has no value for a row: it divides by zero."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was understood.

    :param columns: names of the columns it needs
    """

    text: str
    columns: tuple[str, ...]
    _tree: _Tree

    def value(self, numbers: Mapping[str, Decimal | None]) -> Decimal | None:
        """Return the result, None if the cells it needs are blank.

        A blank cell counts 0 in a sum of which another part is filled; it makes a
        product or quotient blank.

        :param numbers: column -> number of the row
        :raise NoResult: it divides by zero
        """
        found = _value(self._tree, numbers)
        if found is None or found == found.to_integral_value():
            return found
        if -found.as_tuple().exponent <= -PLACES.as_tuple().exponent:  # type: ignore[operator]
            return found
        return found.quantize(PLACES, rounding=ROUND_HALF_UP, context=EXACT)


def formula_of(text: str) -> Formula:
    """Return what a formula says.

    :raise BadFormula: with a sentence
    """
    if len(text) > MAX_CHARS:
        raise BadFormula(
            _("The formula is longer than %(count)s characters.", count=MAX_CHARS)
        )
    parser = _Parser(text)
    tree = parser.sum(0)
    if parser.token is not None:
        raise parser.error()
    if not parser.columns:
        raise BadFormula(
            _(
                "The formula “%(formula)s” names no column; write it as [Column].",
                formula=text,
            )
        )
    return Formula(text, tuple(dict.fromkeys(parser.columns)), tree)


class _Parser:
    """:param token: the next kind and text, None at the end"""

    def __init__(self, text: str):
        self._text, self._at = text, 0
        self.columns: list[str] = []
        self.token: tuple[str, str] | None = None
        self._next()

    def error(self) -> BadFormula:
        return BadFormula(
            _(
                "The formula “%(formula)s” cannot be understood at “%(place)s”; write "
                "it like [Column] + [Other column] * 2.",
                formula=self._text,
                place=self._text[self._begin :].strip()[:20],
            )
        )

    def sum(self, depth: int) -> _Tree:
        tree = self._product(depth)
        while self.token in (("sign", "+"), ("sign", "-")):
            sign = self._take()
            tree = (sign, tree, self._product(depth))
        return tree

    def _product(self, depth: int) -> _Tree:
        tree = self._part(depth)
        while self.token in (("sign", "*"), ("sign", "/")):
            sign = self._take()
            tree = (sign, tree, self._part(depth))
        return tree

    def _part(self, depth: int) -> _Tree:
        if self.token is None or depth > MAX_DEPTH:
            raise self.error()
        kind, text = self.token
        if kind == "column":
            self._take()
            self.columns.append(text)
            return text
        if kind == "number":
            self._take()
            return Decimal(text)
        if text == "(":
            self._take()
            tree = self.sum(depth + 1)
            if self.token != ("sign", ")"):
                raise self.error()
            self._take()
            return tree
        if text == "-":
            self._take()
            return ("*", Decimal(-1), self._part(depth + 1))
        raise self.error()

    def _take(self) -> str:
        assert self.token is not None  # looked at by the caller
        text = self.token[1]
        self._next()
        return text

    def _next(self) -> None:
        self._begin = self._at
        rest = self._text[self._at :].strip()
        if not rest:
            self.token = None
            return
        match = _TOKEN.match(self._text, self._at)
        if not match or match.lastgroup is None:
            raise self.error()
        self._at = match.end()
        text = match[match.lastgroup].strip().translate(_SIGNS)
        if match.lastgroup == "column":
            text = match["column"].strip()
        if not text:
            raise self.error()
        self.token = match.lastgroup, text


def _value(tree: _Tree, numbers: Mapping[str, Decimal | None]) -> Decimal | None:
    if isinstance(tree, Decimal):
        return tree
    if isinstance(tree, str):
        return numbers.get(tree)
    sign, left, right = tree
    one, two = _value(left, numbers), _value(right, numbers)
    if sign in "+-":
        if one is None and two is None:
            return None
        one, two = one or _ZERO, two or _ZERO
        return EXACT.add(one, two) if sign == "+" else EXACT.subtract(one, two)
    if one is None or two is None:
        return None
    if sign == "*":
        return EXACT.multiply(one, two)
    if not two:
        raise NoResult
    return EXACT.divide(one, two)
