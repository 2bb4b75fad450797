"""Versions of files that change: what each content was, where it lies, and what the ledger refuses to say of them."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger import runs, versions
from ingest.ledger.assets import NewFile, add_copies, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.known import copies_of_asset, proven_at
from ingest.ledger.soundness import look
from ingest.ledger.versions import LyingCopy, NewVersion, Version, VersionCopy, Watched
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

    def copy(self, version, path=None, *, at="nas", method=Method.DIRECT, key="", matched=True, bucket=None):
        seen = NewCopy(self.ids[at], path or version.path, 5, 6, method, matched, version.digest.xxh128, 4.0)
        with self.transaction():
            each = VersionCopy(version, seen, key)
            bucket = ("bucket" if key else "") if bucket is None else bucket
            return versions.add_version_copies(self.db, self.sync, "boot", [each], bucket, 4.0)

    def photograph(self, text, path):
        """A card's file with a copy at the SSD."""
        content = digest(text)
        copy = NewCopy(self.ids["ssd"], path, 7, 8, Method.DIRECT, True, content.xxh128, 2.0)
        read = SourceRead(1, content.xxh128, Method.CACHED, 1.5)
        new = NewFile(CardFile(b"DCIM/" + path, 1, 8), content, b"h" * 16, read, (copy,), None, self.shoot, path, "A")
        with self.transaction():
            record(self.db, run_id=self.run, card_id=self.card, boot_id="b", files=[new], upload=None, now=2.0)


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
    assert versions.versions_of_shoot(desk.db, desk.shoot) == {PATH: [first, second, back]}
    assert (back.asset_id, back.seen, back.mtime_ns) == (first.asset_id, 6.0, 6_000_000_000)
    assert versions.newest_version(desk.db, PATH) == back
    assert versions.watched_files(desk.db, [PATH, b"other"]) == {PATH: Watched(1, 6_000_000_000, 77, back.id)}


def test_versions_are_listed_by_shoot_and_a_catalog_is_of_none(desk):
    a, b, c = desk.see("a"), desk.see("b"), desk.see("c", b"2025/M/A.xmp")
    catalog = desk.see("d", b"catalogs/L.lrcat", kind="catalog", shoot=None)
    assert versions.versions_of_shoot(desk.db, desk.shoot) == {c.path: [c], PATH: [a, b]}
    assert versions.newest_version(desk.db, catalog.path) == catalog
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
    desk.photograph("p", b"2025/M/A")
    assert desk.see("p", b"2025/M/export.jpg").asset_id == 1
    assert shoot_view(desk.db, desk.shoot).files == 1


def test_files_that_have_versions_are_told_by_name_and_the_contents_of_a_shoots_by_shoot(desk):
    other = desk.see("other", b"2025/M/1.xmp")  # so that a content's id is not its shoot's
    a, b = desk.see("a"), desk.see("b")
    catalog = desk.see("d", b"catalogs/L.lrcat", kind="catalog", shoot=None)
    assert a == Version(a.id, PATH, "edit", desk.shoot, a.asset_id, 3.0, 3_000_000_000, digest("a"))
    assert (catalog.kind, catalog.shoot_id) == ("catalog", None)
    assert versions.version_paths(desk.db) == {PATH, other.path, catalog.path}
    assert versions.contents_of_versions(desk.db, desk.shoot) == {other.asset_id, a.asset_id, b.asset_id}
    assert versions.contents_of_versions(desk.db, 99) == set()
    assert versions.versions_of_shoot(desk.db, 99) == {}
    assert versions.newest_version(desk.db, b"unknown") is None


def test_where_versions_lie_is_told_with_what_lies_there_and_whether_a_card_brought_it(desk):
    desk.photograph("p", b"2025/M/A")
    lone, edit = desk.see("p", b"2025/M/export.jpg"), desk.see("ab")
    desk.copy(edit)
    desk.copy(edit, b"elsewhere.xmp", matched=False)
    desk.copy(edit, b"gone.xmp")
    versions.lose_version_copies(desk.db, desk.ids["nas"], [b"gone.xmp"])
    assert versions.copies_of_versions(desk.db, desk.shoot) == [
        LyingCopy(lone.asset_id, "ssd", b"2025/M/A", "proven", 1, 7, 8, is_card=True),
        LyingCopy(edit.asset_id, "nas", PATH, "proven", 2, 5, 6, is_card=False),
        LyingCopy(edit.asset_id, "nas", b"elsewhere.xmp", "suspect", 2, 5, 6, is_card=False),
    ]


def test_only_copies_of_card_files_below_the_very_folder_are_told_as_such(desk):
    for text, path in (("p", b"2025/M/A"), ("q", b"2025/M/sub/B"), ("r", b"2025/M"), ("s", b"2025/M0"), ("t", b"A")):
        desk.photograph(text, path)
    desk.copy(desk.see("edit"), at="ssd")
    below = {b"2025/M/A": (1, 8, 7), b"2025/M/sub/B": (1, 8, 7)}
    assert versions.card_copies_below(desk.db, "ssd", b"2025/M") == below
    assert versions.card_copies_below(desk.db, "nas", b"2025/M") == {}
    desk.db.execute("UPDATE copy SET state = 'lost' WHERE path = ?", (b"2025/M/A",))
    assert list(versions.card_copies_below(desk.db, "ssd", b"2025/M")) == [b"2025/M/sub/B"]


