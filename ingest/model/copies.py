"""Content, where it lies, and the observations that prove it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Method(StrEnum):
    """How bytes were read back, from strong to weak (measured in the project's reliability notes).

    REPLUGGED: unmounted and mounted since the write, read uncached. DIRECT: cache shown empty, O_DIRECT, device
    bytes counted. DROPPED: cache shown empty, buffered read, device bytes counted. SERVED: SMB or NFS, around the
    client's cache, as returned by the server. CACHED: none of these; never counts.
    """

    REPLUGGED = "replugged"
    DIRECT = "direct"
    DROPPED = "dropped"
    SERVED = "served"
    CACHED = "cached"

    __hash__ = str.__hash__  # it equals its word; and one of Enum's own would be a call for every proof


STRENGTH = {Method.CACHED: 0, Method.SERVED: 1, Method.DROPPED: 2, Method.DIRECT: 3, Method.REPLUGGED: 4}


class CopyState(StrEnum):
    """WRITTEN: durable, not read back. PROVEN: read back and equal. SUSPECT: read or seen different. LOST: gone."""

    WRITTEN = "written"
    PROVEN = "proven"
    SUSPECT = "suspect"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Digest:
    """Content: size in bytes, xxh3-128 (16 bytes), sha1 (20 bytes). Equality of all three is sameness."""

    size: int
    xxh128: bytes
    sha1: bytes


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One complete read of a card file. nth: 1 fed the copies (or the comparison), 2 went around the cache later."""

    nth: int
    xxh128: bytes
    method: Method
    at: float


class Proof(NamedTuple):
    """One observation that a copy was read back. at: seconds since 1970 UTC. matched: equal to the Asset."""

    destination: str
    devices: frozenset[str]
    path: bytes
    xxh128: bytes
    method: Method
    at: float
    matched: bool
