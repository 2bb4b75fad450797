"""Where Capture One's folders lie: relative to the document, or below the root of the system that wrote the row."""

import os
from collections.abc import Iterator
from pathlib import Path

from catalog_adapters.base import ReadOptions
from catalog_adapters.paths import NOWHERE, Folder, is_plain, mapped
from catalog_adapters.tables import Tables
from catalog_adapters.values import LONGEST_PATH, Notes, is_false, text, whole
from ingest.model.catalogs import CatalogRoot

_COLUMNS = ("Z_PK", "ZISRELATIVE", "ZMACROOT", "ZWINROOT", "ZRELATIVEPATH")


def read_folders(tables: Tables, here: Path, *, windows: bool, options: ReadOptions, notes: Notes) -> dict[int, Folder]:
    """All path rows by key.

    Args:
        tables: of an open document.
        here: the folder of the document itself, never of a copy of it.
        windows: Capture One on Windows wrote it last; both systems' roots may be filled.
        options: what exists, and the user's map.
        notes: takes a sentence for each root that is offline.
    """
    seen: dict[str, bool] = {}
    folders: dict[int, Folder] = {}
    for key, relative, mac, win, path in tables.rows(tables.pick("p", "ZPATHLOCATION", *_COLUMNS), "ZPATHLOCATION p"):
        if (number := whole(key)) is None:
            continue
        below = text(path, LONGEST_PATH)
        if not is_false(relative):
            base = str(here).rstrip("/") + "/"
            folders[number] = _join(CatalogRoot(base, base), base, _slashes(below) if windows else below, notes)
        else:
            folders[number] = _absolute(text(mac), text(win), below, windows, options, seen, notes)
    for root in dict.fromkeys(folder.root for folder in folders.values()):
        if root.stored and root.resolved is None:
            notes.say(f"the folder {root.stored} is offline: nothing is said about the files in it")
    return folders


def _absolute(
    mac: str, win: str, below: str, windows: bool, options: ReadOptions, seen: dict[str, bool], notes: Notes
) -> Folder:
    if win and (windows or not mac):
        base, below = _slashes(win), _slashes(below)
    else:
        base = mac
    base, below = base.rstrip("/") + "/", below.strip("/")
    if base == "/":  # it is everywhere: the first folder below tells whether this is the disk that was meant
        first, _, below = below.partition("/")
        base += first + "/" if first else ""
    for candidate, taken in _candidates(base, below, options):
        if candidate not in seen:
            seen[candidate] = os.path.isabs(candidate) and "\0" not in candidate and options.root_exists(candidate)
        if seen[candidate]:
            return _join(CatalogRoot(base, candidate), candidate, below[taken:], notes)
    return _join(CatalogRoot(base, None), base, below, notes)


def _candidates(base: str, below: str, options: ReadOptions) -> Iterator[tuple[str, int]]:
    """Places to try for a root, each with how many characters of the path below it already holds."""
    yield base, 0
    for place in mapped(base, options):
        yield place, 0
    for place in mapped(base + below + "/", options):
        yield place, len(below)


def _join(root: CatalogRoot, base: str, below: str, notes: Notes) -> Folder:
    if not is_plain(below):
        notes.count("folder whose path leaves its root folder, not used")
        return NOWHERE
    inner = below.strip("/")
    return Folder(base + inner + "/" if inner else base, root)


def _slashes(path: str) -> str:
    return path.replace("\\", "/")
