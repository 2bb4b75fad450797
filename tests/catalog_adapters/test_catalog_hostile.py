"""Documents made to harm: each is read or refused with a reason, at once, and nothing beside them changes."""

import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from catalog_editors import Editor, alter, read, refused
from catalog_files import ALIVE, Alive, closed, running, untouched
from lightroom_builder import LightroomBuilder, wedding

from catalog_adapters import pair, sqlite_snapshot
from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.lightroom import LightroomAdapter
from catalog_adapters.liveness import lock_is_live
from ingest.model.catalogs import CatalogFacts

_PAGE = 4096


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused is looked at several times, with pauses for an editor that writes; none writes here."""
    monkeypatch.setattr(sqlite_snapshot, "_PAUSES", (0.0,) * 3)
    monkeypatch.setattr(pair, "_PAUSES", (0.0,) * 4)


def read_or_refused(editor: Editor, path: Path, scratch: Path, alive: Alive) -> CatalogFacts | Reason:
    try:
        return read(editor, path, scratch, alive)
    except CatalogUnreadable as error:
        return error.reason if error.message and error.hint else Reason.MISSING


@pytest.mark.parametrize("alive", ALIVE)
def test_a_catalog_cut_short_anywhere_is_told(editor: Editor, home: Path, scratch: Path, alive: Alive) -> None:
    path = editor.make(home / editor.name)
    whole = path.stat().st_size
    lengths = {1, 15, 16, 99, 100, 101, 511, 512, whole - 1, whole // _PAGE * _PAGE - _PAGE}
    lengths |= {random.Random(n).randrange(1, whole) for n in range(20)}
    for length in sorted(lengths, reverse=True):
        os.truncate(path, length)
        assert refused(editor, path, scratch, alive).reason is Reason.CORRUPT, length


@pytest.mark.parametrize("alive", ALIVE)
def test_a_catalog_with_any_one_page_of_garbage_is_read_or_refused(
    editor: Editor, home: Path, scratch: Path, alive: Alive
) -> None:
    path = editor.make(home / editor.name)
    sound = path.read_bytes()
    size = int.from_bytes(sound[16:18], "big")
    for place in range(0, len(sound), size):
        begin = max(place, 100)  # the header says what kind of file it is
        garbage = random.Random(place).randbytes(place + size - begin)
        path.write_bytes(sound[:begin] + garbage + sound[place + size :])
        found = read_or_refused(editor, path, scratch, alive)
        assert not isinstance(found, Reason) or found is Reason.CORRUPT, place


@pytest.mark.parametrize("alive", ALIVE)
def test_the_wal_of_another_database_gives_no_false_facts(
    editor: Editor, home: Path, scratch: Path, tmp_path: Path, alive: Alive
) -> None:
    """SQLite takes any -wal of that name for the database's own, as its editor would."""
    path = editor.make(home / editor.name)
    other = sqlite3.connect(tmp_path / "other.db", isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE t (x)")
    other.executemany("INSERT INTO t VALUES (?)", ((b"\xa5" * 3000,) for _ in range(30)))
    shutil.copyfile(tmp_path / "other.db-wal", f"{path}-wal")
    other.close()
    found = read_or_refused(editor, path, scratch, alive)
    if isinstance(found, Reason):
        assert found in (Reason.CORRUPT, Reason.UNKNOWN_VERSION)
    else:
        assert len(found.images) == editor.rows


@pytest.mark.parametrize("end", ["-wal", "-journal"])
@pytest.mark.parametrize("alive", ALIVE)
def test_what_lies_in_place_of_a_companion_is_neither_waited_for_nor_followed(
    editor: Editor, home: Path, scratch: Path, alive: Alive, end: str
) -> None:
    path = editor.make(home / editor.name)
    os.mkfifo(f"{path}{end}")
    assert refused(editor, path, scratch, alive).reason is Reason.CORRUPT
    os.unlink(f"{path}{end}")
    Path(f"{path}{end}").mkdir()
    assert refused(editor, path, scratch, alive).reason is Reason.CORRUPT
    os.rmdir(f"{path}{end}")
    os.symlink("/dev/zero", f"{path}{end}")
    assert refused(editor, path, scratch, alive).reason is Reason.CORRUPT


def test_a_fifo_in_place_of_a_lock_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Main.lrcat.lock")
    assert lock_is_live(tmp_path / "Main.lrcat.lock", ["Lightroom"])  # not understood: it may be open


def test_a_device_in_place_of_a_catalog_is_told(editor: Editor, home: Path, scratch: Path) -> None:
    (home / editor.name).symlink_to("/dev/zero")
    error = refused(editor, home / editor.name, scratch)
    assert (error.reason, "not a regular file" in error.message) == (Reason.CORRUPT, True)


def test_a_catalog_larger_than_any_is_told_without_reading_it(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    os.truncate(path, 65 << 30)
    with pytest.raises(CatalogUnreadable, match="65 GiB, more than is read") as caught:
        editor.adapter.read(path, now=0.0, editor_alive=running, options=ReadOptions(scratch=scratch))
    assert caught.value.reason is Reason.TOO_BIG
    assert os.listdir(scratch) == []


@pytest.mark.parametrize("alive", ALIVE)
def test_recursive_triggers_and_views_of_no_use_never_run(
    editor: Editor, home: Path, scratch: Path, alive: Alive
) -> None:
    path = editor.make(home / editor.name)
    alter(
        path,
        "CREATE TABLE bait (x)",
        "CREATE TRIGGER again AFTER INSERT ON bait BEGIN INSERT INTO bait VALUES (new.x + 1); END",
        f"CREATE TRIGGER wipe AFTER UPDATE ON {editor.core_table} BEGIN DELETE FROM {editor.core_table}; END",
        "CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
    )
    assert len(read(editor, path, scratch, alive).images) == editor.rows


@pytest.mark.parametrize("alive", ALIVE)
def test_a_check_of_its_own_cannot_take_all_memory(editor: Editor, home: Path, scratch: Path, alive: Alive) -> None:
    """The check of a private copy runs what a table's CHECK says: here a value of 600 MB."""
    path = editor.make(home / editor.name)
    alter(
        path,
        "PRAGMA ignore_check_constraints = ON",
        "CREATE TABLE bomb (x CHECK (length(zeroblob(600000000)) > x))",
        "INSERT INTO bomb VALUES (1)",
    )
    if alive is closed:  # read in place, where no check of pages is made
        assert len(read(editor, path, scratch, alive).images) == editor.rows
        return
    error = refused(editor, path, scratch, alive)
    assert (error.reason, error.message) == (Reason.CORRUPT, "The catalog is damaged: string or blob too big")


HOSTILE = (
    "../../etc/passwd", "/etc/passwd", "..", ".", "", "a\0b.jpg", "sub/dir.jpg", "\x1b[2J.jpg", "\u202egpj.exe",
    "x" * 1_000_000, "\ud7ff" * 300_000,
)  # fmt: skip


@pytest.mark.parametrize("alive", ALIVE)
def test_no_name_or_folder_of_a_row_leads_out_of_its_root(tmp_path: Path, scratch: Path, alive: Alive) -> None:
    home = tmp_path / "home"
    home.mkdir()
    lr = LightroomBuilder(home / "Main.lrcat")
    root = lr.root("/srv/photos/")
    for name in HOSTILE:
        lr.image(lr.file(lr.folder(root), name))
        lr.image(lr.file(lr.folder(root, f"{name}/"), "a.jpg"))
        lr.collect(lr.collection(name or "none"), 1)
        lr.tag(1, lr.keyword(name or "none", 1))
    path = lr.close()
    with untouched(home):
        facts = LightroomAdapter().read(path, now=0.0, editor_alive=alive, options=ReadOptions(scratch=scratch))
    assert len(facts.images) == 2 * len(HOSTILE)
    for image in facts.images:
        assert not image.path or image.path.startswith("/srv/photos/")
        assert "\0" not in image.path
        assert ".." not in image.path.split("/")
        assert len(image.name) <= 1000
        assert len(image.path) <= 33_000
    assert max(len(step) for each in (*facts.keywords, *facts.collections) for step in each.path) <= 1000


def test_a_value_larger_than_any_name_is_refused_and_not_loaded(tmp_path: Path, scratch: Path) -> None:
    path = wedding(tmp_path / "Main.lrcat")
    alter(path, "DROP TRIGGER never", "UPDATE AgLibraryFile SET idx_filename = zeroblob(20000000) WHERE id_local = 2")
    with pytest.raises(CatalogUnreadable, match="too big") as caught:
        LightroomAdapter().read(path, now=0.0, editor_alive=closed, options=ReadOptions(scratch=scratch))
    assert caught.value.reason is Reason.CORRUPT
