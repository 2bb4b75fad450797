"""Synthetic Capture One documents, on the true table definitions where they are at hand and always on reduced ones."""

import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog_files import reference

REDUCED = """
CREATE TABLE ZDOCUMENTCONTENT (Z_PK INTEGER PRIMARY KEY, ZDOCUMENTTYPE INTEGER NOT NULL, ZDOCUMENTUUID VARCHAR,
  ZROOTCOLLECTION INTEGER);
CREATE TABLE ZVERSIONINFO (Z_PK INTEGER PRIMARY KEY, ZFORMAT VARCHAR, ZVERSION INTEGER);
CREATE TABLE ZENTITIES (Z_ENT INTEGER PRIMARY KEY, ZNAME VARCHAR);
CREATE TABLE ZIMAGE (Z_PK INTEGER PRIMARY KEY, ZIMAGEUUID VARCHAR, ZIMAGEFILENAME VARCHAR, ZFILE_SIZE INTEGER,
  ZEXP_DATE FLOAT, ZISTRASHED BOOLEAN, ZIMAGELOCATION INTEGER);
CREATE TABLE ZVARIANT (Z_PK INTEGER PRIMARY KEY, ZINDEX INTEGER, ZVARIANTUUID VARCHAR, ZIMAGE INTEGER,
  ZCOMBINEDSETTINGS INTEGER, ZADJUSTMENTLAYER INTEGER, ZDEFAULTLAYER INTEGER, ZLASTMETADATAMODIFICATIONDATE FLOAT);
CREATE TABLE ZVARIANTLAYER (Z_PK INTEGER PRIMARY KEY, ZMETADATA INTEGER, ZVARIANT INTEGER);
CREATE TABLE ZVARIANTMETADATA (Z_PK INTEGER PRIMARY KEY, ZLAYER INTEGER, ZBASIC_RATING INTEGER,
  ZCOLOR_TAG_INDEX INTEGER, ZCONTENT_KEYWORDS VARCHAR);
CREATE TABLE ZPATHLOCATION (Z_PK INTEGER PRIMARY KEY, ZWINROOT VARCHAR, ZMACROOT VARCHAR, ZRELATIVEPATH VARCHAR,
  ZISRELATIVE BOOLEAN);
CREATE TABLE ZCOLLECTION (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZNAME VARCHAR, ZPARENT INTEGER,
  ZFOLDERLOCATION INTEGER);
CREATE TABLE ZVARIANTINCOLLECTION (Z_PK INTEGER PRIMARY KEY, ZCOLLECTION INTEGER, ZVARIANT INTEGER);
CREATE TABLE ZIMAGEINCOLLECTION (Z_PK INTEGER PRIMARY KEY, ZCOLLECTION INTEGER, ZIMAGE INTEGER);
CREATE TABLE ZKEYWORD (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZNAME VARCHAR, ZPARENT INTEGER, ZISEXPORTABLE BOOLEAN);
"""
ENTITIES = {
    2: "AlbumCollection",
    3: "FolderCollection",
    5: "SmartCollection",
    7: "ProjectCollection",
    8: "VirtualFolderCollection",
    11: "TrashCollection",
    12: "Image",
    44: "Keyword",
    45: "Synonym",
}
NUMBER = {name: number for number, name in ENTITIES.items()}
SESSION, CATALOG = 0, 1


@dataclass(frozen=True)
class Layout:
    """Table definitions of one release."""

    name: str
    ddl: str


def layouts() -> list[Layout]:
    """A reduced one always, the true ones where they are at hand."""
    return [Layout("reduced", REDUCED), *(Layout(p.stem, p.read_text()) for p in reference("schemas/c1session-*.sql"))]


