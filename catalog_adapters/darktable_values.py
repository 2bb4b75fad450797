"""Single values of a darktable library: two clocks, the bits of `flags`, the five colours."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog_adapters.values import Notes, whole

_YEAR_ONE = datetime(1, 1, 1)  # noqa: DTZ001 - the camera's wall clock has no zone
_YEAR_ONE_TO_1970 = 62_135_596_800
# No date of either unit is near: seconds since 1970 stay below, microseconds since year 1 have passed it in year 4.
_MICROSECONDS_FROM = 10**14
_EXIF = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)", re.ASCII)
_COLORS = ("red", "yellow", "green", "blue", "purple")

# Source: the bits as darktable 4.2.1 sets them, named as in its enum dt_image_flags_t.
_STARS, _REJECTED = 7, 1 << 3
_OLD_REJECT = 6  # stands in the stars of a rejected picture
REMOVE, LOCAL_COPY, HAS_TXT, HAS_WAV = 1 << 8, 1 << 11, 1 << 12, 1 << 13


@dataclass(frozen=True, slots=True)
class Judged:
    """What the photographer said by stars and reject. Both None: not known. darktable has no pick, only a reject."""

    rating: int | None
    pick: int | None


def judged(flags: int | None, notes: Notes) -> Judged:
    """Stars and reject. A picture that nobody rated has what darktable gives at import: one star by its default."""
    if flags is None:
        notes.count("flags that are no number: rating and reject are not known")
        return Judged(None, None)
    stars = flags & _STARS
    rejected = bool(flags & _REJECTED) or stars == _OLD_REJECT
    if stars > _OLD_REJECT:
        notes.count("rating outside 0 to 5, read as not known")
    return Judged(stars if 1 <= stars <= 5 else None, -1 if rejected else 0)


def capture_time(value: object) -> datetime | None:
    """`datetime_taken`, the camera's wall clock: microseconds since 0001-01-01, before 4.0 EXIF's text. Naive.

    0 is "not known", and so is everything that is no time.
    """
    if isinstance(value, str):
        found = _EXIF.fullmatch(value[:32])
        try:
            return datetime.fromisoformat(f"{found[1]}-{found[2]}-{found[3]}T{found[4]}") if found else None
        except ValueError:
            return None
    if type(value) is not int or value <= 0:
        return None
    try:
        return _YEAR_ONE + timedelta(microseconds=value)
    except OverflowError:
        return None


def instant(value: object) -> float | None:
    """A time of darktable's own as seconds since 1970 UTC: stored as that, or as microseconds since year 1 UTC.

    -1, 0 and NULL are "never".
    """
    if type(value) is not int or value <= 0:
        return None
    return (value - _YEAR_ONE_TO_1970 * 10**6) / 1e6 if value >= _MICROSECONDS_FROM else float(value)


def color_name(value: object) -> str | None:
    """A cell of `color_labels` as "red", "yellow", "green", "blue" or "purple"."""
    number = whole(value)
    return _COLORS[number] if number is not None and 0 <= number < len(_COLORS) else None
