"""Drives in the ledger: what they are known by, when they came and went."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import EmptyDesk, volume

from ingest.ledger.places import name_of_marker, remember_destination
from ingest.ledger.sightings import KnownDrive, Seen, add_drive, known_drives, oldest_proof_at, saw, seen
from ingest.model.places import Destination, DestinationKind


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        for name in ("drive-a", "drive-b"):
            place = Destination(name, DestinationKind.DRIVE, b"/mnt/slot")
            desk.ids[name] = remember_destination(desk.db, place, volume(f"disk:{name}"), f"marker-{name}", 1.0)
        yield desk


def test_a_drive_is_known_by_what_it_was_added_with_last(desk):
    assert known_drives(desk.db) == {}
    with desk.transaction():
        add_drive(desk.db, desk.ids["drive-a"], "1111", b"Photos", 2.0)
        add_drive(desk.db, desk.ids["drive-b"], "", b"", 2.0)
        add_drive(desk.db, desk.ids["drive-a"], "2222", b"Pictures", 3.0)
    assert known_drives(desk.db) == {
        "drive-a": KnownDrive("marker-drive-a", "2222", b"Pictures"),
        "drive-b": KnownDrive("marker-drive-b", "", b""),
    }
    assert (name_of_marker(desk.db, "marker-nas"), name_of_marker(desk.db, "other")) == ("nas", "")


def test_it_is_written_down_when_a_drive_comes_and_goes_and_not_that_it_stays(desk):
    assert seen(desk.db, "drive-a") == Seen("", None, None)
    for what, at in (("here", 2.0), ("here", 3.0), ("current", 4.0), ("here", 5.0), ("away", 6.0), ("away", 7.0)):
        saw(desk.db, "drive-a", what, at)
    saw(desk.db, "drive-b", "away", 8.0)
    assert seen(desk.db, "drive-a") == Seen("away", 6.0, 4.0)
    saw(desk.db, "drive-a", "current", 9.0)
    saw(desk.db, "drive-a", "current", 10.0)
    saw(desk.db, "drive-a", "here", 11.0)
    assert seen(desk.db, "drive-a") == Seen("here", 11.0, 10.0)
    assert seen(desk.db, "drive-b") == Seen("away", 8.0, None)


def test_of_a_drive_that_was_never_added_nothing_is_written_down(desk):
    saw(desk.db, "unknown", "here", 2.0)
    assert desk.rows("sighting") == []
    assert oldest_proof_at(desk.db, "drive-a") is None


def test_the_copy_of_a_drive_that_was_read_back_longest_ago_is_told_by_its_newest_proof(desk):
    for key, place in ((1, "drive-a"), (2, "drive-a"), (3, "drive-b")):
        desk.db.execute(
            "INSERT INTO asset (id, size, xxh128, sha1, head, original_name, mtime_ns, first_run)"
            " VALUES (?, ?, zeroblob(16), zeroblob(20), zeroblob(16), x'61', 1, ?)",
            (key, key, desk.run),
        )
        desk.db.execute(
            "INSERT INTO copy (id, asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)"
            " VALUES (?, ?, ?, CAST(? AS BLOB), '', 'written', 1, 1, ?)",
            (key, key, desk.ids[place], key, desk.run),
        )
    for copy, at in ((1, 50.0), (1, 40.0), (3, 1.0)):
        desk.db.execute(
            "INSERT INTO proof (copy_id, run_id, at, boot_id, method, matched, xxh128)"
            " VALUES (?, ?, ?, 'b', 'direct', 1, zeroblob(16))",
            (copy, desk.run, at),
        )
    assert (oldest_proof_at(desk.db, "drive-a"), oldest_proof_at(desk.db, "drive-b")) == (0.0, 1.0)
    desk.db.execute("UPDATE copy SET state = 'lost' WHERE id = 2")
    assert oldest_proof_at(desk.db, "drive-a") == 40.0
    assert oldest_proof_at(desk.db, "unknown") is None


@pytest.mark.parametrize("table", ["drive", "sighting"])
def test_what_was_seen_is_never_rewritten(desk, table):
    with desk.transaction():
        add_drive(desk.db, desk.ids["drive-a"], "1111", b"Photos", 2.0)
    saw(desk.db, "drive-a", "here", 2.0)
    for change in (f"UPDATE {table} SET at = 9.0", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            desk.db.execute(change)
