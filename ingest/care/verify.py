"""Read copies again around the cache and compare them with what they must be; the oldest proof first.

A child for each destination reads, all of them at once, and this process writes the proofs. One that hangs is given up.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ingest.care.looking import Seen, is_here, look_back
from ingest.disk.apart import Apart, answers
from ingest.errors import DestinationError
from ingest.gate.alarm import is_alarming
from ingest.ledger.copies import NewCopy, prove, set_copy_state
from ingest.ledger.db import transaction
from ingest.ledger.known import KnownCopy
from ingest.ledger.upload_switch import hold
from ingest.model.copies import Method
from ingest.model.places import Destination
from ingest.plan.rounds import Budget, batch, share

_FILES, _BYTES = 128, 64 << 20  # that a child is asked for at once: seconds, on a slow NAS

Tick = Callable[[str, int], None]


@dataclass(slots=True)
class VerifyReport:
    """What one verify found at one destination. Copies: ok + differs + gone + unread + unproven = looked at.

    copies: all that there were to look at. alarmed: so many had other bytes that it stopped there. problem: why the
    destination is not here or does not answer any more, "" when it does.
    """

    destination: str
    copies: int = 0
    looked_at: int = 0
    bytes_read: int = 0
    ok: int = 0
    unproven: int = 0
    differs: list[bytes] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)
    unread: list[tuple[bytes, str]] = field(default_factory=list)
    alarmed: bool = False
    problem: str = ""

    @property
    def is_clean(self) -> bool:
        """Nothing that was looked at was wrong, and it is here."""
        return not (self.differs or self.gone or self.unread or self.unproven or self.problem)

    @property
    def good(self) -> bool:
        """Something was looked at, and all of it was right."""
        return self.ok > 0 and self.is_clean


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be read at one destination: copies with their assets' xxh128, the one proven longest ago first."""

    place: Destination
    marker: str
    destination_id: int
    copies: Sequence[tuple[KnownCopy, bytes]]


def verify(
    connection: sqlite3.Connection,
    tasks: Sequence[Task],
    *,
    patience: float,
    boot_id: str,
    tick: Tick,
    budget: Budget | None = None,
    to_the_end: bool = False,
    bucket: str = "",
    now: Callable[[], float] = time.monotonic,
) -> list[VerifyReport]:
    """Re-prove copies at all these destinations at once; every answer becomes an append-only proof.

    A file that is gone becomes lost; one with other bytes suspect, as does one that the medium does not give while it
    gives others. Nothing is repaired, deleted or overwritten here. It stops at a destination where too many have other
    bytes, unless it shall go on `to_the_end`; the uploads to `bucket` are held then. patience: seconds of silence
    after which a destination is given up.
    """
    round_ = _Round(connection, tasks, patience, boot_id, tick, budget or Budget(), to_the_end, now)
    try:
        round_.run()
    finally:
        round_.close()
    for report in round_.reports.values():
        if report.alarmed and bucket:
            why = f"held: very many files on {report.destination} have other bytes than were proven"
            with transaction(connection):
                hold(connection, bucket, why, time.time())
    return list(round_.reports.values())


