"""JPEG: the marker segments before the picture data. Source: ITU-T T.81 annex B, CIPA DC-008 4.7."""

from collections.abc import Iterator

from ingest.card.containers import iptc, xmltext
from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import HEAD, MalformedError, Window

SOI, EOI, SOS, APP1, APP13 = 0xD8, 0xD9, 0xDA, 0xE1, 0xED
_SEGMENTS_LIMIT = 2000
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length: TEM, RST0-7, SOI
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"


def segments(window: Window) -> Iterator[tuple[int, int, int]]:
    """(marker, start of the payload, its end) of each segment up to and including the first SOS, or to EOI.

    Ends quietly at a byte that is no marker.

    Raises:
        MalformedError: a segment reaches beyond the end, or there are too many.
    """
    near = window.peek(0, HEAD)  # most headers lie wholly in it
    offset = 2
    for _ in range(_SEGMENTS_LIMIT):
        head = near[offset : offset + 4] if offset + 4 <= len(near) else window.peek(offset, 4)
        if len(head) < 2:
            raise MalformedError("ends before its picture data")
        marker = head[1]
        if head[0] != 0xFF or marker == EOI:
            return
        if marker == 0xFF or marker in _STANDALONE:
            offset += 1 if marker == 0xFF else 2
            continue
        if len(head) < 4:
            raise MalformedError("ends inside a segment")
        length = head[2] << 8 | head[3]
        if length < 2:
            return
        start, offset = offset + 4, offset + 2 + length
        if offset > window.size:
            raise MalformedError("a segment reaches beyond the end")
        yield marker, start, offset
        if marker == SOS:
            return


def read(window: Window, facts: Facts) -> None:
    """The first EXIF blob, and the dates of XMP and IPTC.

    Raises:
        MalformedError: see `segments`; what stood before the damage is in `facts`.
    """
    for marker, start, end in segments(window):
        if marker not in (APP1, APP13):
            continue
        payload = window.part(start, end - start)
        opening = payload.peek(0, len(_XMP))
        if opening.startswith(_EXIF) and not facts.tiffs:
            facts.tiffs.append(payload.part(len(_EXIF)))
        elif opening == _XMP:
            facts.stamps.extend(xmltext.stamps(payload.peek(0, payload.size)))
        elif opening.startswith(_PHOTOSHOP):
            facts.stamps.extend(iptc.stamps(payload.peek(0, payload.size)))
