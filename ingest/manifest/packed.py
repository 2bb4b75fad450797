"""Entries as two blocks of bytes, each an object only while it is looked at: 100,000 objects are 30 MB.

They go to another process so, which holds what it was given while it makes a manifest of them.
"""

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from ingest.manifest.records import Entry

_NUMBERS = struct.Struct("=qqd16s")  # size, mtime_ns, hashed_at, xxh128
_DIGEST_BYTES = 16


class PackedEntries(Sequence[Entry]):
    """Entries to be recorded as original, one after the other in `paths` and `numbers`. ends: of each path."""

    def __init__(self, paths: bytes, ends: "array[int]", numbers: bytes) -> None:
        self._paths = paths
        self._ends = ends
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, number: int) -> Entry: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Entry]: ...
    def __getitem__(self, number: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        number = range(len(self))[number]
        start = self._ends[number - 1] if number else 0
        size, mtime_ns, at, xxh128 = _NUMBERS.unpack_from(self._numbers, number * _NUMBERS.size)
        return Entry(self._paths[start : self._ends[number]], size, mtime_ns, xxh128, at)

    def __iter__(self) -> Iterator[Entry]:
        start = 0
        for end, (size, mtime_ns, at, xxh128) in zip(self._ends, _NUMBERS.iter_unpack(self._numbers), strict=True):
            yield Entry(self._paths[start:end], size, mtime_ns, xxh128, at)
            start = end


def pack(files: Iterable[tuple[bytes, int, int, bytes, float]]) -> PackedEntries:
    """(path, size in bytes, mtime_ns, xxh128, hashed_at) of files that were copied and proven.

    Raises:
        ValueError: a digest that is not 16 bytes.
    """
    paths, ends, numbers = bytearray(), array("Q"), bytearray()
    for path, size, mtime_ns, xxh128, at in files:
        if len(xxh128) != _DIGEST_BYTES:
            raise ValueError("no digest")
        paths += path
        ends.append(len(paths))
        numbers += _NUMBERS.pack(size, mtime_ns, at, xxh128)
    return PackedEntries(bytes(paths), ends, bytes(numbers))
