"""The contract of `catalog_adapters.base`, run by every adapter on a document of its own."""

import os
import sqlite3
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from capture_one_builder import studio
from catalog_files import ALIVE, NOW, closed, running, untouched
from lightroom_builder import wedding

from catalog_adapters.base import (
    CatalogAdapter,
    CatalogUnreadable,
    ReadOptions,
    Reason,
    UnknownCatalogKind,
    adapter_for,
    kinds,
)
from ingest.model.catalogs import CatalogFacts, CollectionKind


@dataclass(frozen=True)
class Editor:
    """One adapter, a document it reads, and what that document holds."""

    kind: str
    make: Callable[[Path], Path]
    name: str
    core_table: str
    optional_column: tuple[str, str]
    files: int
    rows: int
    best_rating: int

    @property
    def adapter(self) -> CatalogAdapter:
        return adapter_for(self.kind)


EDITORS = [
    Editor("lightroom", wedding, "Main.lrcat", "AgLibraryFile", ("Adobe_images", "rating"), 3, 4, 5),
    Editor("capture_one", studio, "Jobs.cocatalogdb", "ZIMAGE", ("ZIMAGE", "ZFILE_SIZE"), 4, 5, 5),
]


@pytest.fixture(params=EDITORS, ids=lambda editor: editor.kind)
def editor(request: pytest.FixtureRequest) -> Editor:
    found = request.param
    assert isinstance(found, Editor)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of the document, apart from the folder for copies."""
    folder = tmp_path / "catalogs"
    folder.mkdir()
    return folder


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def read(editor: Editor, path: Path, scratch: Path, alive: Callable[[Path], bool] = closed) -> CatalogFacts:
    """Read, and prove that neither the document's folder nor the folder for copies keeps a trace."""
    with untouched(path.parent):
        facts = editor.adapter.read(path, now=NOW, editor_alive=alive, options=ReadOptions(scratch=scratch))
    assert os.listdir(scratch) == []
    return facts


def refused(editor: Editor, path: Path, scratch: Path, alive: Callable[[Path], bool] = closed) -> CatalogUnreadable:
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


def test_every_kind_can_be_asked_for_by_its_name() -> None:
    assert kinds()[:2] == ("lightroom", "capture_one")
    assert [adapter_for(kind).kind for kind in kinds()[:2]] == ["lightroom", "capture_one"]


def test_an_unknown_kind_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownCatalogKind, match="lightroom, capture_one"):
        adapter_for("aperture")


@pytest.mark.parametrize("alive", ALIVE)
def test_both_routes_give_the_same_facts(editor: Editor, home: Path, scratch: Path, alive: Callable) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch, alive)
    assert facts.kind == editor.kind
    assert len(facts.images) == editor.rows
    assert len({image.file_key for image in facts.images}) == editor.files
    assert max(image.rating or 0 for image in facts.images) == editor.best_rating
    assert facts.observation.route == ("in place" if alive is closed else "copy")
    assert facts.observation.settled is (alive is closed)


def test_not_known_is_none_and_never_zero(editor: Editor, home: Path, scratch: Path) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch)
    assert any(image.rating is None for image in facts.images)
    assert all(image.rating in (None, 1, 2, 3, 4, 5) for image in facts.images)


def test_virtual_copies_say_so_and_share_the_file_of_their_master(editor: Editor, home: Path, scratch: Path) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch)
    masters = {image.file_key for image in facts.images if not image.is_virtual}
    copies = [image for image in facts.images if image.is_virtual]
    assert len(copies) == editor.rows - editor.files == 1
    assert {image.file_key for image in copies} <= masters


def test_every_membership_names_a_collection_of_the_catalog(editor: Editor, home: Path, scratch: Path) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch)
    known = {item.path: item for item in facts.collections}
    held = {path for image in facts.images for path in image.collections}
    assert held
    assert all(known[path].kind is CollectionKind.NORMAL for path in held)
    assert all((item.members is None) == (item.kind is CollectionKind.SMART) for item in facts.collections)


