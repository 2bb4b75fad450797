"""What the parts of a session share."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.config import Settings
from ingest.copying.destination import OpenDestination
from ingest.disk.folders import FileOpener
from ingest.events import Event
from ingest.model.cards import Capture, CardIdentity, Listing
from ingest.model.copies import Method
from ingest.model.places import Volume

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What the photographer asked for. card: path or None for the one mounted card. shoot: name or None.

    acknowledge: say that links, special and empty entries of this card are known and not missed.
    """

    card: bytes | None = None
    shoot: str | None = None
    acknowledge: bool = False
    dry_run: bool = False


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


@dataclass(frozen=True, slots=True)
class Facts:
    """What else is known of the files to copy, by card path: shoot id, DCF object, capture, cloud object name."""

    shoots: Mapping[bytes, int] = field(default_factory=dict)
    objects: Mapping[bytes, str] = field(default_factory=dict)
    captures: Mapping[bytes, Capture] = field(default_factory=dict)
    keys: Mapping[bytes, str] = field(default_factory=dict)


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


@dataclass(slots=True)
class Session:
    """A running ingest. places: admitted destinations; absent: name -> why it takes no copies now."""

    home: Path
    settings: Settings
    ledger: sqlite3.Connection
    request: Request
    card: Card
    card_id: int
    run_id: int
    boot_id: str
    opener: FileOpener
    places: list[OpenDestination]
    place_ids: dict[str, int]
    absent: dict[str, str]
    emit: Emit
    troubles: Troubles = field(default_factory=Troubles)
    facts: Facts = field(default_factory=Facts)
    new: set[bytes] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def bucket(self) -> str:
        """Where the third copies go, "" for nowhere."""
        return self.settings.cloud.bucket if self.settings.cloud else ""
