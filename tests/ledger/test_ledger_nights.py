"""What a ledger keeps of nights."""

import sqlite3
from contextlib import closing

import pytest

from ingest.ledger.db import open_ledger
from ingest.ledger.nights import LastNight, last_night, record_night


@pytest.fixture
def db(tmp_path):
    with closing(open_ledger(tmp_path / "ledger.sqlite")) as connection:
        yield connection


def test_the_last_night_is_the_one_that_was_written_down_last_whatever_its_clock_said(db):
    assert last_night(db) is None
    record_night(db, 200.0, 260.0, 2, '{"steps": []}')
    record_night(db, 100.0, 160.0, 0, "{}")
    assert last_night(db) == LastNight(100.0, 0, "{}")
    assert db.execute("SELECT * FROM night").fetchall()[0] == (1, 200.0, 260.0, 2, '{"steps": []}')


def test_a_night_is_written_down_to_stay(db):
    record_night(db, 100.0, 160.0, 0, "{}")
    assert not db.in_transaction
    for change in ("UPDATE night SET failed = 0", "DELETE FROM night"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(change)
