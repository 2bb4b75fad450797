"""`ledger check` finds what SQLite cannot: a ledger that lost its guards, and rows that claim what nothing carries."""

import sqlite3
from contextlib import closing

import pytest

from ingest.ledger import db
from ingest.ledger.db import migrations

LEDGER = "ledger.sqlite"


@pytest.fixture
def done(studio, monkeypatch):
    """A card that is safe."""
    monkeypatch.setattr("ingest.session.look.captures_by_several", lambda files, _now: (None for _ in files))
    studio.shoot(3)
    assert studio.ingest("--shoot", "Wedding").level == "safe"
    return studio


def unguarded(studio, *statements):
    """Run SQL with every trigger put aside meanwhile, as damage or a stranger would."""
    with closing(sqlite3.connect(studio.home / LEDGER, isolation_level=None)) as raw:
        away = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in away:
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        for _, sql in away:
            raw.execute(sql)


def test_a_ledger_after_a_session_is_sound(done):
    run = done.run("ledger", "check", "--json")
    assert (run.code, run.last["sound"], run.last["problems"]) == (0, True, [])
    assert {name: run.last["rows"][name] for name in ("asset", "copy", "verdict")} == {
        "asset": 3, "copy": 6, "verdict": 1,
    }  # fmt: skip
    assert "ledger sound" in done.run("ledger", "check").out


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("INSERT INTO proof SELECT NULL, 1, 1, 1, '', 'direct', 0, zeroblob(16)", "1 copies called proven"),
        ("INSERT INTO proof SELECT NULL, 1, 1, 1, '', 'cached', 1, xxh128 FROM proof WHERE id = 1", "1 copies called"),
        ("DELETE FROM proof WHERE copy_id = 2", "1 copies called proven whose newest proof does not prove them"),
        ("UPDATE proof SET xxh128 = zeroblob(16) WHERE id = 1", "1 proofs that matched although"),
        ("UPDATE verdict SET files = 4", "1 verdicts SAFE that do not name every file"),
        (
            "DELETE FROM verdict_file WHERE path = (SELECT min(path) FROM verdict_file)",
            "1 verdicts SAFE that do not name every file",
        ),
        ("UPDATE verdict SET files = 1, level = 'not_yet'", "1 verdicts that name more files"),
        (
            "UPDATE copy SET destination_id = 1, path = CAST('x' || id AS BLOB)",
            "3 files of a verdict SAFE that",
        ),
        ("DELETE FROM verdict", "3 files of verdicts that do not exist"),
        ("UPDATE shoot SET folder = x'4142'", "3 files of shoots that lie outside"),
        ("DELETE FROM card", "belong to no card"),
        (
            "INSERT INTO upload_total VALUES ('b', 'sent', 1, 9)",
            "1 states of the upload queue",
        ),
    ],
)
def test_a_row_that_claims_what_nothing_carries_is_told_with_what_to_do_next(done, sql, words):
    unguarded(done, "PRAGMA foreign_keys=OFF", sql)
    run = done.run("ledger", "check", "--json")
    assert run.code == 19
    assert any(words in problem for problem in run.last["problems"]), run.last["problems"]
    assert "safelight ledger rebuild" in run.last["hint"]
    shown = done.run("ledger", "check")
    assert (shown.code, words in shown.out) == (19, True)
    assert "safelight ledger rebuild" in shown.out


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("DROP TRIGGER verdict_safe_is_earned", "the trigger verdict_safe_is_earned is missing"),
        ("DROP INDEX copy_one_per_place", "the index copy_one_per_place is missing"),
        ("DROP TABLE acknowledgement", "the table acknowledgement is missing"),
        (
            "CREATE TRIGGER helper AFTER INSERT ON copy BEGIN UPDATE copy SET state = 'written'; END",
            "the trigger helper is not Safelight's",
        ),
    ],
)
def test_a_ledger_that_lost_a_guard_or_got_a_strange_one_is_not_sound(done, sql, problem):
    with closing(sqlite3.connect(done.home / LEDGER, isolation_level=None)) as raw:
        raw.execute(sql)
    assert done.run("ledger", "check", "--json").last["problems"] == [problem]


def test_a_trigger_of_the_same_name_that_guards_nothing_is_noticed(done):
    with closing(sqlite3.connect(done.home / LEDGER, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER proof_no_delete")
        raw.execute("CREATE TRIGGER proof_no_delete BEFORE DELETE ON proof BEGIN SELECT 1; END")
    [problem] = done.run("ledger", "check", "--json").last["problems"]
    assert problem == "the trigger proof_no_delete is not as Safelight made it"


@pytest.mark.parametrize("where", ["header", "pages", "end"])
def test_a_torn_or_flipped_ledger_is_damaged_and_the_check_changes_no_byte_of_it(done, where):
    """F083. A torn or bit-flipped ledger is found by the check, exit 19."""
    path = done.home / LEDGER
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    if where == "header":
        data[:16] = b"no database here"
    elif where == "pages":
        data[5 * 4096 : 9 * 4096] = b"\xaa" * (4 * 4096)
    else:
        del data[len(data) // 2 // 4096 * 4096 :]
    path.write_bytes(data)
    run = done.run("ledger", "check", "--json")
    assert run.code == 19
    assert "safelight ledger rebuild" in run.last["hint"]
    assert path.read_bytes() == bytes(data)


def test_a_check_of_a_ledger_that_is_not_there_makes_none(studio):
    run = studio.run("ledger", "check", "--json")
    assert (run.code, run.last["type"]) == (19, "error")
    assert "safelight ledger rebuild" in run.last["hint"]
    assert not (studio.home / LEDGER).exists()


def test_a_ledger_of_an_older_schema_is_checked_as_what_it_is_and_stays_so(studio, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(db, "migrations", lambda: migrations()[:2])
        db.open_ledger(studio.home / LEDGER).close()
    run = studio.run("ledger", "check", "--json")
    assert (run.code, run.last["sound"], run.last["ledger_schema"]) == (0, True, 2)
    assert not list(studio.home.glob("*.schema-*"))
