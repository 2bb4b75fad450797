"""What lies at destinations taken up into a ledger made anew: as its backup knows it and the histories beside it tell.

Nothing is believed: every copy is read around the cache and hashed before it counts, and no card counts as read. Work
on the files goes into the ledger batch by batch, so that an interrupted rebuild goes on where it stopped.
"""

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from ingest.care.ledger_sources import Seen, Stand, Told, read_files
from ingest.errors import DestinationRefused
from ingest.ledger.assets import add_copies
from ingest.ledger.copies import NewCopy, prove
from ingest.ledger.db import transaction
from ingest.ledger.places import known_marker, remember_destination
from ingest.ledger.rebuilding import (
    Content,
    add_contents,
    add_unread_copies,
    assets_by_xxh128,
    copies_standing,
    lose,
    open_rebuild,
    place_in_shoot,
)
from ingest.ledger.shoots import add_shoot
from ingest.model.copies import Digest, Method
from ingest.model.names import base_of, display, stem_of
from ingest.model.places import Destination

_FILES, _BYTES = 64, 256 << 20  # in one batch
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})[ _-]*(.*)")


class Ask(Protocol):
    """Asks a destination by its child, as `session.hands.Hands.ask` does."""

    def __call__(self, name: str, function: Callable[..., list[Seen]], *args: object) -> list[Seen]:
        """What the function answers there."""


@dataclass(slots=True)
class TakenUp:
    """What became of the files at one destination. proven + unproven + len of each list = files looked at.

    proven: read and equal. unproven: equal, but only as memory told it. unread: known to the ledger, not read
    (`--no-hash`). unknowable: of new content, which only reading can take up. skipped: proven already.
    """

    destination: str
    proven: int = 0
    unproven: int = 0
    unread: int = 0
    unknowable: int = 0
    skipped: int = 0
    new: int = 0
    bytes_read: int = 0
    differs: list[bytes] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)
    failed: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Nothing was found that should be otherwise."""
        return not (self.differs or self.gone or self.failed)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file to look at. copy_id: of the row that knows it. folder: of the history that tells of it, None without."""

    path: bytes
    size: int
    xxh128: bytes
    copy_id: int | None
    folder: bytes | None


