"""A ledger that is newer, damaged, lost, full or lied to: no verdict comes out of it, and no photograph is lost."""

import contextlib
import sqlite3

import pytest
from studio import tree_of

from ingest.cli import home
from ingest.ledger.db import open_ledger
from ingest.session import record


@contextlib.contextmanager
def ledger_of(studio):
    connection = sqlite3.connect(studio.home / "ledger.sqlite", isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@pytest.fixture
def done(studio):
    """A card that was ingested and is safe."""
    studio.shoot(4)
    assert studio.ingest("--shoot", "Wedding").level == "safe"
    return studio


def places_of(studio):
    return {place.name: tree_of(place) for place in (studio.ssd, studio.nas, studio.card)}


@pytest.mark.parametrize("words", [("ingest",), ("check",), ("verify",), ("status",), ("restore", "Wedding")])
def test_a_ledger_from_a_newer_version_is_not_touched(done, words):
    with ledger_of(done) as ledger:
        ledger.execute("PRAGMA user_version=999")
    before, file = places_of(done), (done.home / "ledger.sqlite").read_bytes()
    command = {"ingest": (done.card,), "check": (done.card,), "restore": ("--to", done.base)}.get(words[0], ())
    run = done.run(*words, *command, "--json")
    assert (run.code, run.last["type"]) == (19, "error")
    assert "newer Safelight (schema 999" in run.last["message"]
    assert places_of(done) == before
    assert (done.home / "ledger.sqlite").read_bytes() == file


def damage_header(data):
    return b"no database at all" + data[18:]


def damage_pages(data):
    middle = len(data) // 3 // 4096 * 4096
    return data[:middle] + b"\xaa" * (8 * 4096) + data[middle + 8 * 4096 :]


def cut(data):
    return data[: len(data) // 2]


@pytest.mark.parametrize("damage", [damage_header, damage_pages, cut])
@pytest.mark.parametrize("verb", ["ingest", "check"])
def test_a_damaged_ledger_gives_no_verdict(done, verb, damage):
    with ledger_of(done) as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = done.home / "ledger.sqlite"
    path.write_bytes(damage(path.read_bytes()))
    before = places_of(done)
    run = done.run(verb, done.card, "--json")
    assert (run.code, run.last["type"]) == (19, "error")
    assert run.events("verdict") == []
    assert "edger" in run.last["message"]
    assert run.last["hint"]
    assert places_of(done) == before


def test_damage_that_no_question_of_an_ingest_would_meet_is_found_before_it_begins(done):
    with ledger_of(done) as ledger:
        [(page,)] = ledger.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'shoot_by_name'").fetchall()
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = done.home / "ledger.sqlite"
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\xaa" * 4096
    path.write_bytes(data)
    before = places_of(done)
    run = done.ingest()
    assert (run.code, run.last["type"], run.events("verdict")) == (19, "error", [])
    assert "The ledger is damaged" in run.last["message"]
    assert "Keep the file" in run.last["hint"]
    assert places_of(done) == before


def test_without_its_ledger_nothing_is_called_safe_until_every_byte_was_compared_again(done):
    for path in done.home.glob("ledger.sqlite*"):
        path.unlink()
    assert done.check().level == "not_yet"
    run = done.ingest("--shoot", "Wedding")
    assert run.level == "safe"
    assert done.holds_everything()
    assert run.counts == {"files": 4, "proven": 4, "new": 4}


def test_a_safe_verdict_written_by_hand_is_refused_by_the_ledger_itself(done):
    question = (
        "INSERT INTO verdict (id, run_id, card_id, level, at, fingerprint, devices_required, files, body)"
        " VALUES (99, 1, 1, 'safe', 0, zeroblob(16), {devices}, {files}, '')"
    )
    with ledger_of(done) as ledger:
        for devices, files, words in ((1, 0, "without any file"), (1, 4, "without any file")):
            with pytest.raises(sqlite3.IntegrityError, match=words):
                ledger.execute(question.format(devices=devices, files=files))
        ledger.execute("INSERT INTO verdict_file VALUES (99, x'41', 1, '')")
        for devices, files, words in ((1, 2, "must name every file"), (2, 1, "on enough devices")):
            with pytest.raises(sqlite3.IntegrityError, match=words):
                ledger.execute(question.format(devices=devices, files=files))
        ledger.execute("UPDATE copy SET state = 'lost' WHERE id IN (SELECT min(id) FROM copy WHERE asset_id = 1)")
        with pytest.raises(sqlite3.IntegrityError, match="two proven copies"):
            ledger.execute(question.format(devices=1, files=1))
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            ledger.execute("UPDATE verdict SET level = 'safe'")
        ledger.execute("INSERT INTO copy VALUES (77, 1, 1, x'42', 'B', 'written', 1, 1, 1)")
        with pytest.raises(sqlite3.IntegrityError, match="proven only by a matching proof"):
            ledger.execute("UPDATE copy SET state = 'proven' WHERE id = 77")


def test_a_ledger_that_cannot_be_written_in_the_middle_gives_no_verdict_and_loses_nothing(studio, sabotage):
    studio.shoot()

    def disk_full(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    sabotage.setattr(record, "record", disk_full)
    run = studio.ingest()
    assert (run.code, run.last["type"]) == (19, "error")
    assert "disk is full" in run.last["message"]
    assert studio.ask("SELECT count(*) FROM verdict") == [(0,)]
    assert studio.ask("SELECT count(*) FROM copy") == [(0,)]
    sabotage.undo()
    again = studio.ingest()
    assert (again.level, studio.leftovers()) == ("safe", [])
    assert studio.holds_everything()  # the copies that were there already were found by their bytes


def test_a_ledger_that_another_program_keeps_locked_is_no_reason_for_a_verdict(done, sabotage):
    def impatient(path):
        ledger = open_ledger(path)
        ledger.execute("PRAGMA busy_timeout=50")
        return ledger

    sabotage.setattr(home, "open_ledger", impatient)
    done.put("DCIM/100CANON/IMG_0009.JPG", b"new")
    before = places_of(done)
    with ledger_of(done) as other:
        other.execute("BEGIN IMMEDIATE")
        run = done.ingest()
        assert (run.code, run.last["type"]) == (19, "error")
        assert "locked" in run.last["message"]
        assert done.check().level == "not_yet"  # reading waits for nobody
    assert places_of(done) == before
    assert done.ingest().level == "safe"