class CaptureOneBuilder:
    """Writes rows as Capture One does."""

    def __init__(self, path: Path, kind: int = CATALOG, layout: Layout | None = None, made_on: str = "Mac") -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.executescript((layout or layouts()[0]).ddl)
        self.connection.execute("BEGIN")
        for number, name in ENTITIES.items():
            self.insert("ZENTITIES", Z_ENT=number, ZNAME=name)
        self.insert("ZVERSIONINFO", ZFORMAT="12.0 Pro Mac", ZVERSION=1200)
        self.insert("ZVERSIONINFO", ZFORMAT=f"16.5.3.1 Pro {made_on}", ZVERSION=1650)
        root = self.collection("root", "ProjectCollection", None)
        self.insert("ZDOCUMENTCONTENT", ZDOCUMENTTYPE=kind, ZDOCUMENTUUID="DOCUMENT", ZROOTCOLLECTION=root)
        self.root = root

    def insert(self, table: str, **values: Any) -> int:
        """Insert what the table has columns for; fill what must not be NULL."""
        columns = {row[1]: row for row in self.connection.execute(f"PRAGMA table_info({table})")}
        row = {name: value for name, value in values.items() if name in columns}
        for name, (_, _, _, not_null, default, key) in columns.items():
            if name not in row and not_null and default is None and not key:
                row[name] = 1
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def place(self, below: str, relative: bool = True, mac: str | None = "", win: str | None = None) -> int:
        return self.insert("ZPATHLOCATION", ZISRELATIVE=int(relative), ZMACROOT=mac, ZWINROOT=win, ZRELATIVEPATH=below)

    def image(self, place: int | None, name: str, **values: Any) -> int:
        return self.insert("ZIMAGE", ZIMAGELOCATION=place, ZIMAGEFILENAME=name, ZIMAGEUUID=f"UUID {name}", **values)

    def layer(self, link: str = "layer", **metadata: Any) -> int:
        """A layer with metadata, linked from the layer, from the metadata, or "none" for a layer without any."""
        layer = self.insert("ZVARIANTLAYER", ZMETADATA=None)
        if link != "none":
            key = self.insert("ZVARIANTMETADATA", ZLAYER=layer if link == "metadata" else None, **metadata)
            if link == "layer":
                self.connection.execute("UPDATE ZVARIANTLAYER SET ZMETADATA = ? WHERE Z_PK = ?", (key, layer))
        return layer

    def variant(self, image: int, index: int = 0, **values: Any) -> int:
        return self.insert("ZVARIANT", ZIMAGE=image, ZINDEX=index, **values)

    def rated(self, image: int, rating: int | None, index: int = 0, color: int = 0, keywords: str | None = None) -> int:
        layer = self.layer(ZBASIC_RATING=rating, ZCOLOR_TAG_INDEX=color, ZCONTENT_KEYWORDS=keywords)
        return self.variant(image, index, ZCOMBINEDSETTINGS=layer, ZVARIANTUUID=f"{image}/{index}")

    def collection(self, name: str | None, kind: str, parent: int | None, place: int | None = None) -> int:
        return self.insert(
            "ZCOLLECTION",
            Z_ENT=NUMBER[kind],
            ZNAME=name,
            ZPARENT=parent,
            ZFOLDERLOCATION=place,
            ZUUID=str(uuid.uuid4()),
        )

    def keyword(self, name: str, parent: int | None = None, kind: str = "Keyword", exportable: int = 1) -> int:
        left = 2 * self.connection.execute("SELECT count(*) FROM ZKEYWORD").fetchone()[0]
        row = {"Z_ENT": NUMBER[kind], "ZNAME": name, "ZPARENT": parent, "ZISEXPORTABLE": exportable}
        return self.insert("ZKEYWORD", **row, ZLEFT=left, ZRIGHT=left + 1)

    def close(self) -> Path:
        self.connection.execute("COMMIT")
        self.connection.close()
        return self.path


def studio(path: Path, layout: Layout | None = None, kind: int = CATALOG) -> Path:
    """A small document with one of everything.

    A.IIQ: 4 stars, red, two keywords, a second variant with 5 stars, in an album by variant. B.IIQ: not rated, in
    an album by image. C.IIQ: without variants. D.IIQ: in the trash.
    """
    c1 = CaptureOneBuilder(path, kind, layout)
    capture = c1.place("Capture")
    people = c1.keyword("people")
    c1.keyword("marta", people)
    c1.keyword("wife", c1.keyword("oslo", exportable=0), "Synonym")
    a = c1.image(capture, "A.IIQ", ZFILE_SIZE=1000, ZEXP_DATE=1738307200.0)
    first = c1.rated(a, 4, color=1, keywords="oslo||1,marta||0")
    c1.rated(a, 5, index=1)
    b = c1.image(capture, "B.IIQ", ZFILE_SIZE=2000, ZEXP_DATE=1738307260.0)
    c1.rated(b, 0)
    c1.image(capture, "C.IIQ", ZFILE_SIZE=3000)
    c1.rated(c1.image(capture, "D.IIQ", ZISTRASHED=1), 2)
    project = c1.collection("Jobs", "ProjectCollection", c1.root)
    album = c1.collection("Marta", "AlbumCollection", project)
    c1.insert("ZVARIANTINCOLLECTION", ZCOLLECTION=album, ZVARIANT=first)
    c1.insert("ZIMAGEINCOLLECTION", ZCOLLECTION=album, ZIMAGE=b)
    recent = c1.collection("Recent Imports", "VirtualFolderCollection", -1)
    imported = c1.collection("31 January", "AlbumCollection", recent)
    c1.insert("ZIMAGEINCOLLECTION", ZCOLLECTION=imported, ZIMAGE=a)
    c1.collection("All Images", "SmartCollection", 0)
    c1.collection(None, "FolderCollection", None, capture)
    c1.collection(None, "FolderCollection", None, 999)
    return c1.close()
