"""After each session a backup of the ledger lies on each destination, proven; and none of it can spoil a verdict."""

import errno
import gzip
import os
import sqlite3
import time
from contextlib import closing

import pytest
from studio import tree_of

from ingest.care import keeping, ledger_backup
from ingest.ledger.backups import take_snapshot
from ingest.ledger.db import open_ledger
from ingest.ledger.soundness import look


def lying_on(place):
    folder = place / ".safelight" / "ledger"
    return sorted(folder.iterdir()) if folder.exists() else []


def unpacked(studio, packed):
    path = studio.base / "unpacked.sqlite"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def no_backup(run):
    return [event["text"] for event in run.events("warned") if event["code"] == "no ledger backup"]


@pytest.fixture
def broken(studio, sabotage):
    """Makes one function of the backup fail at the NAS alone."""

    def make(name, error, *, before=True):
        real = getattr(keeping, name)

        def failing(*args):
            here = str(studio.nas) in str([os.readlink(f"/proc/self/fd/{a}") for a in args if type(a) is int])
            here = here or any(getattr(getattr(a, "place", None), "name", "") == "nas" for a in args)
            if here and before:
                raise error
            answer = real(*args)
            if here:
                raise error
            return answer

        sabotage.setattr(keeping, name, failing)

    return make


def test_after_a_session_each_destination_holds_a_sound_ledger_with_its_verdict(studio):
    studio.shoot()
    run = studio.ingest()
    assert (run.level, no_backup(run)) == ("safe", [])
    for place in (studio.ssd, studio.nas):
        [packed] = lying_on(place)
        assert packed.name.startswith("test-")
        with closing(sqlite3.connect(unpacked(studio, packed))) as copy:
            assert look(copy).problems == ()
            assert copy.execute("SELECT level FROM verdict").fetchall() == [("safe",)]
            assert copy.execute("SELECT count(*) FROM copy WHERE state = 'proven'").fetchone() == (6,)
    assert studio.ask("SELECT count(*) FROM ledger_backup") == [(2,)]
    assert not list(studio.home.glob("ledger-backup-*"))


def test_each_session_adds_one_and_a_dry_run_or_a_check_adds_none(studio):
    studio.shoot()
    studio.ingest()
    studio.run("ingest", studio.card, "--dry-run", "--json")
    studio.check()
    assert [len(lying_on(place)) for place in (studio.ssd, studio.nas)] == [1, 1]
    studio.put("DCIM/100CANON/MORE.JPG", b"more")
    assert studio.ingest().level == "safe"
    assert [len(lying_on(place)) for place in (studio.ssd, studio.nas)] == [2, 2]


@pytest.mark.parametrize(
    ("step", "before"), [("_write", True), ("_write", False), ("_prove", True), ("_prove", False), ("_name", True)]
)
def test_a_backup_that_fails_is_a_warning_and_leaves_no_name_behind(studio, broken, step, before):
    studio.shoot()
    broken(step, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), before=before)
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    [text] = no_backup(run)
    assert "nas" in text
    assert "No space left" in text
    assert (len(lying_on(studio.ssd)), lying_on(studio.nas)) == (1, [])


