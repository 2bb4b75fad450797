"""Bytes for a destination that fell behind or came late: out of a proven copy, compared with what the card gave."""

import os
from collections.abc import Callable, Iterable

import xxhash

_CHUNK = 1 << 20


class SourceLostError(Exception):
    """No copy gave the bytes that were proven. place: the destination whose copy was wrong or could not be read."""

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(detail)
        self.place = place


def pour(sources: Iterable[tuple[str, bytes]], xxh128: bytes, size: int, write: Callable[[memoryview], None]) -> None:
    """Read the first of `sources` that can be opened and hand its bytes to `write`; (destination, absolute path) each.

    Raises:
        SourceLostError: none can be opened, or what was read is not the proven content.
        OSError: what `write` raised.
    """
    place, detail = "", "no other copy is at hand"
    for place, path in sources:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            detail = f"{place}: {error.strerror}"
            continue
        try:
            return _pour(place, fd, xxh128, size, write)
        finally:
            os.close(fd)
    raise SourceLostError(place, detail)


def _pour(place: str, fd: int, xxh128: bytes, size: int, write: Callable[[memoryview], None]) -> None:
    content, done = xxhash.xxh3_128(), 0
    buffer = bytearray(_CHUNK)
    while True:
        try:
            count = os.readv(fd, [buffer])
        except OSError as error:
            raise SourceLostError(place, f"{place}: {error.strerror}") from error
        if count == 0:
            break
        with memoryview(buffer)[:count] as piece:
            content.update(piece)
            write(piece)
        done += count
    if done != size or content.digest() != xxh128:
        raise SourceLostError(place, f"{place}: the copy there is no longer as it was proven")
