"""A card of photographs, and the three editors that know them: each by its catalog, written as it writes."""

import os
import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from acceptance_cards import SAMPLES
from capture_one_builder import SESSION, CaptureOneBuilder
from catalog_files import untouched
from darktable_builder import wedding as darktable_library
from lightroom_builder import LightroomBuilder
from studio import EVENING, Run, Studio

from ingest.tagging.import_key import import_key

_HEADER = SAMPLES / "canon" / "DCIM" / "100CANON" / "IMG_9997.JPG"
_BEGIN = datetime.fromisoformat("2025-06-14T15:30:00")
_YEAR_ONE = datetime.fromisoformat("0001-01-01T00:00:00")
_DATE = re.compile(rb"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d")
_LONG_AGO = 3600.0  # seconds: nothing was written for a minute, so that what is read is settled
# Name -> (stars, flag): the flag is 1 for a pick, -1 for a reject. Without a word: no star, no flag.
Words = Mapping[str, tuple[int, int]]


def taken(number: int) -> datetime:
    return _BEGIN + timedelta(seconds=7 * number)


def shoot(studio: Studio, count: int) -> dict[str, int]:
    """So many pictures on the card, each with its own time in its EXIF: name -> number."""
    header = _HEADER.read_bytes()
    names = {f"IMG_{number:04}.JPG": number for number in range(1, count + 1)}
    for name, number in names.items():
        stamp = taken(number).strftime("%Y:%m:%d %H:%M:%S").encode()
        data = _DATE.sub(stamp, header) + b"picture %d" % number * number
        studio.put(f"DCIM/100CANON/{name}", data, EVENING + number * 2_000_000_000)
    return names


@dataclass
class Editor:
    """One editor with its catalog. words: what its photographer said last, by the names on the card."""

    kind: str
    path: Path
    names: Mapping[str, int]
    write: Callable[[sqlite3.Connection, int, int, int], None]
    moved: tuple[str, ...]
    has_picks: bool
    least: int = 0
    words: Words | None = None

    @property
    def settings(self) -> str:
        return f'[[catalogs]]\nkind = "{self.kind}"\npath = "{self.path}"\n'

    def say(self, words: Words, *, ago: float = _LONG_AGO) -> None:
        """Write what is said of every picture, `ago` seconds before now."""
        self.words = words
        with self._open() as connection:
            for name, number in self.names.items():
                self.write(connection, number, *words.get(name, (0, 0)))
        self._close(ago)

    def rename_and_move(self) -> None:
        """As its photographer does within the editor: what it can rename gets other names, and all lies elsewhere."""
        with self._open() as connection:
            for statement in self.moved:
                connection.execute(statement)
        self._close(_LONG_AGO)

    def worth(self, name: str) -> tuple[int, int]:
        """By what the queue orders: picks before all, rejects behind all, then by stars."""
        stars, flag = (self.words or {}).get(name, (0, 0))
        return (flag if self.has_picks or (flag < 0 and self.kind == "darktable") else 0, max(stars, self.least))

    def tag(self, studio: Studio, *words: str) -> Run:
        """The command; it leaves no trace beside the catalog."""
        with untouched(self.path.parent):
            return studio.run("tag", *words)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path)

    def _close(self, ago: float) -> None:
        connection = self._open()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        then = datetime.now(tz=UTC).timestamp() - ago
        for file in self.path.parent.iterdir():
            os.utime(file, (then, then))


def _sizes(studio: Studio, names: Mapping[str, int]) -> dict[str, int]:
    return {name: studio.copy_of(studio.ssd, name).stat().st_size for name in names}


