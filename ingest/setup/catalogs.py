"""Finds the editors' catalogs of this computer: the usual places, what was open lately, the folders of pictures.

Sources: Lightroom Classic and Capture One offer `Pictures` at first; darktable keeps `library.db` in its configuration
folder (its manual, "program invocation"); what was open lately is told by `recently-used.xbel` (freedesktop.org,
Desktop Bookmark Specification). The search is bounded by depth, names and time, and follows no link.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason, UnknownCatalogKind, adapter_for, kinds
from ingest.config import values

_KIND_OF = {".lrcat": "lightroom", ".cocatalog": "capture_one", ".cosessiondb": "capture_one"}
_DARKTABLE = "library.db"
_DEPTH = 4
_MOST_NAMES = 50_000
_SECONDS = 5.0  # of searching
_OPENING = 60.0  # seconds that opening one may take
_PASSED_OVER = re.compile(r"\.|_|backups?$|.*\.lrdata$|.*\.cocatalogdb$|node_modules$", re.IGNORECASE)
_LINK = re.compile(r'<bookmark\s[^>]*href="(file:[^"]+)"')
_MOST_RECENT = 4 << 20  # bytes of the list


@dataclass(frozen=True, slots=True)
class Found:
    """A catalog. changed: seconds since 1970 UTC."""

    kind: str
    path: str
    changed: float


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening one told. images: None where it could not be read. words: why. may_heal: the editor has it open."""

    images: int | None
    words: str = ""
    may_heal: bool = False


def find_catalogs(home: Path, folders: Sequence[str] = ()) -> list[Found]:
    """Catalogs of this user, the newest first. home: of the person. folders: others to look below, such as a disk."""
    until = time.monotonic() + _SECONDS
    paths = {path for path in (*_darktable(home), *_recent(home)) if os.path.exists(path)}
    for folder in (str(home / "Pictures"), str(home / "Documents"), str(home / "Photos"), *folders):
        paths.update(_below(folder, until))
    found = {os.path.realpath(path): path for path in sorted(paths)}
    return sorted((_found(path) for path in found.values()), key=lambda each: -each.changed)


def kind_of(path: str) -> str:
    """The editor whose catalog this is by its name, "" for none."""
    for kind in kinds():
        try:
            if adapter_for(kind).recognises(Path(path)):
                return kind
        except UnknownCatalogKind:  # an adapter of others that is broken
            continue
    return ""


def named(text: str) -> Found:
    """The catalog that somebody typed.

    Raises:
        ValueError: it is not there, or none that can be read.
    """
    path = str(values.catalog_path(text))
    if not os.path.exists(path):
        raise ValueError(f"{path} is not there")
    kind = kind_of(path)
    if not kind:
        raise ValueError(f"{path} is no catalog that is known here ({', '.join(kinds())})")
    return Found(kind, path, _changed(path))


def open_once(kind: str, path: str, now: float, seconds: float = _OPENING) -> Opened:
    """Read it as every tagging will. now: seconds since 1970 UTC."""
    options = ReadOptions(root_exists=lambda _: False, seconds=seconds)
    try:
        facts = adapter_for(kind).read(Path(path), now=now, options=options)
    except CatalogUnreadable as error:
        may_heal = error.reason in (Reason.LOCKED, Reason.UNSTABLE)
        return Opened(None, f"{error.message}{'. ' * bool(error.hint)}{error.hint}", may_heal)
    except UnknownCatalogKind as error:
        return Opened(None, str(error))
    return Opened(len(facts.images))


def _found(path: str) -> Found:
    kind = "darktable" if os.path.basename(path) == _DARKTABLE else _KIND_OF[os.path.splitext(path)[1].lower()]
    return Found(kind, path, _changed(path))


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _darktable(home: Path) -> Iterator[str]:
    config = os.environ.get("XDG_CONFIG_HOME") or str(home / ".config")
    yield os.path.join(config, "darktable", _DARKTABLE)
    yield str(home / ".var/app/org.darktable.Darktable/config/darktable" / _DARKTABLE)
    if os.environ.get("LOCALAPPDATA"):
        yield os.path.join(os.environ["LOCALAPPDATA"], "darktable", _DARKTABLE)


def _recent(home: Path) -> Iterator[str]:
    """By the list of the desktop. It is text that any program writes: only names of catalogs are taken of it."""
    data = os.environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    try:
        with open(os.path.join(data, "recently-used.xbel"), encoding="utf-8", errors="replace") as file:
            text = file.read(_MOST_RECENT)
    except OSError:
        return
    for link in _LINK.findall(text):
        path = unquote(urlsplit(link.replace("&amp;", "&")).path)
        if os.path.splitext(path)[1].lower() in _KIND_OF and "\0" not in path:
            yield path


def _below(folder: str, until: float) -> Iterator[str]:
    """Catalogs below a folder, the upper levels first."""
    level, seen = [folder], 0
    for _ in range(_DEPTH):
        deeper: list[str] = []
        for here in level:
            for entry in _entries(here):
                seen += 1
                if seen > _MOST_NAMES or time.monotonic() > until:
                    return
                if os.path.splitext(entry.name)[1].lower() in _KIND_OF and not entry.name.startswith("._"):
                    yield entry.path
                elif not _PASSED_OVER.match(entry.name) and _is_folder(entry):
                    deeper.append(entry.path)
        level = deeper


def _entries(folder: str) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return ()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
