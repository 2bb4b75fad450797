"""Opening a document: what is read is whole, and nothing beside it appears or changes."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest
from catalog_files import untouched
from snapshot_documents import database, hot, look, values

from catalog_adapters import private_copy, sqlite_snapshot
from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.signature import signature_of, unreadable
from catalog_adapters.sqlite_snapshot import observe


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
        connection.execute(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
        ).fetchone()

    with untouched(home), pytest.raises(CatalogUnreadable) as caught:
        look(home / "a.db", scratch, endless, seconds=0.05)
    assert caught.value.reason is Reason.TOO_BIG


def test_a_giant_value_is_not_loaded(home: Path, scratch: Path) -> None:
    connection = database(home / "a.db")
    connection.execute("INSERT INTO t VALUES ('big', zeroblob(17 << 20))")
    connection.close()
    with pytest.raises(CatalogUnreadable, match="too big"):
        look(home / "a.db", scratch, lambda c: c.execute("SELECT filler FROM t").fetchall())


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


def test_a_torn_look_at_a_document_that_changes_meanwhile_is_not_called_damage(
    home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer whose journal lies in memory can tear a copy within one tick of the clock."""
    document = home / "a.db"
    database(document, "DELETE").close()

    def torn(*_: object) -> bool:
        document.touch()
        return False

    monkeypatch.setattr(sqlite_snapshot, "_PAUSES", (0.0, 0.0))
    for recovers, reason in ((torn, Reason.UNSTABLE), (lambda *_: False, Reason.CORRUPT)):
        monkeypatch.setattr(sqlite_snapshot, "recovers", recovers)
        with pytest.raises(CatalogUnreadable) as caught:
            look(document, scratch, alive=True)
        assert caught.value.reason is reason
