"""Dates in XMP packets and in the XML that cameras write beside their clips; searched, never parsed.

A search cannot be made to expand entities, to recurse or to load anything. Sources: Adobe XMP part 2 (exif,
photoshop), Sony's NonRealTimeMeta (`<CreationDate value="2026-04-26T10:25:15+01:00"/>`).
"""

import re

from ingest.card.containers.dates import read_date
from ingest.card.containers.stamps import Facts, Source, Stamp
from ingest.card.containers.window import READ_LIMIT, Window

_XMP = re.compile(
    rb"\b(exif:DateTimeOriginal|photoshop:DateCreated)\s*(?:=\s*[\"']|>)\s*([0-9][0-9T:.+\- Z]{15,34})", re.ASCII
)
_CLIP = re.compile(rb"<CreationDate\s+value\s*=\s*[\"']([0-9][0-9T:.+\- Z]{15,34})[\"']", re.ASCII)


def stamps(data: bytes) -> list[Stamp]:
    """Every usable date, the clip's own first, then exif:DateTimeOriginal before photoshop:DateCreated."""
    found = [(Source.CLIP_XML, match[1]) for match in _CLIP.finditer(data)]
    named = sorted(_XMP.findall(data), key=lambda pair: not pair[0].startswith(b"exif"))
    found += [(Source.XMP, value) for _, value in named]
    dates = ((source, read_date(value.decode("ascii"))) for source, value in found)
    return [Stamp(source, date[0], date[1]) for source, date in dates if date]


def read(window: Window, facts: Facts) -> None:
    """The dates in the first READ_LIMIT bytes of an XML file."""
    facts.stamps.extend(stamps(window.peek(0, READ_LIMIT)))
