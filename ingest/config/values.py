"""Checks of single values; each gives the value as it will be used, or a ValueError that says what to write instead."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import time
from enum import StrEnum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.config.templates import FILE_FIELDS, FOLDER_FIELDS, mistakes_of_template
from ingest.model import iptc
from ingest.model.copies import Method
from ingest.model.names import display

if TYPE_CHECKING:
    from decimal import Decimal

E = TypeVar("E", bound=StrEnum)

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SPEED = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?([A-Za-z]+) ?/ ?s")
_SPEED_UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_SLOWEST = 10**6  # a card of 64 GB would take most of a day there
_LONGEST_NAME = 40
_TAKEN_NAMES = frozenset({"b2", "s3", "folder", "cloud"})  # mean the third copy where a place is named


def shown(value: object) -> str:
    """A value of the file in a message: one line, nothing that a terminal obeys, not too long."""
    text = display(str(value).encode("utf-8", "surrogateescape"))
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'


def inside(path: str, folder: str) -> bool:
    """Whether normalised `path` lies below normalised `folder`."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def text_of(value: Any) -> str:
    """Text of at least one letter, all of which can be seen."""
    if not isinstance(value, str):
        raise ValueError('must be text in quotes, "..."')  # noqa: TRY004 - ValueErrors alone are collected
    if not value.strip() or not value.isprintable():
        raise ValueError("must not be empty" if not value.strip() else "holds characters that cannot be seen")
    return value


def name(value: Any) -> str:
    """A name for a station, a destination or a site."""
    text = text_of(value).strip()
    if len(text) > _LONGEST_NAME:
        raise ValueError(f"is longer than {_LONGEST_NAME} characters")
    if text.startswith("-"):
        raise ValueError("must not begin with a dash: on the command line it would look like an option")
    if text.casefold() in _TAKEN_NAMES:
        raise ValueError(f"{shown(text)} is the word for the cloud; choose another one")
    return text


def whole(least: int, most: int) -> Callable[[Any], int]:
    """The check of a whole number within these bounds, both included."""

    def check(value: Any) -> int:
        if type(value) is not int:  # True is an int too
            raise ValueError("must be a whole number without quotes")
        if value < least:
            raise ValueError(f"must be {least} or more")
        if value > most:
            raise ValueError(f"must be {most} or less")
        return value

    return check


def one_of(kind: type[E]) -> Callable[[Any], E]:
    """The check of a word that is one of an enumeration's."""

    def check(value: Any) -> E:
        for member in kind:
            if member == value:
                return member
        raise ValueError(none_of(value, [member.value for member in kind]))

    return check


def none_of(value: Any, allowed: Sequence[str]) -> str:
    """The sentence for a word that is none of those allowed."""
    near = near_words(str(value), allowed)
    guess = f'; did you mean "{near[0]}"?' if near else ""
    return f"{shown(value)} is none of {', '.join(allowed)}{guess}"


def near_words(word: str, known: Iterable[str], likeness: float = 0.6) -> list[str]:
    """The known word that is most like this one, if any is."""
    from difflib import get_close_matches  # only people who mistype pay for it

    return get_close_matches(word.casefold(), list(known), 1, likeness)


def absolute(value: Any) -> str:
    """An absolute path without `..`, its `~` replaced; nothing on disk is looked at."""
    path = os.path.expanduser(text_of(value))
    if not os.path.isabs(path):
        raise ValueError(f"{shown(value)} must be a whole path, from / (or from ~, your home folder)")
    if ".." in PurePath(path).parts:
        raise ValueError(f"{shown(value)} must not go up by ..")
    return re.sub(r"^//+", "/", os.path.normpath(path))


def preset(value: Any) -> str:
    """The name of a preset, `""` for none."""
    return "" if value == "" else name(value)


def one_line(value: Any) -> str:
    """A text for sidecars, `""` for none."""
    return "" if value == "" else iptc.one_line(text_of(value))


