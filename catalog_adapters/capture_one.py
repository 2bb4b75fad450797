"""Capture One catalogs (`.cocatalog`, `.cocatalogdb`) and sessions (`.cosessiondb` and its settings files).

Experimental: no real catalog with images has been available to test with. Sessions read settings files too.
"""

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.belongings import (
    LOOK,
    NOT_THE_CATALOGS,
    PART_OF_THE_DATABASE,
    TAKE,
    Belongings,
    Rule,
    Ruling,
    is_companion,
    leave,
)
from catalog_adapters.capture_one_images import Surroundings, read_images, read_layers
from catalog_adapters.capture_one_paths import read_folders
from catalog_adapters.capture_one_session import Overlay
from catalog_adapters.capture_one_trees import Keywords, read_collections, read_keywords
from catalog_adapters.liveness import may_be_open
from catalog_adapters.sqlite_open import Deadline
from catalog_adapters.sqlite_snapshot import Snapshot, observe, resolved
from catalog_adapters.tables import Tables
from catalog_adapters.values import Notes, text, whole
from ingest.model.catalogs import CatalogCollection, CatalogFacts, CatalogImage, CatalogRoot, Observation

PROGRAMS = ("CaptureOne.exe", "Capture One", "CaptureOne")
_CATALOG, _SESSION, _PACKAGE = ".cocatalogdb", ".cosessiondb", ".cocatalog"
_BESIDE = "CaptureOne"
_IS_SESSION = 0
_CORE = {
    "ZDOCUMENTCONTENT": ("ZDOCUMENTTYPE",),
    "ZIMAGE": ("Z_PK", "ZIMAGEFILENAME"),
    "ZVARIANT": ("Z_PK", "ZIMAGE"),
    "ZPATHLOCATION": ("Z_PK", "ZRELATIVEPATH"),
}


@dataclass(frozen=True, slots=True)
class _Content:
    """What one consistent state of the database says. folders: the picture folders that are here."""

    version: str
    identity: str
    is_session: bool
    images: tuple[CatalogImage, ...]
    keywords: Keywords
    collections: tuple[CatalogCollection, ...]
    roots: tuple[CatalogRoot, ...]
    folders: tuple[str, ...]
    notes: Notes


class CaptureOneAdapter:
    """Reads Capture One documents. Source of the format: the project's notes on editors' catalogs, section 4."""

    kind = "capture_one"

    def recognises(self, path: Path) -> bool:
        """True for a database of Capture One, a catalog package, or a folder that holds exactly one session."""
        if path.name.startswith("._"):
            return False
        return path.suffix.lower() in (_CATALOG, _SESSION, _PACKAGE) or len(_documents(path)) == 1

    def read(
        self,
        path: Path,
        *,
        now: float,
        editor_alive: Callable[[Path], bool] | None = None,
        options: ReadOptions | None = None,
    ) -> CatalogFacts:
        """The whole document; see `CatalogAdapter.read`.

        Capture One keeps edits in memory for minutes, so `as_of` is the time of reading only when the document is
        settled, else the time it was last saved.

        Raises:
            CatalogUnreadable: with its reason.
        """
        document, settings = _document(path), options or ReadOptions()
        alive = (editor_alive or _alive)(document)

        def content(connection: sqlite3.Connection) -> _Content:
            return _read_content(connection, document, settings)

        snapshot = observe(document, content, alive=alive, now=now, options=settings)
        found = snapshot.data
        images = found.images
        if found.is_session:
            images = tuple(Overlay(found.keywords, Deadline(settings.seconds), found.notes).over(images, found.folders))
        return CatalogFacts(
            kind=self.kind,
            path=str(path),
            version=found.version,
            identity=found.identity,
            observation=_observation(snapshot, now),
            images=images,
            keywords=found.keywords.all,
            collections=found.collections,
            roots=found.roots,
        )

    def belongings(self, path: Path) -> Belongings:
        """A package without its pictures, or a session's database and settings files; see `CatalogAdapter.belongings`.

        Source: the project's notes on editors' catalogs, 4.1. A database that lies in no package of its own brings
        the folders that Capture One is known to keep, and nothing else.
        """
        document = _document(path)
        folder, name = document.parent, document.name
        if name.lower().endswith(_SESSION):
            return Belongings(((name, document),), folder, _rule(_of_session, name), folder.name)
        is_package = folder.suffix.lower() == _PACKAGE
        rule = _rule(_of_package if is_package else _of_catalog, name)
        return Belongings(((name, document),), folder, rule, folder.name if is_package else "")


def _rule(rest: Rule, document: str) -> Rule:
    """What every entry is asked first, then the `rest`."""

    def rule(parts: tuple[str, ...], is_folder: bool) -> Ruling:
        if len(parts) == 1 and is_companion(parts[0], document):
            return leave(PART_OF_THE_DATABASE)
        if not is_folder and parts[-1].lower().endswith((".lock", "writelock")):
            return leave("a lock of the editor while it runs")
        if is_folder and parts[-1] == "Cache":
            return leave("previews and proxies, which the editor makes again from the photographs")
        return rest(parts, is_folder)

    return rule


