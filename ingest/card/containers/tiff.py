"""TIFF and the RAW formats built on it: the file itself is the EXIF blob. Source: TIFF 6.0, TIFF/EP, Adobe DNG.

`promised_end` is a small walk of our own, for the lengths only: what the file promises to hold.
"""

from contextlib import suppress

from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import ByteOrder, MalformedError, Window

_IFDS_LIMIT = 32
_TAGS_LIMIT = 500
_VALUES_LIMIT = 100_000
_TYPE_SIZES = {3: 2, 4: 4, 13: 4}  # SHORT, LONG, IFD
_STRIPS, _STRIP_COUNTS, _TILES, _TILE_COUNTS, _SUB_IFDS = 0x111, 0x117, 0x144, 0x145, 0x14A
_WANTED = frozenset({_STRIPS, _STRIP_COUNTS, _TILES, _TILE_COUNTS, _SUB_IFDS})
_NO_OFFSET = 0xFFFFFFF0  # Panasonic writes all ones where its own tag holds the place


def read(window: Window, facts: Facts) -> None:
    """The whole file, as the blob."""
    facts.tiffs.append(window)


def promised_end(window: Window) -> int:
    """Where the furthest strip or tile ends, in bytes from the start of the file; 0 where none is described.

    A further directory that makes no sense is passed over: makers keep private things there.

    Raises:
        MalformedError: the first directory cannot be read to its end.
    """
    order: ByteOrder = "little" if window.read(0, 1) == b"I" else "big"
    tags, following = _directory(window, window.integer(4, 4, order), order)
    end, seen = _end(tags), set[int]()
    queue = [*tags.get(_SUB_IFDS, ()), following]
    while queue and len(seen) < _IFDS_LIMIT:
        place = queue.pop(0)
        if place == 0 or place in seen:
            continue
        seen.add(place)
        with suppress(MalformedError):
            tags, following = _directory(window, place, order)
            queue += [*tags.get(_SUB_IFDS, ()), following]
            end = max(end, _end(tags))
    return end


def _end(tags: dict[int, tuple[int, ...]]) -> int:
    strips = zip(tags.get(_STRIPS, ()), tags.get(_STRIP_COUNTS, ()), strict=False)
    tiles = zip(tags.get(_TILES, ()), tags.get(_TILE_COUNTS, ()), strict=False)
    return max((at + count for at, count in (*strips, *tiles) if count and at < _NO_OFFSET), default=0)


def _directory(window: Window, place: int, order: ByteOrder) -> tuple[dict[int, tuple[int, ...]], int]:
    """The wanted tags of one directory, and the place of the next one (0: none)."""
    count = window.integer(place, 2, order)
    if count > _TAGS_LIMIT:
        raise MalformedError("a directory with more tags than any camera writes")
    entries = window.part(place + 2, count * 12)
    tags: dict[int, tuple[int, ...]] = {}
    for at in range(0, count * 12, 12):
        tag = entries.integer(at, 2, order)
        if tag in _WANTED:
            tags[tag] = _values(window, entries.part(at, 12), order)
    next_at = place + 2 + count * 12
    return tags, window.integer(next_at, 4, order) if next_at + 4 <= window.size else 0


def _values(window: Window, entry: Window, order: ByteOrder) -> tuple[int, ...]:
    size = _TYPE_SIZES.get(entry.integer(2, 2, order))
    count = entry.integer(4, 4, order)
    if size is None or count > _VALUES_LIMIT:
        return ()
    at = entry.integer(8, 4, order)
    data = entry.read(8, size * count) if size * count <= 4 else window.read(at, size * count)
    return tuple(int.from_bytes(data[i : i + size], order) for i in range(0, len(data), size))
