"""The MP4 family, whatever its brand: stills, RAWs and clips are told apart by the boxes they hold.

Sources: ISO/IEC 14496-12, ISO/IEC 23008-12 (HEIF), Apple QuickTime File Format, Canon CR3 as published by LibRaw.
"""

from ingest.card.containers import heif, quicktime, xmltext
from ingest.card.containers.boxes import whole_boxes
from ingest.card.containers.stamps import Facts
from ingest.card.containers.window import READ_LIMIT, Window


def read(window: Window, facts: Facts) -> None:
    """EXIF of a HEIF item or of Canon's box, the clip's dates, Sony's XML. `mdat` is never entered.

    Raises:
        MalformedError: the boxes contradict themselves; what stood before is in `facts`.
    """
    for box in whole_boxes(window):
        if box.kind == b"moov":
            quicktime.read(box.body, facts)
        elif box.kind == b"meta":
            heif.read(window, box.body, facts)
            _read_xml(box.body, facts)


def _read_xml(meta: Window, facts: Facts) -> None:
    """Sony's clips carry their XML in a `meta` box beside `moov`, in a full box named `xml `."""
    for box in whole_boxes(meta, 4):
        if box.kind == b"xml ":
            facts.stamps.extend(xmltext.stamps(box.body.peek(4, READ_LIMIT)))