def _of_package(parts: tuple[str, ...], is_folder: bool) -> Ruling:
    """All of a package but the pictures: what is not known may be what cannot be made again."""
    if parts[0] in ("Originals", "Backups"):
        pictures = "photographs, which are copied as such"
        return leave(pictures if parts[0] == "Originals" else "older copies that the editor makes of the catalog")
    return LOOK if is_folder else TAKE


def _of_catalog(parts: tuple[str, ...], is_folder: bool) -> Ruling:
    own = parts[0] == "Adjustments" or parts[0].startswith("Settings")
    return TAKE if own and is_folder else leave(NOT_THE_CATALOGS)


def _of_session(parts: tuple[str, ...], is_folder: bool) -> Ruling:
    """The settings beside the pictures of every folder, `.../CaptureOne/Settings1680/IMG_1.CR3.cos`."""
    if _BESIDE in parts[:-1]:
        return LOOK if is_folder else TAKE
    return LOOK if is_folder else leave("pictures and other files of the session's folders")


def _observation(snapshot: Snapshot[_Content], now: float) -> Observation:
    notes = snapshot.data.notes
    notes.say("Capture One is read experimentally: check the numbers against the program")
    if not snapshot.settled:
        notes.say("newer edits may still be in Capture One's memory; close it and read again to be sure")
    as_of = now if snapshot.settled else snapshot.saved_at
    return Observation(as_of, snapshot.route, snapshot.settled, notes.warnings())


def _alive(document: Path) -> bool:
    return may_be_open(document, PROGRAMS)


def _documents(folder: Path) -> list[Path]:
    """Databases in a folder. Their name need not be the package's."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [
        folder / name for name in names if name.lower().endswith((_CATALOG, _SESSION)) and not name.startswith("._")
    ]


def _document(path: Path) -> Path:
    if not os.path.isdir(path):
        return resolved(path)
    found = _documents(path)
    if len(found) != 1:
        what = "no Capture One database" if not found else f"{len(found)} Capture One databases"
        raise CatalogUnreadable(
            f"There is {what} in this folder",
            hint=f"Name the {_CATALOG} or {_SESSION} file",
            path=str(path),
            reason=Reason.MISSING,
        )
    return resolved(found[0])


def _read_content(connection: sqlite3.Connection, document: Path, options: ReadOptions) -> _Content:
    notes = Notes()
    tables = Tables(connection, editor="Capture One", path=str(document), notes=notes)
    for table, columns in _CORE.items():
        tables.require(table, *columns)
    about = tables.pick("d", "ZDOCUMENTCONTENT", "ZDOCUMENTTYPE", "ZDOCUMENTUUID", "ZROOTCOLLECTION")
    kind, identity, root = next(tables.rows(about, "ZDOCUMENTCONTENT d"), (None, None, None))
    version = _version(tables)
    entities = _entities(tables)
    windows = "win" in version.lower()
    folders = read_folders(tables, document.parent, windows=windows, options=options, notes=notes)
    keywords = read_keywords(tables, entities)
    collections = read_collections(tables, entities, folders, whole(root), notes)
    around = Surroundings(folders, read_layers(tables, notes), keywords, collections)
    return _Content(
        version=version,
        identity=text(identity),
        is_session=whole(kind) == _IS_SESSION,
        images=tuple(read_images(tables, around, notes)),
        keywords=keywords,
        collections=collections.all,
        roots=tuple(dict.fromkeys(folder.root for folder in folders.values() if folder.root.stored)),
        folders=tuple(folder.prefix for folder in folders.values() if folder.prefix and folder.root.resolved),
        notes=notes,
    )


def _version(tables: Tables) -> str:
    """The last upgrade's name, e.g. "16.5.3.1 Pro Mac". Its number is not comparable between releases."""
    if not tables.has("ZVERSIONINFO", "Z_PK"):
        return "Capture One of unknown version"
    rows = tables.rows(
        tables.pick("v", "ZVERSIONINFO", "ZFORMAT", "ZVERSION"), "ZVERSIONINFO v ORDER BY v.Z_PK DESC LIMIT 1"
    )
    name, number = next(rows, (None, None))
    return f"Capture One {text(name) or text(number) or 'of unknown version'}"


def _entities(tables: Tables) -> dict[int, str]:
    """Entity names by number; the numbers change between releases."""
    if not tables.has("ZENTITIES", "Z_ENT", "ZNAME"):
        return {}
    return {whole(key) or 0: text(name) for key, name in tables.rows("e.Z_ENT, e.ZNAME", "ZENTITIES e")}
