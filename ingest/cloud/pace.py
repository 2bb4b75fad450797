"""How long the queue still takes, by what it did in the last minutes or by its limit. Pure."""

from collections.abc import Sequence

_LEAST_SPAN = 5.0  # seconds; what was sent in less says nothing yet


def pace_of(sent: Sequence[tuple[float, int]], now: float) -> float | None:
    """Bytes a second. sent: (when it had arrived, bytes) of the last minutes, in any order; None where too little.

    The first of them only marks the time: when it began is not known.
    """
    if len(sent) < 2:
        return None
    ordered = sorted(sent)
    span = now - ordered[0][0]
    moved = sum(size for _, size in ordered[1:])
    return moved / span if span >= _LEAST_SPAN and moved else None


def seconds_left(size: int, pace: float | None, limit: int) -> float | None:
    """For `size` bytes at this pace, never faster than `limit` (bytes a second, 0 for none); None where none is known.

    Of sending alone: hours in which nothing is sent are not counted.
    """
    speeds = [speed for speed in (pace, float(limit)) if speed]
    return size / min(speeds) if speeds else None
