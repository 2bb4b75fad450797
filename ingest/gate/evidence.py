"""What the gate is shown: for every file on the card now, what was seen of it and of its copies."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ingest.model.cards import EntryKind
from ingest.model.copies import Method, Proof


class Excuse(StrEnum):
    """Why a file needs no copies: a rule of the settings names it, or a person said that it is known."""

    NONE = ""
    RULE = "ignored by rule"
    ACKNOWLEDGED = "acknowledged"


class SourceProof(NamedTuple):
    """The card file as read. xxh128: 16 bytes on which `reads` complete, independent reads agree (1, 2, ...).

    disagreed: True when reads differed and no two agree yet.
    """

    xxh128: bytes
    reads: int
    disagreed: bool = False


class FileEvidence(NamedTuple):
    """One entry of the card's listing at the moment of the verdict. path: relative bytes; size in bytes.

    problem: why it could not be read, in words for people. failed_at: destination -> why the copy failed.
    changed: it differs from what was scanned when it was read.
    """

    path: bytes
    size: int
    kind: EntryKind = EntryKind.FILE
    excuse: Excuse = Excuse.NONE
    rule: str = ""
    asset_id: int | None = None
    source: SourceProof | None = None
    proofs: tuple[Proof, ...] = ()
    problem: str = ""
    failed_at: tuple[tuple[str, str], ...] = ()
    changed: bool = False
    new: bool = True  # copied in this session, False for what was already safe


@dataclass(frozen=True, slots=True)
class DestinationEvidence:
    """A required destination at the moment of the verdict. problem: "" or why it cannot count (missing, full, other).

    provable: False where the cache cannot be bypassed until it is plugged in again.
    """

    name: str
    devices: frozenset[str]
    problem: str = ""
    provable: bool = True


@dataclass(frozen=True, slots=True)
class Caution:
    """What is told with the verdict and never changes its level. code: stable word for programs."""

    code: str
    text: str
    paths: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The user's settings for the gate. devices: different physical devices that must hold a proven copy.

    reads: complete card reads that must agree. weakest: the weakest method of a proof that counts.
    """

    devices: int = 2
    reads: int = 2
    weakest: Method = Method.SERVED


@dataclass(frozen=True, slots=True)
class CardEvidence:
    """Everything the verdict is made of. fingerprint: of the listing the files below come from (16 bytes).

    listing_agrees: the listing taken at the end equals the one that was planned. interrupted: the session was stopped.
    source: the card and what it is plugged into, for people. rereadable: a second read of it can go around the cache.
    """

    fingerprint: bytes
    files: tuple[FileEvidence, ...]
    destinations: tuple[DestinationEvidence, ...]
    listing_agrees: bool
    interrupted: bool = False
    card_gone: bool = False
    notes: tuple[str, ...] = field(default=())
    cautions: tuple[Caution, ...] = field(default=())
    source: str = ""
    rereadable: bool = True
