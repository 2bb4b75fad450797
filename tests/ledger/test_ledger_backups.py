"""A snapshot of the ledger as one small file that is known to open, or none at all."""

import os
import sqlite3
import zlib
from contextlib import closing

import pytest
import xxhash
from ledger_desk import ContentDesk

from ingest.ledger import backups
from ingest.ledger.backups import GZIP, LastBackup, bytes_of, identity_of, last_backups, remember_backup, take_snapshot
from ingest.ledger.db import migrations
from ingest.ledger.soundness import row_counts


@pytest.fixture
def desk(tmp_path):
    with closing((desk := ContentDesk(tmp_path / "ledger.sqlite")).db):
        desk.write(1, b"M/a")
        yield desk


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "snapshot").mkdir()
    return tmp_path / "snapshot"


def whole(desk, made, tmp_path):
    """Whether a snapshot is the ledger to the last byte, as its size and hashes say."""
    data = made.path.read_bytes()
    plain = zlib.decompress(data, GZIP)
    assert (made.size, made.xxh128) == (len(data), xxhash.xxh3_128(data).digest())
    assert made.plain_xxh128 == xxhash.xxh3_128(plain).digest()
    assert (made.schema, made.rows) == (migrations()[-1][0], row_counts(desk.db))
    (tmp_path / "copy.sqlite").write_bytes(plain)
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as other:
        assert bytes_of(other) == len(plain)
        return (row_counts(other), identity_of(other)) == (made.rows, identity_of(desk.db))


def test_a_snapshot_is_one_gzip_file_with_the_whole_ledger_and_lets_go_of_it(desk, folder, tmp_path):
    made = take_snapshot(desk.db, folder)
    assert list(folder.iterdir()) == [made.path] == [folder / "ledger.sqlite.gz"]
    assert whole(desk, made, tmp_path)
    assert not desk.db.in_transaction
    assert len(identity_of(desk.db)) == 8


def test_a_disk_that_takes_few_bytes_at_a_time_and_a_ledger_of_many_parts_make_the_same_file(
    desk, folder, tmp_path, monkeypatch
):
    first = take_snapshot(desk.db, folder)
    first.path.unlink()
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(backups, "_CHUNK", 1000)
        patch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
        made = take_snapshot(desk.db, folder)
    assert made.plain_xxh128 == first.plain_xxh128
    assert whole(desk, made, tmp_path)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("DELETE FROM card_file", "the copy of the ledger is not sound: it holds other rows than the ledger"),
        ("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'copy'", "not sound|malformed"),
    ],
)
def test_a_copy_that_is_not_the_ledger_is_no_snapshot_and_leaves_no_file(desk, folder, monkeypatch, harm, words):
    copy = backups.backup

    def spoilt(connection, target):
        copy(connection, target)
        with closing(sqlite3.connect(target, isolation_level=None)) as other:
            other.executescript(harm)

    monkeypatch.setattr(backups, "backup", spoilt)
    with pytest.raises(sqlite3.DatabaseError, match=words):
        take_snapshot(desk.db, folder)
    assert list(folder.iterdir()) == []
    assert not desk.db.in_transaction


@pytest.mark.parametrize("written", [b"half", None])
def test_a_copy_that_fails_lets_go_of_the_ledger_and_of_what_it_had_written(desk, folder, monkeypatch, written):
    def full(_connection, target):
        if written:
            target.write_bytes(written)
        raise OSError("no room")

    monkeypatch.setattr(backups, "backup", full)
    with pytest.raises(OSError, match="no room"):
        take_snapshot(desk.db, folder)
    assert (list(folder.iterdir()), desk.db.in_transaction) == ([], False)


def test_a_file_that_is_there_is_never_written_over(desk, folder):
    (folder / "ledger.sqlite.gz").write_bytes(b"somebody's")
    with pytest.raises(FileExistsError):
        take_snapshot(desk.db, folder)
    assert [path.read_bytes() for path in folder.iterdir()] == [b"somebody's"]


def test_the_newest_backup_of_each_destination_is_remembered(desk):
    first, second = LastBackup(1.0, "a.gz", 5, "direct"), LastBackup(2.0, "b.gz", 6, "served")
    assert last_backups(desk.db) == {}
    for place, last in (("ssd", first), ("nas", first), ("nas", second), ("new", first)):
        remember_backup(desk.db, place, last)
    assert last_backups(desk.db) == {"ssd": first, "nas": second}