def test_every_keyword_of_an_image_is_in_the_tree(editor: Editor, home: Path, scratch: Path) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch)
    used = {path for image in facts.images for path in image.keywords}
    assert used
    assert used <= {keyword.path for keyword in facts.keywords}


@pytest.mark.parametrize("alive", ALIVE)
@pytest.mark.parametrize("name", ["a b%20?#", "ünï cødé", "new\nline", "quote'\"", "x" * 200])
def test_odd_names_of_catalogs_are_read(
    editor: Editor, home: Path, scratch: Path, alive: Callable, name: str
) -> None:
    path = editor.make(home / (name + Path(editor.name).suffix))
    assert len(read(editor, path, scratch, alive).images) == editor.rows


@pytest.mark.parametrize("alive", ALIVE)
def test_a_read_only_folder_is_read(editor: Editor, home: Path, scratch: Path, alive: Callable) -> None:
    path = editor.make(home / editor.name)
    path.chmod(0o400)
    home.chmod(0o500)
    try:
        assert len(read(editor, path, scratch, alive).images) == editor.rows
    finally:
        home.chmod(0o700)


def test_a_symlinked_catalog_is_read_where_it_really_lies(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    link = home.parent / editor.name
    link.symlink_to(path)
    with untouched(home):
        facts = editor.adapter.read(link, now=NOW, editor_alive=closed, options=ReadOptions(scratch=scratch))
    assert len(facts.images) == editor.rows


def test_a_missing_catalog_is_told(editor: Editor, home: Path, scratch: Path) -> None:
    assert refused(editor, home / editor.name, scratch).reason is Reason.MISSING


def test_an_empty_file_is_told(editor: Editor, home: Path, scratch: Path) -> None:
    (home / editor.name).touch()
    error = refused(editor, home / editor.name, scratch)
    assert (error.reason, error.message) == (Reason.CORRUPT, "The catalog is empty")


def test_a_file_that_is_no_database_is_told(editor: Editor, home: Path, scratch: Path) -> None:
    (home / editor.name).write_bytes(b"II*\0" * 4000)
    error = refused(editor, home / editor.name, scratch)
    assert (error.reason, error.message) == (Reason.CORRUPT, "The catalog is not a database")


def test_a_fifo_with_the_name_of_a_catalog_does_not_hang(editor: Editor, home: Path, scratch: Path) -> None:
    os.mkfifo(home / editor.name)
    assert refused(editor, home / editor.name, scratch).reason is Reason.CORRUPT


@pytest.mark.parametrize("alive", ALIVE)
def test_a_truncated_catalog_is_told(editor: Editor, home: Path, scratch: Path, alive: Callable) -> None:
    path = editor.make(home / editor.name)
    os.truncate(path, path.stat().st_size // 2)
    assert refused(editor, path, scratch, alive).reason is Reason.CORRUPT


@pytest.mark.parametrize("alive", ALIVE)
def test_a_catalog_with_garbage_pages_is_told(editor: Editor, home: Path, scratch: Path, alive: Callable) -> None:
    path = editor.make(home / editor.name)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * (path.stat().st_size - 100))
    assert refused(editor, path, scratch, alive).reason is Reason.CORRUPT


def test_a_catalog_that_may_not_be_read_is_told(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    path.chmod(0)
    me = os.geteuid()
    with untouched(home), pytest.raises(CatalogUnreadable) as caught:
        if me == 0:
            os.seteuid(65534)  # root may read everything
        try:
            editor.adapter.read(path, now=NOW, editor_alive=closed, options=ReadOptions(scratch=scratch))
        finally:
            os.seteuid(me)
    assert caught.value.reason is Reason.NO_PERMISSION


def test_a_missing_core_table_is_refused_by_its_name(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    alter(path, f"DROP TABLE {editor.core_table}")
    error = refused(editor, path, scratch)
    assert error.reason is Reason.UNKNOWN_VERSION
    assert editor.core_table in error.message


def test_a_view_in_place_of_a_core_table_is_refused(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id_local, x AS Z_PK FROM n"
    alter(path, f"DROP TABLE {editor.core_table}", f"CREATE VIEW {editor.core_table} AS {endless}")
    error = refused(editor, path, scratch)
    assert error.reason is Reason.UNKNOWN_VERSION


def test_a_missing_optional_column_is_a_warning(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    table, column = editor.optional_column
    alter(path, f"ALTER TABLE {table} RENAME COLUMN {column} TO other")
    facts = read(editor, path, scratch)
    assert len(facts.images) == editor.rows
    assert any(f"{table}.{column}" in warning for warning in facts.observation.warnings)


@pytest.mark.parametrize("litter", [b"", b"\0" * 32768])
def test_the_litter_of_another_reader_is_quiet_and_stays(
    editor: Editor, home: Path, scratch: Path, litter: bytes
) -> None:
    path = editor.make(home / editor.name)
    Path(f"{path}-wal").touch()
    Path(f"{path}-shm").write_bytes(litter)
    assert read(editor, path, scratch).observation.route == "in place"


def test_a_zeroed_journal_is_quiet(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    Path(f"{path}-journal").write_bytes(b"\0" * 4096)
    facts = read(editor, path, scratch)
    assert (facts.observation.route, facts.observation.settled) == ("in place", True)


def test_text_that_is_no_utf8_and_numbers_that_are_none_do_not_stop_the_reading(
    editor: Editor, home: Path, scratch: Path
) -> None:
    path = editor.make(home / editor.name)
    connection = sqlite3.connect(path)
    schema = connection.execute("SELECT type, name FROM sqlite_master").fetchall()
    for trigger in (name for kind, name in schema if kind == "trigger"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for table in (name for kind, name in schema if kind == "table"):
        columns = [(name, key) for _, name, _, _, _, key in connection.execute(f"PRAGMA table_info({table})")]
        for name, key in columns:
            if not key and not name.endswith(("id_global", "absolutePath", "UUID", "ZDOCUMENTTYPE")):
                connection.execute(f"UPDATE OR IGNORE {table} SET {name} = CAST(x'FF00FE2F2E2E2F' AS TEXT)")
    connection.commit()
    connection.close()
    facts = read(editor, path, scratch)
    assert len(facts.images) >= editor.files


def test_the_kind_is_recognised_by_name_without_opening(editor: Editor, home: Path) -> None:
    assert editor.adapter.recognises(home / editor.name)
    assert editor.adapter.recognises(home / editor.name.upper())
    assert not editor.adapter.recognises(home / f"._{editor.name}")
    assert not editor.adapter.recognises(home / "IMG_0001.CR3")


def test_an_open_editor_is_asked_about_the_real_document(editor: Editor, home: Path, scratch: Path) -> None:
    asked: list[Path] = []

    def alive(document: Path) -> bool:
        asked.append(document)
        return True

    path = editor.make(home / editor.name)
    editor.adapter.read(path, now=NOW, editor_alive=alive, options=ReadOptions(scratch=scratch))
    assert asked == [Path(os.path.realpath(path))]


def test_without_a_word_about_the_editor_this_computer_is_asked(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    with untouched(home):
        facts = editor.adapter.read(path, now=NOW, options=ReadOptions(scratch=scratch))
    assert len(facts.images) == editor.rows


def test_a_copy_is_private_while_it_exists(editor: Editor, home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    path = editor.make(home / editor.name)

    def look(_root: str) -> bool:
        seen.extend(stat.S_IMODE(entry.stat().st_mode) for entry in os.scandir(scratch))
        return False

    lightroom = ReadOptions(scratch=scratch, root_exists=look)
    if editor.kind == "capture_one":
        connection = sqlite3.connect(path)
        connection.execute("UPDATE ZPATHLOCATION SET ZISRELATIVE = 0, ZMACROOT = '/Volumes/X'")
        connection.commit()
        connection.close()
    editor.adapter.read(path, now=NOW, editor_alive=running, options=lightroom)
    assert seen
    assert set(seen) == {0o700}
