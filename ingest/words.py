"""How numbers and times are said to people."""

import time

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_THOUSAND = 1000.0
_LONGEST_ID = 16


def size(count: float) -> str:
    """Bytes in decimal units, as on cards and drives: `61.2 GB`, `812 kB`, `0 B`."""
    value = float(count)
    for unit in _UNITS:
        if value < _THOUSAND or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit in ("B", "kB") or value >= 100 else f"{value:.1f} {unit}"
        value /= _THOUSAND
    raise AssertionError("the last unit takes everything")


def shown_uuid(uuid: str) -> str:
    """A file system's id as people can compare it with a label; the kernel's own substitute for one is not shown."""
    if uuid.startswith("fsid:"):
        return ""
    return uuid if len(uuid) <= _LONGEST_ID else f"{uuid[:8]}…"


def files(count: int, one: str = "file") -> str:
    """`1 file`, `1,312 files`."""
    return f"{count:,} {one if count == 1 else one + 's'}"


def duration(seconds: float) -> str:
    """`0:42`, `1:12:05`; `about 6 h` belongs to estimates, see `about`."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def about(seconds: float) -> str:
    """A rough time for an estimate: `under a minute`, `about 12 min`, `about 6 h`, `about 3 days`."""
    for limit, unit, name in ((60, 1, ""), (5400, 60, "min"), (172_800, 3600, "h"), (float("inf"), 86_400, "days")):
        if seconds < limit:
            return f"about {max(1, round(seconds / unit))} {name}" if name else "under a minute"
    raise AssertionError("infinity takes everything")


def remaining(seconds: float) -> str:
    """Time left as calmly as it is known: `0:42`, `4:30` in steps of ten seconds, `12 min`, `3 h 10 min`."""
    if seconds < 100:
        return duration(seconds)
    if seconds < 600:
        return duration(round(seconds, -1))
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    tens = round(minutes, -1)
    return f"{tens // 60} h {tens % 60} min" if tens < 1440 else about(seconds).removeprefix("about ")


def speed(per_second: float) -> str:
    """A rate, `212 MB/s`."""
    return f"{size(per_second)}/s"


def part_of(done: int, total: int) -> str:
    """Bytes of a whole in its unit, `1.2 of 2.4 GB`; rounded down: only the whole is shown as the whole."""
    number, unit = size(total).split(" ")
    digits = len(number.partition(".")[2])
    steps = done * 10**digits // 1000 ** _UNITS.index(unit)
    if done < total:
        steps = max(0, min(steps, int(number.replace(".", "")) - 1))
        number = f"{steps / 10**digits:.{digits}f}"
    return f"{number} of {size(total)}"


def clock(at: float) -> str:
    """The time of day on this computer, `14:32`."""
    return time.strftime("%H:%M", time.localtime(at))


def day(at: float, now: float) -> str:
    """`today`, `14 Nov`, `14 Nov 2025`; never ambiguous about the year."""
    then, today = time.localtime(at), time.localtime(now)
    if then[:3] == today[:3]:
        return "today"
    text = f"{then.tm_mday} {time.strftime('%b', then)}"
    return text if then.tm_year == today.tm_year else f"{text} {then.tm_year}"


def how_to_add(extra: str) -> str:
    """How an optional part is installed: from the checkout, since an index may hold a stranger by our name."""
    return f"In Safelight's checkout: pip install '.[{extra}]'"
