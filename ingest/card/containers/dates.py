"""How cameras write dates, and which of these values are none.

Sources: CIPA DC-008 (EXIF) 4.6.6, ISO 8601 as XMP and QuickTime use it, the text forms of AVI's IDIT chunk.
"""

import re
from datetime import datetime, timedelta

FIRST_YEAR = 1990  # no digital camera of ours is older; 1904 and 1970 are unset clocks
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMERIC = re.compile(
    r"(\d{4})[:/.-](\d\d?)[:/.-](\d\d?)[ T]+(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_CTIME = re.compile(r"[a-z]{3,9},? +([a-z]{3})[a-z]* +(\d\d?) +(\d\d):(\d\d):(\d\d) +(\d{4})", re.ASCII | re.IGNORECASE)
_DAY = re.compile(r"(\d{4})[:/.-]?(\d\d)[:/.-]?(\d\d)(?!\d)", re.ASCII)
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clocks are naive by design


def read_date(text: str) -> tuple[datetime, int | None] | None:
    """The wall clock and, where it is written, the zone in minutes, from EXIF, ISO 8601 or ctime() text.

    None where the text is no date: blanks and colons, zeros, a 13th month.
    """
    text = text.strip(" \t\r\n\0")
    found = _NUMERIC.match(text)
    if found is None:
        return _read_ctime(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.group(1, 2, 3, 4, 5, 6))
    local = _date(year, month, day, hour, minute, second, microseconds(found[7] or ""))
    return None if local is None else (local, zone_minutes(found[8] or ""))


def read_day(text: str) -> datetime | None:
    """Midnight of a date without a time (`2020-08-28`, `20200828`); None where it is no date."""
    found = _DAY.match(text.strip(" \t\r\n\0"))
    return _date(*(int(part) for part in found.groups())) if found else None


def read_seconds(seconds: int) -> datetime | None:
    """A count of seconds since 1970 as a naive date; None where it is outside the calendar."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def microseconds(digits: str) -> int:
    """A decimal fraction as text: `70` is .70, `023460` is .023460; 0 for anything else."""
    digits = digits.strip(" \0")
    return int(digits[:6].ljust(6, "0")) if digits.isascii() and digits.isdigit() else 0


def zone_minutes(text: str) -> int | None:
    """`+02:00`, `+0200` or `Z` in minutes east of UTC; None where it is none of these, or beyond 14 hours."""
    text = text.strip(" \0")
    if text == "Z":
        return 0
    found = _ZONE.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    if minutes > 14 * 60 or int(found[3]) > 59:
        return None
    return -minutes if found[1] == "-" else minutes


def is_plausible(local: datetime, now: float) -> bool:
    """Whether a camera may have written this date; `now` in seconds since 1970 UTC.

    A day of grace ahead of now covers every zone and a clock that is a little fast.
    """
    today = read_seconds(int(now))
    return local.year >= FIRST_YEAR and (today is None or local <= today + timedelta(days=1))


def _read_ctime(text: str) -> tuple[datetime, int | None] | None:
    found = _CTIME.match(text)
    if found is None or found[1].lower() not in _MONTHS:
        return None
    day, hour, minute, second, year = (int(part) for part in found.group(2, 3, 4, 5, 6))
    local = _date(year, _MONTHS.index(found[1].lower()) + 1, day, hour, minute, second)
    return None if local is None else (local, None)


def _date(*parts: int) -> datetime | None:
    try:
        return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - six or seven numbers, naive by design
    except ValueError:
        return None
