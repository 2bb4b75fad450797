"""What verify and repair did stays as it was written."""

import contextlib
import sqlite3

import pytest

from ingest.ledger.care_log import CareRun, care_runs, record_care
from ingest.ledger.db import open_ledger


@pytest.fixture
def ledger(tmp_path):
    with contextlib.closing(open_ledger(tmp_path / "ledger.sqlite")) as connection:
        yield connection


def test_the_newest_runs_come_first_each_verb_for_itself(ledger):
    runs = [CareRun("verify", at, at + 1, 100, at) for at in (1, 2, 3)] + [CareRun("repair", 4, 5, 2, 2, healed=2)]
    for run in runs:
        record_care(ledger, run)
    assert care_runs(ledger, "", 9) == runs[::-1]
    assert care_runs(ledger, "verify", 2) == [runs[2], runs[1]]
    assert care_runs(ledger, "repair", 9) == [runs[3]]


@pytest.mark.parametrize("table", ["care_run", "care_event"])
@pytest.mark.parametrize("words", ["DELETE FROM {}", "UPDATE {} SET id = 9", "UPDATE {} SET {column} = 9"])
def test_nobody_rewrites_what_was_done(ledger, table, words):
    ledger.execute("PRAGMA foreign_keys=OFF")
    record_care(ledger, CareRun("verify", 1, 2, 3, 3))
    ledger.execute("INSERT INTO care_event (at, copy_id, what, source, aside) VALUES (1, 1, 'healed', 'ssd', '')")
    column = "looked_at" if table == "care_run" else "at"
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        ledger.execute(words.format(table, column=column))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        ledger.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
