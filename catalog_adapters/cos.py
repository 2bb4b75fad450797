"""Settings files of Capture One, kept by a session beside its pictures: `CaptureOne/Settings<engine>/<name.ext>.cos`.

XML without a DTD, an element `VAR` a variant, in it blocks of `<E K="key" V="value"/>`, and NUL bytes after the end.
"""

import os
import re
import stat
from dataclasses import dataclass
from xml.parsers import expat

from catalog_adapters.capture_one_values import Settings, settings_from
from catalog_adapters.values import Notes

_LARGEST = 8 << 20
_DEEPEST = 64
_MOST_VARIANTS = 1000
# The first that holds a value wins. AL: adjustments, MD: metadata, DL: defaults.
_RATING = (("AL", "Basic_Rating"), ("MD", "Basic_Rating"), ("AL", "Rating"), ("DL", "Basic_Rating"))
_COLOR = (("AL", "Color_tag_index"), ("MD", "Color_tag_index"))
_KEYWORDS = (("AL", "Content_Keywords"), ("MD", "Content_Keywords"))
_WANTED = frozenset((*_RATING, *_COLOR, *_KEYWORDS))
_SETTINGS = re.compile(r"Settings(\d{1,4})", re.ASCII)


class NotACos(Exception):  # noqa: N818 - a condition by its plain name, as in ingest.errors
    """The file is no settings file: not XML, a DTD, too large or too deep."""


@dataclass(frozen=True, slots=True)
class Cos:
    """One settings file. changed: its mtime, seconds since 1970 UTC. variants: in the order of the editor."""

    changed: float
    variants: tuple[Settings, ...]


class _Parser:
    """Collects the wanted values of each VAR."""

    def __init__(self) -> None:
        self.variants: list[dict[tuple[str, str], str]] = []
        self._path: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise NotACos("nested too deeply")
        if name == "VAR":
            if len(self.variants) >= _MOST_VARIANTS:
                raise NotACos("too many variants")
            self.variants.append({})
        elif name == "E" and len(self._path) >= 3 and self._path[-3] == "VAR":
            key = (self._path[-2], attributes.get("K", ""))
            if key in _WANTED:
                self.variants[-1].setdefault(key, attributes.get("V", ""))

    def end(self, _name: str) -> None:
        self._path.pop()

    def doctype(self, *_: object) -> None:
        raise NotACos("a DTD, which no settings file has")


def parse_cos(data: bytes, notes: Notes) -> tuple[Settings, ...]:
    """The variants of a settings file.

    Raises:
        NotACos: no XML, a DTD, or beyond the limits.
    """
    reader = _Parser()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(data.rstrip(b"\0"), True)
    except expat.ExpatError as error:
        raise NotACos(str(error)) from error
    return tuple(
        settings_from(_first(found, _RATING), _first(found, _COLOR), _first(found, _KEYWORDS), notes)
        for found in reader.variants
    )


def _first(found: dict[tuple[str, str], str], keys: tuple[tuple[str, str], ...]) -> str | None:
    return next((found[key] for key in keys if found.get(key)), None)


def read_cos(path: str, notes: Notes) -> Cos:
    """Read one settings file.

    Raises:
        NotACos: see `parse_cos`; also when it is no regular file.
        OSError: it cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            raise NotACos("no regular file, or larger than any settings file")
        data = file.read(_LARGEST + 1)
    return Cos(status.st_mtime, parse_cos(data, notes))


class SettingsFolders:
    """The settings files beside the pictures of one folder, newest engine first."""

    def __init__(self, folder: str) -> None:
        base = os.path.join(folder, "CaptureOne")
        found = [(_engine(name), os.path.join(base, name)) for name in _names(base) if _SETTINGS.fullmatch(name)]
        self._folders = [path for _, path in sorted(found, reverse=True)]
        self._files = [{name.casefold(): name for name in _names(path)} for path in self._folders]

    def newest(self, name: str) -> str | None:
        """The settings file of the picture `name` from the newest engine that has one."""
        wanted = f"{name}.cos".casefold()
        for folder, files in zip(self._folders, self._files, strict=True):
            if wanted in files:
                return os.path.join(folder, files[wanted])
        return None

    def pictures(self) -> tuple[str, ...]:
        """The names of all pictures that have a settings file, sorted."""
        found = {name[: -len(".cos")] for files in self._files for name in files.values() if _is_cos(name)}
        return tuple(sorted(found))


def _is_cos(name: str) -> bool:
    return name.casefold().endswith(".cos") and not name.startswith("._") and len(name) > len(".cos")


def _engine(name: str) -> int:
    """`Settings45` is 4.5, `Settings120` is 12.0, `Settings1680` is 16.8: as numbers that can be compared."""
    digits = name[len("Settings") :]
    return int(digits) if len(digits) > 3 else int(digits) * 10


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
