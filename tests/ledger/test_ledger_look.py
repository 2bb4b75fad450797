"""A look at a ledger: what is missing, changed or nobody's in it, and that looking leaves it as it is."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import ContentDesk

from ingest.errors import LedgerError
from ingest.ledger import db
from ingest.ledger.backups import identity_of
from ingest.ledger.db import migrations, open_ledger
from ingest.ledger.soundness import Soundness, look, opened_to_look, row_counts

NEWEST = migrations()[-1][0]
REBUILD = "safelight ledger rebuild"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def desk(path):
    with closing((desk := ContentDesk(path)).db):
        desk.write(1, b"M/a")
        desk.write(2, b"M/b")
        desk.db.execute("UPDATE shoot SET folder = CAST('M' AS BLOB) WHERE id = 1")
        yield desk


def problems(desk):
    found = look(desk.db)
    assert (found.schema, found.rows) == (NEWEST, row_counts(desk.db))
    return found.problems


def test_a_sound_ledger_has_no_problem_and_its_rows_are_counted_by_table(desk):
    assert problems(desk) == ()
    rows = row_counts(desk.db)
    assert (rows["asset"], rows["copy"], rows["card"], rows["verdict"]) == (2, 4, 1, 0)
    assert list(rows) == sorted(rows)


def test_statistics_that_sqlite_keeps_for_itself_are_no_strange_tables(desk):
    desk.db.execute("ANALYZE")
    assert problems(desk) == ()


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("DROP TRIGGER proof_no_delete", "the trigger proof_no_delete is missing"),
        ("DROP INDEX copy_one_per_place", "the index copy_one_per_place is missing"),
        ("CREATE TABLE mine (id)", "the table mine is not Safelight's"),
        ("CREATE VIEW mine AS SELECT 1", "the view mine is not Safelight's"),
    ],
)
def test_what_is_missing_and_what_is_nobodys_is_told(desk, sql, problem):
    desk.db.execute(sql)
    assert problems(desk) == (problem,)


def test_a_guard_that_guards_nothing_and_each_that_is_missing_are_told_together(desk):
    desk.db.execute("DROP TRIGGER proof_no_update")
    desk.db.execute("DROP TRIGGER proof_no_delete")
    desk.db.execute("CREATE TRIGGER proof_no_delete BEFORE DELETE ON proof BEGIN SELECT 1; END")
    assert problems(desk) == (
        "the trigger proof_no_update is missing", "the trigger proof_no_delete is not as Safelight made it",
    )  # fmt: skip


def test_rows_that_belong_to_none_are_counted_table_by_table(desk):
    desk.db.execute("PRAGMA foreign_keys=OFF")
    desk.db.execute("UPDATE asset SET first_run = 99")
    desk.db.execute("UPDATE copy SET run_id = 99 WHERE id < 4")
    assert sorted(problems(desk)) == ["2 rows of asset belong to no run", "3 rows of copy belong to no run"]


def test_more_than_a_thousand_rows_are_told_so_that_people_can_read_it(desk):
    desk.db.execute("PRAGMA foreign_keys=OFF")
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)"
    desk.db.execute(
        f"{many} INSERT INTO source_read SELECT NULL, 99, 1, x'', 1, 1, 1, zeroblob(16), 'direct', 1.0 FROM n"
    )
    assert problems(desk) == ("1,200 rows of source_read belong to no run",)


def test_each_false_claim_is_counted(desk):
    desk.db.execute("INSERT INTO upload_total (bucket, state, files, bytes) VALUES ('b', 'sent', 1, 9)")
    desk.db.execute("UPDATE shoot SET folder = CAST('X' AS BLOB) WHERE id = 1")
    assert problems(desk) == (
        "2 files of shoots that lie outside their shoot's folder",
        "1 states of the upload queue that were counted wrongly",
    )


def test_a_ledger_from_before_the_queue_was_counted_is_held_to_its_own_schema(path, monkeypatch):
    for schema in (16, 17):
        older = path.with_name(f"{schema}.sqlite")
        with monkeypatch.context() as patch:
            patch.setattr(db, "migrations", lambda schema=schema: [each for each in migrations() if each[0] <= schema])
            open_ledger(older).close()
        with opened_to_look(older) as ledger:
            assert look(ledger) == Soundness(schema, (), row_counts(ledger))


def test_what_is_torn_is_told_once_in_sqlites_words_and_nothing_more_is_asked(desk, path):
    desk.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.db.close()
    data = bytearray(path.read_bytes())
    data[4096 * 2 : 4096 * 5] = b"\xaa" * (4096 * 3)
    path.write_bytes(data)
    with opened_to_look(path) as ledger:
        found = look(ledger)
    assert found.problems
    assert not any("belong to no" in problem for problem in found.problems)
    data[:100] = data[:100][:20] + b"\xaa" * 80
    path.write_bytes(data)
    with closing(sqlite3.connect(path)) as ledger:
        found = look(ledger)
    assert found == Soundness(0, ("file is not a database",), {})


def test_a_row_that_an_index_does_not_know_is_found_though_every_page_is_whole(desk, path):
    desk.db.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA writable_schema=ON")
        [index] = raw.execute("SELECT * FROM sqlite_schema WHERE name = 'copy_by_asset'").fetchall()
        raw.execute("DELETE FROM sqlite_schema WHERE name = 'copy_by_asset'")
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute(
            "INSERT INTO copy SELECT 9, asset_id, destination_id, x'62', '', 'written', 1, 1, run_id FROM copy"
            " WHERE id = 1"
        )
        raw.execute("PRAGMA writable_schema=ON")
        raw.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", index)
    with opened_to_look(path) as ledger:
        assert db.check(ledger) == []
        assert any("missing from index copy_by_asset" in problem for problem in look(ledger).problems)


@pytest.mark.parametrize("folder", ["a?mode=rwc", "b#c", "d%41", "e f"])
def test_a_look_opens_the_very_file_whatever_its_folder_is_called_and_cannot_write(tmp_path, folder):
    path = tmp_path / folder / "ledger.sqlite"
    open_ledger(path).close()
    with opened_to_look(path) as ledger:
        assert ledger.execute("PRAGMA trusted_schema").fetchone() == (0,)
        assert identity_of(ledger)
        assert ledger.isolation_level is None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            ledger.execute("DELETE FROM run")
    with pytest.raises(sqlite3.ProgrammingError):
        ledger.execute("SELECT 1")


def test_a_ledger_that_is_not_there_is_told_and_none_is_made(path):
    with pytest.raises(LedgerError, match="There is no ledger at") as told, opened_to_look(path):
        raise AssertionError
    assert (told.value.path, REBUILD in told.value.hint, path.exists()) == (str(path), True, False)


def test_what_is_no_ledger_is_told_as_damaged_with_what_to_do(path):
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(LedgerError, match="The ledger is damaged: ") as told, opened_to_look(path):
        raise AssertionError
    assert (told.value.path, REBUILD in told.value.hint) == (str(path), True)


def test_a_newer_ledger_is_told_as_newer_and_one_on_a_network_is_refused(path, monkeypatch):
    with closing(open_ledger(path)) as ledger:
        ledger.execute(f"PRAGMA user_version={NEWEST + 1}")
    with pytest.raises(LedgerError, match="newer Safelight") as told, opened_to_look(path):
        raise AssertionError
    assert told.value.path == str(path)
    monkeypatch.setattr(db, "may_hang", lambda _: True)
    with pytest.raises(LedgerError, match="network") as told, opened_to_look(path):
        raise AssertionError
    assert told.value.path == str(path)