def test_a_backup_that_comes_back_with_other_bytes_gets_no_name(studio, sabotage):
    studio.shoot()
    write = keeping._write

    def flipping(folder_fd, name, parcel, pace):
        write(folder_fd, name, parcel, pace)
        fd = os.open(name, os.O_RDWR, dir_fd=folder_fd)
        os.pwrite(fd, b"\x00\xff", parcel.size // 2)
        os.close(fd)

    sabotage.setattr(keeping, "_write", flipping)
    run = studio.ingest()
    assert run.level == "safe"
    assert len(no_backup(run)) == 2
    assert lying_on(studio.ssd) == lying_on(studio.nas) == []


def test_a_nas_that_hangs_at_the_backup_holds_nobody_up_for_longer_than_its_patience(studio, sabotage):
    studio.configure(extra="[copying]\npatience = 1\n")
    studio.shoot()
    real = ledger_backup.store

    def hanging(place, *rest):
        if place.name == "nas":
            time.sleep(3600)
        return real(place, *rest)

    hanging.__module__, hanging.__qualname__ = "ingest.care.ledger_backup", "store"
    sabotage.setattr(ledger_backup, "store", hanging)
    sabotage.setattr("ingest.session.backup.store", hanging)
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    [text] = no_backup(run)
    assert "nas: did not answer" in text
    assert len(lying_on(studio.ssd)) == 1


def test_what_a_killed_backup_left_goes_with_the_next_one_and_other_ledgers_keep_theirs(studio):
    studio.shoot()
    studio.ingest()
    [first] = lying_on(studio.ssd)
    station, identity = first.name.split("-")[:2]
    litter = first.with_name(f".unfinished-{station}-{identity}-00ff")
    at_home = studio.home / "ledger-backup-killed"
    at_home.mkdir()
    (at_home / "ledger.sqlite").write_bytes(b"half")
    other = first.with_name(f".unfinished-{station}-ffffffff-00ff")
    for path in (litter, other):
        path.write_bytes(b"half")
    assert studio.run("ledger", "backup", "--json").code == 0
    assert not litter.exists()
    assert not at_home.exists()
    assert other.exists()


def test_only_this_ledgers_own_old_backups_are_ever_removed(studio):
    studio.shoot()
    studio.ingest()
    [first] = lying_on(studio.ssd)
    identity = first.name.split("-")[1]
    names = [
        f"test-{who}-20250301T{hour:02}0000.000Z.sqlite.gz" for who in (identity, "ffffffff") for hour in range(15)
    ]
    for name in (*names, "notes.txt"):
        first.with_name(name).write_bytes(b"old")
    run = studio.run("ledger", "backup", "ssd", "--json")
    [told] = run.events("ledger_backup")
    assert (told["proven"], len(told["removed"])) == (True, 7)  # 2 new and the 8 newest of 15 that day stay
    left = {path.name for path in lying_on(studio.ssd)}
    assert set(told["removed"]) == {name for name in names[:15] if name not in left}
    assert {*names[15:], "notes.txt", first.name, told["name"]} <= left


def test_a_place_that_is_not_the_destination_gets_no_backup_and_no_mark(studio):
    studio.shoot()
    studio.ingest()
    for path in sorted((studio.nas / ".safelight").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (studio.nas / ".safelight").rmdir()
    before = tree_of(studio.nas)
    run = studio.run("ledger", "backup", "--json")
    assert run.code == 13
    assert [event["destination"] for event in run.events("ledger_backup") if event["problem"]] == ["nas"]
    assert tree_of(studio.nas) == before


def test_ctrl_c_while_the_ledger_is_backed_up_takes_nothing_from_the_verdict(studio, sabotage):
    studio.shoot()

    def stop(*_):
        raise KeyboardInterrupt

    sabotage.setattr("ingest.session.backup.take_snapshot", stop)
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    assert no_backup(run) == ["no new backup of the ledger: stopped by you; the verdict stands"]


def test_a_snapshot_holds_one_moment_whatever_another_program_writes_meanwhile(tmp_path, sabotage):
    from ingest.ledger import backups

    ledger, other = (open_ledger(tmp_path / "ledger.sqlite") for _ in range(2))
    real = backups.backup

    def meanwhile(connection, target):
        other.execute("INSERT INTO event (at, type, body) VALUES (1, 'x', '')")
        real(connection, target)

    sabotage.setattr(backups, "backup", meanwhile)
    (tmp_path / "new").mkdir()
    snapshot = take_snapshot(ledger, tmp_path / "new")
    assert snapshot.rows["event"] == 0
    assert ledger.execute("SELECT count(*) FROM event").fetchone() == (1,)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["ledger.sqlite.gz"]


def test_the_doctor_tells_when_each_destination_last_got_a_backup(studio):
    studio.shoot()
    studio.ingest()
    told = [line for line in studio.run("doctor", "--json").events("finding") if line["what"] == "ledger backup"]
    assert [line["level"] for line in told] == ["ok"]
    assert "nas today" in told[0]["text"]
    with closing(sqlite3.connect(studio.home / "ledger.sqlite", isolation_level=None)) as raw:
        raw.execute("DELETE FROM ledger_backup WHERE destination_id = (SELECT id FROM destination WHERE name = 'nas')")
    told = [line for line in studio.run("doctor", "--json").events("finding") if line["what"] == "ledger backup"]
    assert [(line["level"], line["todo"]) for line in told] == [("ok", ""), ("note", "Run: safelight ledger backup")]


def test_a_ledger_that_cannot_be_read_any_more_behind_the_verdict_is_a_warning_too(studio, sabotage):
    studio.shoot()

    def torn(*_):
        raise sqlite3.DatabaseError("database disk image is malformed")

    sabotage.setattr("ingest.session.backup.last_backups", torn)
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    assert "malformed" in no_backup(run)[0]
