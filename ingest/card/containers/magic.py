"""Which family a file belongs to, by its first bytes alone: an extension lies more often than it helps."""

from enum import StrEnum

from ingest.card.containers.window import Window


class Kind(StrEnum):
    """The families Safelight can look into."""

    JPEG = "JPEG"
    TIFF = "TIFF"
    BMFF = "MP4 family"
    RAF = "RAF"
    MRW = "MRW"
    CRW = "CRW"
    X3F = "X3F"
    RIFF = "RIFF"
    MTS = "MPEG transport stream"
    XML = "XML"
    UNKNOWN = "unknown"


_TIFF = (b"II*\0", b"MM\0*", b"IIU\0", b"IIRO", b"IIRS", b"MMOR")  # the last four: Panasonic and Olympus
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_PREFIXES = (
    (Kind.JPEG, (b"\xff\xd8\xff",)),
    (Kind.TIFF, _TIFF),
    (Kind.RAF, (b"FUJIFILMCCD-RAW",)),
    (Kind.MRW, (b"\0MRM",)),
    (Kind.X3F, (b"FOVb",)),
    (Kind.RIFF, (b"RIFF", b"RF64")),
    (Kind.XML, (b"<?x", b"<x:xmpmeta", b"\xef\xbb\xbf<")),
)
TS_SHAPES = ((192, 4), (188, 0))  # packet length and where in it the sync byte stands


def kind_of(window: Window) -> Kind:
    """The family of a file; UNKNOWN where nothing fits."""
    head = window.peek(0, 1024)
    if head[6:14] == b"HEAPCCDR":
        return Kind.CRW
    for kind, prefixes in _PREFIXES:
        if head.startswith(prefixes):
            return kind
    if head[4:8] in _FIRST_BOXES:
        return Kind.BMFF
    return Kind.MTS if packet_shape(head) else Kind.UNKNOWN


def packet_shape(head: bytes) -> tuple[int, int] | None:
    """(packet length, sync position) of a transport stream; None where `head` is none.

    Every packet in `head` must begin with its sync byte, and there must be three at least.
    """
    for length, sync in TS_SHAPES:
        marks = head[sync::length]
        if len(marks) >= 3 and marks.count(0x47) == len(marks):
            return length, sync
    return None


def major_brand(window: Window) -> bytes:
    """The major brand of a BMFF file (`crx `, `heix`, `qt  `), b"" where it has none."""
    head = window.peek(4, 8)
    return head[4:8] if head.startswith(b"ftyp") else b""
