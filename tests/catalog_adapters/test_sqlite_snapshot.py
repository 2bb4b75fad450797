"""Opening a document: what is read is whole, and nothing beside it appears or changes."""

import errno
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from catalog_files import NOW, untouched
from snapshot_writer import ROWS

from catalog_adapters import private_copy, sqlite_snapshot
from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.signature import signature_of, unreadable
from catalog_adapters.sqlite_snapshot import Snapshot, observe

WRITER = Path(__file__).with_name("snapshot_writer.py")
READS = 200


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "catalogs"
    folder.mkdir()
    return folder


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def database(path: Path, mode: str = "DELETE", rows: int = 300) -> sqlite3.Connection:
    """A database of several pages with one value, `old`, in every row."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TABLE t (value TEXT, filler TEXT)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO t VALUES ('old', ?)", (("x" * 400,) for _ in range(rows)))
    connection.execute("COMMIT")
    return connection


def values(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    return connection.execute("SELECT value, count(*) FROM t GROUP BY value").fetchall()


def look(path: Path, scratch: Path, read: Callable = values, *, alive: bool = False, seconds: float = 60) -> Snapshot:
    return observe(path, read, alive=alive, now=NOW, options=ReadOptions(scratch=scratch, seconds=seconds))


def hot(home: Path, work: Path) -> Path:
    """A document as a crash leaves it: half of a transaction in the main file, the journal beside it."""
    original = work / "crash.db"
    connection = database(original)
    connection.execute("PRAGMA cache_size = 2")
    connection.execute("BEGIN")
    connection.execute("UPDATE t SET value = 'new', filler = filler || 'y'")
    for suffix in ("", "-journal"):
        shutil.copyfile(f"{original}{suffix}", home / f"crash.db{suffix}")
    connection.execute("ROLLBACK")
    connection.close()
    return home / "crash.db"


@pytest.mark.parametrize("mode", ["WAL", "DELETE", "PERSIST", "TRUNCATE"])
def test_a_closed_document_is_read_in_place(home: Path, scratch: Path, mode: str) -> None:
    database(home / "a.db", mode).close()
    with untouched(home):
        snapshot = look(home / "a.db", scratch)
    assert (snapshot.data, snapshot.route, snapshot.settled) == ([("old", 300)], "in place", True)


def test_what_only_the_wal_holds_is_read_while_the_editor_is_open(home: Path, scratch: Path) -> None:
    connection = database(home / "a.db", "WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("UPDATE t SET value = 'new'")
    with untouched(home):
        snapshot = look(home / "a.db", scratch, alive=True)
    connection.close()
    assert (snapshot.data, snapshot.route, snapshot.settled) == ([("new", 300)], "copy", False)


def test_a_wal_is_read_even_when_nobody_says_that_the_editor_is_open(home: Path, scratch: Path) -> None:
    connection = database(home / "a.db", "WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("UPDATE t SET value = 'new'")
    with untouched(home):
        assert look(home / "a.db", scratch).data == [("new", 300)]
    connection.close()


def test_an_exclusively_locked_document_is_read_as_last_committed(home: Path, scratch: Path) -> None:
    connection = database(home / "a.db")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("UPDATE t SET value = 'new'")
    with untouched(home):
        snapshot = look(home / "a.db", scratch, alive=True)
    assert snapshot.data == [("old", 300)]
    connection.execute("ROLLBACK")
    connection.close()


def test_a_hot_journal_is_rolled_back_in_the_copy_alone(home: Path, scratch: Path, tmp_path: Path) -> None:
    path = hot(home, tmp_path)
    with untouched(home):
        snapshot = look(path, scratch)
    assert (snapshot.data, snapshot.route, snapshot.settled) == ([("old", 300)], "copy", False)


def test_a_journal_that_names_another_file_cannot_delete_it(home: Path, scratch: Path, tmp_path: Path) -> None:
    """SQLite deletes the file a journal names as its super-journal; see `names_another_journal`."""
    victim = tmp_path / "precious.txt"
    victim.write_text("a photographer's letter\n")
    path = hot(home, tmp_path)
    name = os.fsencode(victim)
    signed = sum(byte - 256 if byte > 127 else byte for byte in name) & 0xFFFFFFFF
    with Path(f"{path}-journal").open("ab") as journal:
        page = struct.pack(">I", 0x40000000 // 4096 + 1)
        journal.write(page + name + struct.pack(">II", len(name), signed) + bytes.fromhex("d9d505f920a163d7"))
    with untouched(home), pytest.raises(CatalogUnreadable) as caught:
        look(path, scratch)
    assert caught.value.reason is Reason.UNSTABLE
    assert victim.read_text() == "a photographer's letter\n"
    assert os.listdir(scratch) == []


@pytest.fixture(params=["WAL", "DELETE", "PERSIST", "TRUNCATE"])
def written(request: pytest.FixtureRequest, home: Path) -> Iterator[Path]:
    """A document another process writes without pause."""
    path = home / "busy.db"
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(path), str(request.param)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        try:
            yield path
        finally:
            writer.kill()


def counter(connection: sqlite3.Connection) -> list[tuple[int, str, int]]:
    query = "SELECT value, substr(filler, 1, 1), count(*) FROM counter GROUP BY value, filler"
    return connection.execute(query).fetchall()


def test_a_writer_at_full_speed_is_never_read_half_way(written: Path, scratch: Path, monkeypatch) -> None:
    """Each read gives one whole transaction or says that there was none to be had; both routes."""
    monkeypatch.setattr(sqlite_snapshot, "_PAUSES", (0.0, 0.001, 0.004))
    whole, seen = 0, []
    for turn in range(READS):
        try:
            data = look(written, scratch, counter, alive=turn % 2 == 0).data
        except CatalogUnreadable as error:
            assert error.reason is Reason.UNSTABLE
            continue
        assert len(data) == 1
        value, digit, rows = data[0]
        assert rows == ROWS
        assert value == 0 or digit == str(value % 10)
        seen.append(value)
        whole += 1
    assert whole > 0
    assert seen == sorted(seen)
    assert os.listdir(scratch) == []
    assert {path.name for path in written.parent.iterdir()} <= {"busy.db", "busy.db-wal", "busy.db-shm", "busy.db-journal"}


def test_a_change_during_the_reading_is_noticed_and_read_again(home: Path, scratch: Path) -> None:
    writer = database(home / "a.db")
    turns: list[list[tuple[str, int]]] = []

    def read(connection: sqlite3.Connection) -> list[tuple[str, int]]:
        turns.append(values(connection))
        if len(turns) == 1:
            writer.execute("UPDATE t SET value = 'new'")
        return turns[-1]

    snapshot = look(home / "a.db", scratch, read)
    assert (snapshot.data, snapshot.route) == ([("new", 300)], "copy")
    assert len(turns) == 2
    writer.close()


def test_an_error_from_a_half_written_state_is_not_believed(home: Path, scratch: Path) -> None:
    writer = database(home / "a.db")
    turns: list[int] = []

    def read(connection: sqlite3.Connection) -> list[tuple[str, int]]:
        turns.append(1)
        if len(turns) == 1:
            writer.execute("UPDATE t SET value = 'new'")
            raise CatalogUnreadable("torn", hint="", path="", reason=Reason.UNKNOWN_VERSION)
        return values(connection)

    assert look(home / "a.db", scratch, read).data == [("new", 300)]
    writer.close()


def test_what_never_stands_still_is_unstable(home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = database(home / "a.db")

    def copy_while_written(document: Path, before: object, folder: Path) -> Path:
        writer.execute("UPDATE t SET value = value || 'x'")
        return private_copy.copy_document(document, signature_of(document), folder)

    monkeypatch.setattr(sqlite_snapshot, "copy_document", copy_while_written)
    with pytest.raises(CatalogUnreadable) as caught:
        look(home / "a.db", scratch, alive=True)
    assert caught.value.reason is Reason.UNSTABLE
    assert os.listdir(scratch) == []
    writer.close()


def test_a_document_saved_a_moment_ago_is_not_settled(home: Path, scratch: Path) -> None:
    database(home / "a.db").close()
    just_now = (home / "a.db").stat().st_mtime + 59
    options = ReadOptions(scratch=scratch)
    assert not observe(home / "a.db", values, alive=False, now=just_now, options=options).settled
    assert observe(home / "a.db", values, alive=False, now=just_now + 2, options=options).settled


def test_nothing_can_be_written_through_a_reader(home: Path, scratch: Path) -> None:
    database(home / "a.db").close()

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM t")

    for alive in (False, True):
        with untouched(home), pytest.raises(CatalogUnreadable) as caught:
            look(home / "a.db", scratch, write, alive=alive)
        assert caught.value.reason is Reason.CORRUPT


def test_an_endless_query_is_given_up(home: Path, scratch: Path) -> None:
    database(home / "a.db").close()

    def endless(connection: sqlite3.Connection) -> None:
        connection.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n").fetchone()

    with untouched(home), pytest.raises(CatalogUnreadable) as caught:
        look(home / "a.db", scratch, endless, seconds=0.05)
    assert caught.value.reason is Reason.TOO_BIG


def test_a_giant_value_is_not_loaded(home: Path, scratch: Path) -> None:
    connection = database(home / "a.db")
    connection.execute("INSERT INTO t VALUES ('big', zeroblob(17 << 20))")
    connection.close()
    with pytest.raises(CatalogUnreadable, match="too big"):
        look(home / "a.db", scratch, lambda c: c.execute("SELECT filler FROM t").fetchall())


def test_no_room_for_the_copy_is_told(home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database(home / "a.db").close()
    usage = shutil.disk_usage(scratch)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1 << 20))
    with untouched(home), pytest.raises(CatalogUnreadable, match="no room") as caught:
        look(home / "a.db", scratch, alive=True)
    assert caught.value.reason is Reason.TOO_BIG


def test_a_disk_that_fills_up_during_the_copy_is_told(home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database(home / "a.db").close()

    def full(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sqlite_snapshot, "copy_document", full)
    with pytest.raises(CatalogUnreadable, match="no room"):
        look(home / "a.db", scratch, alive=True)
    assert os.listdir(scratch) == []


def test_the_copy_is_never_made_beside_the_document(home: Path) -> None:
    database(home / "a.db").close()
    with untouched(home), pytest.raises(CatalogUnreadable) as caught:
        look(home / "a.db", home, alive=True)
    assert caught.value.reason is Reason.NO_PERMISSION


def test_a_temporary_folder_that_is_the_catalogs_own_is_passed_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database(home / "a.db").close()
    monkeypatch.setattr(private_copy.tempfile, "gettempdir", lambda: str(home))
    with untouched(home):
        snapshot = observe(home / "a.db", values, alive=True, now=NOW, options=ReadOptions())
    assert snapshot.data == [("old", 300)]


def test_leftovers_of_crashed_runs_are_swept_and_others_are_not(home: Path, scratch: Path) -> None:
    old, fresh, foreign = (scratch / name for name in ("safelight-catalog-old", "safelight-catalog-new", "other"))
    for folder in (old, fresh, foreign):
        folder.mkdir()
        (folder / "copy.db").write_bytes(b"x")
    link = scratch / "safelight-catalog-link"
    link.symlink_to(foreign, target_is_directory=True)
    now = time.time() + 2 * 86400
    os.utime(fresh, (now, now))
    database(home / "a.db").close()
    observe(home / "a.db", values, alive=True, now=now, options=ReadOptions(scratch=scratch))
    assert {entry.name for entry in scratch.iterdir()} == {"safelight-catalog-new", "other", "safelight-catalog-link"}
    assert (foreign / "copy.db").exists()


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, Reason.NO_PERMISSION),
        (errno.EPERM, Reason.NO_PERMISSION),
        (errno.EBUSY, Reason.LOCKED),
        (errno.ENOENT, Reason.MISSING),
        (errno.ENOTDIR, Reason.MISSING),
        (errno.EIO, Reason.CORRUPT),
    ],
)
def test_errors_of_the_system_have_their_own_reasons(number: int, reason: Reason) -> None:
    error = unreadable(Path("/a.lrcat"), OSError(number, os.strerror(number)))
    assert (error.reason, error.path) == (reason, "/a.lrcat")
    assert error.hint


def test_a_signature_changes_with_any_of_its_files(home: Path) -> None:
    database(home / "a.db").close()
    seen = {signature_of(home / "a.db")}
    for suffix in ("-wal", "-journal"):
        Path(f"{home / 'a.db'}{suffix}").write_bytes(b"\1" * 32)
        seen.add(signature_of(home / "a.db"))
        Path(f"{home / 'a.db'}{suffix}").write_bytes(b"\2" * 32)
        seen.add(signature_of(home / "a.db"))
    assert len(seen) == 5