class _Round:
    """One look at several destinations."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        tasks: Sequence[Task],
        patience: float,
        boot_id: str,
        tick: Tick,
        budget: Budget,
        to_the_end: bool,
        now: Callable[[], float],
    ) -> None:
        self._connection, self._boot_id, self._tick = connection, boot_id, tick
        self._budget, self._to_the_end, self._now, self._began = budget, to_the_end, now, now()
        self._tasks = {task.place.name: task for task in tasks}
        self._waiting = {task.place.name: list(task.copies) for task in tasks}
        self._asked: dict[str, list[tuple[KnownCopy, bytes]]] = {}
        self._aparts = {name: Apart(name, patience) for name in self._tasks}
        self.reports = {name: VerifyReport(name, len(task.copies)) for name, task in self._tasks.items()}

    def run(self) -> None:
        """Share what may be read among those that are here, until nothing is left or may be begun."""
        self._find_those_here()
        while any(self._waiting.values()):
            left = self._budget.bytes - self._read() if self._budget.bytes else 0
            ages = {
                name: [(copy.proof.at if copy.proof else 0.0, copy.size) for copy, _ in copies]
                for name, copies in self._waiting.items()
            }
            self._look(share(ages, left))
            if self._is_spent():
                return

    def _find_those_here(self) -> None:
        for name, task in self._tasks.items():
            self._begin(name, is_here, task.place, task.marker)
        asked = {name: apart for name, apart in self._aparts.items() if not self.reports[name].problem}
        for name, answer in answers(asked).items():
            if isinstance(answer, Exception):
                self._give_up(name, answer)

    def _look(self, counts: dict[str, int]) -> None:
        """Read so many of each destination's oldest copies, all destinations at once."""
        left = dict(counts)
        for name in left:
            self._ask_next(name, left)
        while self._asked:
            for name, answer in answers({name: self._aparts[name] for name in self._asked}, first=True).items():
                pairs = self._asked.pop(name)
                if isinstance(answer, list):
                    self._take(name, pairs, answer)
                else:
                    self._give_up(name, answer)
                if not self._is_spent():
                    self._ask_next(name, left)

    def _ask_next(self, name: str, left: dict[str, int]) -> None:
        waiting = self._waiting[name]
        count = batch([copy.size for copy, _ in waiting[: min(left[name], _FILES)]], _FILES, _BYTES)
        if not count:
            return
        left[name] -= count
        pairs, self._waiting[name] = waiting[:count], waiting[count:]
        task = self._tasks[name]
        if self._begin(name, look_back, task.place, task.marker, [(copy.id, copy.path) for copy, _ in pairs]):
            self._asked[name] = pairs

    def _begin(self, name: str, function: Callable[..., object], *args: object) -> bool:
        try:
            self._aparts[name].begin(function, *args)
        except DestinationError as error:
            self._give_up(name, error)
        return not self.reports[name].problem

    def _give_up(self, name: str, answer: object) -> None:
        """The destination is not here any more; what was not read stays as it is."""
        if isinstance(answer, OSError):
            self.reports[name].problem = f"{name} does not answer: {answer.strerror}"
        elif isinstance(answer, DestinationError):
            self.reports[name].problem = answer.message
        elif isinstance(answer, Exception):
            raise answer
        self._waiting[name] = []

    def _take(self, name: str, pairs: Sequence[tuple[KnownCopy, bytes]], seen: list[Seen]) -> None:
        report = self.reports[name]
        with transaction(self._connection):
            for (copy, wanted), look in zip(pairs, seen, strict=True):
                self._settle(report, copy, wanted, look)
                report.alarmed = report.alarmed or is_alarming(report.looked_at, len(report.differs))
                if report.alarmed and not self._to_the_end:
                    self._waiting[name] = []
                    break
            if report.ok:
                self._doubt_unread(seen)
        self._tick(name, sum(copy.size for copy, _ in pairs))

    def _doubt_unread(self, seen: list[Seen]) -> None:
        """A medium that gives others and not this one has lost it; one that gives none may only be badly plugged in."""
        for look in seen:
            if look.is_of_medium:
                set_copy_state(self._connection, look.id, "suspect")

    def _settle(self, report: VerifyReport, copy: KnownCopy, wanted: bytes, look: Seen) -> None:
        report.looked_at += 1
        if look.is_gone:
            report.gone.append(copy.path)
            set_copy_state(self._connection, copy.id, "lost")
            return
        if look.problem:
            report.unread.append((copy.path, look.problem))
            return
        report.bytes_read += look.size
        matched = look.size == copy.size and look.xxh128 == wanted
        place_id = self._tasks[report.destination].destination_id
        proof = NewCopy(place_id, copy.path, look.inode, look.mtime_ns, look.method, matched, look.xxh128, look.at)
        prove(self._connection, copy.id, None, self._boot_id, proof)
        if not matched:
            report.differs.append(copy.path)
        elif look.method is Method.CACHED:
            report.unproven += 1
        else:
            report.ok += 1

    def _read(self) -> int:
        return sum(report.bytes_read for report in self.reports.values())

    def _is_spent(self) -> bool:
        return self._budget.is_spent(self._now() - self._began, self._read())

    def close(self) -> None:
        """End the children."""
        for apart in self._aparts.values():
            apart.kill()
        for apart in self._aparts.values():
            apart.close()