def lightroom(folder: Path, studio: Studio, names: Mapping[str, int]) -> Editor:
    """The pictures were added where they lie on the SSD; they are in a collection that carries the job's name."""
    lr = LightroomBuilder(folder / "Jobs.lrcat")
    where = studio.copy_of(studio.ssd, next(iter(names))).parent
    below = lr.folder(lr.root(f"{studio.ssd}/"), f"{where.relative_to(studio.ssd)}/")
    meyer, church = lr.collection("Meyer wedding"), lr.keyword("church", 1)
    sizes = _sizes(studio, names)
    for name, number in names.items():
        key = import_key(taken(number), 0.0, name, sizes[name])
        image = lr.image(lr.file(below, name, key), captureTime=taken(number).isoformat())
        assert image == number
        lr.collect(meyer, image)
        lr.tag(image, church)
    lr.connection.execute("DROP TRIGGER IF EXISTS never")

    def write(connection: sqlite3.Connection, number: int, stars: int, flag: int) -> None:
        words = (float(stars) if stars else None, float(flag), number)
        connection.execute("UPDATE Adobe_images SET rating = ?, pick = ? WHERE id_local = ?", words)

    moved = (
        "UPDATE AgLibraryFile SET idx_filename = 'Meyer-' || (1000 + id_local) || '.JPG'",
        "UPDATE AgLibraryFolder SET pathFromRoot = 'Delivered/Meyer/'",
    )
    return Editor("lightroom", lr.close(), names, write, moved, has_picks=True)


def capture_one(folder: Path, studio: Studio, names: Mapping[str, int]) -> Editor:
    """A session; Capture One has stars and no pick."""
    c1 = CaptureOneBuilder(folder / "Jobs.cosessiondb", SESSION)
    place = c1.place("Capture")
    c1.place("Selects")
    album = c1.collection("Meyer wedding", "AlbumCollection", c1.root)
    layers = {}
    sizes = _sizes(studio, names)
    for name, number in names.items():
        clock = taken(number).replace(tzinfo=UTC).timestamp()
        image = c1.image(place, name, ZFILE_SIZE=sizes[name], ZEXP_DATE=clock)
        layers[number] = c1.layer(ZBASIC_RATING=None, ZCONTENT_KEYWORDS="church||0")
        c1.variant(image, ZCOMBINEDSETTINGS=layers[number], ZVARIANTUUID=name)
        c1.insert("ZIMAGEINCOLLECTION", ZCOLLECTION=album, ZIMAGE=image)
    c1.keyword("church")

    def write(connection: sqlite3.Connection, number: int, stars: int, _flag: int) -> None:
        metadata = "(SELECT ZMETADATA FROM ZVARIANTLAYER WHERE Z_PK = ?)"
        words = (stars, layers[number])
        connection.execute(f"UPDATE ZVARIANTMETADATA SET ZBASIC_RATING = ? WHERE Z_PK = {metadata}", words)

    moved = (
        "UPDATE ZIMAGE SET ZIMAGEFILENAME = 'Meyer-' || (1000 + Z_PK) || '.JPG'",
        f"UPDATE ZIMAGE SET ZIMAGELOCATION = (SELECT Z_PK FROM ZPATHLOCATION WHERE Z_PK <> {place})",
    )
    return Editor("capture_one", c1.close(), names, write, moved, has_picks=False)


def darktable(folder: Path, _studio: Studio, names: Mapping[str, int]) -> Editor:
    """The library that the program made, with these pictures in place of its own; it rejects and has no pick.

    darktable moves pictures and does not rename them. What nobody rated has one star, as it gives at import.
    """
    path = darktable_library(folder / "library.db")
    connection = sqlite3.connect(path)
    [church] = connection.execute("SELECT tagid FROM tagged_images ORDER BY tagid LIMIT 1").fetchone()
    for table in ("tagged_images", "color_labels", "meta_data", "images"):
        connection.execute(f"DELETE FROM {table}")
    for name, number in names.items():
        clock = (taken(number) - _YEAR_ONE) // timedelta(microseconds=1)
        words = (number, number, name, clock)
        connection.execute(
            "INSERT INTO images (id, group_id, film_id, filename, maker, model, datetime_taken, flags, version)"
            " VALUES (?, ?, 1, ?, 'Canon', 'EOS', ?, 1, 0)",
            words,
        )
        connection.execute("INSERT INTO tagged_images (imgid, tagid, position) VALUES (?, ?, 0)", (number, church))
    connection.commit()
    connection.close()

    def write(connection: sqlite3.Connection, number: int, stars: int, flag: int) -> None:
        bits = (8 if flag < 0 else 0) | (stars or 1)
        connection.execute("UPDATE images SET flags = ? WHERE id = ?", (bits, number))

    moved = ("UPDATE film_rolls SET folder = '/srv/photos/Delivered/Meyer wedding'",)
    return Editor("darktable", path, names, write, moved, has_picks=False, least=1)


EDITORS = {"lightroom": lightroom, "capture_one": capture_one, "darktable": darktable}
