"""Synthetic Lightroom catalogs, on the true table definitions where they are at hand and always on reduced ones."""

import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog_files import reference

ROOT = "/Volumes/Old Disk/Photos/"

REDUCED_OLD = """
CREATE TABLE Adobe_variablesTable (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, name,
  value NOT NULL DEFAULT '');
CREATE TABLE Adobe_images (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, captureTime,
  colorLabels NOT NULL DEFAULT '', copyName, fileFormat NOT NULL DEFAULT 'unset', masterImage INTEGER,
  originalCaptureTime, pick NOT NULL DEFAULT 0, rating, rootFile INTEGER NOT NULL DEFAULT 0,
  touchTime NOT NULL DEFAULT 0);
CREATE TABLE AgLibraryFile (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, folder INTEGER NOT NULL DEFAULT 0,
  idx_filename NOT NULL DEFAULT '', importHash, originalFilename NOT NULL DEFAULT '', sidecarExtensions);
CREATE TABLE AgLibraryFolder (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, pathFromRoot,
  rootFolder INTEGER);
CREATE TABLE AgLibraryRootFolder (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, absolutePath UNIQUE NOT NULL,
  name NOT NULL DEFAULT '', relativePathFromCatalog);
CREATE TABLE AgLibraryKeyword (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL,
  includeOnExport INTEGER NOT NULL DEFAULT 1, keywordType, name, parent INTEGER);
CREATE TABLE AgLibraryKeywordImage (id_local INTEGER PRIMARY KEY, image INTEGER, tag INTEGER);
CREATE TABLE AgLibraryKeywordSynonym (id_local INTEGER PRIMARY KEY, keyword INTEGER, name);
CREATE TABLE AgLibraryCollection (id_local INTEGER PRIMARY KEY, creationId NOT NULL DEFAULT '',
  name NOT NULL DEFAULT '', parent INTEGER, systemOnly NOT NULL DEFAULT '');
CREATE TABLE AgLibraryCollectionImage (id_local INTEGER PRIMARY KEY, collection INTEGER, image INTEGER);
CREATE TABLE AgLibraryFolderStackImage (id_local INTEGER PRIMARY KEY, image INTEGER, position, stack INTEGER);
"""
REDUCED_NEW = (
    REDUCED_OLD.replace(
        "(id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, pathFromRoot",
        "(id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, parentId, visibility, pathFromRoot",
    )
    + """
CREATE TABLE AgLibraryPublishedCollection (id_local INTEGER PRIMARY KEY, creationId NOT NULL DEFAULT '',
  name NOT NULL DEFAULT '', parent INTEGER, systemOnly NOT NULL DEFAULT '');
CREATE TABLE AgLibraryPublishedCollectionImage (id_local INTEGER PRIMARY KEY, collection INTEGER, image INTEGER);
CREATE TRIGGER never AFTER UPDATE ON Adobe_images BEGIN DELETE FROM Adobe_images; END;
"""
)


@dataclass(frozen=True)
class Generation:
    """Table definitions of one release. wal: its journal mode is WAL, else DELETE."""

    name: str
    version: str
    ddl: str
    wal: bool


def generations() -> list[Generation]:
    """Two reduced ones always, the true ones where they are at hand."""
    found = [
        Generation("reduced-old", "0500006", REDUCED_OLD, wal=False),
        Generation("reduced-new", "1300000", REDUCED_NEW, wal=True),
    ]
    for path in reference("schemas/lrcat-*.sql"):
        version = path.name.split("-")[1].split("_")[0]
        found.append(Generation(path.stem, version, path.read_text(), wal=version >= "07"))
    return found


