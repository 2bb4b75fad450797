"""Who gets live bytes: a destination that keeps the reader waiting while another one starves is fed later, from a copy.

Only waiting counts, as the reader feels it, so equally slow destinations are never put off, nor is one that stalls
once in a barrier.
"""

from collections.abc import Mapping

_NEEDED = 2.0  # seconds of waiting that are one destination's fault; doubled each time that it was put off
_FORGIVEN = 0.25  # of the waiting that is not its fault


class Fairness:
    """Told of each wait of the reader for one of `buffers` buffers. diverted: those that get no live bytes now."""

    def __init__(self, names: tuple[str, ...], buffers: int) -> None:
        self._names = names
        self._nearly_all = buffers - 2
        self._blame = dict.fromkeys(names, 0.0)
        self._needed = dict.fromkeys(names, _NEEDED)
        self.diverted: frozenset[str] = frozenset()

    def waited(self, seconds: float, held: Mapping[str, int]) -> None:
        """The reader waited. held: buffers that each destination holds now; those that are dead hold none."""
        live = [name for name in self._names if name not in self.diverted]
        for name in live:
            others = [held.get(other, 0) for other in live if other != name]
            if others and held.get(name, 0) >= self._nearly_all and min(others) <= 1:
                self._blame[name] += seconds
            else:
                self._blame[name] = max(0.0, self._blame[name] - _FORGIVEN * seconds)
        guilty = [name for name in live if self._blame[name] >= self._needed[name]]
        if guilty and len(live) > 1:
            self._divert(guilty[0])

    def _divert(self, name: str) -> None:
        self.diverted |= {name}
        self._blame[name] = 0.0
        self._needed[name] *= 2

    def caught_up(self, name: str) -> None:
        """All that was fed to it is worked off: it may have live bytes again."""
        self.diverted -= {name}