def test_only_copies_that_came_without_a_card_are_lost_where_they_are_not_there_and_suspect_ones_stay_so(desk):
    desk.photograph("p", b"photo")
    first = desk.see("a")
    for path, name, matched in ((b"1", "ssd", True), (b"2", "ssd", True), (b"1", "nas", True), (b"3", "ssd", False)):
        desk.copy(first, path, at=name, matched=matched)
    versions.lose_version_copies(desk.db, desk.ids["ssd"], [b"1", b"3", b"photo", b"nowhere"])
    found = desk.db.execute("SELECT d.name, c.path, c.state FROM copy c JOIN destination d ON d.id = c.destination_id")
    assert sorted(found) == [
        ("nas", b"1", "proven"),
        ("ssd", b"1", "lost"), ("ssd", b"2", "proven"), ("ssd", b"3", "suspect"), ("ssd", b"photo", "proven"),
    ]  # fmt: skip


def test_a_proven_copy_that_was_not_as_proven_is_suspect_and_no_other_is(desk):
    first, second = desk.see("a"), desk.see("b")
    desk.copy(first, b"1")
    desk.copy(first, b"2", method=Method.CACHED)
    desk.copy(first, b"1", at="ssd")
    desk.copy(second, b"3")
    versions.doubt_copy(desk.db, first.asset_id, desk.ids["nas"])
    found = desk.db.execute("SELECT path, state FROM copy ORDER BY id").fetchall()
    assert found == [(b"1", "suspect"), (b"2", "written"), (b"1", "proven"), (b"3", "proven")]


def test_what_is_proven_and_has_no_job_in_a_bucket_is_told_once_for_each_content_until_it_is_queued(desk):
    first, second = desk.see("a"), desk.see("b")
    back, third = desk.see("a"), desk.see("c", b"2025/M/2.xmp")
    desk.copy(second, key="k")
    desk.copy(back, b"set aside")
    desk.copy(third, b"2025/M/2.xmp", method=Method.CACHED)
    assert versions.not_queued(desk.db, desk.shoot, "bucket") == [first]
    assert versions.not_queued(desk.db, desk.shoot, "other") == [first, second]
    assert versions.not_queued(desk.db, 99, "other") == []
    jobs = [(first.asset_id, "first"), (second.asset_id, "second"), (first.asset_id, "again")]
    assert versions.queue_versions(desk.db, "bucket", jobs, 7.0) == 1
    assert versions.not_queued(desk.db, desk.shoot, "bucket") == []
    queued = desk.db.execute("SELECT asset_id, bucket, key, created FROM upload_job ORDER BY id").fetchall()
    assert queued == [(second.asset_id, "bucket", "k", 4.0), (first.asset_id, "bucket", "first", 7.0)]


def test_a_copy_is_queued_only_with_a_bucket_and_a_key_and_it_is_told_how_many_are(desk):
    first = desk.see("a")
    assert desk.copy(first, key="k", bucket="") == 0
    assert desk.copy(first, key="", bucket="bucket") == 0
    assert desk.copy(first, key="k", bucket="bucket", matched=False) == 0
    assert desk.rows("upload_job") == []
    assert desk.copy(first, key="k", bucket="bucket") == 1


def test_what_is_written_of_a_version_is_what_was_seen_and_names_its_session(desk):
    first = desk.see("a", at=3.0)
    assert desk.rows("version") == [(first.id, PATH, "edit", desk.shoot, first.asset_id, 3.0, 3_000_000_000, desk.sync)]
    desk.copy(first)
    assert desk.rows("copy") == [(1, first.asset_id, desk.ids["nas"], PATH, PATH.decode(), "proven", 5, 6, desk.sync)]
    assert desk.rows("proof") == [(1, 1, desk.sync, 4.0, "boot", "direct", 1, first.digest.xxh128)]
    assert desk.db.execute("SELECT head, mtime_ns FROM asset").fetchall() == [(b"h" * 16, 3_000_000_000)]


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM version", "UPDATE version SET seen = 9", "INSERT OR REPLACE INTO version SELECT * FROM version"],
)
def test_versions_are_appended_and_never_rewritten(desk, sql):
    desk.see("a")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        desk.db.execute(sql)


def test_a_copy_that_was_caught_up_with_is_a_photographs_own_and_no_edits(desk):
    desk.photograph("photo", b"2025/M/IMG_1.xmp")
    later = runs.open_run(desk.db, None, 5.0, "boot", runs.CATCH_UP)
    content = digest("photo")
    seen = NewCopy(desk.ids["nas"], b"2025/M/IMG_1.xmp", 7, 8, Method.DIRECT, True, content.xxh128, 6.0)
    with desk.transaction():
        add_copies(desk.db, run_id=later, boot_id="b", copies=[(content, seen)])
    desk.see("photo")
    assert {each.destination: each.is_card for each in versions.copies_of_versions(desk.db, desk.shoot)} == {
        "ssd": True, "nas": True,
    }  # fmt: skip
    assert versions.card_copies_below(desk.db, "nas", b"2025/M") == {b"2025/M/IMG_1.xmp": (5, 8, 7)}
    assert [row[0] for row in proven_at(desk.db, desk.shoot, "nas")] == [b"2025/M/IMG_1.xmp"]
    versions.lose_version_copies(desk.db, desk.ids["nas"], [b"2025/M/IMG_1.xmp"])
    assert [copy.destination for copy in copies_of_asset(desk.db, 1)] == ["ssd", "nas"]
