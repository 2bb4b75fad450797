"""Snapshots of catalogs in the ledger: where each lies, what was let go, and what is never said of a photograph."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import EmptyDesk

from ingest.care.keeping import Kept
from ingest.ledger import catalogs, runs
from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.known import copies_at
from ingest.ledger.soundness import look
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead
from ingest.plan.generations import NEWEST, snapshot_name
from ingest.snapshots.places import gone_from

FOLDER = b".safelight/catalogs/Main-5be1a07c"
DAY = 86400.0
NOW = 1_763_158_200.0
STATE = b"s" * 16


class Desk(EmptyDesk):
    def __init__(self, path):
        super().__init__(path)
        self.session = runs.open_run(self.db, None, 2.0, "boot", "catalog snapshot")

    def take(self, at, *places, state=STATE, bucket="", catalog="/c/Main.lrcat"):
        name = snapshot_name("studio-1", at)
        digest = Digest(9, f"{at:16.0f}".encode(), f"{at:20.0f}".encode())
        copies = tuple(
            NewCopy(self.ids[place], FOLDER + b"/" + name.encode(), 5, 6, Method.DIRECT, True, digest.xxh128, at)
            for place in places or self.ids
        )
        new = catalogs.NewSnapshot(
            FOLDER, catalog, state, {"kind": "lightroom"}, digest, b"h" * 16, at, 7, 8, copies,
            f"originals/catalogs/Main/{name}" if bucket else "",
        )  # fmt: skip
        with self.transaction():
            catalogs.save_snapshot(self.db, self.session, "boot", new, bucket, at)
        return name

    def standing(self, place="nas"):
        return catalogs.standing_snapshots(self.db, FOLDER).get(place, [])

    def release(self, gone):
        with self.transaction():
            catalogs.let_go(self.db, gone, NOW, "older than the generations that are kept")


@pytest.fixture
def desk(tmp_path):
    with closing((desk := Desk(tmp_path / "ledger.sqlite")).db):
        yield desk


def kept(name, lying, removed=()):
    return Kept(name, NOW, 9, Method.DIRECT, NOW, 5, 6, tuple(removed), frozenset(lying))


def test_the_newest_generation_comes_first_each_where_it_lies(desk):
    first, second = desk.take(NOW - DAY), desk.take(NOW, "nas", state=b"")
    assert [(each.name, each.state, each.copy_state) for each in desk.standing()] == [
        (second, b"", "proven"),
        (first, STATE, "proven"),
    ]
    assert [each.name for each in desk.standing("ssd")] == [first]
    assert catalogs.standing_snapshots(desk.db, b".safelight/catalogs/Other") == {}
    assert look(desk.db).problems == ()


def test_a_generation_stands_with_its_size_its_time_and_what_is_known_of_its_catalog(desk):
    name = desk.take(NOW, "nas")
    assert desk.standing() == [catalogs.StandingSnapshot(1, 1, name, 9, NOW, STATE, "proven")]
    [told] = desk.rows("catalog_snapshot")
    assert told[1:] == ("/c/Main.lrcat", STATE, '{"kind": "lightroom"}')


def test_a_bucket_that_came_later_gets_the_proven_generations_once(desk):
    old, new = desk.take(NOW - DAY, "nas"), desk.take(NOW, "nas")
    desk.db.execute("UPDATE copy SET state = 'suspect' WHERE id = 2")
    keys = {old: "k/old", new: "k/new"}
    with desk.transaction():
        assert catalogs.queue_snapshots(desk.db, desk.standing(), "b", keys, 5.0)
        assert not catalogs.queue_snapshots(desk.db, desk.standing(), "b", keys, 6.0)
    jobs = desk.db.execute("SELECT asset_id, bucket, key, created FROM upload_job").fetchall()
    assert jobs == [(1, "b", "k/old", 5.0)]


def test_what_was_let_go_lies_nowhere_and_nobody_looks_for_it(desk):
    old, new = desk.take(NOW - DAY, bucket="b"), desk.take(NOW, bucket="b")
    desk.release([each for each in desk.standing() if each.name == old])
    assert [each.name for each in desk.standing()] == [new]
    assert [copy.path for copy in copies_at(desk.db, "nas")] == [FOLDER + b"/" + new.encode()]
    jobs = "SELECT count(*) FROM upload_job"
    assert desk.db.execute(jobs).fetchone() == (2,)  # the SSD has it still
    desk.release([each for each in desk.standing("ssd") if each.name == old])
    assert desk.db.execute(jobs).fetchone() == (1,)
    assert [row[2] for row in desk.rows("released")] == ["older than the generations that are kept"] * 2
    assert look(desk.db).problems == ()


def test_an_upload_that_was_sent_stays_as_it_is_when_its_source_was_let_go(desk):
    desk.take(NOW, bucket="b")
    desk.db.execute("UPDATE upload_job SET state = 'sent', file_id = 'x', sent_at = 1")
    for place in ("nas", "ssd"):
        desk.release(desk.standing(place))
    assert desk.db.execute("SELECT state FROM upload_job").fetchall() == [("sent",)]


def test_a_photograph_of_which_nothing_else_stands_is_never_let_go_and_what_was_said_stays_said(desk):
    photograph = Digest(5, b"x" * 16, b"s" * 20)
    copy = NewCopy(desk.ids["nas"], b"2025/M/A", 7, 8, Method.DIRECT, True, photograph.xxh128, 2.0)
    read = SourceRead(1, photograph.xxh128, Method.CACHED, 1.5)
    new = NewFile(CardFile(b"DCIM/A", 5, 8), photograph, b"h" * 16, read, (copy,), None, desk.shoot, b"2025/M/A", "A")
    with desk.transaction():
        record(desk.db, run_id=desk.run, card_id=desk.card, boot_id="b", files=[new], upload=None, now=2.0)
    desk.take(NOW)
    standing = desk.standing()[0]
    with pytest.raises(sqlite3.IntegrityError, match="only while two others stand"):
        desk.db.execute("INSERT INTO released VALUES (?, 1, 'x')", (standing.copy_id,))  # it is not gone
    desk.db.execute("UPDATE copy SET state = 'lost' WHERE path = ?", (b"2025/M/A",))
    with pytest.raises(sqlite3.IntegrityError, match="only while two others stand"):
        desk.db.execute("INSERT INTO released SELECT id, 1, 'x' FROM copy WHERE path = ?", (b"2025/M/A",))
    desk.release([standing])
    for table in ("released", "catalog_snapshot"):
        column = "why" if table == "released" else "catalog"
        for statement in (f"UPDATE {table} SET {column} = 'y'", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                desk.db.execute(statement)


def test_the_last_snapshot_of_each_catalog_tells_where_it_is_proven(desk):
    desk.take(NOW - DAY, bucket="b")
    desk.take(NOW, "nas", bucket="b")
    [last] = catalogs.last_snapshots(desk.db)
    assert (last.catalog, last.at, last.places, last.sent) == ("/c/Main.lrcat", NOW, ("nas",), False)
    desk.db.execute("UPDATE upload_job SET state = 'sent', file_id = 'x', sent_at = 1")
    assert catalogs.last_snapshots(desk.db)[0].sent


def test_what_a_killed_snapshot_had_removed_is_let_go_by_the_next_and_a_true_loss_is_not(desk):
    """Of the oldest day two stood there: the rule lets one go. Of the newest one is missing, which no rule explains."""
    days = [NOW - 200 * DAY - 2, NOW - 200 * DAY, *(NOW - n for n in range(NEWEST, 0, -1))]
    names = [desk.take(at) for at in days]
    new = snapshot_name("studio-1", NOW)
    known = desk.standing()
    lying = {*names[1:-1], new}
    assert [each.name for each in gone_from(known, kept(new, lying), NOW)] == [names[0]]
    told = gone_from(known, kept(new, lying - {names[4]}, [names[4]]), NOW)
    assert {each.name for each in told} == {
        names[0],
        names[4],
    }  # it was removed: files that the ledger knows not count too
    assert gone_from(known, kept(new, {*names, new}), NOW) == []
