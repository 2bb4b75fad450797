"""A ledger of every schema that was ever released is brought up to date, whole, with a backup of it beside it first."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from ledger_desk import EmptyDesk

from ingest.errors import LedgerError
from ingest.ledger import db
from ingest.ledger.db import check, migrations, open_ledger
from ingest.ledger.soundness import look
from ingest.ledger.upload_counts import in_queue

NEWEST = migrations()[-1][0]
OLDER = range(1, NEWEST)


@pytest.fixture
def older(tmp_path, monkeypatch):
    """Makes a ledger as the release with so many migrations made it, with a shoot in it."""

    def make(schema):
        with monkeypatch.context() as patch:
            patch.setattr(db, "migrations", lambda: migrations()[:schema])
            EmptyDesk(tmp_path / "ledger.sqlite").db.close()
        return tmp_path / "ledger.sqlite"

    return make


def dump(path):
    """Schema number and everything in it, as SQL."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
        return raw.execute("PRAGMA user_version").fetchone()[0], list(raw.iterdump())


def objects(connection):
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2").fetchall()


@pytest.mark.parametrize("schema", OLDER)
def test_a_ledger_of_every_released_schema_becomes_the_newest_and_its_backup_holds_what_it_was(older, schema):
    """F012. An older schema is migrated, in one transaction, with a backup first."""
    path = older(schema)
    before = dump(path)
    with closing(open_ledger(path)) as migrated, closing(open_ledger(path.with_name("new.sqlite"))) as new:
        assert objects(migrated) == objects(new)
        assert migrated.execute("PRAGMA user_version").fetchone()[0] == NEWEST
        assert migrated.execute("SELECT name FROM shoot").fetchall() == [("M",)]
        assert check(migrated, thorough=True) == []
    assert before[0] == schema
    assert dump(path.with_name(f"ledger.sqlite.schema-{schema}")) == before
    assert not list(path.parent.glob("*.unfinished"))


@pytest.mark.parametrize("schema", OLDER)
def test_a_migration_that_fails_at_its_end_leaves_the_older_ledger_as_it_was(older, schema, monkeypatch):
    """F012. Never half of a newer schema."""
    path = older(schema)
    before = dump(path)
    broken = [*migrations(), (NEWEST + 1, "CREATE TABLE half (a INTEGER) STRICT;\nCREATE TABLE half (b INTEGER);\n")]
    monkeypatch.setattr(db, "migrations", lambda: broken)
    for _ in range(2):
        with pytest.raises(LedgerError, match="half"):
            open_ledger(path)
    assert dump(path) == before
    assert {name.name for name in path.parent.glob("*.schema-*")} == {
        f"ledger.sqlite.schema-{schema}",
        f"ledger.sqlite.schema-{schema}.2",  # each attempt keeps its own, and replaces none
    }


@pytest.mark.parametrize("schema", OLDER)
def test_sessions_keep_their_rows_guards_and_ties_when_they_no_longer_need_a_card(older, schema):
    path = older(schema)
    with closing(sqlite3.connect(path)) as raw:
        before = raw.execute("SELECT * FROM run").fetchall()
    with closing(open_ledger(path)) as migrated:
        assert migrated.execute("SELECT * FROM run").fetchall() == before != []
        migrated.execute("INSERT INTO run (card_id, started, boot_id, command) VALUES (NULL, 1, 'b', 'sync')")
        for sql, words in (
            ("INSERT INTO run (card_id, started, boot_id, command) VALUES (NULL, 1, 'b', 'ingest')", "CHECK"),
            ("INSERT INTO run (card_id, started, boot_id, command) VALUES (77, 1, 'b', 'sync')", "FOREIGN KEY"),
            ("INSERT INTO intent VALUES (77, 1, x'41', x'')", "FOREIGN KEY"),
            ("DELETE FROM run", "append-only"),
            ("UPDATE run SET card_id = NULL", "append-only"),
        ):
            with pytest.raises(sqlite3.IntegrityError, match=words):
                migrated.execute(sql)
        assert migrated.execute("PRAGMA foreign_key_check").fetchall() == []
        assert migrated.execute("PRAGMA writable_schema").fetchone()[0] == 0
        with pytest.raises(sqlite3.OperationalError, match="may not be modified"):
            migrated.execute("UPDATE sqlite_schema SET sql = '' WHERE name = 'run'")
    with closing(open_ledger(path)) as again:  # by its file alone
        assert [row[1] for row in again.execute("SELECT * FROM run")][-1] is None
        assert look(again).problems == ()


def test_another_program_that_has_the_ledger_open_sees_the_new_table_of_sessions(older):
    path = older(NEWEST - 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        assert other.execute("SELECT count(*) FROM run").fetchone()[0] == 1
        open_ledger(path).close()
        other.execute("INSERT INTO run (card_id, started, boot_id, command) VALUES (NULL, 1, 'b', 'sync')")


def test_no_migration_begins_where_the_backup_cannot_be_made(older, monkeypatch):
    path = older(1)
    before = dump(path)

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(db, "backup", full)
    with pytest.raises(LedgerError, match="disk is full"):
        open_ledger(path)
    assert dump(path) == before


def test_a_new_ledger_and_one_that_is_up_to_date_are_not_backed_up_beside_themselves(tmp_path):
    for _ in range(2):
        open_ledger(tmp_path / "ledger.sqlite").close()
    assert not list(tmp_path.glob("*.schema-*"))


def test_of_a_newer_ledger_not_even_the_journal_mode_is_changed(tmp_path):
    """F012. A newer schema is refused and nothing is written."""
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE of_the_future (a INTEGER)")
        raw.execute("PRAGMA user_version=999")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="newer Safelight"):
        open_ledger(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.sqlite"]


def test_a_ledger_behind_a_link_is_judged_by_where_it_really_lies(tmp_path, monkeypatch):
    (tmp_path / "nas").mkdir()
    (tmp_path / "ledger.sqlite").symlink_to(tmp_path / "nas" / "ledger.sqlite")
    real = db.volume_of

    def mounted(path, **_how):
        return replace(real(path), fs_type="nfs4") if path.endswith(b"/nas") else real(path)

    monkeypatch.setattr(db, "volume_of", mounted)
    with pytest.raises(LedgerError, match="network or FUSE file system \\(nfs4\\)"):
        open_ledger(tmp_path / "ledger.sqlite")
    assert list((tmp_path / "nas").iterdir()) == []


def test_uploads_that_an_older_ledger_queued_know_their_size(older):
    path = older(11)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TRIGGER upload_needs_proven_source")
        raw.execute(
            "INSERT INTO asset (id, size, xxh128, sha1, head, original_name, mtime_ns, first_run)"
            " VALUES (1, 123, zeroblob(16), zeroblob(20), zeroblob(16), x'41', 1, 1)"
        )
        raw.execute("INSERT INTO upload_job (asset_id, bucket, key, created) VALUES (1, 'b', 'k', 0)")
    with closing(open_ledger(path)) as migrated:
        assert in_queue(migrated, "b") == (1, 123)
