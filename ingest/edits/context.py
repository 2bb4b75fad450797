"""What the parts of a sync share, and its counts."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ingest.config import Settings
from ingest.copying.destination import Admitted
from ingest.errors import DestinationError
from ingest.events import DestinationProblem, Phase
from ingest.model.places import Destination, DestinationKind
from ingest.session.context import Emit
from ingest.session.hands import Hands, words_of

T = TypeVar("T")
_FILES = 256  # that are read, or travel, before the ledger is told
_BYTES = 1 << 30
_WORTH_TELLING = 64 << 20


@dataclass(slots=True)
class Counts:
    """The files beside the pictures: files = new + changed + same + waiting + unread + the sum of left.

    new, changed: a version was remembered; waiting: being written, for the next time. left: reason -> files that are
    left alone and told by name. left_out: reason -> what is nobody's work, in no other count.
    """

    files: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    waiting: int = 0
    unread: int = 0
    left: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Counts") -> None:
        """Count these too."""
        for name in ("files", "new", "changed", "same", "waiting", "unread"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for mine, theirs in ((self.left, other.left), (self.left_out, other.left_out)):
            for reason, count in theirs.items():
                mine[reason] = mine.get(reason, 0) + count


@dataclass(slots=True)
class PlaceCounts:
    """What a sync did at one destination, in versions.

    copied: made and read back; found: stood there already; aside: older ones that were set aside; theirs: kept aside,
    since somebody's own file has the name; failed: not made; nowhere: no copy to make them from; mismatched: of the
    failed, those that came back with other bytes. problem: why it takes no more, "" where it does.
    """

    copied: int = 0
    found: int = 0
    aside: int = 0
    theirs: int = 0
    failed: int = 0
    nowhere: int = 0
    mismatched: int = 0
    problem: str = ""


@dataclass(slots=True)
class Synced:
    """A whole sync. places: by destination, but the primary. queued: third copies; bytes: read on the primary."""

    primary: str
    shoots: int = 0
    counts: Counts = field(default_factory=Counts)
    places: dict[str, PlaceCounts] = field(default_factory=dict)
    queued: int = 0
    bytes: int = 0
    dry_run: bool = False


@dataclass(slots=True)
class Sync:
    """A running sync. primary: where the pictures are edited, known by its marker. fs_type: of its file system.

    places: the other destinations, admitted; ids: of every destination in the ledger. clock: seconds since 1970 UTC.
    """

    home: Path
    settings: Settings
    ledger: sqlite3.Connection
    emit: Emit
    hands: Hands
    clock: Callable[[], float]
    primary: Destination
    marker: str
    fs_type: str
    done: Synced
    places: list[Admitted] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    run_id: int = 0
    boot_id: str = ""

    @property
    def here(self) -> list[Admitted]:
        """The destinations that take copies still."""
        return [place for place in self.places if not self.done.places[place.name].problem]

    @property
    def bucket(self) -> str:
        """Where the third copies go, "" for nowhere."""
        return self.settings.cloud.bucket if self.settings.cloud else ""

    def begin_stage(self, name: str, sizes: Sequence[int]) -> int:
        """Tell of a stage of so many bytes, and give them; 0 where it is over before anybody looks."""
        total = sum(sizes)
        if total < _WORTH_TELLING:
            return 0
        self.emit(Phase(name, total, files=len(sizes)))
        return total

    def leave_out(self, name: str, problem: DestinationError | OSError | str, hint: str = "") -> None:
        """A destination takes no more in this sync, and is caught up with by the next one."""
        words = problem if isinstance(problem, str) else words_of(name, problem)
        counts = self.done.places.setdefault(name, PlaceCounts())
        if not counts.problem:
            counts.problem = words
            self.emit(DestinationProblem(name, words, hint or getattr(problem, "hint", "")))


def primary_of(places: Iterable[Destination]) -> Destination | None:
    """Where the pictures are edited: the first SSD or hard disk of the settings, or else the first destination."""
    every = list(places)
    local = (place for place in every if place.kind in (DestinationKind.SSD, DestinationKind.HDD))
    return next(local, every[0] if every else None)


def in_parts(items: Iterable[T], size_of: Callable[[T], int]) -> Iterator[tuple[T, ...]]:
    """Some hundred at a time, and fewer large ones: what a crash may cost is done once more by the next sync."""
    part: list[T] = []
    total = 0
    for item in items:
        part.append(item)
        total += size_of(item)
        if len(part) >= _FILES or total >= _BYTES:
            yield tuple(part)
            part, total = [], 0
    if part:
        yield tuple(part)