class Taking:
    """Takes up what lies at destinations, one after the other, into an open ledger.

    tick: gets the bytes of each file that was dealt with.
    """

    def __init__(
        self, ledger: sqlite3.Connection, ask: Ask, boot_id: str, now: float, tick: Callable[[int], None]
    ) -> None:
        self._ledger, self._ask, self._boot_id, self._now, self._tick = ledger, ask, boot_id, now, tick
        self._run_id = 0
        self._shoots: dict[bytes, int] = {}

    def begin(self, place: Destination, stand: Stand) -> "Work":
        """What there is to do at a destination; its row is written.

        Raises:
            DestinationRefused: the ledger knows another one by this name.
        """
        if known_marker(self._ledger, place.name) not in ("", stand.marker):
            raise DestinationRefused(f"{place.name}: another destination lies there", path=display(place.root))
        with transaction(self._ledger):
            place_id = remember_destination(self._ledger, place, stand.volume, stand.marker, self._now)
        known = copies_standing(self._ledger, place_id)
        told = {each.path: (folder, each) for folder, files in stand.files.items() for each in files}
        report = TakenUp(place.name)
        wanted = []
        for path, (copy_id, state, digest) in known.items():
            folder = told.pop(path, (None, None))[0]
            if state == "proven":
                report.skipped += 1
            else:
                wanted.append(_Wanted(path, digest.size, digest.xxh128, copy_id, folder))
        wanted += [_new(each, folder) for folder, each in told.values()]
        return Work(place, stand.marker, place_id, tuple(sorted(wanted, key=lambda each: each.path)), report)

    def read(self, work: "Work") -> TakenUp:
        """Read everything that is wanted, hash it, and write what it is, batch by batch."""
        for batch in _batches(work.wanted):
            seen = self._ask(work.place.name, read_files, work.place, work.marker, [each.path for each in batch])
            pairs = list(zip(batch, seen, strict=True))
            self._begin_run()
            with transaction(self._ledger):
                self._settle(work, pairs)
            for wanted, _ in pairs:
                self._tick(max(wanted.size, 0))
        return work.report

    def list_only(self, work: "Work") -> TakenUp:
        """Read nothing: what the ledger knows by its content becomes a copy that is written, the rest is counted."""
        report, new = work.report, []
        for each in work.wanted:
            if each.copy_id is not None:
                report.unread += 1
            elif (asset := assets_by_xxh128(self._ledger, each.size, each.xxh128)) is None:
                report.unknowable += 1
            else:
                new.append((each, asset))
        self._begin_run()
        with transaction(self._ledger):
            add_unread_copies(self._ledger, self._run_id, work.place_id, [(asset, each.path) for each, asset in new])
            for each, asset in new:
                self._put_in_shoot(each, asset, 0)
        report.unread += len(new)
        report.new += len(new)
        return report

    def _begin_run(self) -> None:
        if not self._run_id:
            self._run_id = open_rebuild(self._ledger, self._now, self._boot_id)

    def _settle(self, work: "Work", pairs: Sequence[tuple[_Wanted, Seen]]) -> None:
        report, found = work.report, []
        for wanted, seen in pairs:
            report.bytes_read += seen.size
            if seen.problem == "gone":
                report.gone.append(wanted.path)
                lose(self._ledger, [] if wanted.copy_id is None else [wanted.copy_id])
            elif seen.problem:
                report.failed.append((wanted.path, seen.problem))
            else:
                matched = seen.xxh128 == wanted.xxh128 and wanted.size in (seen.size, -1)
                self._count(report, wanted, seen, matched)
                if wanted.copy_id is not None:
                    prove(self._ledger, wanted.copy_id, None, self._boot_id, _copy(work.place_id, seen, matched))
                elif matched:
                    found.append((wanted, seen))
        self._add(work, found)

    @staticmethod
    def _count(report: TakenUp, wanted: _Wanted, seen: Seen, matched: bool) -> None:
        if not matched:
            report.differs.append(wanted.path)
            return
        report.new += wanted.copy_id is None
        if seen.method is Method.CACHED:
            report.unproven += 1
        else:
            report.proven += 1

    def _add(self, work: "Work", found: Sequence[tuple[_Wanted, Seen]]) -> None:
        """Content that histories tell of and that was read to be so."""
        if not found:
            return
        contents = [Content(_digest(seen), seen.head, seen.path, seen.mtime_ns) for _, seen in found]
        ids = add_contents(self._ledger, self._run_id, contents)
        copies = [(_digest(seen), _copy(work.place_id, seen, matched=True)) for _, seen in found]
        add_copies(self._ledger, run_id=self._run_id, boot_id=self._boot_id, copies=copies)
        for wanted, seen in found:
            self._put_in_shoot(wanted, ids[_digest(seen)], seen.mtime_ns)

    def _put_in_shoot(self, wanted: _Wanted, asset: int, mtime_ns: int) -> None:
        if not wanted.folder:  # a history of a whole destination is no shoot
            return
        if wanted.folder not in self._shoots:
            name, day = shoot_of(wanted.folder, mtime_ns or int(self._now * 1e9))
            self._shoots[wanted.folder] = add_shoot(
                self._ledger, name=name, day=day, last_day=day, folder=wanted.folder, named_by_user=False, now=self._now
            )
        unit = display(stem_of(wanted.path))
        place_in_shoot(self._ledger, self._shoots[wanted.folder], [(asset, wanted.path, unit)])


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done at one destination. report: filled as it is done."""

    place: Destination
    marker: str
    place_id: int
    wanted: tuple[_Wanted, ...]
    report: TakenUp

    @property
    def size(self) -> int:
        """Bytes to read, as far as they are known before."""
        return sum(max(each.size, 0) for each in self.wanted)


def shoot_of(folder: bytes, mtime_ns: int) -> tuple[str, str]:
    """(name, day) of a shoot by its folder, `2025/2025-06-14 Wedding`; where it tells no day, by the time of a file."""
    text = display(base_of(folder))
    match = _DAY.match(text)
    if match:
        with contextlib.suppress(ValueError):
            day = datetime.strptime(match[1], "%Y-%m-%d").replace(tzinfo=UTC)
            return match[2] or text, f"{day:%Y-%m-%d}"
    return text, datetime.fromtimestamp(max(mtime_ns, 0) / 1e9, UTC).strftime("%Y-%m-%d")


def _new(each: Told, folder: bytes) -> _Wanted:
    return _Wanted(each.path, -1 if each.size is None else each.size, each.xxh128, None, folder)


def _digest(seen: Seen) -> Digest:
    return Digest(seen.size, seen.xxh128, seen.sha1)


def _copy(place_id: int, seen: Seen, matched: bool) -> NewCopy:
    return NewCopy(place_id, seen.path, seen.inode, seen.mtime_ns, seen.method, matched, seen.xxh128, seen.at)


def _batches(wanted: Sequence[_Wanted]) -> Iterator[list[_Wanted]]:
    batch: list[_Wanted] = []
    size = 0
    for each in wanted:
        batch.append(each)
        size += max(each.size, 0)
        if len(batch) >= _FILES or size >= _BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
