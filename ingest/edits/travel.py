"""Versions on their way to the other destinations: looked for there, copied by the copying room, given their names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ingest.copying.destination import Admitted
from ingest.copying.jobs import CopyJob, CopyOutcome, Source
from ingest.edits.carrier import Carrier
from ingest.edits.context import Sync, in_parts
from ingest.edits.look import look_at
from ingest.edits.move import move_at
from ingest.edits.place import Known, Look, Move, Stamp, There
from ingest.edits.record import Report, copied_of
from ingest.errors import DestinationError
from ingest.ledger.shoots import ShootRow
from ingest.ledger.versions import LyingCopy, Version, card_copies_below, copies_of_versions, versions_of_shoot
from ingest.model.cards import CardFile
from ingest.model.names import join
from ingest.plan.settling import Settling, settle
from ingest.plan.version_names import is_aside_of

T = TypeVar("T")
W = TypeVar("W")
_HAVE = ("written", "proven")


@dataclass(frozen=True, slots=True)
class File:
    """A file that changed over time. versions: content -> its last version, the oldest first. newest: its content."""

    path: bytes
    versions: Mapping[int, Version]
    newest: int

    @classmethod
    def of(cls, path: bytes, versions: Sequence[Version]) -> "File":
        """From all its versions, the oldest first."""
        last = {version.asset_id: version for version in versions}
        return cls(path, dict(sorted(last.items(), key=lambda item: item[1].id)), versions[-1].asset_id)


@dataclass(slots=True)
class Task:
    """What one destination needs of one file. plain: what the ledger knows under its plain name; lying: aside."""

    place: str
    file: File
    plain: LyingCopy | None
    lying: dict[int, bytes]
    is_ours: bool = False
    there: There | None = None
    settling: Settling = field(default_factory=Settling)

    @property
    def is_done(self) -> bool:
        """By the ledger all of it stands there, the newest under its plain name."""
        plain = self.plain.asset_id if self.plain else None
        return plain == self.file.newest and all(each in self.lying or each == plain for each in self.file.versions)

    @property
    def size(self) -> int:
        """Bytes that may have to travel."""
        return self.file.versions[self.file.newest].digest.size

    def look(self) -> Look:
        """What is to be asked there."""
        known = tuple(
            Known(asset, version.digest, version.seen, asset not in self.lying)
            for asset, version in self.file.versions.items()
        )
        stands = None
        if self.plain:
            stands = self.plain.asset_id, Stamp(self.plain.size, self.plain.inode, self.plain.mtime_ns)
        return Look(self.file.path, known, stands, self.is_ours)


def travel(sync: Sync, carrier: Carrier, shoot: ShootRow, current: Mapping[bytes, int]) -> None:
    """Bring a shoot's versions to every destination that is here. current: path -> content, on the primary now."""
    files = [File.of(path, each) for path, each in versions_of_shoot(sync.ledger, shoot.id).items()]
    copies = copies_of_versions(sync.ledger, shoot.id)
    tasks: dict[bytes, list[Task]] = {}
    for place in sync.here:
        for task in _tasks(sync, shoot, place.name, files, copies):
            tasks.setdefault(task.file.path, []).append(task)
    for part in in_parts(tasks.values(), lambda each: sum(task.size for task in each)):
        copies = copies_of_versions(sync.ledger, shoot.id)  # the part before may have set some of them aside
        _Round(sync, carrier, [task for each in part for task in each], copies, current).run()


def _tasks(
    sync: Sync, shoot: ShootRow, place: str, files: Sequence[File], copies: Sequence[LyingCopy]
) -> Iterator[Task]:
    """What is not done at a destination."""
    plain, lying = dict[bytes, LyingCopy](), dict[int, list[bytes]]()
    for copy in copies:
        if copy.destination == place and not copy.is_card and copy.state in _HAVE:
            plain[copy.path] = copy
            lying.setdefault(copy.asset_id, []).append(copy.path)
    ours: dict[bytes, tuple[int, int, int]] | None = None
    for file in files:
        aside = {
            asset: path for asset in file.versions for path in lying.get(asset, ()) if is_aside_of(path, file.path)
        }
        stands = plain.get(file.path)
        task = Task(place, file, stands if stands and stands.asset_id in file.versions else None, aside)
        if not task.is_done:
            ours = card_copies_below(sync.ledger, place, shoot.folder) if ours is None else ours
            task.is_ours = file.path in ours
            yield task


