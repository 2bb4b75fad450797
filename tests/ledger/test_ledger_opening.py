"""How the ledger is opened: its settings, whose eyes it is for, how long others are waited for, what a refusal says."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ingest.errors import LedgerError
from ingest.ledger import db
from ingest.ledger.db import backup, check, migrations, open_ledger, statements, sync_folder

NEWEST = migrations()[-1][0]
LOOK = "Nothing on the card or the destinations was touched. Look with: safelight ledger check"
ELSEWHERE = (
    "PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=ON; PRAGMA recursive_triggers=OFF;"
    " PRAGMA cell_size_check=OFF; PRAGMA cache_size=10; PRAGMA temp_store=FILE; PRAGMA wal_autocheckpoint=7"
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def refusal(path):
    """(message, path, hint) of what opening it raises."""
    with pytest.raises(LedgerError) as caught:
        open_ledger(path)
    return str(caught.value), caught.value.path, caught.value.hint


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 20_000),
        ("trusted_schema", 0),
        ("recursive_triggers", 1),
        ("cell_size_check", 1),
        ("cache_size", -8000),
        ("temp_store", 2),
        ("wal_autocheckpoint", 4000),
    ],
)
def test_the_ledger_is_set_up_alike_whatever_sqlite_was_built_to_do(path, monkeypatch, setting, value):
    connect = sqlite3.connect

    def built_otherwise(*args, **options):
        connection = connect(*args, **options)
        connection.executescript(ELSEWHERE)
        return connection

    monkeypatch.setattr(sqlite3, "connect", built_otherwise)
    with closing(open_ledger(path)) as ledger:
        assert ledger.execute(f"PRAGMA {setting}").fetchone()[0] == value


def test_each_statement_alone_is_committed_at_once(path):
    with closing(open_ledger(path)) as ledger, closing(open_ledger(path)) as other:
        ledger.execute("INSERT INTO event (at, type, body) VALUES (1.0, 'a', '{}')")
        assert not ledger.in_transaction
        assert other.execute("SELECT count(*) FROM event").fetchone() == (1,)


def test_the_ledger_its_log_its_backup_and_its_folder_are_for_its_owner_alone_whatever_the_umask(tmp_path):
    path = tmp_path / "a" / "b" / "ledger.sqlite"
    before = os.umask(0)
    try:
        with closing(open_ledger(path)) as ledger:
            backup(ledger, path.with_name("copy.sqlite"))
            modes = {file.name: mode(file) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert set(modes) == {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "copy.sqlite"}
    assert set(modes.values()) == {0o600}
    assert mode(path.parent) == 0o700


def test_opening_it_a_second_time_does_not_let_go_of_what_this_program_holds(path):
    """A descriptor of a file that is closed takes every lock of its process with it."""
    back = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('PRAGMA journal_mode=DELETE')"
    with closing(open_ledger(path)), closing(open_ledger(path)):
        told = subprocess.run([sys.executable, "-c", back, str(path)], capture_output=True, text=True, check=False)
    assert "database is locked" in told.stderr


class Clock:
    """Time that passes only where somebody sleeps; `step`: how much, else as long as was asked for."""

    def __init__(self, step=None):
        self.now, self.step, self.sleeps = 0.0, step, []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += self.step or seconds


@pytest.mark.parametrize(("step", "times"), [(5.0, {4}), (None, {1000, 1001})])
def test_a_ledger_that_is_being_made_for_longer_than_twenty_seconds_is_an_error(path, monkeypatch, step, times):
    monkeypatch.setattr(db, "time", clock := Clock(step))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refusal(path) == ("The ledger cannot be used: database is locked", str(path), LOOK)
    assert len(clock.sleeps) in times


def test_what_is_no_lock_is_not_waited_for(path, monkeypatch):
    class Broken(sqlite3.Connection):
        def execute(self, sql, *rest):
            return super().execute("nonsense" if "journal_mode" in sql else sql, *rest)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, **options, factory=Broken))
    monkeypatch.setattr(db, "time", SimpleNamespace(monotonic=lambda: 0.0))  # that cannot sleep
    assert refusal(path)[0] == 'The ledger cannot be used: near "nonsense": syntax error'


def test_without_a_write_ahead_log_it_is_not_opened(path, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda _path, **options: connect(":memory:", **options))
    assert refusal(path)[0] == "The ledger cannot be used: journal mode WAL was refused (got memory)"


def test_a_ledger_that_is_up_to_date_is_opened_while_another_program_writes(path):
    with closing(open_ledger(path)) as writer, db.transaction(writer):
        open_ledger(path).close()


def test_what_is_no_ledger_is_told_with_its_path_and_what_to_do(path):
    path.write_bytes(b"this is not a database" * 100)
    assert refusal(path) == ("The ledger cannot be used: file is not a database", str(path), LOOK)


def test_a_newer_ledger_is_told_with_both_numbers_and_what_to_do(path):
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version={NEWEST + 1}")
    assert refusal(path) == (
        f"The ledger was written by a newer Safelight (schema {NEWEST + 1}, this program knows {NEWEST})",
        str(path),
        "Install the newer version again; nothing was changed",
    )


def test_a_ledger_on_a_disk_by_fuse_is_refused_with_what_to_do_and_no_label_is_looked_up_for_that(path, monkeypatch):
    asked, real = [], db.volume_of

    def mounted(place, *, named):
        asked.append((place, named))
        return replace(real(place, named=named), fs_type="fuseblk")

    monkeypatch.setattr(db, "volume_of", mounted)
    assert refusal(path) == (
        "The ledger cannot lie on a network or FUSE file system (fuseblk): it forgets at a power cut",
        str(path),
        "Set SAFELIGHT_HOME to a folder on this computer's own disk",
    )
    assert asked == [(os.fsencode(path.parent), False)]


@pytest.fixture
def older(path, monkeypatch):
    """A ledger of the first schema."""
    with monkeypatch.context() as patch:
        patch.setattr(db, "migrations", lambda: migrations()[:1])
        open_ledger(path).close()
    return path


def test_what_an_interrupted_migration_left_of_its_backup_is_made_anew(older):
    unfinished = older.with_name("ledger.sqlite.schema-1.unfinished")
    unfinished.write_bytes(b"half a page")
    open_ledger(older).close()
    assert not unfinished.exists()
    with closing(sqlite3.connect(older.with_name("ledger.sqlite.schema-1"))) as kept:
        assert kept.execute("PRAGMA user_version").fetchone() == (1,)


@pytest.mark.parametrize("backup_as_made", ["empty", "torn"])
def test_a_backup_that_does_not_open_as_what_it_was_made_of_ends_the_migration(older, monkeypatch, backup_as_made):
    def bad(connection, target):
        backup(connection, target)
        if backup_as_made == "empty":
            target.write_bytes(b"")
        else:
            target.write_bytes(target.read_bytes()[: 4096 * 3])

    monkeypatch.setattr(db, "backup", bad)
    told = "The ledger cannot be used: its backup, made before bringing it up to date, does not open"
    assert refusal(older) == (told, str(older), LOOK)
    with closing(sqlite3.connect(older)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    assert not older.with_name("ledger.sqlite.schema-1").exists()


def test_a_ledger_that_another_program_brought_up_to_date_meanwhile_is_not_backed_up_again(path, monkeypatch):
    open_ledger(path).close()
    seen = iter([1, 1])
    monkeypatch.setattr(db, "schema_of", lambda _connection: next(seen, NEWEST))  # old until the lock is ours
    open_ledger(path).close()
    assert not list(path.parent.glob("*.schema-*"))


def test_names_are_made_durable_in_a_folder_alone(path):
    path.write_bytes(b"")
    sync_folder(path.parent)
    with pytest.raises(NotADirectoryError):
        sync_folder(path)


def test_a_script_is_split_where_a_statement_ends_and_not_at_each_semicolon():
    script = "-- first\nCREATE TABLE a (b);\nCREATE TRIGGER t AFTER INSERT ON a\nBEGIN SELECT 1;\nSELECT 2; END;\n"
    assert list(statements(script)) == [script[:29], script[29:]]


def test_only_the_thorough_check_compares_the_indices_with_their_tables(path):
    with closing(open_ledger(path)) as ledger:
        ledger.execute("PRAGMA writable_schema=ON")
        index = ledger.execute("SELECT * FROM sqlite_schema WHERE name = 'shoot_by_name'").fetchone()
        ledger.execute("DELETE FROM sqlite_schema WHERE name = 'shoot_by_name'")
    with closing(sqlite3.connect(path)) as ledger:
        ledger.execute("INSERT INTO shoot VALUES (1, 'M', '2025-06-14', '2025-06-14', x'4d', 1, 1.0)")
        ledger.execute("PRAGMA writable_schema=ON")
        ledger.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", index)
        ledger.commit()
    with closing(sqlite3.connect(path)) as ledger:
        assert check(ledger) == []
        assert sorted(check(ledger, thorough=True)) == [
            "row 1 missing from index shoot_by_name",
            "wrong # of entries in index shoot_by_name",
        ]


def test_where_the_check_itself_cannot_go_on_it_says_why(path):
    path.write_bytes(b"this is not a database" * 100)
    with closing(sqlite3.connect(path)) as torn:
        assert check(torn) == ["file is not a database"]


def test_a_backup_is_one_file_that_is_complete_without_any_other(path):
    copy = path.with_name("copy.sqlite")
    with closing(open_ledger(path)) as ledger:
        backup(ledger, copy)
        assert {file.name for file in path.parent.glob("copy.sqlite*")} == {"copy.sqlite"}
    with closing(sqlite3.connect(f"file:{copy}?immutable=1", uri=True)) as alone:
        assert alone.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert alone.execute("PRAGMA user_version").fetchone() == (NEWEST,)
