"""What the readers find: times with the place they came from, EXIF blobs still to be parsed, camera names."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ingest.card.containers.window import Window


class Source(StrEnum):
    """Where a capture time came from, best first: the order of the members is the ladder."""

    EXIF = "exif"
    CREATION_DATE = "quicktime creationdate"
    CLIP_XML = "clip xml"
    DIGITIZED = "exif digitized"
    MDPM = "avchd mdpm"
    IDIT = "avi idit"
    BEXT = "wav bext"
    INFO = "riff info"
    CIFF = "ciff"
    X3F = "x3f"
    XMP = "xmp"
    IPTC = "iptc"
    MVHD = "quicktime mvhd"
    SIBLING = "sibling"
    NAME = "file name"
    DAY_ONLY = "riff day only"  # a date without a time of day: midnight is our filling
    MTIME = "mtime"


LADDER: dict[str, int] = {source.value: place for place, source in enumerate(Source)}


@dataclass(frozen=True, slots=True)
class Stamp:
    """One time as a file states it, not yet judged.

    local: wall clock, naive; an instant in UTC where `is_utc`. offset_minutes: the zone, where it is told.
    """

    source: Source
    local: datetime
    offset_minutes: int | None = None
    is_utc: bool = False


@dataclass(slots=True)
class Facts:
    """What was found in one file so far. tiffs: EXIF blobs, best first. make, model: from containers without EXIF."""

    tiffs: list[Window] = field(default_factory=list)
    stamps: list[Stamp] = field(default_factory=list)
    make: str = ""
    model: str = ""
