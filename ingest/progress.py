"""How far a stage is: what may be said of copied and proven bytes, how fast it goes, when it ends. Time is passed in.

What is said never goes back, never passes its total and is whole only when everything is proven. Guesses are made on
evidence alone: no rate in the first seconds, no time left while a destination stands still.

The model of the time left. Each byte is written once and read back once, so a destination's work is its bytes twice,
and each file costs as much as `FILE_COST` bytes more: for names, times, barriers. The rate of that work is measured,
with all that slows it; the constant only weighs files that are left against bytes that are left. So many tiny files
go by files and a few clips by bytes, without a second rate, which could not be learned before it is needed.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

FILE_COST = 512 << 10  # about a millisecond at the pace of an SSD, four of a hard disk
_MEMORY = 20.0  # seconds after which what was seen counts for a third
_EVIDENCE = 3.0  # seconds of work before anything is said about a rate
_SHORTEST = 0.001  # seconds; a burst within less waits for the next moment
_LOST = 15.0  # seconds that a destination may stand still, for no known reason, before nobody knows when it ends


@dataclass(frozen=True, slots=True)
class Amount:
    """Bytes and files."""

    bytes: int = 0
    files: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.bytes + other.bytes, self.files + other.files)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.bytes - other.bytes, self.files - other.files)


@dataclass(frozen=True, slots=True)
class Count:
    """Counters of a destination: bytes written, bytes and files read back and equal. They only grow.

    A file that is copied again is counted again, so they may pass what is to be copied.
    """

    copied: int = 0
    proven: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """What may be said of one destination. copied, proven in bytes; files: proven ones; total: what it is to get.

    rate: bytes per second, the mean of what is written and what is read back; None without evidence. left: seconds,
    None when nobody can know. quiet: seconds since anything was seen of it, 0.0 as long as that has a reason.
    """

    copied: int
    proven: int
    files: int
    total: Amount
    rate: float | None
    left: float | None
    quiet: float = 0.0
    is_done: bool = False
    is_stopped: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What may be said of a stage. percent: proven, of the destinations that go on. left: of the slowest of them."""

    lanes: dict[str, Lane]
    percent: int
    left: float | None


class Tracker:
    """Follows one stage. totals: by destination. Counters are told with `update`, ends of files with `settled`.

    Where nothing settles files (a card that is read, an upload), totals have no files and the bytes alone decide.
    limits: bytes per second, written and read back together, of destinations that are held to a speed: no guess says
    that they end before their bytes can have gone.
    """

    def __init__(self, totals: Mapping[str, Amount], limits: Mapping[str, int] | None = None) -> None:
        self._lanes = {name: _Lane(total, (limits or {}).get(name, 0)) for name, total in totals.items()}
        self._percent = 0

    def settled(self, name: str, *, good: Amount = Amount(), bad: Amount = Amount()) -> None:
        """Files of this destination have come to their end: `good` are proven under their names, `bad` have failed."""
        if lane := self._lanes.get(name):
            lane.good += good
            lane.bad += bad

    def again(self, name: str, amount: Amount) -> None:
        """Nothing is on its way any more, and so much of what failed at this destination is now copied anew."""
        if lane := self._lanes.get(name):
            lane.again(amount)

    def update(self, now: float, counts: Mapping[str, Count], stopped: Collection[str] = ()) -> Standing:
        """now: seconds of a clock that never goes back. stopped: destinations that take no more."""
        lanes = {name: lane.update(now, counts.get(name), name in stopped) for name, lane in self._lanes.items()}
        self._percent = max(self._percent, _percent(lanes.values()))
        return Standing(lanes, self._percent, _left(lanes.values()))


