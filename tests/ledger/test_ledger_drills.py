"""What a ledger keeps of drills."""

import sqlite3

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.drills import DrillRow, holds_since, last_passed, record_drill


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
