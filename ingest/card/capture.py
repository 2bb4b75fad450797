"""When a file was taken: the ladder, from the best evidence to the weakest, with its rung kept.

    1 EXIF DateTimeOriginal      4 MDPM, IDIT, bext, CIFF, X3F      7 a file of the same Object
    2 creationdate with a zone   5 XMP, IPTC                        8 the file name
    3 EXIF DateTimeDigitized     6 mvhd (UTC)                       9 mtime on the card

`capture_of` climbs 1-6 and 8 for one file; `fill_from_siblings` is 7 for one Object; 9 is the plan's last resort,
which knows the other files of the card. EXIF `DateTime` is the date of modification and GPS time lags: neither is used.
The order of rungs is the order of `Source`. No zone is ever invented: wall clocks stay what the camera showed.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import BinaryIO

from ingest.card.containers import bmff, crw, jpeg, mrw, mts, raf, riff, tiff, x3f, xmltext
from ingest.card.containers.dates import is_plausible, read_date
from ingest.card.containers.magic import Kind, kind_of
from ingest.card.containers.stamps import LADDER, Facts, Source, Stamp
from ingest.card.containers.window import MalformedError, Window
from ingest.model.cards import Capture
from ingest.model.names import base_of, suffix_of

READERS: dict[Kind, Callable[[Window, Facts], None]] = {
    Kind.JPEG: jpeg.read,
    Kind.TIFF: tiff.read,
    Kind.BMFF: bmff.read,
    Kind.RAF: raf.read,
    Kind.MRW: mrw.read,
    Kind.CRW: crw.read,
    Kind.X3F: x3f.read,
    Kind.RIFF: riff.read,
    Kind.MTS: mts.read,
    Kind.XML: xmltext.read,
}
_NAME = re.compile(rb"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)[_T-]?(\d\d)(\d\d)(\d\d)(\d{3})?(?!\d)")
_COMPANIONS = (b"wav", b"thm", b"xmp", b"xml", b"lrv", b"lrf", b"jpg", b"jpeg")  # others are the Object's own picture


def capture_of(file: BinaryIO, name: bytes, now: float) -> Capture | None:
    """The best date in one file or its name, and the camera; None where there is none.

    Args:
        file: seekable, opened for reading, untrusted.
        name: its path or name, as bytes.
        now: seconds since 1970 UTC; dates more than a day ahead of it are no dates.

    Raises:
        OSError: the file cannot be read.
    """
    from ingest.card.exif import clean, read_exif  # for the parser's process alone: the ingest itself never parses

    facts = Facts()
    window = Window.of(file)
    reader = READERS.get(kind_of(window))
    if reader is not None:
        with suppress(MalformedError):
            reader(window, facts)
    exif = read_exif(facts.tiffs)
    stamps = [*exif.stamps, *facts.stamps, *_name_stamps(name)]
    best = min(
        (stamp for stamp in stamps if is_plausible(stamp.local, now)),
        key=lambda stamp: LADDER[stamp.source],
        default=None,
    )
    if best is None:
        return None
    return Capture(
        local=best.local,
        source=best.source.value,
        offset_minutes=best.offset_minutes,
        make=exif.make or clean(facts.make),
        model=exif.model or clean(facts.model),
        serial=exif.serial,
        is_utc=best.is_utc,
    )


def fill_from_siblings(captures: Mapping[bytes, Capture | None]) -> dict[bytes, Capture | None]:
    """Rung 7: files of one Object without a date of their own take that of its picture or clip.

    A clip that knows its instant only in UTC becomes wall clock where a sibling knows the zone.

    Args:
        captures: path -> capture for every file of one Object; mtime not yet used.

    Returns:
        The same paths in the same order. Where no sibling knows more, nothing changes.
    """
    known = [(path, capture) for path, capture in captures.items() if capture and not _is_weak(capture)]
    if not known or (len(captures) == 1 and not known[0][1].is_utc):  # alone: nobody to learn from
        return dict(captures)
    _, best = min(known, key=lambda item: (suffix_of(item[0]) in _COMPANIONS, _rung(item[1]), item[0]))
    zones = {capture.offset_minutes for _, capture in known} - {None}
    zone = zones.pop() if len(zones) == 1 else None
    lent = replace(_in_zone(best, zone), source=Source.SIBLING.value)
    return {
        path: lent if capture is None or _is_weak(capture) else _in_zone(capture, zone)
        for path, capture in captures.items()
    }


def _rung(capture: Capture) -> int:
    """The place on the ladder; the ledger may remember a rung of another version, which then is the weakest."""
    return LADDER.get(capture.source, len(LADDER))


def _is_weak(capture: Capture) -> bool:
    return _rung(capture) > LADDER[Source.SIBLING]


def _in_zone(capture: Capture, zone: int | None) -> Capture:
    if not capture.is_utc or zone is None:
        return capture
    return replace(capture, local=capture.local + timedelta(minutes=zone), offset_minutes=zone, is_utc=False)


def _name_stamps(name: bytes) -> list[Stamp]:
    """`20260314_152233`, `PXL_20260314_152233123` (Pixel phones name in UTC), `DJI_20260314152233_0001`."""
    base = base_of(name)
    found = _NAME.search(base)
    if found is None:
        return []
    year, month, day, hour, minute, second, thousandths = (part.decode("ascii") for part in found.groups(b""))
    date = read_date(f"{year}-{month}-{day} {hour}:{minute}:{second}" + (f".{thousandths}" if thousandths else ""))
    return [Stamp(Source.NAME, date[0], is_utc=base.startswith(b"PXL_"))] if date else []
