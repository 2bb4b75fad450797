"""Heal suspect and lost copies from the nearest copy that gives the right bytes; the bucket is asked last.

Each destination is touched by children alone, one that reads and one that writes, so that one that hangs is given up.
Any step may be the last: nothing that was there goes before the new bytes are proven, and the ledger says what
happened in one transaction behind it.
"""

import contextlib
import functools
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ingest.care.looking import look_back
from ingest.care.placing import Order, Placed, append, begin, finish
from ingest.care.reach import Place, Reach, words_of
from ingest.care.restore import Meter, Sink
from ingest.errors import DestinationError, SafelightError
from ingest.ledger.care_log import record_healed, record_right, record_wrong_source, standings
from ingest.ledger.copies import NewCopy
from ingest.ledger.db import transaction
from ingest.model.copies import Method
from ingest.model.standing import Standing
from ingest.plan.healing import sources_of, was_rewritten

_LOOKS = 3  # right reads in a row after which a suspect copy is believed again
_OTHER_BYTES = "gave other bytes than were proven at ingest"

FromBucket = Callable[[int, Sink], bool]
"""Feeds an asset's bytes from the bucket to a sink; False where the bucket has none. Raises SafelightError, OSError."""


@dataclass(frozen=True, slots=True)
class Healed:
    """One copy that is whole again. was: its name before; path: its name now. source: "" for one that was right.

    aside: where the bad file went, "" where there was none. rewritten: a program had written that one.
    """

    destination: str
    was: bytes
    path: bytes
    source: str
    aside: str
    is_proven: bool
    rewritten: bool = False


