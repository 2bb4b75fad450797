"""How often a sentence says how far a stage is, where no bar shows it. Pure: time is passed in."""

_LONGEST = 30.0  # seconds without a word
_SHORTEST = 2.0  # seconds between two of them, else a quick stage would speak ten times in one breath


class Pace:
    """At each tenth of the way, and after half a minute without one. began: seconds of a clock that never goes back."""

    def __init__(self, began: float) -> None:
        self._last, self._tenth = began, 0

    def is_due(self, now: float, percent: int) -> bool:
        """Whether to speak now; what it says yes to counts as said."""
        waited, tenth = now - self._last, percent // 10
        if waited < _LONGEST and (tenth <= self._tenth or waited < _SHORTEST):
            return False
        self._last, self._tenth = now, tenth
        return True
