"""When an object was taken, in the wall clock of its camera: stills and clips of one evening on one clock.

Clips carry UTC (QuickTime `mvhd`), stills the camera's wall clock, often without a zone. The zone of a clip is taken
from what the same card tells: an offset in the EXIF of its stills, nearest in time; else the difference between the
card's file times and its stills' clock, which holds for clips too. The computer's own zone is never used.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingest.model.cards import CameraObject, Capture, CardFile

MTIME = "mtime"  # the last rung of the ladder: the file's time on the card, no capture time at all
DAY_ONLY = "riff day only"  # a date whose midnight nobody saw: noon keeps it on its own shoot day
_EPOCH = datetime.fromisoformat("1970-01-01")  # naive: read as the camera's wall clock
_MINUTE = timedelta(minutes=1)
_QUARTER = timedelta(minutes=15)  # all zones are whole quarters of an hour
_WIDEST = timedelta(hours=14)  # the zone farthest from UTC; what claims more is no zone


@dataclass(frozen=True, slots=True)
class ObjectTime:
    """local: the camera's wall clock, naive. source: how it is known. dated: False where only the file's time is known.

    serial, model: of the camera, "" where no file tells.
    """

    local: datetime
    source: str
    dated: bool = True
    serial: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class CardClock:
    """What a card tells about its camera's clock.

    offsets: (instant in UTC, zone east of it) of every file that tells its zone, sorted. mtime_ahead: how far file
    times, read as UTC, run ahead of the wall clock. clip_zone: the zone of clips that follows from it.
    """

    offsets: tuple[tuple[datetime, timedelta], ...] = field(default=())
    mtime_ahead: timedelta | None = None
    clip_zone: timedelta | None = None

    def wall(self, capture: Capture) -> tuple[datetime, str, bool]:
        """(wall clock, source, whether the hour can be trusted) of a capture."""
        if capture.source == DAY_ONLY:
            return capture.local.replace(hour=12), capture.source, False
        if not capture.is_utc:
            return capture.local, capture.source, True
        own = _told_zone(capture)
        if own is not None:
            return _shift(capture.local, own), capture.source, True
        if self.offsets:
            zone = self._nearest(capture.local)
            return _shift(capture.local, zone), f"{capture.source}, zone {_east(zone)} as this card's stills", True
        if self.clip_zone is not None:
            zone = self.clip_zone
            return _shift(capture.local, zone), f"{capture.source}, zone {_east(zone)} by this card's file times", True
        return capture.local, f"{capture.source}, UTC, zone unknown", False

    def of(self, item: CameraObject, captures: Mapping[bytes, Capture]) -> ObjectTime:
        """The earliest of the best known times of an object's files."""
        told = [captures[file.path] for file in item.files if file.path in captures]
        serial = next((capture.serial for capture in told if capture.serial), "")
        model = next((capture.model for capture in told if capture.model), "")
        times = [self.wall(capture) for capture in told if capture.source != MTIME]
        if not times:
            return ObjectTime(self._by_mtime(item.files), MTIME, False, serial, model)
        local, source, _ = min(times, key=lambda time: (not time[2], time[0], time[1]))
        return ObjectTime(local, source, True, serial, model)

    def _nearest(self, instant: datetime) -> timedelta:
        index = bisect_left(self.offsets, (instant, -_WIDEST))
        around = self.offsets[max(0, index - 1) : index + 1]
        return min(around, key=lambda known: abs(known[0] - instant))[1]

    def _by_mtime(self, files: tuple[CardFile, ...]) -> datetime:
        earliest = min(file_time(file) for file in files)
        return earliest if self.mtime_ahead is None else _shift(earliest, -self.mtime_ahead)


def card_clock(files: Iterable[CardFile], captures: Mapping[bytes, Capture]) -> CardClock:
    """Read the clock of a card from all its files and what is known of their capture."""
    told = [(file, captures[file.path]) for file in files if file.path in captures]
    told = [(file, capture) for file, capture in told if capture.source != MTIME]
    wall = [(file, capture) for file, capture in told if not capture.is_utc and capture.source != DAY_ONLY]
    clips = [(file, capture) for file, capture in told if capture.is_utc and _told_zone(capture) is None]
    zones = ((capture.local, _told_zone(capture)) for _, capture in wall)
    offsets = sorted((_shift(local, -zone), zone) for local, zone in zones if zone is not None)
    ahead = _steady([round((file_time(file) - capture.local) / _QUARTER) * _QUARTER for file, capture in wall])
    return CardClock(tuple(offsets), ahead, None if ahead is None else _clip_zone(clips, ahead))


def file_time(file: CardFile) -> datetime:
    """The file's time as the card's file system gave it, read as UTC, naive; 1970 for times no calendar holds."""
    try:
        return _EPOCH + timedelta(microseconds=file.mtime_ns // 1000)
    except OverflowError:
        return _EPOCH


def _clip_zone(clips: list[tuple[CardFile, Capture]], ahead: timedelta) -> timedelta | None:
    """Wall clock minus UTC, by the shortest clip: a file's time is that of its closing, up to a clip's length late."""
    gaps = [file_time(file) - ahead - capture.local for file, capture in clips]
    zones = [gap + _MINUTE for gap in gaps if abs(gap) <= _WIDEST]
    return min(zones) // _QUARTER * _QUARTER if zones else None


def _steady(gaps: list[timedelta]) -> timedelta | None:
    """The gap that most files have, if it can be a zone; the file times of a copied folder have none in common."""
    counted = Counter(gaps)
    gap = max(counted, key=lambda gap: (counted[gap], gap), default=None)
    return gap if gap is not None and counted[gap] * 2 > len(gaps) and abs(gap) <= _WIDEST else None


def _shift(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


def _told_zone(capture: Capture) -> timedelta | None:
    minutes = capture.offset_minutes
    return timedelta(minutes=minutes) if minutes is not None and abs(minutes) * _MINUTE <= _WIDEST else None


def _east(zone: timedelta) -> str:
    minutes = zone // _MINUTE
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
