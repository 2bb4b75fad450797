"""The pictures of a darktable library: film rolls, rows, duplicates, groups."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from catalog_adapters.base import ReadOptions
from catalog_adapters.darktable_tags import Path, Tags, paths_by_image
from catalog_adapters.darktable_values import (
    HAS_TXT,
    HAS_WAV,
    LOCAL_COPY,
    REMOVE,
    capture_time,
    color_name,
    instant,
    judged,
)
from catalog_adapters.paths import NOWHERE, Folder, folder_of, is_plain, mapped
from catalog_adapters.tables import Row, Tables
from catalog_adapters.values import LONGEST_PATH, Notes, text, whole
from ingest.model.catalogs import CatalogImage, CatalogRoot

_IMAGE = ("id", "film_id", "filename", "datetime_taken", "flags", "change_timestamp", "write_timestamp")
_FILE = "i.film_id, i.filename"
_VERSION_NAME = 6  # the key of Xmp.darktable.version_name in `meta_data`
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


@dataclass(frozen=True, slots=True)
class FilmRolls:
    """Folders that were imported. folders: by the film roll's id. sizes: rows in each."""

    folders: Mapping[int, Folder]
    sizes: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What other tables tell about pictures, by the id of the row. spoken: stems whose other files have a speaker."""

    films: FilmRolls
    keywords: Mapping[int, tuple[Path, ...]]
    colors: Mapping[int, tuple[str, ...]]
    names: Mapping[int, str]
    stacks: Mapping[int, tuple[str, int]]
    spoken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, tables: Tables, films: FilmRolls, tags: Tags | None, notes: Notes) -> "Surroundings":
        """Read the other tables. tags: None when they are not known."""
        keywords = paths_by_image(tables, tags, notes)
        return cls(films, keywords, _colors(tables, notes), _version_names(tables), _stacks(tables))


def read_film_rolls(tables: Tables, options: ReadOptions, notes: Notes) -> FilmRolls:
    """Each film roll is a root of its own: darktable knows nothing above it."""
    folders: dict[int, Folder] = {}
    for key, stored in tables.rows("f.id, f.folder", "film_rolls f ORDER BY f.id"):
        if (number := whole(key)) is not None:
            folders[number] = _folder(text(stored, LONGEST_PATH), options, notes)
    rows = tables.rows("i.film_id, count(*)", "images i GROUP BY i.film_id")
    sizes = {number: members for film, members in rows if (number := whole(film)) is not None}
    return FilmRolls(folders, sizes)


def _folder(stored: str, options: ReadOptions, notes: Notes) -> Folder:
    windows = bool(_WINDOWS.match(stored))
    # Libraries that `darktable-cli` made hold the folder as it was typed: relative to no one knows where.
    base = (stored.replace("\\", "/") if windows else stored).rstrip("/") + "/"
    if not is_plain(base) or not (windows or stored.startswith("/")):
        notes.count("film roll whose folder is no whole path, not used")
        return NOWHERE
    for candidate in (base, *mapped(base, options)):
        if os.path.isabs(candidate) and options.root_exists(candidate):
            return Folder(text(candidate, LONGEST_PATH), CatalogRoot(base, text(candidate, LONGEST_PATH)))
    notes.count("film roll whose folder is offline: nothing is said about the files in it")
    return Folder(base, CatalogRoot(base, None))


def read_images(tables: Tables, around: Surroundings, notes: Notes) -> Iterator[CatalogImage]:
    """All rows in the order of their ids, which is that of import."""
    masters = _masters(tables)
    # A file that tells no time gets its mtime in UTC, and such a file names no camera either. Later releases keep
    # cameras in tables of their own.
    camera = "i.maker || i.model" if tables.has("images", "maker", "model") else "'?'"
    columns = f"{tables.pick('i', 'images', *_IMAGE)}, {camera}"
    for row in tables.rows(columns, "images i ORDER BY i.id"):
        yield _image(row, masters.get(row[1:3], row[0]) != row[0], around, notes)


def _masters(tables: Tables) -> dict[Row, object]:
    """(film roll, name) of each file with several rows -> the id of its first version that is still there.

    The original may have been removed from the library while its duplicates stayed.
    """
    first = "min(i.version)" if tables.has("images", "version") else "min(i.id)"  # SQLite gives that row's id
    rows = tables.rows(f"i.film_id, i.filename, i.id, {first}", f"images i GROUP BY {_FILE} HAVING count(*) > 1")
    return {row[:2]: row[2] for row in rows}


def _image(row: Row, is_virtual: bool, around: Surroundings, notes: Notes) -> CatalogImage:
    key, film, stored_name, taken, stored_flags, changed, written, camera = row
    folder = around.films.folders.get(whole(film) or 0, NOWHERE)
    name, image_id = text(stored_name), whole(key) or 0
    place = folder_of(folder.prefix, stored_name, name)
    path = place + name if place else ""
    if not path:
        notes.count("picture without a usable folder or name: where it lies is not known")
    flags = whole(stored_flags)
    verdict = judged(flags, notes)
    bits = flags or 0
    if bits & LOCAL_COPY:
        notes.count("picture of which darktable keeps a local copy, which is not looked at")
    capture = capture_time(taken)
    if capture is None and taken not in (None, 0, ""):
        notes.count("capture time that is no time, read as not known")
    colors = around.colors.get(image_id, ())
    return CatalogImage(
        key=f"image {image_id}",
        folder=place,
        name=name,
        capture_local=capture,
        rating=verdict.rating,
        pick=verdict.pick,
        label=", ".join(colors) or None,  # one text: a picture may have several
        label_color=colors[0] if len(colors) == 1 else None,
        keywords=around.keywords.get(image_id, ()),
        is_virtual=is_virtual,
        sidecar_suffixes=_others(path, bits, around.spoken),
        last_change=max((time for time in (instant(changed), instant(written)) if time), default=None),
        file_key=path or f"film {text(film)} {name}",
        copy_name=around.names.get(image_id, ""),
        root=folder.root.stored,
        stack=around.stacks.get(image_id),
        capture_is_utc=camera == "",
        in_trash=bool(bits & REMOVE),
    )


def _others(path: str, bits: int, spoken: set[str]) -> tuple[str, ...]:
    """A recording and a text that darktable found beside. One row speaks for them: RAW and JPEG both are told."""
    if not bits & (HAS_WAV | HAS_TXT) or (stem := os.path.splitext(path)[0]) in spoken:
        return ()
    spoken.add(stem)
    return (*(("WAV",) if bits & HAS_WAV else ()), *(("txt",) if bits & HAS_TXT else ()))


def _colors(tables: Tables, notes: Notes) -> dict[int, tuple[str, ...]]:
    """Image id -> its colours in darktable's order; a picture may have several."""
    if not tables.has("color_labels", "imgid", "color"):
        notes.say("this library has no color_labels: colour labels are not known")
        return {}
    found: dict[int, tuple[str, ...]] = {}
    for image, color in tables.rows("DISTINCT c.imgid, c.color", "color_labels c ORDER BY c.imgid, c.color"):
        key, name = whole(image), color_name(color)
        if name is None:
            notes.count("colour label that is not known")
        elif key is not None:
            found[key] = (*found.get(key, ()), name)
    return found


def _version_names(tables: Tables) -> dict[int, str]:
    if not tables.has("meta_data", "id", "key", "value"):
        return {}
    rows = tables.rows("m.id, m.value", f"meta_data m WHERE m.key = {_VERSION_NAME}")
    return {number: text(value) for image, value in rows if (number := whole(image)) is not None}


def _stacks(tables: Tables) -> dict[int, tuple[str, int]]:
    """Image id -> (group, position from 1). A group is called by the id of its representative, which comes first."""
    if not tables.has("images", "group_id"):
        return {}
    groups: dict[int, list[int]] = {}
    for group, image in tables.rows("i.group_id, i.id", "images i ORDER BY i.id"):
        leader, member = whole(group), whole(image)
        if leader is not None and member is not None:
            groups.setdefault(leader, []).append(member)
    return {
        member: (str(leader), place)
        for leader, members in groups.items()
        if len(members) > 1
        for place, member in enumerate(sorted(members, key=lambda member: member != leader), 1)
    }