def _percent(lanes: Collection[Lane]) -> int:
    """Rounded down; a file counts as a byte more, so that empty files are something too."""
    if all(lane.is_done for lane in lanes):
        return 100
    live = [lane for lane in lanes if not lane.is_stopped]
    whole = sum(lane.total.bytes + lane.total.files for lane in live)
    return min(99, 100 * sum(lane.proven + lane.files for lane in live) // whole) if whole else 0


def _left(lanes: Collection[Lane]) -> float | None:
    """Of the slowest that goes on; one of which nothing is known could be the slowest."""
    left = [lane.left for lane in lanes if not lane.is_stopped]
    known = [seconds for seconds in left if seconds is not None]
    return max(known) if known and len(known) == len(left) else None


class _Lane:
    """One destination. good, bad: files settled; of what failed, `bad` is what is not tried again (yet)."""

    def __init__(self, total: Amount, limit: int) -> None:
        self.good, self.bad = Amount(), Amount()
        self._total, self._limit = total, limit
        self._count = Count()
        self._before, self._from = Amount(), Count()  # proven before this pass, and the counters at its begin
        self._copied = self._proven = self._files = 0
        self._work, self._bytes = _Flow(), _Flow()

    @property
    def is_done(self) -> bool:
        """Everything is proven and has its name."""
        return self.good.files >= self._total.files and (self._total.files > 0 or self._proven >= self._total.bytes)

    def again(self, amount: Amount) -> None:
        """Here the truth is known exactly: all but what failed."""
        self._before, self._from = self._total - self.bad, self._count
        self.bad -= amount

    def update(self, now: float, count: Count | None, is_stopped: bool) -> Lane:
        """What may be said now. count: None when nothing new is known."""
        seen = self._count = _later(self._count, count or self._count)
        self._work.note(now, seen.copied + seen.proven + FILE_COST * seen.files)
        self._bytes.note(now, seen.copied + seen.proven)
        self._grow(seen)
        unproven = self._copied - self._proven
        rate = self._bytes.rate(now, unproven)
        return Lane(
            self._copied,
            self._proven,
            self._files,
            self._total,
            None if rate is None else rate / 2,
            self._left(now, unproven) if not is_stopped or self.is_done else None,
            0.0 if is_stopped or self.is_done else self._work.quiet(now, unproven),
            self.is_done,
            is_stopped,
        )

    def _grow(self, seen: Count) -> None:
        """Never back, and never more than what has not failed."""
        if self.is_done:
            self._copied = self._proven = self._total.bytes
            self._files = self._total.files
            return
        most = self._total - self.bad
        whole = min(most.bytes, max(0, self._total.bytes - (self._total.files > 0)))  # the last byte with the last name
        proven = min(self._before.bytes + seen.proven - self._from.proven, whole)
        copied = min(self._before.bytes + seen.copied - self._from.copied, most.bytes)
        self._files = max(self._files, min(self._before.files + seen.files - self._from.files, most.files))
        self._proven = max(self._proven, proven)
        self._copied = max(self._copied, copied, self._proven)  # what was resumed is proven and was not copied now

    def _left(self, now: float, unproven: int) -> float | None:
        if self.is_done:
            return 0.0
        rate = self._work.rate(now, unproven)
        if not rate or self._work.quiet(now, unproven) > _LOST:
            return None
        bytes_left = 2 * self._total.bytes - self._copied - self._proven
        work = bytes_left + FILE_COST * (self._total.files - self._files)
        unseen = self._work.unseen(now, unproven)
        least = max(0.0, bytes_left - unseen) / self._limit if self._limit else 0.0
        return max(least, max(0.0, work - unseen) / rate)


def _later(before: Count, now: Count) -> Count:
    return Count(max(before.copied, now.copied), max(before.proven, now.proven), max(before.files, now.files))


class _Flow:
    """A rate, smoothed exponentially in time, of a number that may grow in bursts.

    What came since the last growth is spread evenly over that gap: a file that is counted when it ends was read all the
    while. A silence counts as one only when it is longer than twice the usual gap, and than the read-back that is due
    takes, which shows only at its end.
    """

    def __init__(self) -> None:
        self._at: float | None = None  # of the last growth; before the first one: the last moment without
        self._value = 0.0
        self._seconds = 0.0  # that were seen
        self._weight = self._rate = self._gap = 0.0  # the last two times the first

    def note(self, now: float, value: float) -> None:
        """value: in all, by now."""
        if self._at is None or (value <= self._value and not self._seconds):
            self._at, self._value = now, value
            return
        gap = now - self._at
        if value <= self._value or gap < _SHORTEST:
            return
        fade = math.exp(-gap / _MEMORY)
        self._rate = self._rate * fade + (value - self._value) / gap * (1 - fade)
        self._gap = self._gap * fade + gap * (1 - fade)
        self._weight = self._weight * fade + (1 - fade)
        self._at, self._value = now, value
        self._seconds += gap

    def rate(self, now: float, due: float) -> float | None:
        """By second; falls in a silence. due: what is to be read back. None before there is evidence."""
        if self._seconds < _EVIDENCE:
            return None
        silence = max(0.0, self._silent(now) - self._excuse(due))
        fade = math.exp(-silence / _MEMORY)
        return self._rate * fade / (self._weight * fade + (1 - fade))

    def quiet(self, now: float, due: float) -> float:
        """Seconds without growth, 0.0 as long as that is as usual."""
        silence = self._silent(now)
        return silence if self._seconds and silence > self._excuse(due) else 0.0

    def unseen(self, now: float, due: float) -> float:
        """What was read back since the last growth and is not counted yet, at the usual rate."""
        return min(due, self._silent(now) * self._rate / self._weight) if self._weight else 0.0

    def _silent(self, now: float) -> float:
        return max(0.0, now - self._at) if self._at is not None else 0.0

    def _excuse(self, due: float) -> float:
        if not self._rate:
            return 0.0
        return max(2 * self._gap / self._weight, due * self._weight / self._rate)
