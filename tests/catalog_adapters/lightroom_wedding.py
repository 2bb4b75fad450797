"""A wedding of 10,000 pictures as rows of a Lightroom catalog, made once and put into the tables of any release."""

import functools
import sqlite3
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lightroom_builder import Generation
from lightroom_releases import Release

FILES, COPIES = 9_600, 400
IMAGES = FILES + COPIES
WITHOUT_FILE_ROW, IN_GONE_FOLDER, IN_FOLDER_WITHOUT_ROOT = 3, 5, 4
STACKS, STACKED = 500, 3
ROOTS = ("/Volumes/Old Disk/Photos/", "D:/Jobs/2025/")
FOLDERS = ("", "Meyer/", "Meyer/church/", "Meyer/party/", unicodedata.normalize("NFD", "Meyer/Sträuße/"))
_SINCE = datetime.fromisoformat("2001-01-01T00:00:00")
_BEGIN = datetime.fromisoformat("2025-06-14T11:00:00")
_GONE = 900
_COLLECTION = "com.adobe.ag.library."
_EXPORT = "com.adobe.ag.export.service.connection"
_SMART = 's = { { criteria = "rating", operation = ">=", value = 5, }, combine = "intersect", }'

Rows = dict[str, list[dict[str, Any]]]
# Their id, parent, name, type and includeOnExport; the first is the root, which is no keyword. The tables of LR 5
# have the column of the type already, filled from LR 6 on.
KEYWORDS = [
    (1, None, None, None, 1), (2, 1, "people", None, 1), (3, 2, "bride", None, 1), (4, 3, "Anna", "person", 1),
    (5, 1, "church", None, 1), (6, 1, "venues", None, 1), (7, 6, "church", None, 1), (8, 1, "clients", None, 0),
    (9, 8, "Meyer", None, 1), (10, 1, "Sträuße", None, 1),
    *((n, 1 if n % 7 else n - 1, f"detail {n}", None, 1) for n in range(11, 61)),
]  # fmt: skip
SYNONYMS = [(5, "chapel"), (5, "église"), (3, "Braut")]
# Their id, creationId, name, parent and systemOnly.
COLLECTIONS = [
    (1, "group", "Clients", None, 0.0), (2, "collection", "Meyer wedding", 1, 0.0), (3, "collection", "Album", 1, 0.0),
    (4, "smart_collection", "Five Stars", None, 0.0), (5, "collection", "quick collection", None, 1.0),
    (6, "collection", "Print.unsaved", None, 1.0),
]  # fmt: skip
PUBLISHED = [
    (1, _EXPORT, "Flickr", None), (2, f"{_EXPORT}.group.published", "Weddings", 1),
    (3, f"{_EXPORT}.collection.published", "Meyer", 2),
]  # fmt: skip


@functools.cache
def rows() -> Rows:
    """Table -> its rows by column names, every column of any release: a table takes those that it has."""
    made: Rows = {
        "AgLibraryRootFolder": [
            {"id_local": n, "absolutePath": root, "name": "Photos"} for n, root in enumerate(ROOTS, 1)
        ],
        "AgLibraryFolder": [
            {"id_local": n, "rootFolder": n % 2 + 1, "pathFromRoot": path, "visibility": None, "parentId": None}
            for n, path in enumerate(FOLDERS, 1)
        ],
        "AgLibraryKeyword": [
            {"id_local": n, "parent": up, "name": name, "keywordType": kind, "includeOnExport": out}
            for n, up, name, kind, out in KEYWORDS
        ],
        "AgLibraryKeywordSynonym": [{"keyword": keyword, "name": name} for keyword, name in SYNONYMS],
        "AgLibraryCollection": [
            {"id_local": n, "creationId": _COLLECTION + kind, "name": name, "parent": up, "systemOnly": system}
            for n, kind, name, up, system in COLLECTIONS
        ],
        "AgLibraryCollectionContent": [
            {"collection": 4, "owningModule": "ag.library.smart_collection", "content": _SMART}
        ],
        "AgLibraryPublishedCollection": [
            {"id_local": n, "creationId": kind, "name": name, "parent": up, "systemOnly": 0.0}
            for n, kind, name, up in PUBLISHED
        ],
        "AgLibraryFolderStack": [{"id_local": n} for n in range(1, STACKS + 1)],
        "AgLibraryFile": [_file(n) for n in range(1, FILES + 1)],
        "Adobe_images": [_master(n) for n in range(1, FILES + 1)] + [_copy(n) for n in range(1, COPIES + 1)],
    }
    made["AgLibraryFolder"].append({"id_local": 50, "rootFolder": _GONE, "pathFromRoot": "lost/"})
    return made | _links()


