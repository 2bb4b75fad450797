"""Checks of single values; each gives the value as it will be used, or a ValueError that says what to write instead."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import time
from enum import StrEnum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ingest.config.templates import FILE_FIELDS, FOLDER_FIELDS, mistakes_of_template
from ingest.model import iptc
from ingest.model.copies import Method
from ingest.model.names import display

if TYPE_CHECKING:
    from decimal import Decimal

E = TypeVar("E", bound=StrEnum)

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{4,61}[A-Za-z0-9]")
_ANY_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,61}[A-Za-z0-9]")
_S3_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_SPEED = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?([A-Za-z]+) ?/ ?s")
_SPEED_UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_SLOWEST = 10**6  # a card of 64 GB would take most of a day there
_LONGEST_NAME = 40
_LONGEST_PREFIX = 200
_TAKEN_NAMES = frozenset({"b2", "s3", "folder", "cloud"})  # mean the third copy where a place is named
_THIS_COMPUTER = frozenset({"127.0.0.1", "localhost", "::1"})


def shown(value: object) -> str:
    """A value of the file in a message: one line, nothing that a terminal obeys, not too long."""
    text = display(str(value).encode("utf-8", "surrogateescape"))
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'


def inside(path: str, folder: str) -> bool:
    """Whether normalised `path` lies below normalised `folder`."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError('must be text in quotes, "..."')  # noqa: TRY004 - ValueErrors alone are collected
    if not value.strip() or not value.isprintable():
        raise ValueError("must not be empty" if not value.strip() else "holds characters that cannot be seen")
    return value


def name(value: Any) -> str:
    """A name for a station, a destination or a site."""
    text = _text(value).strip()
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
    path = os.path.expanduser(_text(value))
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
    return "" if value == "" else iptc.one_line(_text(value))


def keyword(value: Any) -> str:
    """`wedding`, or `people|couple` from the root down."""
    return iptc.LEVELS.join(iptc.keyword(_text(value)))


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
    text = _text(value)
    mistakes = mistakes_of_template(text, fields, needed)
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return text


def ignore_rule(value: Any) -> str:
    """A rule that leaves something out, but not everything."""
    text = _text(value)
    if set(text.strip()) <= set("*?./"):
        raise ValueError(f"{shown(text)} would leave out every photograph")
    return text


def bucket(value: Any) -> str:
    """A bucket's name of any service; what one service asks beyond that, `problem_with_bucket` tells.

    The value is not repeated in the message: people paste keys into the wrong line.
    """
    text = _text(value)
    if not _ANY_BUCKET.fullmatch(text):
        raise ValueError("must be the bucket's name: letters, digits, dots and dashes, 63 at most")
    return text


def problem_with_bucket(kind: str, bucket: str) -> str:
    """Why this can be no bucket of such a service, "" when it can. It does not repeat the value.

    Sources: B2 documentation: 6 to 63 letters, digits and dashes, not beginning with `b2-`. Amazon S3 documentation:
    3 to 63 small letters, digits, dots and dashes.
    """
    if kind == "b2" and (not _BUCKET.fullmatch(bucket) or bucket.casefold().startswith("b2-")):
        return "must be the bucket's name: 6 to 63 letters, digits and dashes, not beginning with b2-"
    if kind == "s3" and (not _S3_BUCKET.fullmatch(bucket) or ".." in bucket):
        return "must be the bucket's name: 3 to 63 small letters, digits, dots and dashes"
    return ""


def prefix(value: Any) -> str:
    """A folder in the bucket, `""` or ending in `/`."""
    text = "" if value == "" else _text(value)
    parts = text.split("/")
    if text and (parts[-1] or any(part.strip(".") == "" for part in parts[:-1]) or "\\" in text):
        raise ValueError('must be "" or folders that end in /, e.g. "originals/"')
    if len(text.encode("utf-8", "surrogatepass")) > _LONGEST_PREFIX:
        raise ValueError(f"is longer than {_LONGEST_PREFIX} bytes")
    return text


def realm(value: Any) -> str:
    """`production` or the URL of a compatible service; the key must not travel in the clear to another computer."""
    text = _text(value)
    return text if text == "production" else _url(text, '"production" or a URL')


def endpoint(value: Any) -> str:
    """The URL of an S3 service, `""` for Amazon's own."""
    return "" if value == "" else _url(_text(value), "a URL").rstrip("/")


def _url(text: str, words: str) -> str:
    """The value is not repeated in the message: people paste keys into the wrong line."""
    try:
        url = urlsplit(text)
        host = url.hostname or ""
    except ValueError:
        host = ""
    if not host or url.scheme not in ("http", "https") or url.username is not None:
        raise ValueError(f'must be {words} such as "https://host", without name or password in it')
    if url.scheme == "http" and host not in _THIS_COMPUTER:
        raise ValueError("must begin with https:// unless it is on this computer: the key would travel in the clear")
    return text


def region(value: Any) -> str:
    """The region of an S3 service; the value is not repeated in the message."""
    text = _text(value)
    if not _REGION.fullmatch(text):
        raise ValueError('must be the region\'s name: small letters, digits and dashes, e.g. "eu-central-1"')
    return text


def offsite_folder(value: Any) -> str:
    """The folder of a third copy that is no bucket, `""` for none. What is no path is not repeated in the message."""
    if value == "":
        return ""
    if not os.path.isabs(os.path.expanduser(_text(value))):
        raise ValueError("must be a whole path, from / (or from ~, your home folder)")
    return destination_root(value)
