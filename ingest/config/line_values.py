"""Checks of what holds the line to the cloud: its hours and its speed."""

import re
from typing import Any

from ingest.config import values

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]) ?- ?([01][0-9]|2[0-3]):([0-5][0-9])")
_BITS = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?([kMG]bit) ?/ ?s")
_BIT_UNITS = {"kbit": 10**3, "Mbit": 10**6, "Gbit": 10**9}
_SLOWEST = 50_000  # bytes a second: there a part of 5 MB, the least that B2 takes, already needs 100 s


def hours(value: Any) -> str:
    """When uploads may run, `"20:00-07:00"` by this computer's clock, also across midnight; `""` for always."""
    if value == "":
        return ""
    found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be two times of day in quotes, e.g. "20:00-07:00", or "" for always')
    begin, end = f"{found[1]}:{found[2]}", f"{found[3]}:{found[4]}"
    if begin == end:
        raise ValueError('begins when it ends; write "" for always')
    return f"{begin}-{end}"


def minutes_of(text: str) -> tuple[int, int]:
    """Hours that `hours` let through, as minutes of the day; equal for always."""
    found = _HOURS.fullmatch(text)
    return (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)


def uplink(value: Any) -> str:
    """The speed that uploads are held to, `"40 Mbit/s"` or `"5 MB/s"`; `""` for none."""
    if value == "":
        return ""
    text = value.strip() if isinstance(value, str) else ""
    if not _BITS.fullmatch(text) and not values.is_speed(text):
        raise ValueError('must be a speed in quotes, e.g. "40 Mbit/s" or "5 MB/s", or "" for none')
    if bytes_per_second(text) < _SLOWEST:
        raise ValueError(f'{values.shown(text)} is too slow: at least 400 kbit/s, or "" for no limit')
    return text


def bytes_per_second(text: str) -> int:
    """A speed that `uplink` let through, in bytes per second; 0 for none."""
    from decimal import Decimal  # most stations have no limit

    found = _BITS.fullmatch(text)
    return int(Decimal(found[1]) * _BIT_UNITS[found[2]] / 8) if found else values.bytes_per_second(text)