def _links() -> Rows:
    images = range(1, IMAGES + 1)
    return {
        "AgLibraryKeywordImage": [{"image": n, "tag": tag} for n in images for tag in sorted({n % 60 + 1, 5, 9} - {1})],
        "AgLibraryCollectionImage": [
            *({"collection": 2, "image": n} for n in images if n % 2),
            *({"collection": 3, "image": n} for n in images if n % 25 == 0),
            *({"collection": 5, "image": n} for n in images if n % 40 == 0),
        ],
        "AgLibraryPublishedCollectionImage": [{"collection": 3, "image": n} for n in images if n % 50 == 0],
        "AgLibraryFolderStackImage": [
            {"stack": stack, "image": stack * 10 + place, "position": float(place)}
            for stack in range(1, STACKS + 1)
            for place in range(1, STACKED + 1)
        ],
    }


def _taken(n: int) -> datetime:
    return _BEGIN + timedelta(seconds=4 * n)


def _has_exif(n: int) -> bool:
    return n % 97 != 0


def _file(n: int) -> dict[str, Any]:
    """Every tenth was renamed by Lightroom at import, every 97th has no time in its EXIF."""
    card = f"IMG_{n:04}.{'JPG' if n % 4 == 0 else 'CR3'}"
    name = f"Meyer-{n:05}.CR3" if n % 10 == 1 else card
    seconds = str(int((_taken(n) - _SINCE).total_seconds())) + ("" if _has_exif(n) else ".25")
    folder = n % len(FOLDERS) + 1
    if n <= IN_GONE_FOLDER:
        folder = _GONE
    elif n <= IN_GONE_FOLDER + IN_FOLDER_WITHOUT_ROOT:
        folder = 50
    return {
        "id_local": n, "folder": folder, "idx_filename": name, "baseName": name[:-4], "extension": name[-3:],
        "lc_idx_filename": name.lower(), "originalFilename": card,
        "importHash": None if n % 500 == 0 else f"{seconds}:{card}:{20_000_000 + n}",
        "sidecarExtensions": ("", "xmp", "JPG,xmp")[n % 3],
    }  # fmt: skip


def rating_of(n: int) -> float | None:
    return None if n % 3 else float(n % 5 + 1)


def pick_of(n: int) -> float:
    return 1.0 if n % 8 == 0 else -1.0 if n % 11 == 0 else 0.0


def _master(n: int) -> dict[str, Any]:
    text = _taken(n).isoformat() + ("" if n % 5 else ".42")
    return {
        "id_local": n, "id_global": f"MASTER-{n}", "rootFile": n if n <= FILES - WITHOUT_FILE_ROW else _GONE * 1000 + n,
        "rating": rating_of(n), "pick": pick_of(n), "colorLabels": ("", "", "Red", "Grün", "CustomRed")[n % 5],
        "captureTime": text if _has_exif(n) else text + "+00:00", "touchTime": 771_000_000.5 + n, "fileFormat": "RAW",
    }  # fmt: skip


def _copy(n: int) -> dict[str, Any]:
    """A virtual copy of the master of the same number, with words of its own."""
    return {
        **_master(n), "id_local": FILES + n, "id_global": f"COPY-{n}", "masterImage": n, "copyName": f"Copy {n}",
        "rating": 2.0 if n % 2 else None, "pick": 0.0, "colorLabels": "",
    }  # fmt: skip


def make(path: Path, release: Release, generation: Generation | None = None) -> Path:
    """The wedding in the tables of a release; generation: its whole definitions in place of the ones cut down."""
    chosen = generation or release.generation
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={'WAL' if chosen.wal else 'DELETE'}")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    for statement in _statements(chosen.ddl):
        connection.execute(statement)
    variables = {"Adobe_DBVersion": release.db_version, "Adobe_storeProviderID": "LINEAGE"}
    if release.camera_raw:
        variables["Adobe_CrsVersion"] = release.camera_raw
    _insert(connection, "Adobe_variablesTable", [{"name": name, "value": value} for name, value in variables.items()])
    for table, found in rows().items():
        _insert(connection, table, _as_written(table, found, release))
    connection.execute("COMMIT")
    connection.close()
    return path


def _statements(ddl: str) -> Iterable[str]:
    """One at a time, so that all of them are one transaction: a trigger's own `;` ends no statement."""
    statement = ""
    for line in ddl.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _as_written(table: str, found: list[dict[str, Any]], release: Release) -> list[dict[str, Any]]:
    """Lightroom marks a time that is the file's own as UTC from release 11 on; before, it wrote the same without."""
    if table != "Adobe_images" or release.major >= 11:
        return found
    return [{**row, "captureTime": row["captureTime"].removesuffix("+00:00")} for row in found]


def _insert(connection: sqlite3.Connection, table: str, found: list[dict[str, Any]]) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    used = [name for name in columns if any(name in row for row in found[:1] + found[-1:])]
    if "id_global" in columns and "id_global" not in used:
        used.append("id_global")
    for number, row in enumerate(found):
        row.setdefault("id_global", f"{table} {number}")
    values = ([row.get(name) for name in used] for row in found)
    marks = ", ".join("?" * len(used))
    connection.executemany(f"INSERT INTO {table} ({', '.join(used)}) VALUES ({marks})", values)
