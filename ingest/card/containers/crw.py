"""Canon CRW: heaps whose directory stands at their end. Source: Canon's CIFF specification 1.0 revision 4."""

from ingest.card.containers.dates import read_seconds
from ingest.card.containers.stamps import Facts, Source, Stamp
from ingest.card.containers.window import ByteOrder, MalformedError, Window

_ENTRIES_LIMIT = 500
_DEPTH_LIMIT = 4
_TIME, _MODEL = 0x180E, 0x080A
_IN_ENTRY = 0x4000
_HEAP_TYPES = (0x2800, 0x3000)


def read(window: Window, facts: Facts) -> None:
    """The capture time (seconds since 1970 of the local clock), make and model.

    Raises:
        MalformedError: a directory points outside its heap, or heaps lie too deep.
    """
    order: ByteOrder = "little" if window.read(0, 2) == b"II" else "big"
    _read_heap(window.part(window.integer(2, 4, order)), order, facts, 0)


def _read_heap(heap: Window, order: ByteOrder, facts: Facts, depth: int) -> None:
    if depth == _DEPTH_LIMIT:
        raise MalformedError("heaps deeper than any camera writes")
    start = heap.integer(heap.size - 4, 4, order)
    count = heap.integer(start, 2, order)
    if count > _ENTRIES_LIMIT:
        raise MalformedError("more entries than any camera writes")
    entries = heap.part(start + 2, count * 10)
    for at in range(0, count * 10, 10):
        tag = entries.integer(at, 2, order)
        value = entries.part(at + 2, 8)
        if not tag & _IN_ENTRY:
            value = heap.part(value.integer(4, 4, order), value.integer(0, 4, order))
        if tag & 0x3800 in _HEAP_TYPES and value.size < heap.size:
            _read_heap(value, order, facts, depth + 1)
        elif tag & 0x3FFF == _TIME:
            local = read_seconds(value.integer(0, 4, order))
            facts.stamps += [Stamp(Source.CIFF, local)] if local else []
        elif tag & 0x3FFF == _MODEL:
            names = value.peek(0, 128).split(b"\0")
            facts.make, facts.model = (name.decode("latin-1") for name in [*names, b""][:2])
