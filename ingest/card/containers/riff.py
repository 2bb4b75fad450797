"""AVI and WAV. Sources: Microsoft RIFF and AVI, EXIF 2.3 annex (LIST exif), EBU Tech 3285 (bext)."""

from collections.abc import Iterator

from ingest.card.containers.dates import read_date, read_day
from ingest.card.containers.stamps import Facts, Source, Stamp
from ingest.card.containers.window import MalformedError, Window

_CHUNKS_LIMIT = 500
_ENTERED = (b"hdrl", b"INFO", b"exif", b"strl")  # `movi`, the picture data, is not among them
_WANTED = (b"IDIT", b"ICRD", b"etim", b"ecor", b"emdl", b"bext")
_BEXT_DATE, _BEXT_TIME = 320, 330


def read(window: Window, facts: Facts) -> None:
    """IDIT, bext, or the day of ICRD with the time of `etim`; make and model of a voice memo.

    Raises:
        MalformedError: a chunk reaches beyond the file, or there are too many; what stood before is in `facts`.
    """
    values: dict[bytes, Window] = {}
    try:
        for kind, body in _chunks(window.part(12), 0):
            values.setdefault(kind, body)
    finally:
        _take(values, facts)


def _chunks(parent: Window, depth: int) -> Iterator[tuple[bytes, Window]]:
    at = 0
    for _ in range(_CHUNKS_LIMIT):
        if at + 8 > parent.size:
            return
        kind, size = parent.read(at, 4), parent.integer(at + 4, 4, "little")
        if kind == b"LIST" and size >= 4 and depth < 2 and parent.peek(at + 8, 4) in _ENTERED:
            yield from _chunks(parent.part(at + 12, size - 4), depth + 1)
        elif kind in _WANTED:
            yield kind, parent.part(at + 8, size)
        at += 8 + size + size % 2
    raise MalformedError("more chunks than any camera writes")


def _take(values: dict[bytes, Window], facts: Facts) -> None:
    texts = {kind: body.peek(0, 64).decode("latin-1").partition("\0")[0] for kind, body in values.items()}
    facts.make, facts.model = texts.get(b"ecor", ""), texts.get(b"emdl", "")
    if date := read_date(texts.get(b"IDIT", "")):
        facts.stamps.append(Stamp(Source.IDIT, *date))
    if b"bext" in values:
        bext = values[b"bext"].peek(0, 340).decode("latin-1")
        if date := read_date(f"{bext[_BEXT_DATE:_BEXT_TIME]} {bext[_BEXT_TIME:]}"):
            facts.stamps.append(Stamp(Source.BEXT, *date))
    day = texts.get(b"ICRD", "")
    if date := read_date(day) or read_date(f"{day} {texts.get(b'etim', '')}"):
        facts.stamps.append(Stamp(Source.INFO, *date))
    elif midnight := read_day(day):
        facts.stamps.append(Stamp(Source.DAY_ONLY, midnight))
