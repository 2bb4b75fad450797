"""What a ledger keeps of drills."""

import sqlite3

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy, set_copy_state
from ingest.ledger.drills import DrillRow, Held, digests_of, held_at, held_in, holds_since, last_passed, record_drill
from ingest.ledger.uploads import enqueue, finish_sent
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead


@pytest.fixture
def db(tmp_path):
    return EmptyDesk(tmp_path / "ledger.sqlite").db


def row(place="ssd", tried=3, equal=3, *, passed=True):
    return DrillRow(place, 10, tried, equal, passed, "{}")


def test_a_drill_that_passed_everywhere_is_the_last_one(db):
    record_drill(db, 100.0, "s", [row("ssd"), row("nas")], whole=True)
    assert last_passed(db) == 100.0


def test_a_later_drill_that_failed_at_one_place_does_not_count(db):
    record_drill(db, 100.0, "s", [row("ssd"), row("nas")], whole=True)
    record_drill(db, 200.0, "s", [row("ssd"), row("nas", equal=2, passed=False)], whole=True)
    assert last_passed(db) == 100.0


def test_a_drill_of_one_place_alone_does_not_stand_for_all(db):
    record_drill(db, 100.0, "s", [row("ssd")], whole=False)
    assert last_passed(db) is None


def test_no_drill_passes_that_tried_nothing_or_got_other_bytes(db):
    for bad in (row(tried=0, equal=0), row(equal=2), row(equal=4)):
        with pytest.raises(sqlite3.IntegrityError):
            record_drill(db, 100.0, "s", [row("nas"), bad], whole=True)
    assert db.execute("SELECT count(*) FROM drill").fetchone() == (0,)


def test_what_came_of_a_drill_is_never_rewritten(db):
    record_drill(db, 100.0, "s", [row(equal=2, passed=False)], whole=True)
    for change in ("UPDATE drill SET equal = 3", "DELETE FROM drill"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(change)


def test_a_new_ledger_holds_nothing_to_be_drilled(db):
    assert holds_since(db) is None


def test_what_a_place_holds_is_what_is_proven_there_and_what_a_bucket_was_sent(tmp_path):
    desk = EmptyDesk(tmp_path / "ledger.sqlite")
    contents = [Digest(number, b"x%015d" % number, b"s%019d" % number) for number in (11, 12, 13)]
    for number, digest in enumerate(contents, start=1):
        copies = tuple(
            NewCopy(desk.ids[name], b"M/%d" % number, 7, 8, Method.DIRECT, number != 3, digest.xxh128, 2.0 + number)
            for name in ("ssd", "nas")
        )
        read = SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
        file = CardFile(b"DCIM/%d" % number, digest.size, 900 + number)
        new = NewFile(file, digest, b"h" * 16, read, copies, None, desk.shoot, b"M/%d" % number, "A")
        with desk.transaction():
            record(desk.db, run_id=desk.run, card_id=desk.card, boot_id="b", files=[new], upload=None, now=2.0)
    set_copy_state(desk.db, 2, "lost")
    for asset, key in ((1, "k/1"), (2, "k/2")):
        enqueue(desk.db, asset, "bucket", key, 1.0)
    finish_sent(desk.db, 2, file_id="f2", at=2.0)
    assert list(held_at(desk.db, "ssd")) == [Held(1, 11, b"M/1", ""), Held(2, 12, b"M/2", "")]
    assert list(held_at(desk.db, "nas")) == [Held(2, 12, b"M/2", "")]
    assert list(held_in(desk.db, "bucket")) == [Held(2, 12, b"k/2", "f2")]
    assert list(held_in(desk.db, "other")) == []
    assert digests_of(desk.db, [2, 1, 99]) == {1: (contents[0], 901), 2: (contents[1], 902)}
    assert holds_since(desk.db) == 3.0
    desk.db.close()


def test_a_drill_is_written_down_place_by_place(db):
    record_drill(db, 100.0, "seed", [row("ssd"), row("nas", tried=4, equal=2, passed=False)], whole=True)
    record_drill(db, 200.0, "other", [row("ssd")], whole=False)
    told = db.execute("SELECT at, seed, place, held, tried, equal, passed, whole, body FROM drill").fetchall()
    assert told == [
        (100.0, "seed", "ssd", 10, 3, 3, 1, 1, "{}"),
        (100.0, "seed", "nas", 10, 4, 2, 0, 1, "{}"),
        (200.0, "other", "ssd", 10, 3, 3, 1, 0, "{}"),
    ]
