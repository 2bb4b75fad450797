"""A card at one moment, and what went wrong with it: what `check` and `ingest` both show the gate."""

from dataclasses import dataclass, field

from ingest.disk.readers import reader_of
from ingest.model.cards import CardFile, CardIdentity, EntryKind, Listing
from ingest.model.copies import Method
from ingest.model.names import display_text
from ingest.model.places import Volume

_LONGEST_ID = 16  # characters


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
    def words(self) -> str:
        """`card EOSR5_A 9C33-6BBD, reader Generic USB3.0 CRW (/dev/sdb1)`: whom to blame for what it gives."""
        return f"{self.name}, reader {reader_of(self.volume)}"

    @property
    def name(self) -> str:
        """`card EOSR5_A 9C33-6BBD`; of a long id its beginning, and none that the kernel made up."""
        uuid = self.identity.uuid
        shown = "" if uuid.startswith("fsid:") else uuid if len(uuid) <= _LONGEST_ID else f"{uuid[:8]}…"
        return " ".join(filter(None, ("card", display_text(self.identity.label), shown)))

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