@dataclass(slots=True)
class RepairReport:
    """copies = healed + right + waiting + failed. The lists of two: (destination, path) -> why."""

    copies: int = 0
    bytes_read: int = 0
    healed: list[Healed] = field(default_factory=list)
    right: list[Healed] = field(default_factory=list)
    waiting: dict[tuple[str, bytes], str] = field(default_factory=dict)
    failed: dict[tuple[str, bytes], str] = field(default_factory=dict)
    wrong_sources: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Nothing that was to be healed stays wrong, and every copy is proven."""
        return not (self.waiting or self.failed) and all(one.is_proven for one in (*self.healed, *self.right))


def repair(
    connection: sqlite3.Connection,
    sick: Iterable[Standing],
    places: Mapping[str, Place],
    *,
    from_bucket: FromBucket | None,
    bucket: str,
    beginning: bytes,
    patience: float,
    boot_id: str,
    tick: Callable[[int], None],
) -> RepairReport:
    """Heal what can be healed. Two of them must not run at once: the caller holds a lock.

    places: by name, all that the settings name. bucket: what the third copy is called. beginning: of the temporary
    names, this ledger's own. patience: seconds of silence after which a destination is given up.
    """
    with contextlib.closing(Reach(places, beginning, patience)) as reach:
        ward = _Ward(connection, places, from_bucket, bucket, beginning, boot_id, reach)
        try:
            ward.heal_all(sick, tick)
        except KeyboardInterrupt:
            reach.tidy()
            raise
    return ward.report


class _Ward:
    """One repair: who waits for it, what was found."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        places: Mapping[str, Place],
        from_bucket: FromBucket | None,
        bucket: str,
        beginning: bytes,
        boot_id: str,
        reach: Reach,
    ) -> None:
        self._connection, self._places, self._boot_id = connection, places, boot_id
        self._from_bucket, self._bucket, self._beginning = from_bucket, bucket, beginning
        self._kinds = {name: place.place.kind for name, place in places.items()}
        self._reach = reach
        self._sick: deque[Standing] = deque()
        self.report = RepairReport()

    def heal_all(self, sick: Iterable[Standing], tick: Callable[[int], None]) -> None:
        """Look at all of them first: one that is right after all is a source for the others."""
        for copy in sick:
            self._examine(copy)
        while self._sick:
            copy = self._sick.popleft()
            try:
                self._heal(copy)
            except DestinationError as error:
                self.report.waiting[copy.destination, copy.path] = error.message
            except (OSError, SafelightError) as error:
                self.report.failed[copy.destination, copy.path] = words_of(error)
            tick(copy.size)

    # -- is it really broken? -----------------------------------------------------------------------------------------
    def _examine(self, copy: Standing) -> None:
        """Look at a copy around the cache: right three times in a row and it is believed, else it is to be healed."""
        self.report.copies += 1
        try:
            looks = self._right_looks(copy)
        except DestinationError as error:
            self.report.waiting[copy.destination, copy.path] = error.message
            return
        except OSError as error:
            self.report.failed[copy.destination, copy.path] = words_of(error)
            return
        if len(looks) < _LOOKS:
            self._sick.append(copy)
            return
        with transaction(self._connection):
            is_proven = record_right(self._connection, copy.id, self._boot_id, looks)
        self.report.right.append(Healed(copy.destination, copy.path, copy.path, "", "", is_proven))

    def _right_looks(self, copy: Standing) -> list[NewCopy]:
        """Looks until one is wrong. At a lost one nobody looks: what stands under its name came later."""
        where = self._places[copy.destination]
        found: list[NewCopy] = []
        while copy.state != "lost" and len(found) < _LOOKS:
            [seen] = self._reach.ask(copy.destination, look_back, where.place, where.marker, [(copy.id, copy.path)])
            self.report.bytes_read += max(seen.size, 0)
            if (seen.size, seen.xxh128) != (copy.size, copy.xxh128):
                break
            found.append(self._new(copy, copy.path, seen.method, seen.inode, seen.mtime_ns, seen.at))
        return found

    def _new(self, copy: Standing, path: bytes, method: Method, inode: int, mtime_ns: int, at: float) -> NewCopy:
        place_id = self._places[copy.destination].id
        return NewCopy(place_id, path, inode, mtime_ns, method, True, copy.xxh128, at)

    # -- healing ------------------------------------------------------------------------------------------------------
    def _heal(self, copy: Standing) -> None:
        """From the first source that gives the right bytes.

        Raises:
            DestinationError, OSError, CopyMismatch: what the place of the copy itself answered.
        """
        reasons: list[str] = []
        away = False
        for source in sources_of(copy, standings(self._connection, copy.asset_id), self._kinds):
            if why := self._reach.why_not(source.destination):
                reasons.append(why)
                away = True
                continue
            problem = self._bring(copy, source.destination, functools.partial(self._reach.read, source))
            if not problem:
                return
            reasons.append(f"{source.destination}: {problem}")
            if problem == _OTHER_BYTES:
                self._suspect(source)
        if self._from_bucket is not None:
            problem = self._bring(copy, self._bucket, functools.partial(self._from_bucket, copy.asset_id))
            if not problem:
                return
            reasons.append(f"{self._bucket}: {problem}")
        missed = self.report.waiting if away else self.report.failed
        missed[copy.destination, copy.path] = "; ".join(reasons) or "there is no other copy"

    def _suspect(self, source: Standing) -> None:
        """It was to heal another one and gave other bytes: it is to be healed itself, once it was looked at."""
        with transaction(self._connection):
            record_wrong_source(self._connection, source.id, time.time())
        self.report.wrong_sources.append((source.destination, source.path))
        self._examine(source._replace(state="suspect"))

    def _bring(self, copy: Standing, source: str, feed: Callable[[Sink], bool]) -> str:
        """Heal a copy from one source; "" when that is done, else why not from there. Raises as `_heal`."""
        where, meter, failed = self._places[copy.destination], Meter(), []

        def take(data: bytes | memoryview) -> None:
            meter.feed(data)
            try:
                self._reach.ask(copy.destination, append, bytes(data))
            except (DestinationError, OSError) as error:
                failed.append(error)
                raise

        self._reach.ask(copy.destination, begin, where.place, where.marker, self._beginning)
        problem = _problem_of(feed, take)
        self.report.bytes_read += meter.size
        if failed or problem or meter.digest() != copy.digest:
            self._reach.forget(copy.destination)
            if failed:
                raise failed[0]
            return problem or _OTHER_BYTES
        bad = (copy.inode, copy.seen_mtime_ns) if copy.state != "lost" else None
        placed = self._reach.ask(copy.destination, finish, Order(copy.path, copy.digest, copy.mtime_ns, bad))
        self._record(copy, source, placed)
        return ""

    def _record(self, copy: Standing, source: str, placed: Placed) -> None:
        new = self._new(copy, placed.path, placed.method, placed.inode, placed.mtime_ns, placed.at)
        with transaction(self._connection):
            record_healed(self._connection, copy.id, self._boot_id, new, source, placed.aside)
        rewritten = bool(placed.aside) and was_rewritten(copy)
        is_proven = placed.method is not Method.CACHED
        self.report.healed.append(
            Healed(copy.destination, copy.path, placed.path, source, placed.aside, is_proven, rewritten)
        )


def _problem_of(feed: Callable[[Sink], bool], take: Sink) -> str:
    """Feed a whole content; "" or why the source did not give it."""
    try:
        return "" if feed(take) else "holds no copy"
    except Exception as error:  # noqa: BLE001 - cloud libraries raise what they like; the next source is asked
        return words_of(error)
