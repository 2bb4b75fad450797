"""A card at one moment, and what went wrong with it: what `check` and `ingest` both show the gate."""

from dataclasses import dataclass, field

from ingest.model.cards import CardFile, CardIdentity, EntryKind, Listing
from ingest.model.copies import Method
from ingest.model.places import Volume


@dataclass(frozen=True, slots=True)
class Card:
    """The card in the reader. read_ceiling: the strongest method its file system can claim for a read."""

    root: bytes
    volume: Volume
    identity: CardIdentity
    listing: Listing
    fingerprint: bytes
    read_ceiling: Method | None

    @property
    def label(self) -> str:
        """For people."""
        return self.identity.label or "card"


@dataclass(slots=True)
class Troubles:
    """What went wrong in this session, by card path; the gate is told all of it."""

    unreadable: dict[bytes, str] = field(default_factory=dict)
    changed: set[bytes] = field(default_factory=set)
    disagreed: set[bytes] = field(default_factory=set)
    failed_at: dict[bytes, dict[str, str]] = field(default_factory=dict)
    mismatched: dict[bytes, dict[str, bytes]] = field(default_factory=dict)
    card_gone: bool = False
    interrupted: bool = False

    @property
    def any_file(self) -> bool:
        """Some file is not copied, not proven or not read as it should be."""
        return bool(self.unreadable or self.changed or self.disagreed or self.failed_at or self.mismatched)


def may_be_acknowledged(entry: CardFile) -> bool:
    """A person may say that these are known: links, special files, files without a byte."""
    return entry.kind in (EntryKind.SYMLINK, EntryKind.SPECIAL) or (entry.kind is EntryKind.FILE and entry.size == 0)
