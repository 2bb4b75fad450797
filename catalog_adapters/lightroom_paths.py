"""From the paths a Lightroom catalog stores to paths on this computer: one decision a root, none a file."""

import os
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog_adapters.base import ReadOptions
from catalog_adapters.paths import NO_ROOT, Folder, is_plain, mapped
from catalog_adapters.tables import Tables
from catalog_adapters.values import LONGEST_PATH, Notes, text, whole
from ingest.model.catalogs import CatalogRoot


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known about where the catalog is and was.

    here: its folder now. before: the catalog file's path when Lightroom last had it open, "" when not known.
    """

    here: str
    before: str


def read_folders(tables: Tables, place: Whereabouts, options: ReadOptions, notes: Notes) -> dict[int, Folder]:
    """All folder rows by id, each with its root resolved."""
    roots: dict[int, CatalogRoot] = {}
    columns = ("id_local", "absolutePath", "relativePathFromCatalog")
    for row in tables.rows(tables.pick("r", "AgLibraryRootFolder", *columns), "AgLibraryRootFolder r"):
        number = whole(row[0])
        if number is not None:
            roots[number] = resolve(_folder_path(row[1]), _folder_path(row[2]), place, options)
    for root in dict.fromkeys(roots.values()):
        if root.resolved is None:
            notes.say(f"the folder {root.stored} is offline: nothing is said about the files in it")
    folders: dict[int, Folder] = {}
    columns = ("id_local", "rootFolder", "pathFromRoot")
    for row in tables.rows(tables.pick("f", "AgLibraryFolder", *columns), "AgLibraryFolder f ORDER BY f.id_local"):
        number, root_number = whole(row[0]), whole(row[1])
        if number is not None:
            root = roots.get(root_number, NO_ROOT) if root_number is not None else NO_ROOT
            folders[number] = Folder(_below(root, _folder_path(row[2]), notes), root)
    return folders


def _folder_path(value: object) -> str:
    """A stored folder with `/` at its end; "" for NULL and ''."""
    path = text(value, LONGEST_PATH)
    return path if not path or path.endswith("/") else path + "/"


def _below(root: CatalogRoot, relative: str, notes: Notes) -> str:
    base = root.resolved or root.stored
    if not base:
        notes.count("folder without a root folder: where its pictures lie is not known")
        return ""
    if relative.startswith("/") or not is_plain(relative):
        notes.count("folder whose path leaves its root folder, not used")
        return ""
    return base + relative


def resolve(stored: str, relative: str, place: Whereabouts, options: ReadOptions) -> CatalogRoot:
    """The first of these that exists: as stored, relative to the catalog, moved with it, the user's own map.

    stored: AgLibraryRootFolder.absolutePath (`/` on both systems). relative: its relativePathFromCatalog.
    """
    for candidate in _candidates(stored, relative, place, options):
        # A Windows path is relative to the working folder on other systems, and would be found there by accident.
        if os.path.isabs(candidate) and "\0" not in candidate and options.root_exists(candidate):
            return CatalogRoot(stored, text(candidate, LONGEST_PATH))
    return CatalogRoot(stored, None)


def _candidates(stored: str, relative: str, place: Whereabouts, options: ReadOptions) -> Iterator[str]:
    yield stored
    if relative:
        yield posixpath.normpath(posixpath.join(place.here, relative)).rstrip("/") + "/"
    yield from _moved_with_catalog(stored, place)
    yield from mapped(stored, options)


def _moved_with_catalog(stored: str, place: Whereabouts) -> Iterable[str]:
    """Swap the prefix in which the catalog's former and present folder differ.

    Formerly `/Users/ann/Pictures/LR`, now `/home/ann/Photos/LR`: what began with `/Users/ann/Pictures` begins with
    `/home/ann/Photos` now.
    """
    before = place.before.replace("\\", "/").rpartition("/")[0].split("/")
    here = place.here.rstrip("/").split("/")
    while before and here and before[-1] == here[-1]:
        before.pop()
        here.pop()
    old, new = "/".join(before) + "/", "/".join(here) + "/"
    if len(old) > 1 and old != new and stored.startswith(old):
        yield new + stored[len(old) :]