class LightroomBuilder:
    """Writes rows as Lightroom does: numbers as REAL, ids from one counter."""

    def __init__(self, path: Path, generation: Generation | None = None) -> None:
        self.generation = generation or generations()[1]
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute(f"PRAGMA journal_mode={'WAL' if self.generation.wal else 'DELETE'}")
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.executescript(self.generation.ddl)
        self.connection.execute("BEGIN")
        self.variable("Adobe_DBVersion", self.generation.version)
        self.variable("Adobe_storeProviderID", "LINEAGE")
        self.keyword(None)

    def insert(self, table: str, **values: Any) -> int:
        """Insert what the table has columns for; fill what must not be NULL."""
        columns = {row[1]: row for row in self.connection.execute(f"PRAGMA table_info({table})")}
        row = {name: value for name, value in values.items() if name in columns}
        for name, (_, _, _, not_null, default, key) in columns.items():
            if name not in row and not_null and default is None and not key:
                row[name] = str(uuid.uuid4()).upper()
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def variable(self, name: str, value: object) -> None:
        self.insert("Adobe_variablesTable", name=name, value=value)

    def root(self, absolute: str = ROOT, relative: str | None = None) -> int:
        return self.insert(
            "AgLibraryRootFolder", absolutePath=absolute, relativePathFromCatalog=relative, name="Photos"
        )

    def folder(self, root: int, path: str | None = "") -> int:
        return self.insert("AgLibraryFolder", rootFolder=root, pathFromRoot=path)

    def file(
        self, folder: int, name: str, key: str | None = None, original: str | None = None, sidecars: str = ""
    ) -> int:
        return self.insert(
            "AgLibraryFile",
            folder=folder,
            idx_filename=name,
            lc_idx_filename=name.lower(),
            importHash=key,
            originalFilename=original or name,
            sidecarExtensions=sidecars,
        )

    def image(self, file: int, **values: Any) -> int:
        return self.insert("Adobe_images", rootFile=file, **values)

    def keyword(self, name: str | None, parent: int | None = None, kind: str | None = None, export: int = 1) -> int:
        return self.insert("AgLibraryKeyword", name=name, parent=parent, keywordType=kind, includeOnExport=export)

    def tag(self, image: int, keyword: int) -> None:
        self.insert("AgLibraryKeywordImage", image=image, tag=keyword)

    def collection(self, name: str, kind: str = "collection", parent: int | None = None, system: object = 0.0) -> int:
        made_by = f"com.adobe.ag.library.{kind}"
        return self.insert("AgLibraryCollection", name=name, creationId=made_by, parent=parent, systemOnly=system)

    def collect(self, collection: int, *images: int) -> None:
        for image in images:
            self.insert("AgLibraryCollectionImage", collection=collection, image=image)

    def close(self) -> Path:
        self.connection.execute("COMMIT")
        self.connection.close()
        return self.path


def wedding(path: Path, generation: Generation | None = None) -> Path:
    """A small catalog with one of everything.

    IMG_0001.CR3: 5 stars, picked, keywords, with a JPEG beside it; a virtual copy of it is rejected.
    IMG_0002.CR3: not rated, no flag. IMG_0003.JPG: red label, 3 stars, in a subfolder.
    """
    lr = LightroomBuilder(path, generation)
    lr.variable("Adobe_lastScannedCatalogPath", "/Volumes/Old Disk/Lightroom/Main.lrcat")
    top = lr.folder(lr.root())
    party = lr.folder(1, "Party/")
    root_keyword = 1
    people = lr.keyword("People", root_keyword)
    anna = lr.keyword("Anna", people, kind="person")
    church = lr.keyword("church", root_keyword)
    lr.insert("AgLibraryKeywordSynonym", keyword=church, name="chapel")
    lr.keyword("never used", root_keyword, export=0)
    first = lr.file(top, "IMG_0001.CR3", "760000000:IMG_0001.CR3:1000", sidecars="JPG,xmp")
    master = lr.image(
        first, id_global="ONE", rating=5.0, pick=1.0, captureTime="2025-01-31T07:06:40.42", touchTime=760000100.5
    )
    copy = lr.image(first, id_global="COPY", masterImage=master, copyName="b/w", pick=-1.0, rating=None)
    second = lr.image(lr.file(top, "IMG_0002.CR3", "760000060:IMG_0002.CR3:2000"), id_global="TWO", pick=0.0)
    third = lr.image(
        lr.file(party, "IMG_0003.JPG", "760000120.25:IMG_0003.JPG:300"),
        id_global="THREE", rating=3.0, pick=0.0, colorLabels="Red", captureTime="2025-01-31T07:08:40",
    )  # fmt: skip
    for image, keyword in ((master, anna), (master, church), (copy, church), (third, church)):
        lr.tag(image, keyword)
    clients = lr.collection("Clients", "group")
    meyer = lr.collection("Meyer wedding", parent=clients)
    lr.collect(meyer, master, second, third)
    lr.collect(lr.collection("quick collection", system=1.0), master)
    lr.collection("Five Stars", "smart_collection")
    lr.insert("AgLibraryFolderStackImage", stack=9, image=master, position=1.0)
    return lr.close()
