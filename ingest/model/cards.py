"""What is on a card: files, what was decided for each, and when they were taken."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class EntryKind(StrEnum):
    """What a directory entry is; only FILE can be copied, the rest is told and blocks SAFE until acknowledged."""

    FILE = "file"
    SYMLINK = "symlink"
    SPECIAL = "special"  # FIFO, socket, device node
    UNLISTABLE = "unlistable"  # a folder or entry that could not be read


class Disposition(StrEnum):
    """What the plan does with a CardFile."""

    COPY = "copy"
    ALREADY_SAFE = "already safe"  # a candidate until its content is read and equals the Asset
    IGNORED = "ignored by rule"
    UNREADABLE = "unreadable"


class CardFile(NamedTuple):
    """One entry of a card as scanned. path: relative bytes with `/`. size in bytes, mtime in ns since 1970 UTC.

    problem: why it cannot be copied, "" when it can.
    """

    path: bytes
    size: int
    mtime_ns: int
    kind: EntryKind = EntryKind.FILE
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """One complete walk of a card. files are sorted by path; folders are those that hold nothing at all."""

    files: tuple[CardFile, ...]
    empty_folders: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Capture:
    """When and by what a file was taken.

    local: the camera's wall clock, naive, never converted with the computer's zone. source: the rung of the
    ladder it came from ("exif", "quicktime creationdate", "mtime", ...), always kept and shown.
    offset_minutes: the camera's zone where the file tells it. subsec: decimal fraction in microseconds.
    """

    local: datetime
    source: str
    offset_minutes: int | None = None
    make: str = ""
    model: str = ""
    serial: str = ""
    is_utc: bool = False  # mvhd only: an instant in UTC whose zone is unknown


@dataclass(frozen=True, slots=True)
class CameraObject:
    """The DCF unit: files that share a folder and a stem and belong together (RAW + JPEG + WAV + XMP + THM)."""

    key: str
    files: tuple[CardFile, ...]
    tree: bytes = b""  # root of a video tree that is copied byte for byte, b"" for stills


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a picture's own health, told while the card still exists. It never changes a verdict by itself.

    path: relative card path. code: stable word ("truncated jpeg"). detail: one sentence for people.
    """

    path: bytes
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """What tells one card from another: file system id, label and size; subpath for a folder used as a card."""

    uuid: str
    label: str
    size: int
    subpath: bytes = field(default=b"")
