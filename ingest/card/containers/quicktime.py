"""The `moov` box: QuickTime's creationdate, `mvhd`, Canon's and Sony's own boxes.

Sources: Apple QuickTime File Format (metadata, `udta`), ISO/IEC 14496-12 8.2.2 (mvhd), Canon CR3 (CMT1, CMT2).
"""

from dataclasses import replace
from datetime import timedelta

from ingest.card.containers import jpeg
from ingest.card.containers.boxes import BOXES_LIMIT, whole_boxes
from ingest.card.containers.dates import FIRST_YEAR, read_date, read_seconds
from ingest.card.containers.stamps import Facts, Source, Stamp
from ingest.card.containers.window import MalformedError, Window

_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_SONY = bytes.fromhex("55534d5421d24fcebb88695cfac9c740")
_SECONDS_1904_TO_1970 = 2_082_844_800
_VALUE_LIMIT = 1024
_KEYS_LIMIT = 500
_SONY_ZONE = 0x000B
_KEYS = {
    b"com.apple.quicktime.creationdate": b"\xa9day",
    b"com.apple.quicktime.make": b"\xa9mak",
    b"com.apple.quicktime.model": b"\xa9mod",
}


def read(moov: Window, facts: Facts) -> None:
    """Everything `moov` tells about time and camera. `trak` is not entered.

    Raises:
        MalformedError: its boxes contradict themselves; what stood before is in `facts`.
    """
    zone: int | None = None
    for box in whole_boxes(moov):
        if box.kind == b"mvhd":
            facts.stamps.extend(_header_time(box.body))
        elif box.kind == b"meta":
            _read_keys(box.body, facts)
        elif box.kind == b"udta":
            _read_user_data(box.body, facts)
        elif box.kind == b"uuid" and box.body.peek(0, 16) == _CANON:
            facts.tiffs += [cmt.body for cmt in whole_boxes(box.body, 16) if cmt.kind in (b"CMT1", b"CMT2")]
        elif box.kind == b"uuid" and box.body.peek(0, 16) == _SONY:
            zone = _sony_zone(box.body.part(16))
    if zone is not None:
        facts.stamps[:] = [_zoned(stamp, zone) for stamp in facts.stamps]


def _header_time(mvhd: Window) -> list[Stamp]:
    """UTC by the standard; zero is unknown, and a value that would lie before our time counts from 1970."""
    seconds = mvhd.integer(4, 8) if mvhd.integer(0, 1) == 1 else mvhd.integer(4, 4)
    if seconds == 0:
        return []
    utc = read_seconds(seconds - _SECONDS_1904_TO_1970)
    if utc is None or utc.year < FIRST_YEAR:
        utc = read_seconds(seconds)
    return [Stamp(Source.MVHD, utc, is_utc=True)] if utc else []


def _zoned(stamp: Stamp, zone: int) -> Stamp:
    if not stamp.is_utc:
        return stamp
    return replace(stamp, local=stamp.local + timedelta(minutes=zone), offset_minutes=zone, is_utc=False)


def _read_keys(meta: Window, facts: Facts) -> None:
    """QuickTime writes `meta` as a plain box, MP4 as a full box with four bytes more."""
    start = 0 if meta.peek(4, 4) == b"hdlr" else 4
    names: list[bytes] = []
    for box in whole_boxes(meta, start):
        if box.kind == b"keys":
            names = _key_names(box.body)
        elif box.kind == b"ilst":
            _read_values(box.body, names, facts)


def _key_names(keys: Window) -> list[bytes]:
    count, at, names = keys.integer(4, 4), 8, list[bytes]()
    if count > _KEYS_LIMIT:
        raise MalformedError("more keys than any camera writes")
    for _ in range(count):
        size = keys.integer(at, 4)
        if size < 8:
            raise MalformedError("a key smaller than its own header")
        names.append(keys.read(at + 8, size - 8, limit=_VALUE_LIMIT))
        at += size
    return names


def _read_values(ilst: Window, names: list[bytes], facts: Facts) -> None:
    """An item's type is the 1-based number of its key, or in MP4 a four-letter name such as `©day`."""
    for item in whole_boxes(ilst):
        number = int.from_bytes(item.kind, "big")
        kind = _KEYS.get(names[number - 1]) if 1 <= number <= min(len(names), BOXES_LIMIT) else item.kind
        for data in whole_boxes(item.body):
            if data.kind == b"data" and kind in _KEYS.values():
                _take(kind, data.body.peek(8, _VALUE_LIMIT), facts)


def _read_user_data(udta: Window, facts: Facts) -> None:
    """`©day` and its like (u16 length, u16 language, text); Canon's CNTH, whose CNDA is a JPEG with EXIF."""
    for box in whole_boxes(udta):
        if box.kind in _KEYS.values():
            length = box.body.integer(0, 2)
            _take(box.kind, box.body.peek(4, min(length, _VALUE_LIMIT)), facts)
        elif box.kind == b"meta":
            _read_keys(box.body, facts)
        elif box.kind == b"CNTH":
            for part in whole_boxes(box.body):
                if part.kind == b"CNDA":
                    jpeg.read(part.body, facts)


def _take(kind: bytes | None, value: bytes, facts: Facts) -> None:
    text = value.decode("utf-8", "replace")
    if kind == b"\xa9mak":
        facts.make = text
    elif kind == b"\xa9mod":
        facts.model = text
    elif date := read_date(text):
        facts.stamps.append(Stamp(Source.CREATION_DATE, *date))


def _sony_zone(usmt: Window) -> int | None:
    """MTDT: u16 count, then entries of u16 size, u32 tag, u16 language, u16 encoding, data; the zone is in minutes."""
    for box in whole_boxes(usmt):
        if box.kind != b"MTDT":
            continue
        at = 2
        for _ in range(min(box.body.integer(0, 2), _KEYS_LIMIT)):
            size = box.body.integer(at, 2)
            if box.body.integer(at + 2, 4) == _SONY_ZONE and size >= 12:
                minutes = int.from_bytes(box.body.read(at + 10, 2), "big", signed=True)
                return minutes if abs(minutes) <= 14 * 60 else None
            at += max(size, 10)
    return None
