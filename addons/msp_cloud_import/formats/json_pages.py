"""JSON documents that hold many rows: pages of an interface, lists, single objects.

``{"totalCount": 2, "items": [{…}, {…}]}``, ``[{…}, {…}]``, or several of these one
after another. Elements are decoded one by one, so memory stays constant however
large the list is.
"""

import re
from collections.abc import Callable, Iterator

from .errors import UnreadableFile
from .json_values import DECODER, BadObject, Object, json_of
from .limits import Limits
from .sentence import _
from .tabular import too_wide

# Partner Center; Graph; Pax8; Ingram and others.
ITEMS = frozenset({"items", "value", "content", "data", "lineitems"})
MAX_ANSWER_KEYS = 6
_CHUNK = 1 << 16
_BLANK = re.compile("[ \t\r\n\ufeff]*")


def is_page(value: Object) -> bool:
    """Return whether an object is an envelope around rows, no row itself."""
    return any(
        name.casefold() in ITEMS and isinstance(inner, list)
        for name, inner in value.items()
    )


class Pages:
    """The rows of JSON documents one after another.

    :param read: returns that many characters, none at the end
    :param envelope: what the last page says besides its rows, after the last row
    """

    def __init__(self, read: Callable[[int], str], name: str, limits: Limits):
        self._read, self._name, self._limits = read, name, limits
        self._buffer, self._at, self._is_end, self._count = "", 0, False, 0
        self.envelope: Object = {}

    def rows(self) -> Iterator[tuple[str, object]]:
        """Yield each row's JSON text and its value.

        :raise UnreadableFile: the text is no JSON from some row on
        """
        while first := self._peek():
            self._at += 1
            if first == "[":
                yield from self._list()
            elif first == "{":
                yield from self._object()
            else:
                raise self._damaged()

    def _list(self) -> Iterator[tuple[str, object]]:
        """Yield the elements of a list of which “[” was read."""
        if self._peek() == "]":
            self._at += 1
            return
        mark = ","
        while mark == ",":
            value, text = self._value()
            self._count += 1
            yield text, value
            mark = self._peek()
            self._at += 1
        if mark != "]":
            raise self._damaged()

    def _object(self) -> Iterator[tuple[str, object]]:
        """Yield the rows of a page of which “{” was read, or the object itself."""
        members: Object = {}
        has_rows, mark = False, ","
        if self._peek() == "}":
            self._at += 1
            return
        while mark == ",":
            name, _ = self._value()
            if type(name) is not str or name in members or self._peek() != ":":
                raise self._damaged()
            self._at += 1
            if name.casefold() in ITEMS and self._peek() == "[":
                self._at += 1
                has_rows = True
                yield from self._list()
            else:
                members[name], _ = self._value()
            if len(members) > self._limits.columns:
                raise too_wide(self._name, len(members))
            mark = self._peek()
            self._at += 1
        if mark != "}":
            raise self._damaged()
        if has_rows:
            self.envelope = members
        else:
            self._count += 1
            yield json_of(members), members

    def _value(self) -> tuple[object, str]:
        """Return the next value and its text."""
        self._peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._buffer, self._at)
            except BadObject as error:
                raise self._damaged() from error
            except (ValueError, RecursionError):
                end = len(self._buffer)
                if self._is_end:
                    raise self._damaged() from None
            else:
                # the rest of a number may be in what was not read yet
                if end < len(self._buffer) or self._is_end:
                    text = self._buffer[self._at : end]
                    self._at = end
                    return value, text
            if len(self._buffer) - self._at > self._limits.line_chars:
                raise self._damaged()
            self._more()

    def _peek(self) -> str:
        """Go to the next character that is no blank; empty at the end."""
        while True:
            match = _BLANK.match(self._buffer, self._at)
            assert match is not None  # it matches nothing as well
            self._at = match.end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._is_end:
                return ""
            self._more()

    def _more(self) -> None:
        chunk = self._read(_CHUNK)
        self._is_end = not chunk
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0

    def _damaged(self) -> UnreadableFile:
        if not self._count:
            reason = _(
                "is JSON that is damaged or was cut off from its beginning; download it "
                "again"
            )
        else:
            reason = _(
                "is JSON that is damaged or was cut off after row %(row)s; download it "
                "again",
                row=self._count,
            )
        return UnreadableFile(self._name, reason)


def refuse_answers(value: object, name: str) -> None:
    """Refuse a single object that is an answer of an interface, no bill.

    :raise UnreadableFile: it is
    """
    if not isinstance(value, dict):
        return
    small = {key.casefold(): inner for key, inner in value.items()}
    error = small.get("error")
    if isinstance(error, dict):
        small = {key.casefold(): inner for key, inner in error.items()}
    elif isinstance(error, str):
        small = {"code": error, "message": small.get("error_description")}
    elif not _is_answer(small):
        _refuse_operations(small, name)
        return
    said = [small.get("code") or small.get("statuscode")]
    said.append(small.get("message") or small.get("description"))
    texts = [" ".join(str(one).split())[:120] for one in said if one]
    if not texts:
        reason = _(
            "is no bill but an error the provider answered with; mend what it says and "
            "request the file again"
        )
    else:
        reason = _(
            "is no bill but an error the provider answered with (%(error)s); mend what "
            "it says and request the file again",
            error=": ".join(texts),
        )
    raise UnreadableFile(name, reason)


def _is_answer(small: Object) -> bool:
    """Return whether an object is code and message, perhaps with an id or two."""
    says = {"message", "description"} & set(small)
    code = {"code", "statuscode"} & set(small)
    return bool(says and code) and len(small) <= MAX_ANSWER_KEYS


def _refuse_operations(small: Object, name: str) -> None:
    kind = str(small.get("@odata.type", "")).casefold()
    if kind.endswith("runningoperation"):
        raise UnreadableFile(
            name,
            _(
                "only says that the provider still prepares the export; request it "
                "again in some minutes"
            ),
        )
    # usage has a column of that name
    is_operation = "resourcelocation" in small and "status" in small
    if "blobs" in small or is_operation:
        raise UnreadableFile(
            name,
            _(
                "only lists the parts of an export; download the parts it names and "
                "import those"
            ),
        )


def says_more(envelope: Object) -> bool:
    """Return whether a page names one that follows it."""
    small = {key.casefold(): value for key, value in envelope.items()}
    links = small.get("links")
    if isinstance(links, dict) and links.get("next"):
        return True
    if small.get("@odata.nextlink") or small.get("nextlink"):
        return True
    page = small.get("page")
    if isinstance(page, dict):
        number, pages = page.get("number"), page.get("totalPages")
        if _is_count(number) and _is_count(pages):
            return int(str(number)) + 1 < int(str(pages))
    return False


def _is_count(value: object) -> bool:
    text = str(value)
    return len(text) <= 9 and text.isascii() and text.isdigit()


def first_object(line: str) -> object:
    """Return the value of a line, None if it is no JSON."""
    try:
        return DECODER.decode(line.strip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return None
