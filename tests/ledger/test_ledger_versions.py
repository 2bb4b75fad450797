"""Versions of files that change: what each content was, where it lies, and what the ledger refuses to say of them."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger import runs, versions
from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.known import copies_of_asset
from ingest.ledger.soundness import look
from ingest.ledger.versions import NewVersion, VersionCopy, Watched
from ingest.ledger.views import shoot_view
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead

PATH = b"2025/M/IMG_1.xmp"


def digest(text):
    return Digest(len(text), text.encode().ljust(16, b"x"), text.encode().ljust(20, b"s"))


class Desk(EmptyDesk):
    def __init__(self, path):
        super().__init__(path)
        self.sync = runs.open_run(self.db, None, 2.0, "boot", "sync")

    def see(self, text, path=PATH, *, at=3.0, kind="edit", shoot="M"):
        new = NewVersion(path, kind, self.shoot if shoot else None, digest(text), b"h" * 16, 77, int(at * 1e9), at)
        with self.transaction():
            return versions.remember_versions(self.db, self.sync, [new])[0]

    def copy(self, version, path=None, *, at="nas", method=Method.DIRECT, key="", matched=True):
        seen = NewCopy(self.ids[at], path or version.path, 5, 6, method, matched, version.digest.xxh128, 4.0)
        with self.transaction():
            each = VersionCopy(version, seen, key)
            versions.add_version_copies(self.db, self.sync, "boot", [each], "bucket" if key else "", 4.0)


@pytest.fixture
def desk(tmp_path):
    with closing((desk := Desk(tmp_path / "ledger.sqlite")).db):
        yield desk


def test_a_session_without_a_card_is_one_unless_it_is_an_ingest(desk):
    assert desk.rows("run")[1][:2] == (desk.sync, None)
    for command in ("ingest", "ingest --all"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            runs.open_run(desk.db, None, 2.0, "boot", command)
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        runs.open_run(desk.db, 99, 2.0, "boot", "sync")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        desk.db.execute("UPDATE run SET card_id = NULL WHERE id = ?", (desk.run,))


def test_each_content_of_a_file_is_a_version_and_the_same_one_again_is_none(desk):
    first = desk.see("a", at=3.0)
    assert desk.see("a", at=4.0) == first
    second, back = desk.see("b", at=5.0), desk.see("a", at=6.0)
    assert [each.id for each in versions.versions_of(desk.db, PATH)] == [first.id, second.id, back.id]
    assert (back.asset_id, back.seen, back.mtime_ns) == (first.asset_id, 6.0, 6_000_000_000)
    assert versions.newest_version(desk.db, PATH) == back
    assert versions.watched_files(desk.db, [PATH, b"other"]) == {PATH: Watched(1, 6_000_000_000, 77, back.id)}


def test_versions_are_listed_by_shoot_and_by_kind(desk):
    a, b, c = desk.see("a"), desk.see("b"), desk.see("c", b"2025/M/A.xmp")
    catalog = desk.see("d", b"catalogs/L.lrcat", kind="catalog", shoot=None)
    assert versions.versions_of_shoot(desk.db, desk.shoot) == {c.path: [c], PATH: [a, b]}
    assert versions.versions_of_kind(desk.db, "catalog") == {catalog.path: [catalog]}
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        desk.see("e", b"2025/M/B.xmp", shoot=None)


def test_a_copy_is_recorded_with_its_proof_and_queued_once_by_its_own_key(desk):
    first, second = desk.see("a"), desk.see("b")
    desk.copy(first, b"old/1.xmp", key="k/1.xmp")
    desk.copy(second, key="k/2.xmp")
    desk.copy(second, at="ssd", key="another")
    jobs = desk.db.execute("SELECT asset_id, key, state FROM upload_job ORDER BY id").fetchall()
    assert jobs == [(first.asset_id, "k/1.xmp", "waiting"), (second.asset_id, "k/2.xmp", "waiting")]
    found = [(c.destination, c.path, c.state) for c in copies_of_asset(desk.db, second.asset_id)]
    assert sorted(found) == [("nas", PATH, "proven"), ("ssd", PATH, "proven")]
    assert look(desk.db).problems == ()


def test_what_was_only_read_from_the_cache_is_not_queued(desk):
    desk.copy(desk.see("a"), method=Method.CACHED, key="k")
    assert desk.rows("upload_job") == []
    assert desk.db.execute("SELECT state FROM copy").fetchall() == [("written",)]


def test_a_newer_version_at_a_place_takes_it_and_the_older_is_lost_there_alone(desk):
    first, second = desk.see("a"), desk.see("b")
    desk.copy(first)
    desk.copy(first, b".safelight/versions/1.xmp")
    desk.copy(second)
    assert [c.path for c in copies_of_asset(desk.db, first.asset_id)] == [b".safelight/versions/1.xmp"]
    assert [c.path for c in copies_of_asset(desk.db, second.asset_id)] == [PATH]


def test_a_version_is_no_photograph_of_its_shoot(desk):
    desk.copy(desk.see("a"))
    shoot = shoot_view(desk.db, desk.shoot)
    assert (shoot.files, shoot.size, [place.missing for place in shoot.places]) == (0, 0, [0, 0])


def test_a_file_that_is_a_photograph_byte_for_byte_is_that_content(desk):
    photo = digest("p")
    copy = NewCopy(desk.ids["ssd"], b"2025/M/A", 7, 8, Method.DIRECT, True, photo.xxh128, 2.0)
    read = SourceRead(1, photo.xxh128, Method.CACHED, 1.5)
    new = NewFile(CardFile(b"DCIM/A", 1, 8), photo, b"h" * 16, read, (copy,), None, desk.shoot, b"2025/M/A", "A")
    with desk.transaction():
        record(desk.db, run_id=desk.run, card_id=desk.card, boot_id="b", files=[new], upload=None, now=2.0)
    assert desk.see("p", b"2025/M/export.jpg").asset_id == 1
    assert shoot_view(desk.db, desk.shoot).files == 1


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM version", "UPDATE version SET seen = 9", "INSERT OR REPLACE INTO version SELECT * FROM version"],
)
def test_versions_are_appended_and_never_rewritten(desk, sql):
    desk.see("a")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        desk.db.execute(sql)
