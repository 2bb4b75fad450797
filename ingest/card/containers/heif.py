"""The Exif item of HEIC, HIF and AVIF. Source: ISO/IEC 14496-12 8.11.3 (iloc), 8.11.6 (iinf), 23008-12 annex A."""

from ingest.card.containers.boxes import whole_boxes
from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import MalformedError, Window

_META_LIMIT = 4 << 20
_ITEMS_LIMIT = 5000
_EXIF = b"Exif\0\0"


def read(file: Window, meta: Window, facts: Facts) -> None:
    """Adds the EXIF blob that `meta` points to, where there is one.

    Args:
        file: the whole file, in which item offsets count.
        meta: content of the `meta` box, a full box.
        facts: receives the blob.

    Raises:
        MalformedError: the item tables contradict themselves.
    """
    tables = {box.kind: box.body for box in whole_boxes(meta, 4) if box.kind in (b"iinf", b"iloc")}
    if len(tables) < 2:
        return
    item = _exif_item(tables[b"iinf"].loaded(_META_LIMIT))
    place = _location(tables[b"iloc"].loaded(_META_LIMIT), item) if item is not None else None
    if place is None:
        return
    content = file.part(*place)
    skip = content.integer(0, 4)
    start = 4 + skip
    if content.peek(start, len(_EXIF)) == _EXIF:  # some writers let the skip end before the prefix
        start += len(_EXIF)
    facts.tiffs.append(content.part(start))


def _exif_item(iinf: Window) -> int | None:
    """The id of the first item of type Exif."""
    wide = iinf.integer(0, 1) > 0
    if iinf.integer(4, 4 if wide else 2) > _ITEMS_LIMIT:
        raise MalformedError("more items than any camera writes")
    for box in whole_boxes(iinf, 8 if wide else 6):
        if box.kind != b"infe":
            continue
        version = box.body.integer(0, 1)
        id_size = {2: 2, 3: 4}.get(version)
        if id_size and box.body.peek(4 + id_size + 2, 4) == b"Exif":
            return box.body.integer(4, id_size)
    return None


def _location(iloc: Window, item: int) -> tuple[int, int] | None:
    """(offset, length) in the file of the item's first extent; None where it is stored in another way."""
    version, sizes = iloc.integer(0, 1), iloc.integer(4, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version in (1, 2) else 0
    id_size = 4 if version == 2 else 2
    count, at = iloc.integer(6, id_size), 6 + id_size
    if version > 2 or count > _ITEMS_LIMIT:
        raise MalformedError("an item table of an unknown shape")
    for _ in range(count):
        found = iloc.integer(at, id_size)
        at += id_size
        method = iloc.integer(at, 2) & 15 if version else 0
        at += 4 if version else 2
        base, extents = iloc.integer(at, base_size), iloc.integer(at + base_size, 2)
        at += base_size + 2
        if found == item:
            first = at + index_size
            offset, length = iloc.integer(first, offset_size), iloc.integer(first + offset_size, length_size)
            return (base + offset, length) if method == 0 and extents else None
        at += extents * (index_size + offset_size + length_size)
    return None
