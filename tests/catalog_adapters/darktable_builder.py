"""darktable libraries from the dumps of one that the program made, and changes to it."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from catalog_files import NOW, closed, untouched
from darktable_program import DUMPS

from catalog_adapters.base import ReadOptions
from catalog_adapters.darktable import DarktableAdapter
from ingest.model.catalogs import CatalogFacts, CatalogImage

FOLDER = "/srv/photos/2025/Meyer wedding/"


def _database(path: Path, dump: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA page_size = 32768")  # as darktable makes them; a dump does not tell
    connection.executescript((DUMPS / dump).read_text(encoding="utf-8"))
    connection.close()


def wedding(path: Path) -> Path:
    """The library at `path`, `data.db` beside it.

    IMG_0001.JPG: 5 stars, red and purple, two keywords; a duplicate of it, "b/w", has 2 stars. IMG_0002.JPG: rejected.
    IMG_0004: RAW and JPEG in one group, the RAW with 3 stars. IMG_0006.JPG: no star, yellow. IMG_9996.JPG: with a
    recording. plain.jpg: no EXIF. What was not rated has one star, as darktable gives it at import.
    """
    _database(path, "library.sql")
    _database(path.parent / "data.db", "data.sql")
    return path


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def _exists(root: str) -> bool:
    """As on a computer where nobody made the library anew."""
    return root != FOLDER and os.path.isdir(root)


def read(path: Path, alive: Callable[[Path], bool] = closed, **options: Any) -> CatalogFacts:
    options.setdefault("root_exists", _exists)
    with untouched(path if path.is_dir() else path.parent):
        return DarktableAdapter().read(path, now=NOW, editor_alive=alive, options=ReadOptions(**options))


def named(facts: CatalogFacts, name: str) -> list[CatalogImage]:
    return [image for image in facts.images if image.name == name]


def said(facts: CatalogFacts, words: str) -> list[str]:
    return [warning for warning in facts.observation.warnings if words in warning]
