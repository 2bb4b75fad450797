"""The words of a history: what a session hands in, what it gets back, and what is read from disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

Action = Literal["original", "verified", "failed"]
Process = Literal["transfer", "in-place"]

TOOL = "safelight"
FORMAT = "xxh128"


class Entry(NamedTuple):
    """One file to record. path: bytes relative to the folder. xxh128: 16 bytes. hashed_at: seconds since 1970 UTC.

    action: "original" for a file copied and proven now (the history turns it into "verified" or "failed" where it
    knows better), "verified" or "failed" for a file that was read again on purpose; those are always written.
    """

    path: bytes
    size: int
    mtime_ns: int
    xxh128: bytes
    hashed_at: float
    action: Action = "original"


@dataclass(frozen=True, slots=True)
class FolderHash:
    """content survives renames, structure does not; 16 bytes each (specification, folder hashes)."""

    content: bytes
    structure: bytes


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who wrote a generation and when. started names the file; started and created: seconds since 1970 UTC."""

    started: float
    created: float
    tool_version: str
    hostname: str
    process: Process


class Why(StrEnum):
    """Why a file does not stand in the manifest; its evidence is the ledger alone."""

    NAME = "its name cannot be written in XML"
    IGNORED = "editors or systems rewrite such files"
    OTHER_DIGEST = "the history knows it by another kind of digest only"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was handed in and is not in the manifest."""

    path: bytes
    why: Why


class Outcome(StrEnum):
    """What appending did. WRITTEN: a new generation. COMPLETED: an interrupted one of ours was put into the chain and
    held everything. ALREADY_RECORDED: nothing was written, every file stands there with this digest.
    NOTHING_RECORDABLE: nothing was written, every file was left out.
    """

    WRITTEN = "written"
    COMPLETED = "completed"
    ALREADY_RECORDED = "already recorded"
    NOTHING_RECORDABLE = "nothing recordable"


@dataclass(frozen=True, slots=True)
class Generation:
    """The newest generation after an append. number 0 and name b"" where there is no history.

    original, verified: counts of this call. failed: paths whose digest differs from the history. root: the receipt
    for the whole folder, only where the newest generation covers everything in it.
    """

    outcome: Outcome
    number: int
    name: bytes
    original: int = 0
    verified: int = 0
    failed: tuple[bytes, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    root: FolderHash | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest of a file as written: format ("xxh128", "md5", "c4", ...), its text in lower case, its action."""

    format: str
    text: str
    action: Action


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One `hash` element. size is None where the writer left it out (the reference tool does so for empty files)."""

    path: bytes
    size: int | None
    digests: tuple[Digest, ...]
    previous: bytes | None = None


@dataclass(frozen=True, slots=True)
class FolderRecord:
    """One `directoryhash` element; hash is None where it holds no xxh128."""

    path: bytes
    hash: FolderHash | None
    previous: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A manifest of a history further down. path: relative to this history's folder."""

    path: bytes
    c4: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation as read. root is None where the writer gave no xxh128 root hash."""

    tool: str
    process: str
    created: str
    patterns: tuple[str, ...]
    root: FolderHash | None
    files: tuple[FileRecord, ...]
    folders: tuple[FolderRecord, ...]
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the chain: generation number, file name in `ascmhl/`, C4 of that file's bytes."""

    number: int
    name: bytes
    c4: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a history says of one file: its size if told, and the earliest usable digest of each format.

    No digest at all: the file was only ever recorded as failed and cannot be compared.
    """

    size: int | None
    digests: tuple[tuple[str, str], ...]

    def digest(self, wanted: str) -> str | None:
        """The earliest usable digest in format `wanted`, or None."""
        return next((text for name, text in self.digests if name == wanted), None)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A newest manifest that no chain lists: a write of ours that was cut. manifest is None when it is torn."""

    name: bytes
    c4: str
    manifest: Manifest | None


@dataclass(frozen=True, slots=True)
class History:
    """A history as a whole, already checked. Empty (no links) where the folder has none.

    root: that of the newest generation, None unless it covers the whole folder.
    """

    links: tuple[Link, ...] = ()
    files: Mapping[bytes, Known] = field(default_factory=dict)
    folders: frozenset[bytes] = frozenset()
    patterns: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    root: FolderHash | None = None
    interrupted: Interrupted | None = None
