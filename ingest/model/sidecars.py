"""Which file says what an editor knows of a raw picture, and what it is called.

Adobe and Capture One: `IMG_1.xmp`, the extension replaced; one sidecar speaks for a RAW+JPEG pair, and it is the raw's.
JPEG, TIFF, DNG and HEIC hold such words inside, and no editor asks for a sidecar of theirs.
Source: Adobe, help page on metadata and sidecars; XMP Specification Part 3.
"""

from ingest.model.media import RAWS
from ingest.model.names import suffix_of

SUFFIX = b".xmp"
SET_ASIDE = b".card"
RAW_SUFFIXES = (RAWS - {b"dng", b"gpr"}) | {b"raw"}  # a DNG, and GoPro's kind of one, holds such words inside


def has_sidecar(name: bytes) -> bool:
    """Whether editors look for a sidecar beside such a file: a maker's own raw format."""
    return suffix_of(name) in RAW_SUFFIXES


def is_sidecar(name: bytes) -> bool:
    """Whether a name is one of a sidecar, of any naming rule."""
    return suffix_of(name) == SUFFIX[1:]


def sidecar_of(raw: bytes) -> bytes:
    """The sidecar of a raw picture, by a path or a name: `a/IMG_1.CR3` -> `a/IMG_1.xmp`."""
    return raw.rpartition(b".")[0] + SUFFIX


def set_aside(tail: bytes) -> bytes:
    """How a card's own sidecar ends where another one takes its place: `.xmp` -> `.card.xmp`, `.XMP` -> `.card.XMP`.

    No editor reads it there, since no picture has that stem: its proven bytes stay as they were on the card.
    """
    return SET_ASIDE + tail