def keyword(value: Any) -> str:
    """`wedding`, or `people|couple` from the root down."""
    return iptc.LEVELS.join(iptc.keyword(text_of(value)))


def catalog_kind(built_in: type[E]) -> Callable[[Any], str]:
    """The check of an editor whose catalogs can be read: one of those built in, or of an adapter that is installed."""

    def check(value: Any) -> str:
        for member in built_in:
            if member == value:
                return member
        # Only here, since it looks through all that is installed.
        from catalog_adapters.base import kinds

        if value in kinds():
            return str(value)
        raise ValueError(none_of(value, kinds()))

    return check


def catalog_path(value: Any) -> Path:
    """Where an editor's catalog lies."""
    return Path(absolute(value))


def destination_root(value: Any) -> str:
    """The root of a destination: a folder, not a whole system."""
    path = absolute(value)
    if path == PurePath(path).anchor and os.sep == "/":
        raise ValueError("the root of the whole computer cannot hold copies; name a folder")
    return path


def limit(value: Any) -> str:
    """The speed that a destination is held to, `"50 MB/s"`; `""` for none."""
    if value == "":
        return ""
    text = value.strip() if isinstance(value, str) else ""
    found = _SPEED.fullmatch(text)
    if not found:
        raise ValueError('must be a speed in quotes, e.g. "50 MB/s", or "" for none')
    if found[2] not in _SPEED_UNITS:
        near = next((unit for unit in _SPEED_UNITS if unit.casefold() == found[2].casefold()), "")
        bits = f'; for {found[1]} megabits write "{_exact(found[1]) / 8} MB/s"' if found[2] in ("Mb", "Mbit") else ""
        guess = bits or (f'; did you mean "{found[1]} {near}/s"?' if near else "")
        raise ValueError(f"{shown(value)}: the unit must be one of {', '.join(_SPEED_UNITS)}{guess}")
    if bytes_per_second(text) < _SLOWEST:
        raise ValueError(f'{shown(value)} is too slow: at least 1 MB/s, or "" for no limit')
    return text


def is_speed(text: str) -> bool:
    """Whether this is bytes in a time, as `limit` writes them, however slow."""
    found = _SPEED.fullmatch(text)
    return found is not None and found[2] in _SPEED_UNITS


def bytes_per_second(text: str) -> int:
    """A speed that `limit` let through, in bytes per second; 0 for none."""
    found = _SPEED.fullmatch(text)
    return int(_exact(found[1]) * _SPEED_UNITS[found[2]]) if found else 0


def _exact(number: str) -> "Decimal":
    from decimal import Decimal  # most stations have no limit

    return Decimal(number)


def counting_method(value: Any) -> Method:
    """A method that may count."""
    if value == Method.CACHED:
        raise ValueError('"cached" proves nothing; served is the weakest that can count')
    return _method(value)


_method = one_of(Method)


def day_starts(value: Any) -> time:
    """`"04:00"`, or TOML's own `04:00:00`."""
    if isinstance(value, time) and value == value.replace(second=0, microsecond=0):
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a time of day in quotes, e.g. "04:00"')
    return time(int(found[1]), int(found[2]))


def folder_template(value: Any) -> str:
    """The template of a shoot's folder."""
    return _template(value, FOLDER_FIELDS, needed="")


def file_template(value: Any) -> str:
    """The template of a picture's name; without the number that the camera gave, names would collide."""
    return _template(value, FILE_FIELDS, needed="original")


def _template(value: Any, fields: frozenset[str], needed: str) -> str:
    text = text_of(value)
    mistakes = mistakes_of_template(text, fields, needed)
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return text


def ignore_rule(value: Any) -> str:
    """A rule that leaves something out, but not everything."""
    text = text_of(value)
    if set(text.strip()) <= set("*?./"):
        raise ValueError(f"{shown(text)} would leave out every photograph")
    return text
