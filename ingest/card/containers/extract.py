"""The entries of a TIFF blob that are asked for, each as a TIFF of its own.

exifread spends a thousand reads on the directories of one picture, nearly all on tags that nobody asked for. Given
these instead it reads the same values, and the many that are alike on a card only once. Source: TIFF 6.0 section 2.
"""

import struct
from typing import NamedTuple

from ingest.card.containers.window import HEAD, ByteOrder, Window

_HEADER = 8
_ENTRY = 12
_INLINE = 4  # bytes of a value that stand in the entry itself
_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)  # of one value, by TIFF type; no other type is known to exifread
_SHORT, _LONG, _IFD = 3, 4, 13
_VALUE_LIMIT = 4096  # bytes; a name or a date takes twenty
_ORDERS: dict[bytes, tuple[ByteOrder, str]] = {b"II": ("little", "<"), b"MM": ("big", ">")}
_BEHIND = _HEADER + 2 + _ENTRY + 4  # where a value stands that does not fit in the only entry


class Value(NamedTuple):
    """One entry. head: the blob's first four bytes. kind: TIFF type. number: how many. data: cut where it ends."""

    head: bytes
    kind: int
    number: int
    data: bytes

    def as_tiff(self, tag: int) -> bytes:
        """A TIFF with this entry alone, under the number `tag`."""
        order, mark = _ORDERS[self.head[:2]]
        size, data = _SIZES[self.kind], self.data
        count = self.number
        if size * count > _INLINE:
            count = max(len(data) // size, _INLINE // size + 1)  # as many as there are, and still outside the entry
            data = _BEHIND.to_bytes(_INLINE, order) + bytes(4) + data
        start = struct.pack(f"{mark}4sIHHHI", self.head, _HEADER, 1, tag, self.kind, count)
        return start + data + bytes(2 * _HEADER)


def values(window: Window, wanted: frozenset[int], link: int) -> tuple[dict[int, Value], dict[int, Value]] | None:
    """The `wanted` entries, by tag, of the first directory and of the one that its entry `link` leads to.

    Of an entry that stands twice the last one counts. None where that cannot be told simply: no TIFF, or a `link` of
    an unusual type; such a blob is for its parser as it is.

    Raises:
        MalformedError: it asks for more than a reader may spend on one file.
    """
    blob = _Blob(window)
    if blob.head[:2] not in _ORDERS or len(blob.head) < _HEADER:
        return None
    first = blob.entries(blob.integer(blob.head[4:]), wanted | {link})
    _, kind, count, data = first.pop(link, (b"", _LONG, 0, b""))
    if not count:
        return first, {}
    if count != 1 or kind not in (_SHORT, _LONG, _IFD):
        return None
    return first, blob.entries(blob.integer(data[: _SIZES[kind]]), wanted)


class _Blob:
    """A window of which the beginning is read once."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._near = window.peek(0, HEAD)
        self.head = self._near[:_HEADER]
        self._order, self._mark = _ORDERS.get(self.head[:2], ("big", ">"))

    def integer(self, data: bytes) -> int:
        return int.from_bytes(data, self._order)

    def entries(self, place: int, wanted: frozenset[int]) -> dict[int, Value]:
        """Those of the directory at `place` that lie wholly in the blob."""
        data = self._peek(place + 2, self.integer(self._peek(place, 2)) * _ENTRY)
        rows = struct.iter_unpack(self._mark + "HHI4s", data[: len(data) - len(data) % _ENTRY])
        found = {row[0]: row for row in rows if row[0] in wanted and 0 < row[1] < len(_SIZES)}
        head = self.head[:4]
        return {
            tag: Value(head, kind, count, data if _SIZES[kind] * count <= _INLINE else self._far(kind, count, data))
            for tag, kind, count, data in found.values()
        }

    def _far(self, kind: int, count: int, place: bytes) -> bytes:
        return self._peek(self.integer(place), min(_SIZES[kind] * count, _VALUE_LIMIT))

    def _peek(self, place: int, length: int) -> bytes:
        if place + length <= len(self._near):
            return self._near[place : place + length]
        return self._window.peek(place, length)
