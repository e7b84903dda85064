"""JSON objects as rows of text cells: numbers as written, nested values as JSON."""

import json
import re
from collections.abc import Callable

from .layout import spelled
from .sentence import Sentence, _
from .sheet_cells import Typed
from .tabular import MAX_CELL_CHARS

# half of a character, which JSON can escape on its own
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_OBJECT = _(
    "this line is no complete JSON object, so it was cut off or damaged; download the "
    "file again"
)

Object = dict[str, object]


class BadObject(ValueError):
    """A text is no row; the sentence says what is wrong, without a full stop."""

    def __init__(self, sentence: Sentence):
        self.sentence = sentence
        super().__init__(sentence)


def _named_twice(column: str) -> BadObject:
    return BadObject(
        _(
            "this line names “%(column)s” twice, so it is unclear which one counts; "
            "download the file again",
            column=column[:MAX_NAME_SHOWN],
        )
    )


def _no_number(text: str) -> object:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(text)


def _once(pairs: list[tuple[str, object]]) -> Object:
    """Return an object; Python's own way would keep the last of two amounts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _named_twice(twice)
    return found


MAX_NAME_SHOWN = 80
# Floats would lose digits and trailing zeros; Typed says that it was a number.
DECODER = json.JSONDecoder(
    parse_float=Typed,
    parse_int=Typed,
    parse_constant=_no_number,
    object_pairs_hook=_once,
)


def object_of(text: str) -> Object:
    """Return the object that a line holds.

    :raise BadObject: with what is wrong
    """
    try:
        value = DECODER.decode(text)
    except BadObject:
        raise
    except (ValueError, RecursionError) as error:
        raise BadObject(_NO_OBJECT) from error
    if not isinstance(value, dict):
        raise BadObject(_NO_OBJECT)
    return value


class Columns:
    """Column names of all objects of a file, in the order in which they come.

    “SubTotal” and “Subtotal” are one column: names differ in case between data sets.

    :param names: as first spelled
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._by_spelling: dict[str, int] = {}
        self._by_name: dict[str, int] = {}

    def learn(self, value: Object) -> None:
        """Take the names of an object."""
        for name in value:
            if name in self._by_name:
                continue
            index = self._by_spelling.setdefault(spelled(name), len(self.names))
            if index == len(self.names):
                self.names.append(storable(name))
            self._by_name[name] = index

    def cells(self, value: Object) -> list[str]:
        """Return the values of an object as texts, empty where it has none.

        :raise BadObject: it has a column twice, or one that was not learned
        """
        found = [""] * len(self.names)
        places = [self._by_name[name] for name in value]
        if len(set(places)) < len(places):
            twice = next(at for at in places if places.count(at) > 1)
            raise _named_twice(self.names[twice])
        for index, cell in zip(places, value.values(), strict=True):
            found[index] = text_of(cell)
        return found


def text_of(value: object) -> str:
    """Return a value as a cell; texts and numbers stay as they are."""
    if isinstance(value, str):
        return value if type(value) is Typed else storable(value)
    if value is None:
        return ""
    return json_of(value)


def storable(text: str) -> str:
    """Return a text without what escapes can make and no database holds."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def json_of(value: object) -> str:
    """Return a value as JSON text, numbers as they were written."""
    parts: list[str] = []
    _write(value, parts.append)
    return "".join(parts)


def _write(value: object, write: Callable[[str], object]) -> None:
    if type(value) is Typed:
        write(value)
    elif isinstance(value, dict):
        write("{")
        for count, (name, inner) in enumerate(value.items()):
            write("," if count else "")
            write(f"{json.dumps(storable(name), ensure_ascii=False)}:")
            _write(inner, write)
        write("}")
    elif isinstance(value, list):
        write("[")
        for count, inner in enumerate(value):
            write("," if count else "")
            _write(inner, write)
        write("]")
    else:
        text = value if not isinstance(value, str) else storable(value)
        write(json.dumps(text, ensure_ascii=False))


def long_column(cells: list[str]) -> int | None:
    """Return the number of the first cell that is longer than any genuine one."""
    for column, cell in enumerate(cells, start=1):
        if len(cell) > MAX_CELL_CHARS:
            return column
    return None
