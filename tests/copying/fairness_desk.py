"""A card, a ring of buffers and destinations of given speeds, in simulated time: what `Fairness` does to them."""

import bisect
import random
from collections.abc import Callable, Mapping

from ingest.copying.fairness import Fairness

BUFFERS = 12
BUFFER_MB = 4.194304
BATCH = 32  # buffers between two barriers

Work = Callable[[int], tuple[float, float]]  # number of a buffer -> seconds to write it, seconds of a barrier behind it


def steady(speed: float, seed: int, jitter: float = 0.4) -> Work:
    """A disk that writes every buffer at about `speed` MB/s."""
    rng = random.Random(seed)
    return lambda _: (BUFFER_MB / speed * rng.lognormvariate(-jitter * jitter / 2, jitter), 0.0)


def cached(speed: float, seed: int, jitter: float = 0.25) -> Work:
    """A disk behind a cache: memory takes the buffers at once, and each barrier waits for all of them."""
    rng = random.Random(seed)
    barrier = BATCH * (BUFFER_MB / speed - 0.002)

    def work(number: int) -> tuple[float, float]:
        is_last = number % BATCH == BATCH - 1
        return 0.002, barrier * rng.lognormvariate(-jitter * jitter / 2, jitter) if is_last else 0.0

    return work


class Desk:
    """Copies `count` buffers of a card that gives `card` MB/s; `fairness` None feeds everybody live.

    finished: when each destination was done, in seconds. log: (seconds, "diverted" or "live", name).
    """

    def __init__(self, works: Mapping[str, Work], fairness: Fairness | None, *, card: float = 500, part: float = 0.1):
        self.works, self.fairness, self.card, self.part = works, fairness, card, part
        self.log: list[tuple[float, str, str]] = []
        self.most_held = 0
        self._let_go: dict[str, list[float]] = {name: [] for name in works}  # when each live buffer was let go
        self.finished = dict.fromkeys(works, 0.0)  # of what it was given so far, with the barrier
        self._idle = dict.fromkeys(works, 0.0)

    def run(self, count: int) -> "Desk":
        now, free = 0.0, [0.0]
        for number in range(count):
            start, now = now, max(now, free[number - BUFFERS + 1] if number >= BUFFERS else 0.0)
            self._wait(start, now)
            now += BUFFER_MB / self.card
            self._between(now)
            free.append(max(free[-1], now, *(self._give(name, number, now) for name in self.works)))
            outstanding = len(free) - bisect.bisect_right(free, now)
            self.most_held = max(self.most_held, outstanding)
        return self

    def _give(self, name: str, number: int, now: float) -> float:
        """When the buffer is let go: a diverted one has its bytes from a copy, and holds none."""
        write, barrier = self.works[name](number)
        self._idle[name] += max(0.0, now - self.finished[name])
        let_go = max(now, self.finished[name]) + write
        self.finished[name] = let_go + barrier
        if self.fairness and name in self.fairness.diverted:
            return 0.0
        self._let_go[name].append(let_go)
        return let_go

    def _wait(self, start: float, end: float) -> None:
        while self.fairness and start < end:
            stop = min(end, start + self.part)
            live = [name for name in self.works if name not in self.fairness.diverted]
            held = {n: len(self._let_go[n]) - bisect.bisect_left(self._let_go[n], stop) for n in live}
            idle = {name: self._idle[name] + max(0.0, stop - self.finished[name]) for name in live}
            before = self.fairness.diverted
            self.fairness.waited(stop - start, held, idle)
            self.log += [(stop, "diverted", name) for name in self.fairness.diverted - before]
            start = stop

    def _between(self, now: float) -> None:
        if self.fairness:
            self.fairness.read(BUFFER_MB / self.card, 1)
            for name in sorted(self.fairness.diverted):
                if self.finished[name] <= now and self.fairness.caught_up(name):
                    self.log.append((now, "live", name))
