"""Each adapter with a document it reads, for the suites that every adapter runs."""

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from capture_one_builder import studio
from catalog_files import NOW, Alive, closed, untouched
from darktable_builder import wedding as darktable_wedding
from lightroom_builder import wedding

from catalog_adapters.base import CatalogAdapter, CatalogUnreadable, ReadOptions, adapter_for
from ingest.model.catalogs import CatalogFacts


@dataclass(frozen=True)
class Editor:
    """One adapter, a document it reads, and what that document holds. albums: it knows some that are filled by hand."""

    kind: str
    make: Callable[[Path], Path]
    name: str
    core_table: str
    optional_column: tuple[str, str]
    files: int
    rows: int
    best_rating: int
    albums: bool = True

    @property
    def adapter(self) -> CatalogAdapter:
        return adapter_for(self.kind)


EDITORS = [
    Editor("lightroom", wedding, "Main.lrcat", "AgLibraryFile", ("Adobe_images", "rating"), 3, 4, 5),
    Editor("capture_one", studio, "Jobs.cocatalogdb", "ZIMAGE", ("ZIMAGE", "ZFILE_SIZE"), 4, 5, 5),
    Editor("darktable", darktable_wedding, "library.db", "images", ("images", "flags"), 7, 8, 5, albums=False),
]


def read(editor: Editor, path: Path, scratch: Path, alive: Alive = closed) -> CatalogFacts:
    """Read, and prove that neither the document's folder nor the folder for copies keeps a trace."""
    with untouched(path.parent):
        facts = editor.adapter.read(path, now=NOW, editor_alive=alive, options=ReadOptions(scratch=scratch))
    assert os.listdir(scratch) == []
    return facts


def refused(editor: Editor, path: Path, scratch: Path, alive: Alive = closed) -> CatalogUnreadable:
    with untouched(path.parent), pytest.raises(CatalogUnreadable) as caught:
        editor.adapter.read(path, now=NOW, editor_alive=alive, options=ReadOptions(scratch=scratch))
    assert os.listdir(scratch) == []
    assert caught.value.message
    assert caught.value.hint
    assert caught.value.path
    return caught.value


def alter(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA legacy_alter_table = ON")
    for statement in statements:
        connection.execute(statement)
    connection.close()
