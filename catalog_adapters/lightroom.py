"""Lightroom catalogs (`.lrcat`), from Lightroom 5 to Lightroom Classic 15, by what their tables offer."""

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.belongings import (
    NOT_THE_CATALOGS,
    PART_OF_THE_DATABASE,
    TAKE,
    Belongings,
    Ruling,
    is_companion,
    leave,
)
from catalog_adapters.lightroom_images import Surroundings, read_images
from catalog_adapters.lightroom_paths import Whereabouts, read_folders
from catalog_adapters.lightroom_trees import read_collections, read_keywords, read_stacks
from catalog_adapters.lightroom_values import major_version, version_name
from catalog_adapters.liveness import may_be_open
from catalog_adapters.sqlite_snapshot import observe, resolved
from catalog_adapters.tables import Tables
from catalog_adapters.values import LONGEST_PATH, Notes, text
from ingest.model.catalogs import (
    CatalogCollection,
    CatalogFacts,
    CatalogImage,
    CatalogKeyword,
    CatalogRoot,
    Observation,
)

PROGRAMS = ("Lightroom.exe", "Adobe Lightroom Classic", "Adobe Lightroom", "Lightroom")
_OLDEST, _NEWEST = 3, 15
_CORE = {
    "Adobe_variablesTable": ("name", "value"),
    "Adobe_images": ("id_local", "rootFile"),
    "AgLibraryFile": ("id_local", "folder", "idx_filename"),
    "AgLibraryFolder": ("id_local", "rootFolder", "pathFromRoot"),
    "AgLibraryRootFolder": ("id_local", "absolutePath"),
}


@dataclass(frozen=True, slots=True)
class _Content:
    """What one consistent state of the database says."""

    version: str
    identity: str
    images: tuple[CatalogImage, ...]
    keywords: tuple[CatalogKeyword, ...]
    collections: tuple[CatalogCollection, ...]
    roots: tuple[CatalogRoot, ...]
    warnings: tuple[str, ...]


class LightroomAdapter:
    """Reads Lightroom catalogs. Source of the format: the project's notes on editors' catalogs, section 3."""

    kind = "lightroom"

    def recognises(self, path: Path) -> bool:
        """True for a name ending in `.lrcat` that is no AppleDouble twin and lies in no `Backups` folder."""
        return path.suffix.lower() == ".lrcat" and not path.name.startswith("._") and "Backups" not in path.parts

    def read(
        self,
        path: Path,
        *,
        now: float,
        editor_alive: Callable[[Path], bool] | None = None,
        options: ReadOptions | None = None,
    ) -> CatalogFacts:
        """The whole catalog; see `CatalogAdapter.read`. Its -wal is read too, so `as_of` is the time of reading.

        Raises:
            CatalogUnreadable: with its reason.
        """
        document, settings = _document(path), options or ReadOptions()
        alive = (editor_alive or _alive)(document)

        def content(connection: sqlite3.Connection) -> _Content:
            return _read_content(connection, document, settings)

        snapshot = observe(document, content, alive=alive, now=now, options=settings)
        found = snapshot.data
        return CatalogFacts(
            kind=self.kind,
            path=str(path),
            version=found.version,
            identity=found.identity,
            observation=Observation(now, snapshot.route, snapshot.settled, found.warnings),
            images=found.images,
            keywords=found.keywords,
            collections=found.collections,
            roots=found.roots,
        )

    def belongings(self, path: Path) -> Belongings:
        """The catalog, its `.lrcat-data` and the settings kept beside it; see `CatalogAdapter.belongings`.

        Previews are made again from the photographs. Source: the project's notes on editors' catalogs, 3.9.
        """
        document = _document(path)
        name = document.name

        def rule(parts: tuple[str, ...], is_folder: bool) -> Ruling:
            return _belongs(parts[0], name, is_folder)

        return Belongings(((name, document),), document.parent, rule)


def _document(path: Path) -> Path:
    document = resolved(path)
    if os.path.isdir(document):
        raise CatalogUnreadable(
            "This is a folder, not a Lightroom catalog",
            hint="Name the .lrcat file in it",
            path=str(path),
            reason=Reason.MISSING,
        )
    return document


def _belongs(entry: str, document: str, is_folder: bool) -> Ruling:
    """What an entry beside the catalog is to it."""
    stem = document.removesuffix(Path(document).suffix)
    if is_companion(entry, document):
        return leave(PART_OF_THE_DATABASE)
    if entry == f"{document}-data":
        return TAKE
    if is_folder and entry in (f"{stem} Settings", "Lightroom Settings"):
        return TAKE
    if entry == f"{document}.lock":
        return leave("a lock of the editor while it runs")
    if entry == "Backups":
        return leave("older copies that the editor makes of the catalog")
    if entry.startswith(f"{stem} ") and entry.endswith(".lrdata"):
        return leave("previews and helpers, which the editor makes again from the photographs")
    return leave(NOT_THE_CATALOGS)


def _alive(document: Path) -> bool:
    return may_be_open(document, PROGRAMS, Path(str(document) + ".lock"))


def _read_content(connection: sqlite3.Connection, document: Path, options: ReadOptions) -> _Content:
    notes = Notes()
    tables = Tables(connection, editor="Lightroom", path=str(document), notes=notes)
    for table, columns in _CORE.items():
        tables.require(table, *columns)
    rows = tables.rows("v.name, v.value", "Adobe_variablesTable v")
    variables = {text(name): text(value, LONGEST_PATH) for name, value in rows}
    version = variables.get("Adobe_DBVersion", "")
    _check_version(version, document, notes)
    keywords = read_keywords(tables, notes)
    collections = read_collections(tables, notes)
    published = read_collections(tables, notes, published=True)
    place = Whereabouts(str(document.parent), variables.get("Adobe_lastScannedCatalogPath", ""))
    folders = read_folders(tables, place, options, notes)
    around = Surroundings(folders, keywords.of_image, collections.of_image, published.of_image, read_stacks(tables))
    return _Content(
        version=version_name(version, variables.get("Adobe_CrsVersion", "")),
        # Names a lineage: copies of one library may differ in it. There is nothing better in the catalog.
        identity=variables.get("Adobe_storeProviderID", ""),
        images=tuple(read_images(tables, around, notes)),
        keywords=keywords.all,
        collections=(*collections.all, *published.all),
        roots=tuple(dict.fromkeys(folder.root for folder in folders.values() if folder.root.stored)),
        warnings=notes.warnings(),
    )


def _check_version(version: str, document: Path, notes: Notes) -> None:
    major = major_version(version)
    if major is None:
        notes.say("this catalog tells no version that is known; it was read by its tables")
    elif major < _OLDEST:
        raise CatalogUnreadable(
            f"This catalog is from Lightroom {major}, which kept its data in another way",
            hint="Open it once in a later Lightroom, which upgrades a copy of it",
            path=str(document),
            reason=Reason.UNKNOWN_VERSION,
        )
    elif major > _NEWEST:
        notes.say(f"this catalog is from Lightroom Classic {major}, newer than is known; it was read by its tables")
