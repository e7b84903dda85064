"""What a Parquet file claims to hold, read before anything of it is unpacked.

The footer and the head of each page say how much there is. polars believes them, so
they are compared with the limits first; what is written there binds, as no page
unpacks to more than its head says.

Source: the Parquet format's `parquet.thrift` and Thrift's compact protocol.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .errors import UnreadableFile
from .limits import Limits
from .plain import too_large
from .sentence import Count, _

MAGIC = b"PAR1"
_ENCRYPTED = b"PARE"
_TAIL = 8
_MAX_DEPTH = 16
_PAGE_HEAD = 1 << 16
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY = 1, 2, 3, 7, 8
_LIST, _SET, _MAP, _STRUCT, _UUID = 9, 10, 11, 12, 13
DAMAGED = _(
    "is a damaged Parquet file or was cut off while downloading; download it again"
)


def check_claims(stream: BinaryIO, name: str, limits: Limits) -> int:
    """Return the number of rows of a Parquet file.

    :raise UnreadableFile: it is damaged, encrypted, or too large
    """
    size = stream.seek(0, 2)
    try:
        footer = _footer(stream, size, name, limits)
        rows = _number(footer, 3)
        if rows > limits.rows:
            raise too_many_rows(name, limits)
        unpacked = 0
        for page in _pages(stream, size, footer):
            unpacked += page.size
            if page.size > limits.page_bytes or page.values > limits.rows:
                reason = _(
                    "holds more than %(size)s MB in one page; split it or download it "
                    "for a shorter period",
                    size=limits.page_bytes >> 20,
                )
                raise UnreadableFile(name, reason)
            if unpacked > limits.total_bytes:
                raise too_large(name, limits.total_bytes)
    except (_Bad, IndexError, struct.error, RecursionError) as error:
        raise UnreadableFile(name, DAMAGED) from error
    return rows


def too_many_rows(name: str, limits: Limits) -> UnreadableFile:
    """Return the error for a file of too many rows."""
    return UnreadableFile(
        name,
        _(
            "holds more than %(count)s rows; split it or download it for a shorter "
            "period",
            count=Count(limits.rows),
        ),
    )


class _Bad(Exception):
    """The bytes are no Parquet file."""


@dataclass(frozen=True, slots=True)
class _Page:
    size: int
    values: int


def _footer(
    stream: BinaryIO, size: int, name: str, limits: Limits
) -> dict[int, object]:
    if size < len(MAGIC) + _TAIL:
        raise _Bad
    stream.seek(size - _TAIL)
    length, magic = struct.unpack("<I4s", stream.read(_TAIL))
    if magic == _ENCRYPTED:
        raise UnreadableFile(name, _("is encrypted; export it without encryption"))
    if magic != MAGIC or length > size - _TAIL - len(MAGIC):
        raise _Bad
    if length > limits.text_bytes:
        reason = _(
            "holds more than %(size)s MB in its footer; split it or download it for a "
            "shorter period",
            size=limits.text_bytes >> 20,
        )
        raise UnreadableFile(name, reason)
    stream.seek(size - _TAIL - length)
    return _Compact(stream.read(length)).struct()


def _pages(stream: BinaryIO, size: int, footer: dict[int, object]) -> Iterator[_Page]:
    """Yield what the head of each page of each column claims."""
    for group in _structs(footer, 4):
        for column in _structs(group, 1):
            data = column.get(3)
            if 1 in column or not isinstance(data, dict):
                raise _Bad  # the column would be in another file
            start = _number(data, 9)
            first = _number(data, 11) if 11 in data else 0
            # a dictionary stands before the data, if there is one
            position = first if 0 < first < start else start
            end = position + _number(data, 7)
            if not len(MAGIC) <= position <= end <= size:
                raise _Bad
            while position < end:
                stream.seek(position)
                compact = _Compact(stream.read(min(_PAGE_HEAD, end - position)))
                head = compact.struct()
                packed = _number(head, 3)
                values = [
                    _number(part, 1)
                    for part in (head.get(5), head.get(7), head.get(8))
                    if isinstance(part, dict)
                ]
                if packed < 0 or _number(head, 2) < 0 or min(values, default=0) < 0:
                    raise _Bad
                yield _Page(_number(head, 2), max(values, default=0))
                position += compact.at + packed
            if position != end:
                raise _Bad


def _number(values: dict[int, object], field: int) -> int:
    value = values.get(field)
    if not isinstance(value, int):
        raise _Bad
    return value


def _structs(values: dict[int, object], field: int) -> list[dict[int, object]]:
    found = values.get(field, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _Bad
    return found


class _Compact:
    """Reads Thrift's compact protocol; texts are left out."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def struct(self, depth: int = 0) -> dict[int, object]:
        """Return the fields by their number."""
        found: dict[int, object] = {}
        field = 0
        while head := self._byte():
            kind, step = head & 15, head >> 4
            field = field + step if step else self._signed()
            if kind in (_TRUE, _FALSE):
                found[field] = kind == _TRUE
            else:
                found[field] = self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> object:
        if depth > _MAX_DEPTH:
            raise _Bad
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind < _DOUBLE:
            return self._signed()
        if kind in (_DOUBLE, _BINARY, _UUID):
            self._skip({_DOUBLE: 8, _UUID: 16}.get(kind) or self._unsigned())
            return None
        if kind in (_LIST, _SET):
            return self._list(depth)
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind == _MAP:
            self._map(depth)
            return None
        raise _Bad

    def _list(self, depth: int) -> list[object]:
        head = self._byte()
        count = head >> 4 if head >> 4 != 15 else self._unsigned()
        if count > len(self.data):
            raise _Bad
        return [self._value(head & 15, depth + 1) for _ in range(count)]

    def _map(self, depth: int) -> None:
        count = self._unsigned()
        if count > len(self.data):
            raise _Bad
        kinds = self._byte() if count else 0
        for _pair in range(count):
            self._value(kinds >> 4, depth + 1)
            self._value(kinds & 15, depth + 1)

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self.data):
            raise _Bad

    def _byte(self) -> int:
        value = self.data[self.at]
        self.at += 1
        return value

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise _Bad

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
