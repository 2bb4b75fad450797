"""Frame numbers that a camera gave and that were never seen here: a question to the photographer, never a verdict.

Source: DCF (JEITA CP-3461) names a picture by four characters and a number from 0001 to 9999, after which 0001 follows
in the next folder; so folders and the four characters say nothing about the order, the time of capture does. A camera
is told from its twin by its serial number alone: of one that tells none, nothing is said.
"""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from ingest.model.names import display_text

FEWEST = 5  # frames in a row; fewer were deleted in the camera, as everybody does
LOOK_AROUND = timedelta(days=7)  # what the camera took longer before or after belongs to other jobs
_NUMBERS = 9999
_FARTHEST = 4999  # frames in a row; a counter that jumps farther took over a number that it found on a card
_FARTHEST_ROUND = 999  # the same where the number falls: farther, the counter was reset, and did not run to its end
_MOST_JUMPS = 1000  # a counter that jumps more often is none
_MOST_WINDOWS = 64
_SHOWN = 5
_PICTURE = re.compile(rb"[0-9A-Za-z_]{4}([0-9]{4})(?:\.[^.]*)?")


class Camera(NamedTuple):
    """One body, as its pictures name it. serial: never empty where frames are counted."""

    make: str
    model: str
    serial: str


class Frame(NamedTuple):
    """One press of the shutter; a RAW and its JPEG are one. taken: the camera's wall clock. number: 1 to 9999."""

    camera: Camera
    taken: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Frames in a row that were never seen. first may be above last: after 9999 comes 1. count: how many."""

    camera: Camera
    first: int
    last: int
    count: int


def frame_number(path: bytes) -> int:
    """The number in a name as DCF makes it (`IMG_0001.CR3`, `_DSC0001.NEF`, `DSC00001.ARW`); 0 for any other name."""
    found = _PICTURE.fullmatch(path, path.rfind(b"/") + 1)
    return int(found[1]) if found else 0


def windows(frames: Iterable[Frame]) -> tuple[tuple[str, datetime, datetime], ...]:
    """(serial, from, to): what has to be known of each camera to judge these frames, and LOOK_AROUND them.

    A frame whose clock stood on another year has a window of its own; of very many the newest 64 a camera.
    """
    times: dict[str, set[datetime]] = {}
    for frame in frames:
        times.setdefault(frame.camera.serial, set()).add(frame.taken)
    return tuple(window for serial, taken in times.items() for window in _windows(serial, sorted(taken)))


def _windows(serial: str, taken: Sequence[datetime]) -> list[tuple[str, datetime, datetime]]:
    edges = [taken[0]]
    for before, after in pairwise(taken):
        if after - before > 2 * LOOK_AROUND:
            edges += [before, after]
    edges.append(taken[-1])
    spans = [(serial, _shifted(edges[n], -1), _shifted(edges[n + 1], 1)) for n in range(0, len(edges), 2)]
    return spans[-_MOST_WINDOWS:]


def _shifted(moment: datetime, sign: int) -> datetime:
    """A camera whose battery was out may say any year at all."""
    try:
        return moment + sign * LOOK_AROUND
    except OverflowError:
        return moment


def find_gaps(own: Sequence[Frame], seen: Iterable[Frame], numbers: Set[int] = frozenset()) -> tuple[Gap, ...]:
    """The gaps between the first and the last of `own`, and between these and their neighbours in `seen`.

    own: the frames of the card. seen: what else is known of these cameras around them (`own` may be among it).
    numbers: counted as seen by whichever camera. Of a camera of which nothing but `own` was seen, only gaps between
    frames of one day are told: what it took on other days need not have come here.
    """
    cameras: dict[Camera, set[tuple[datetime, int]]] = {}
    for frame in own:
        if frame.camera.serial and frame.number:
            cameras.setdefault(frame.camera, set()).add(frame[1:])
    others: dict[Camera, set[tuple[datetime, int]]] = {camera: set() for camera in cameras}
    for frame in seen:
        if frame.camera in others and frame.number and frame[1:] not in cameras[frame.camera]:
            others[frame.camera].add(frame[1:])
    return tuple(gap for camera, mine in cameras.items() for gap in _gaps(camera, mine, others[camera], numbers))


def _gaps(
    camera: Camera, mine: set[tuple[datetime, int]], others: set[tuple[datetime, int]], numbers: Set[int]
) -> list[Gap]:
    first, last = min(mine), max(mine)
    before = max((frame for frame in others if frame < first), default=first)
    after = min((frame for frame in others if frame > last), default=last)
    line = sorted(frame for frame in mine | others if before <= frame <= after)
    there = {number for _, number in mine | others} | numbers
    missing: dict[int, None] = {}  # in the order of the line
    jumps = 0
    for (earlier, one), (later, next_one) in pairwise(line):
        near = later - earlier <= LOOK_AROUND if others else later.date() == earlier.date()
        between = _between(one, next_one) if near else ()
        jumps += len(between) >= FEWEST
        if jumps > _MOST_JUMPS:
            return []
        missing |= dict.fromkeys(number for number in between if number not in there)
    return [Gap(camera, run[0], run[-1], len(run)) for run in _runs(missing) if len(run) >= FEWEST]


def _between(one: int, next_one: int) -> Sequence[int]:
    """The numbers that a counter gave between these two, empty where it did not run from the first to the second."""
    if next_one >= one:
        return range(one + 1, next_one) if next_one - one - 1 <= _FARTHEST else ()
    if _NUMBERS - one + next_one - 1 > _FARTHEST_ROUND:
        return ()
    return [*range(one + 1, _NUMBERS + 1), *range(1, next_one)]


def _runs(numbers: Iterable[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] % _NUMBERS + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return found


def sentences(gaps: Sequence[Gap]) -> list[str]:
    """One question for each camera."""
    by_camera: dict[Camera, list[Gap]] = {}
    for gap in gaps:
        by_camera.setdefault(gap.camera, []).append(gap)
    return [
        f"frames {_ranges(found)} of this camera ({name_of(camera)}) were never seen here: is there another card?"
        for camera, found in by_camera.items()
    ]


def _ranges(gaps: Sequence[Gap]) -> str:
    shown = [f"{gap.first:04}-{gap.last:04}" for gap in gaps[:_SHOWN]]
    rest = sum(gap.count for gap in gaps[_SHOWN:])
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")


def name_of(camera: Camera) -> str:
    """`Canon EOS R5 012345`: most models begin with their maker."""
    maker = camera.make.split(" ")[0]
    told = not maker or camera.model.casefold().startswith(maker.casefold())
    return display_text(" ".join(filter(None, ("" if told else camera.make, camera.model, camera.serial))))
