"""What the copying room is asked for and what it answers."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method


class Failure(StrEnum):
    """Why a copy did not come to be. FULL, GONE and READ_ONLY end the destination for this session."""

    FULL = "full"
    GONE = "gone"
    READ_ONLY = "read-only"
    FLUSH = "flush failed"
    MISMATCH = "read back with other bytes"
    WRITE = "write failed"
    NAME = "name cannot be stored"
    SOURCE = "the other copy could not be read as it was proven"


@dataclass(frozen=True, slots=True)
class Source:
    """A proven copy to feed others from. place: the destination that holds it. path: absolute."""

    place: str
    path: bytes


@dataclass(frozen=True, slots=True)
class Partial:
    """The beginning of a large file that an earlier session left. temporary: its name in the staging folder."""

    place: str
    temporary: bytes
    path: bytes


@dataclass(frozen=True, slots=True)
class CopyJob:
    """One card file to be copied. path: below each destination's root, None while the plan is not made.

    lanes: the destinations that need it. digest, sources: of content that is proven elsewhere already, which then is
    read from there and not from the card. chunks, partials: what was read of it before an interruption.
    """

    file: CardFile
    path: bytes | None
    lanes: frozenset[str]
    digest: Digest | None = None
    sources: tuple[Source, ...] = ()
    chunks: tuple[bytes, ...] = ()
    partials: tuple[Partial, ...] = ()


class CopyResult(NamedTuple):
    """One file at one destination. path: the name it really got. at: seconds since 1970 UTC of the read-back.

    failure: None when the copy is durable under `path`; then method says how it was proven (CACHED: it was not).
    source: the destination whose copy could not be read as it was proven, with failure SOURCE.
    """

    path: bytes
    failure: Failure | None = None
    detail: str = ""
    method: Method = Method.CACHED
    xxh128: bytes = b""
    inode: int = 0
    mtime_ns: int = 0
    at: float = 0.0
    existed: bool = False
    source: str = ""

    @property
    def matched(self) -> bool:
        """The read-back gave the card's bytes."""
        return self.failure is None


@dataclass(frozen=True, slots=True)
class CopyOutcome:
    """One card file after its batch: what the card gave and what became of it at each destination.

    xxh128, sha1, head: of the content; sha1 comes from a proven read and is b"" when there was none.
    problem: why the card could not be read, "" when it could. changed: size or time differed from the listing.
    is_fed: the bytes came from a proven copy; the card was not read for it, and read_at is 0.
    """

    job: CopyJob
    xxh128: bytes = b""
    sha1: bytes = b""
    head: bytes = b""
    read_at: float = 0.0
    problem: str = ""
    changed: bool = False
    results: dict[str, CopyResult] = field(default_factory=dict)
    is_fed: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes so far. read: from the card. copied, proven: by destination; feeding: those fed from a proven copy now."""

    read: int
    copied: dict[str, int]
    proven: dict[str, int]
    files: dict[str, int]
    feeding: tuple[str, ...] = ()