class _Round:
    """Some hundred tasks: looked at together, copied, moved, and written into the ledger in one transaction."""

    def __init__(
        self,
        sync: Sync,
        carrier: Carrier,
        tasks: Sequence[Task],
        copies: Sequence[LyingCopy],
        current: Mapping[bytes, int],
    ) -> None:
        self._sync = sync
        self._carrier = carrier
        self._tasks = tasks
        self._proven: dict[int, list[LyingCopy]] = {}
        for copy in copies:
            if copy.state == "proven":
                self._proven.setdefault(copy.asset_id, []).append(copy)
        self._current = current
        self._report = Report(sync)

    def run(self) -> None:
        """Do it, and write down what came of it, also where a destination ended meanwhile."""
        try:
            self._look()
            arrived = self._copy()
            self._move(arrived)
        finally:
            self._report.record()

    def _alive(self) -> list[Task]:
        here = {place.name for place in self._sync.here}
        return [task for task in self._tasks if task.place in here]

    def _ask(
        self, function: Callable[[Admitted, Sequence[W]], tuple[T, ...]], words: Mapping[str, Sequence[W]]
    ) -> dict[str, tuple[T, ...]]:
        """The answers of destinations, each asked with its words; one that has none is left out."""
        asked = {place.name: (place, words[place.name]) for place in self._sync.here if words.get(place.name)}
        found = {}
        for name, answer in self._sync.hands.ask_all(function, asked).items():
            if isinstance(answer, DestinationError):
                self._sync.leave_out(name, answer)
            else:
                found[name] = answer
        return found

    def _look(self) -> None:
        by_place = _by_place(self._alive())
        answers = self._ask(look_at, {name: tuple(t.look() for t in tasks) for name, tasks in by_place.items()})
        for name, theres in answers.items():
            for task, there in zip(by_place[name], theres, strict=True):
                self._settle(task, there)

    def _settle(self, task: Task, there: There) -> None:
        task.there = there
        task.lying |= {each.asset: each.path for each in there.found if each.path != task.file.path}
        task.settling = settle(
            task.file.path,
            {asset: version.seen for asset, version in task.file.versions.items()},
            task.file.newest,
            plain=there.asset,
            is_foreign=there.is_foreign,
            lying=task.lying,
        )
        self._report.looked(task.place, task.file.versions, task.plain, there)

    def _copy(self) -> dict[tuple[str, bytes], CopyOutcome]:
        """What was copied: (destination, wanted path) -> its outcome."""
        jobs = []
        for task in self._alive():
            for asset, path in task.settling.copies if task.there else ():
                sources = self._sources(task, asset)
                if not sources:
                    self._report.nowhere(task.place)
                    continue
                version = task.file.versions[asset]
                file = CardFile(path, version.digest.size, version.mtime_ns)
                jobs.append(CopyJob(file, path, frozenset({task.place}), version.digest, sources))
        found = {}
        for outcome in self._carrier.carry(jobs):
            for name in outcome.results:
                found[name, outcome.job.file.path] = outcome
        return found

    def _sources(self, task: Task, asset: int) -> tuple[Source, ...]:
        """Where a content can be read: on the primary, where it stands there still, or any proven copy elsewhere."""
        roots = {place.name: place.place.root for place in self._sync.here}
        primary = self._sync.primary
        found = []
        if self._current.get(task.file.path) == asset:
            found.append(Source(primary.name, join(primary.root, task.file.path)))
        found += [
            Source(copy.destination, join(roots[copy.destination], copy.path))
            for copy in self._proven.get(asset, ())
            if copy.destination in roots and copy.destination != task.place
        ]
        return tuple(found)

    def _move(self, outcomes: Mapping[tuple[str, bytes], CopyOutcome]) -> None:
        """What was copied is told; then the newest take their names."""
        moves: dict[str, list[tuple[Task, Move]]] = {}
        for task in self._tasks:
            failed = {path for asset, path in task.settling.copies if not self._is_carried(task, asset, path, outcomes)}
            lies = task.settling.lies
            if lies is not None and lies not in failed:
                moves.setdefault(task.place, []).append((task, _move_of(task, lies, outcomes)))
        answers = self._ask(move_at, {name: [move for _, move in each] for name, each in moves.items()})
        for name, asked in moves.items():
            if name not in answers:
                for _, move in asked:
                    self._report.unsure(name, move)
                continue
            for (task, move), moved in zip(asked, answers[name], strict=True):
                self._report.moved(name, task.file.versions, move, moved)

    def _is_carried(
        self, task: Task, asset: int, path: bytes, outcomes: Mapping[tuple[str, bytes], CopyOutcome]
    ) -> bool:
        outcome = outcomes.get((task.place, path))
        if outcome is None:
            return False
        return self._report.carried(task.place, task.file.versions[asset], outcome.results[task.place])


def _by_place(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.place, []).append(task)
    return found


def _move_of(task: Task, lies: bytes, outcomes: Mapping[tuple[str, bytes], CopyOutcome]) -> Move:
    file, outcome = task.file, outcomes.get((task.place, lies))
    version = file.versions[file.newest]
    proven = copied_of(file.newest, outcome.results[task.place]) if outcome else None
    older = task.settling.older
    known = None
    if older is not None:
        known = Known(older, file.versions[older].digest, file.versions[older].seen, False)
    return Move(
        file.path,
        Known(file.newest, version.digest, version.seen, False),
        proven.path if proven else lies,
        proven,
        known,
        task.there.stamp if task.there else None,
    )
