"""darktable's `library.db` and the `data.db` beside it, by what their tables offer; seen with darktable 4.2.

Joins by the entry point group `safelight.catalogs` and by nothing else, as an adapter of a third party does.
"""

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
from catalog_adapters.darktable_images import FilmRolls, Surroundings, read_film_rolls, read_images
from catalog_adapters.darktable_tags import Tags, read_tags
from catalog_adapters.liveness import may_be_open
from catalog_adapters.pair import observe_pair
from catalog_adapters.sqlite_snapshot import resolved
from catalog_adapters.tables import Tables
from catalog_adapters.values import Notes, text, whole
from ingest.model.catalogs import CatalogCollection, CatalogFacts, CatalogImage, CollectionKind, Observation

PROGRAMS = ("darktable", "darktable.exe", "darktable-bin", "darktable-cli", "darktable-generate-cache")
_LIBRARY, _DATA = "library.db", "data.db"
_NEWEST = 37  # darktable 4.2
_FOLDERS = ("styles", "watermarks", "luts", "color")  # what edits may refer to
_CORE = {"db_info": ("key", "value"), "film_rolls": ("id", "folder"), "images": ("id", "film_id", "filename")}


@dataclass(frozen=True, slots=True)
class _Content:
    """What one consistent state of the library says, with the tags of the same moment."""

    version: str
    images: tuple[CatalogImage, ...]
    tags: Tags
    films: FilmRolls
    warnings: tuple[str, ...]


class DarktableAdapter:
    """Reads darktable's library. Source of the format: libraries that darktable 4.2.1 made."""

    kind = "darktable"

    def recognises(self, path: Path) -> bool:
        """True for a file named `library.db`, or a folder that holds it: darktable's own, `~/.config/darktable`."""
        return path.name.casefold() == _LIBRARY or os.path.isfile(path / _LIBRARY)

    def read(
        self,
        path: Path,
        *,
        now: float,
        editor_alive: Callable[[Path], bool] | None = None,
        options: ReadOptions | None = None,
    ) -> CatalogFacts:
        """The whole library; see `CatalogAdapter.read`.

        darktable writes an edit down when it is made, so `as_of` is the time of reading. The names of keywords stand
        in `data.db`; where it does not lie beside, keywords are not known, and a warning says so.

        Raises:
            CatalogUnreadable: with its reason; its path tells which of the two files it is about.
        """
        named, settings = _named(path), options or ReadOptions()
        library = resolved(named)
        data = _data_beside(named, library)
        alive = editor_alive(library) if editor_alive else _alive(library, data)

        def tags(connection: sqlite3.Connection) -> Tags:
            return _read_data(connection, data or library)

        def content(connection: sqlite3.Connection, found: Tags | None) -> _Content:
            return _read_content(connection, library, settings, found)

        snapshot = observe_pair(library, content, data, tags, alive=alive, now=now, options=settings)
        found = snapshot.data
        return CatalogFacts(
            kind=self.kind,
            path=str(path),
            version=found.version,
            identity="",  # neither file has an id of its own
            observation=Observation(now, snapshot.route, snapshot.settled, found.warnings),
            images=found.images,
            keywords=found.tags.all,
            collections=_collections(found.films),
            roots=tuple(dict.fromkeys(folder.root for folder in found.films.folders.values() if folder.root.stored)),
        )

    def belongings(self, path: Path) -> Belongings:
        """Library and data, and the folders beside them that edits may refer to; see `CatalogAdapter.belongings`."""
        named = _named(path)
        library = resolved(named)
        data = _data_beside(named, library)
        databases = ((_LIBRARY, library),) + (((_DATA, data),) if data else ())
        return Belongings(databases, library.parent, _belongs)


def _named(path: Path) -> Path:
    return path / _LIBRARY if os.path.isdir(path) else path


def _belongs(parts: tuple[str, ...], is_folder: bool) -> Ruling:
    """What an entry of darktable's folder is to its library."""
    entry = parts[0]
    if any(is_companion(entry, database) for database in (_LIBRARY, _DATA)):
        return leave(PART_OF_THE_DATABASE)
    if is_folder and entry in _FOLDERS:
        return TAKE
    if entry.endswith(".lock"):
        return leave("a lock of the editor while it runs")
    if entry.startswith((f"{_LIBRARY}-", f"{_DATA}-")):
        return leave("older copies that the editor makes of the catalog")
    return leave(NOT_THE_CATALOGS)


def _data_beside(named: Path, library: Path) -> Path | None:
    """`data.db` beside the library as it was named, else beside the real file behind a link."""
    for folder in (named.parent, library.parent):
        if os.path.exists(folder / _DATA):
            return resolved(folder / _DATA)
    return None


def _alive(library: Path, data: Path | None) -> bool:
    files = [library] if data is None else [library, data]
    return any(may_be_open(file, PROGRAMS, Path(f"{file}.lock")) for file in files)


def _read_data(connection: sqlite3.Connection, data: Path) -> Tags:
    notes = Notes()
    tables = Tables(connection, editor="darktable", path=str(data), notes=notes)
    tables.require("tags", "id", "name")
    return read_tags(tables, notes)


def _read_content(connection: sqlite3.Connection, library: Path, options: ReadOptions, tags: Tags | None) -> _Content:
    notes = Notes()
    tables = Tables(connection, editor="darktable", path=str(library), notes=notes)
    for table, columns in _CORE.items():
        tables.require(table, *columns)
    version = _version(tables, library, notes)
    if tags is None and tables.has("tags", "id", "name"):
        tags = read_tags(tables, notes)  # before 2.6 there was one file
    elif tags is None:
        notes.say(f"there is no {_DATA} beside this library: what keywords are called is not known")
    films = read_film_rolls(tables, options, notes)
    images = tuple(read_images(tables, Surroundings.of(tables, films, tags, notes), notes))
    known = tags or Tags()
    return _Content(version, images, known, films, (*notes.warnings(), *known.warnings))


def _version(tables: Tables, library: Path, notes: Notes) -> str:
    rows = tables.rows("i.value", "db_info i WHERE i.key = 'version'")
    number = next((whole(value) for (value,) in rows), None)
    if number is None:
        notes.say("this library tells no version that is known; it was read by its tables")
        return "darktable of unknown version"
    if number < 1:
        raise CatalogUnreadable(
            f"The library says that it is version {number}, which no darktable wrote",
            hint="Open it in darktable, which upgrades it or restores its latest backup",
            path=str(library),
            reason=Reason.UNKNOWN_VERSION,
        )
    if number > _NEWEST:
        notes.say(f"this library is version {number} of darktable's, newer than is known; it was read by its tables")
    return f"darktable (library {number})"


def _collections(films: FilmRolls) -> tuple[CatalogCollection, ...]:
    """Film rolls, one a folder. darktable has no albums filled by hand: what it calls collections are rules."""
    steps = ((number, folder.root.stored.strip("/").split("/")) for number, folder in films.folders.items())
    return tuple(
        CatalogCollection(tuple(text(step) for step in path if step), CollectionKind.FOLDER, films.sizes.get(number, 0))
        for number, path in steps
        if any(path)
    )
