"""May I send now, and until when? By the clock on the wall, through summer time and midnight. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

Wall = Callable[[float], datetime]
"""Seconds since 1970 UTC as this station's clock shows them: `datetime.fromtimestamp`, for one."""

_MINUTE = 60
_LOOK_AHEAD = 50 * 60  # minutes: an hour that the spring takes away comes back the next day


@dataclass(frozen=True, slots=True)
class Sending:
    """allowed: whether a file may begin now. changes_at: when that changes (as `now`), None when it never does.

    reason: "sends again at 20:00", "sends until 07:00"; "" where no hours are set.
    """

    allowed: bool
    changes_at: float | None = None
    reason: str = ""


def sending_at(now: float, begin: int, end: int, wall: Wall) -> Sending:
    """begin, end: minutes of the day, begin itself allowed and end not; equal for always. now: seconds since 1970 UTC.

    An hour that summer time gives twice counts both times, one that it takes away is not waited for.
    """
    if begin == end:
        return Sending(allowed=True)
    allowed = _inside(now, begin, end, wall)
    minute = now // _MINUTE * _MINUTE
    for _ in range(_LOOK_AHEAD):
        minute += _MINUTE
        if _inside(minute, begin, end, wall) != allowed:
            words = "sends until" if allowed else "sends again at"
            return Sending(allowed, minute, f"{words} {wall(minute):%H:%M}")
    return Sending(allowed)


def _inside(at: float, begin: int, end: int, wall: Wall) -> bool:
    shown = wall(at)
    minute = shown.hour * 60 + shown.minute
    return begin <= minute < end if begin < end else minute >= begin or minute < end
