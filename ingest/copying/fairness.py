"""Which destination holds the others up: it is fed from a proven copy later, instead of live from the card.

One reader feeds every destination from the same few buffers, so the slowest sets the pace of all. That is right as
long as they are about equally fast; a NAS at a tenth of an SSD's speed would keep the card in the reader for hours.
"""

from collections.abc import Iterable, Mapping

_TOLERATED = 0.15  # of the time; destinations that differ by less are equally fast
_LEAST = 10.0  # seconds of evidence: more than one barrier, or one disk that spins up, can give
_LEAST_BUFFERS = 128  # the same for slow ones, in buffers at their pace: four batches and their barriers
_REJOINS = 3


class Fairness:
    """Collects evidence and decides; told by the reader's thread alone, time only comes in by what it is told.

    names: the destinations that get live bytes at first. buffers: how many the reader has for all of them.

    The evidence against a destination is the time in which the reader waited, it held nearly all buffers, and another
    one had nothing to do; less the time in which it was itself idle for another one's sake; less 15 % of all time.
    Stalls that come to every disk in its turn cancel out, and what is left grows only for one that is truly slower, by
    more than 15 %: so nobody is held below 80 % of his speed for long. Ten seconds of it divert, or the time of 128
    buffers where that is longer: for slow disks one barrier alone takes so long.
    """

    def __init__(self, names: Iterable[str], buffers: int) -> None:
        self._nearly_all = buffers - max(1, buffers // 6)
        self._evidence = dict.fromkeys(names, 0.0)
        self._rejoined = dict.fromkeys(self._evidence, 0)
        self._diverted_at: dict[str, float] = {}
        self._idle = dict.fromkeys(self._evidence, 0.0)
        self._seconds = 0.0
        self._buffers_read = 0
        self.diverted: frozenset[str] = frozenset()

    def read(self, seconds: float, buffers: int) -> None:
        """The reader filled so many `buffers` in `seconds`, without the waiting for free ones; many at once will do."""
        self._pass(seconds)
        self._buffers_read += buffers

    def waited(self, seconds: float, held: Mapping[str, int], idle: Mapping[str, float]) -> None:
        """The reader waited for a free buffer; a long wait may be told in parts.

        held: buffers that each live destination holds when the wait (or part) ends. idle: seconds since the start in
        which it had nothing to do, neither bytes to write nor a barrier.
        """
        self._pass(seconds)
        live = [name for name in held if name in self._evidence and name not in self.diverted]
        idle = {name: self._idle_since(name, idle[name], seconds) for name in live}
        holding = [name for name in live if held[name] >= self._nearly_all]
        starved = max(idle.values(), default=0.0)
        if not holding or not starved:
            return
        for name in live:
            against = starved if name in holding else 0.0
            self._evidence[name] = max(0.0, self._evidence[name] + against - idle[name])
        worst = max(holding, key=lambda name: self._evidence[name] - self._needed(name))
        if self._evidence[worst] >= self._needed(worst) and len(live) > 1:
            self._divert(worst)

    def caught_up(self, name: str) -> bool:
        """A diverted one has proven all that was fed to it; True: it gets live bytes again.

        Not when it comes sooner than the evidence took, for then it is only between two barriers; and not more than
        three times, each needing twice the evidence of the last.
        """
        since = self._seconds - self._diverted_at.get(name, self._seconds)
        if name not in self.diverted or self._rejoined[name] == _REJOINS or since < self._needed(name):
            return False
        self._rejoined[name] += 1
        self._join(name)
        return True

    def lost(self, name: str) -> None:
        """This one takes no more. Where it was the last live one, nothing feeds the diverted: they are live again."""
        self._evidence.pop(name, None)
        self.diverted -= {name}
        if not self._evidence.keys() - self.diverted:
            for other in self.diverted:
                self._join(other)

    # -- inside -----------------------------------------------------------------------------------------------------
    def _pass(self, seconds: float) -> None:
        self._seconds += seconds
        for name, evidence in self._evidence.items():
            if evidence:
                self._evidence[name] = max(0.0, evidence - _TOLERATED * seconds)

    def _idle_since(self, name: str, total: float, seconds: float) -> float:
        """Since the last wait; no more than this one took, for what was idle before it was idle for want of a card."""
        idle, self._idle[name] = total - self._idle[name], total
        return max(0.0, min(idle, seconds))

    def _needed(self, name: str) -> float:
        pace = self._seconds / max(1, self._buffers_read)
        return max(_LEAST, _LEAST_BUFFERS * pace) * float(1 << self._rejoined[name])

    def _divert(self, name: str) -> None:
        self.diverted |= {name}
        self._diverted_at[name] = self._seconds

    def _join(self, name: str) -> None:
        self.diverted -= {name}
        self._evidence[name] = 0.0
