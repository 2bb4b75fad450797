"""Bytes for a destination that fell behind or came late: out of a proven copy, compared with what the card gave."""

from collections.abc import Callable, Iterable

import xxhash

from ingest.copying.elsewhere import Elsewhere
from ingest.errors import NoAnswer


class SourceLostError(Exception):
    """No copy gave the bytes that were proven.

    place: the destination whose copy was wrong or could not be read; "" when it only did not answer, which says nothing
    of the copy.
    """

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(detail)
        self.place = place


def pour(
    sources: Iterable[tuple[str, bytes]],
    xxh128: bytes,
    size: int,
    write: Callable[[memoryview], None],
    elsewhere: Elsewhere,
) -> None:
    """Read the first of `sources` that can be read and hand its bytes to `write`; (destination, absolute path) each.

    Raises:
        SourceLostError: none can be read, or what was read is not the proven content.
        OSError: what `write` raised.
    """
    lost = SourceLostError("", "no other copy is at hand")
    for place, path in sources:
        try:
            piece = _piece(elsewhere, place, path, 0)
        except SourceLostError as error:
            lost = error
            continue
        return _pour(elsewhere, place, path, piece, xxh128, size, write)
    raise lost


def _piece(elsewhere: Elsewhere, place: str, path: bytes, offset: int) -> memoryview:
    try:
        return elsewhere.piece(place, path, offset)
    except NoAnswer as error:
        raise SourceLostError("", error.message) from error
    except OSError as error:
        raise SourceLostError(place, f"{place}: {error.strerror}") from error


def _pour(
    elsewhere: Elsewhere,
    place: str,
    path: bytes,
    piece: memoryview,
    xxh128: bytes,
    size: int,
    write: Callable[[memoryview], None],
) -> None:
    content, done = xxhash.xxh3_128(), 0
    while piece:
        content.update(piece)
        write(piece)
        done += len(piece)
        piece = _piece(elsewhere, place, path, done)
    if done != size or content.digest() != xxh128:
        raise SourceLostError(place, f"{place}: the copy there is no longer as it was proven")
