"""What the parts of a catch-up share, and its counts."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ingest.config import Settings
from ingest.copying.destination import Admitted
from ingest.errors import DestinationError
from ingest.events import DestinationProblem
from ingest.model.places import DestinationKind
from ingest.session.context import Emit
from ingest.session.hands import Hands, words_of


@dataclass(slots=True)
class PlaceCounts:
    """What a catch-up did at one destination, in copies: files = brought + waiting + full + failed + left.

    files, shoots, bytes: what it lacked. brought: made and read back; unproven: of these, by the cache alone. waiting:
    there is no proven copy of them here to make them from. full: there is no room for them. mismatched: of the failed,
    those that came back with other bytes. left: for the next one. problem: why it takes no more, "" where it does.
    """

    files: int = 0
    shoots: int = 0
    bytes: int = 0
    brought: int = 0
    unproven: int = 0
    waiting: int = 0
    full: int = 0
    failed: int = 0
    mismatched: int = 0
    left: int = 0
    problem: str = ""


@dataclass(slots=True)
class CaughtUp:
    """A whole catch-up. places: those that lacked something. bytes: brought. is_stopped: by what was allowed."""

    places: dict[str, PlaceCounts] = field(default_factory=dict)
    bytes: int = 0
    is_stopped: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class CatchUp:
    """A running catch-up. places: admitted, targets and sources; absent: name -> why it takes no copies now.

    targets: the names of those that are to hold everything. working: of those where pictures are worked on, since
    when. ids: of every destination in the ledger.
    """

    home: Path
    settings: Settings
    ledger: sqlite3.Connection
    emit: Emit
    hands: Hands
    clock: Callable[[], float]
    done: CaughtUp
    targets: tuple[str, ...]
    working: dict[str, float]
    places: list[Admitted] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    run_id: int = 0
    boot_id: str = ""

    @property
    def kinds(self) -> dict[str, DestinationKind]:
        """Of the destinations that are here."""
        return {place.name: place.place.kind for place in self.places if place.name not in self.absent}

    @property
    def roots(self) -> dict[str, bytes]:
        """Of the destinations that are here."""
        return {place.name: place.place.root for place in self.places if place.name not in self.absent}

    def leave_out(self, name: str, problem: DestinationError | OSError | str) -> None:
        """A destination takes no more, and is caught up with the next time."""
        words = problem if isinstance(problem, str) else words_of(name, problem)
        if name not in self.absent:
            self.absent[name] = words
            self.emit(DestinationProblem(name, words, getattr(problem, "hint", "")))


_COUNTED = (
    ("unproven", "of them by the cache alone: that proves nothing"),
    ("waiting", "of which no proven copy is here"),
    ("full", "for which there is no room"),
    ("failed", "FAILED"),
    ("left", "left for the next time"),
)


def told(place: PlaceCounts) -> str:
    """What came of it at one destination: `312 of 312 brought and read back`."""
    words = [f"{place.brought:,} of {place.files:,} brought and read back"]
    words += [f"{getattr(place, name):,} {text}" for name, text in _COUNTED if getattr(place, name)]
    return "; ".join([*words, *[place.problem] * bool(place.problem)])
