"""What the parts of a session share."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.config import Settings
from ingest.copying.destination import Admitted
from ingest.disk.folders import FileOpener
from ingest.errors import DestinationError
from ingest.events import DestinationProblem, Event
from ingest.ledger.partials import KnownPartial
from ingest.model.cards import Capture
from ingest.model.iptc import Iptc
from ingest.session.hands import Hands, words_of
from ingest.session.scene import Card, Troubles

if TYPE_CHECKING:  # `check` needs none of it
    from ingest.copying.crew import Crew
    from ingest.plan.dispositions import Judged

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What the photographer asked for. card: path or None for the one mounted card. shoot: name or None.

    acknowledge: say that links, special and empty entries of this card are known and not missed.
    said: what the sidecars of its raw pictures say, None for nothing.
    """

    card: bytes | None = None
    shoot: str | None = None
    acknowledge: bool = False
    dry_run: bool = False
    said: Iptc | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What else is known of a file to copy. object_key: of its DCF unit. upload: key in the bucket, "" for none."""

    shoot_id: int | None = None
    object_key: str = ""
    capture: Capture | None = None
    upload: str = ""


@dataclass(slots=True)
class Session:
    """A running ingest. judged: the card's entries. places: admitted destinations; absent: name -> why it takes no
    copies now.

    facts: by card path, for what the plan copies or knows to be safe, until the copying is done.
    partials: card path -> the beginning that an earlier session left of a large file.
    read_late: card paths that were read for their copies once more, perhaps behind their second read.
    hands: the only way to what lies at a destination. crew: workers that wait for the first copying, None behind it.
    """

    home: Path
    settings: Settings
    ledger: sqlite3.Connection
    request: Request
    card: Card
    judged: "Judged"
    card_id: int
    run_id: int
    boot_id: str
    opener: FileOpener
    places: list[Admitted]
    place_ids: dict[str, int]
    absent: dict[str, str]
    emit: Emit
    hands: Hands
    troubles: Troubles = field(default_factory=Troubles)
    facts: Mapping[bytes, Facts] = field(default_factory=dict)
    partials: Mapping[bytes, KnownPartial] = field(default_factory=dict)
    new: set[bytes] = field(default_factory=set)
    read_late: set[bytes] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    crew: "Crew | None" = None

    def leave_out(self, name: str, error: DestinationError | OSError) -> None:
        """A destination failed: it takes no more copies in this session, and the verdict says why."""
        problem = words_of(name, error)
        self.absent.setdefault(name, problem)
        self.emit(DestinationProblem(name, problem, getattr(error, "hint", "")))

    @property
    def bucket(self) -> str:
        """Where the third copies go, "" for nowhere."""
        return self.settings.cloud.bucket if self.settings.cloud else ""
