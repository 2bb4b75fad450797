"""Which files a drill brings back from a place, and when the next one is due.

The newest snapshot of each catalog, one of each kind and a large one are always among them where there is room: by lot
alone, a place of 5,000 JPEGs and one film would hardly ever be asked for the film. The lot is a hash of the seed, so
that a drill can be repeated.
"""

import hashlib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ingest.model.drills import Why

EVERY = 90 * 86400.0  # seconds from one drill to the next
FILES = 20  # of each place
BYTES = 4 << 30  # of each place, at most


class Candidate(NamedTuple):
    """A copy that could be brought back. kind: its suffix, lower case. is_catalog: the newest snapshot of one there."""

    asset_id: int
    size: int
    kind: bytes
    is_catalog: bool = False


class Chosen(NamedTuple):
    """A copy that is brought back, and what it was drawn for."""

    candidate: Candidate
    why: Why


class Sample(NamedTuple):
    """held: copies that were looked at. larger: those above the limit of bytes, which no drill of this size tries."""

    chosen: list[Chosen]
    held: int
    larger: int


def sample(candidates: Iterable[Candidate], seed: str, files: int = FILES, most: int = BYTES) -> Sample:
    """At most `files` copies of at most `most` bytes together; half of the bytes are kept for the large one."""
    draw = _Draw(seed, files, most)
    for candidate in candidates:
        draw.look_at(candidate)
    return Sample(draw.chosen(), draw.held, draw.larger)


class _Draw:
    """Looks at each candidate once and keeps few: a place may hold a million."""

    def __init__(self, seed: str, files: int, most: int) -> None:
        self._seed, self._files, self._most = seed, files, most
        self._catalogs: list[Candidate] = []
        self._large: tuple[int, bytes, Candidate] | None = None
        self._kinds: dict[bytes, tuple[bytes, Candidate]] = {}
        self._lots: list[tuple[int, Candidate]] = []  # a heap: the worst lot first
        self.held = self.larger = 0

    def look_at(self, candidate: Candidate) -> None:
        self.held += 1
        if candidate.size > self._most:
            self.larger += 1
            return
        if candidate.is_catalog:
            self._catalogs.append(candidate)
        lot = hashlib.blake2b(f"{self._seed} {candidate.asset_id}".encode(), digest_size=8).digest()
        best = self._kinds.get(candidate.kind)
        if best is None or (lot, candidate) < best:
            self._kinds[candidate.kind] = (lot, candidate)
        if candidate.size <= self._most // 2:
            self._large = max(filter(None, (self._large, (candidate.size, lot, candidate))))
        entry = (-int.from_bytes(lot), candidate)
        if len(self._lots) < self._files:
            heapq.heappush(self._lots, entry)
        else:
            heapq.heappushpop(self._lots, entry)

    def chosen(self) -> list[Chosen]:
        wanted = [Chosen(candidate, Why.CATALOG) for candidate in sorted(self._catalogs)]
        wanted += [Chosen(self._large[2], Why.LARGE)] if self._large else []
        wanted += [Chosen(candidate, Why.KIND) for _, candidate in sorted(self._kinds.values())]
        wanted += [Chosen(candidate, Why.LOT) for _, candidate in sorted(self._lots, reverse=True)]
        taken: dict[int, Chosen] = {}
        left = self._most
        for each in wanted:
            is_new = each.candidate.asset_id not in taken
            if is_new and len(taken) < self._files and each.candidate.size <= left:
                taken[each.candidate.asset_id] = each
                left -= each.candidate.size
        return list(taken.values())


@dataclass(frozen=True, slots=True)
class DrillDue:
    """last: when every place gave back what was asked, None for never. holds: since when there is anything to lose."""

    last: float | None
    holds: float | None
    now: float

    @property
    def next(self) -> float | None:
        """When the next one is due, None where there is nothing to bring back. A clock that went back makes it due."""
        since = self.last if self.last is not None and self.last <= self.now else self.holds
        return None if since is None else since + EVERY

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been made by now."""
        return self.next is not None and self.next <= self.now
