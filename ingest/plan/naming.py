"""Templates for folder and file names: `{capture:%Y}/{capture:%Y-%m-%d} {shoot}`, `{original}`.

Only the template's own slashes make folders. What is filled in (a shoot's name, a camera's model, a card's label, a
file's stem) is untrusted and stays inside its component; every component is made portable before it becomes a path.
Dates are written the same in every locale and on every system.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from string import Formatter

from ingest.errors import ConfigError
from ingest.plan.portable import portable

FOLDER_FIELDS = frozenset({"capture", "shoot"})
FILE_FIELDS = frozenset({"capture", "shoot", "original", "camera", "card"})

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DIRECTIVES: dict[str, Callable[[datetime], str]] = {
    "Y": lambda at: f"{at.year:04d}",
    "y": lambda at: f"{at.year % 100:02d}",
    "m": lambda at: f"{at.month:02d}",
    "d": lambda at: f"{at.day:02d}",
    "H": lambda at: f"{at.hour:02d}",
    "M": lambda at: f"{at.minute:02d}",
    "S": lambda at: f"{at.second:02d}",
    "f": lambda at: f"{at.microsecond:06d}",
    "j": lambda at: f"{at.timetuple().tm_yday:03d}",
    "b": lambda at: _MONTHS[at.month - 1],
    "a": lambda at: _DAYS[at.weekday()],
    "%": lambda _: "%",
}
_DEFAULT_DATE = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Values:
    """What the fields are filled with. capture: wall clock; original: the stem on the card; the rest is for people."""

    capture: datetime
    shoot: str
    original: bytes = b""
    camera: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A checked template: (field, text) in order; field "" is the template's own text, "capture" has a date format."""

    parts: tuple[tuple[str, str], ...]

    def fill(self, values: Values) -> tuple[bytes, ...]:
        """The components, folders first, not yet portable and none of them empty unless it is the only one."""
        components = [b""]
        for field, text in self.parts:
            if field in ("", "capture"):
                own = text if not field else _date(values.capture, text)
                first, *rest = own.encode("utf-8", "surrogatepass").split(b"/")
                components[-1] += first
                components += rest
            else:
                components[-1] += _value(values, field)
        return (*filter(None, components[:-1]), components[-1])


@lru_cache(maxsize=32)
def parse_template(text: str, fields: frozenset[str]) -> Template:
    """Check `text` against the allowed `fields`.

    Raises:
        ConfigError: with every mistake of the template.
    """
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise _refused(text, (f"{error}",)) from error
    parts: list[tuple[str, str]] = []
    mistakes: list[str] = []
    for literal, field, spec, conversion in parsed:
        if literal:
            parts.append(("", literal))
        if field is None:
            continue
        mistakes += _mistakes_of_field(field, spec or "", conversion or "", fields)
        parts.append((field, (spec or _DEFAULT_DATE) if field == "capture" else ""))
    if text.startswith("/") or text.endswith("/") or not text.strip():
        mistakes.append("it must be a relative path that ends in a name")
    if mistakes:
        raise _refused(text, tuple(mistakes))
    return Template(tuple(parts))


def shoot_folder(template: str, name: str, day: date, nth: int = 1) -> bytes:
    """The folder of a shoot, relative to a destination's root; nth > 1 tells it from others that would be named alike.

    Raises:
        ConfigError: the template has mistakes.
    """
    values = Values(datetime.combine(day, time()), name)
    *parents, last = (part.strip(b" ") for part in parse_template(template, FOLDER_FIELDS).fill(values))
    return b"/".join(portable(part) for part in (*parents, last + numbered(nth)))


def numbered(nth: int) -> bytes:
    """What tells the nth of equal names from the first: nothing, `-2`, `-3`, ..."""
    return b"" if nth == 1 else b"-%d" % nth


def _mistakes_of_field(field: str, spec: str, conversion: str, fields: frozenset[str]) -> list[str]:
    if field not in fields:
        return [f"{{{field}}} is not known here; use {', '.join(f'{{{name}}}' for name in sorted(fields))}"]
    if conversion or (spec and field != "capture"):
        return [f"{{{field}}} takes no format"]
    letters = re.findall("%(.?)", spec)
    return [f"%{letter} is no date format known here" for letter in letters if letter not in _DIRECTIVES]


def _refused(text: str, mistakes: tuple[str, ...]) -> ConfigError:
    message = f"the name template {text!r} cannot be used: {'; '.join(mistakes)}"
    return ConfigError(message, mistakes=mistakes, hint="correct it under [naming] in the settings")


def _date(at: datetime, spec: str) -> str:
    return re.sub("%(.)", lambda found: _DIRECTIVES[found[1]](at), spec)


def _value(values: Values, field: str) -> bytes:
    if field == "original":
        return values.original
    text: str = {"shoot": values.shoot, "camera": values.camera, "card": values.card}[field]
    return text.encode("utf-8", "surrogatepass")
