"""What a ledger that came back knows of files elsewhere, and how its queue is made to agree with a listing."""

from contextlib import closing

import pytest
from ledger_desk import ContentDesk, digest

from ingest.ledger import uploads
from ingest.ledger.drills import generations
from ingest.ledger.recovering import (
    InBucket,
    KnownFile,
    contents_known,
    destinations_known,
    elsewhere,
    files_known_at,
    keys_of,
    name_of_marker,
    newest_of,
    paths_known,
    released_shoots,
    settle_uploads,
)
from ingest.ledger.released import archived_assets
from ingest.model.copies import Method

BUCKET = "archive"


class Desk(ContentDesk):
    def let_go(self, number, place):
        """The copy of a content at a place is lost, with a reason."""
        key = self.lose(number, place)
        guards = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'released'"
        for (name,) in self.db.execute(guards).fetchall():
            self.db.execute(f"DROP TRIGGER {name}")
        self.db.execute("INSERT INTO released (copy_id, at, why) VALUES (?, 3.0, 'room')", (key,))

    def jobs(self, facts="state", bucket=BUCKET):
        rows = f"SELECT asset_id, {facts} FROM upload_job WHERE bucket = ? ORDER BY asset_id"
        return self.db.execute(rows, (bucket,)).fetchall()

    def send(self, asset, key, *, bucket=BUCKET, checked=False, file_id="f"):
        uploads.enqueue(self.db, asset, bucket, key, 1.0)
        [job] = self.db.execute(
            "SELECT id FROM upload_job WHERE asset_id = ? AND bucket = ?", (asset, bucket)
        ).fetchone()
        uploads.finish_sent(self.db, job, file_id=file_id, at=3.0)
        if checked:
            uploads.finish_checked(self.db, job, at=4.0)
        return job


@pytest.fixture
def desk(tmp_path):
    with closing((desk := Desk(tmp_path / "ledger.sqlite")).db):
        yield desk


def test_what_stood_at_a_place_comes_first_then_what_only_belongs_there_each_by_its_path(desk):
    desk.write(1, b"M/b", ["ssd"])
    desk.write(2, b"M/a", ["ssd", "nas"])
    desk.write(3, b"M/0", ["nas"], desk.other)
    desk.write(4, b"M/00", ["nas"], desk.other)
    assert files_known_at(desk.db, "ssd") == [
        KnownFile(b"M/a", digest(2), 9, 2, desk.shoot), KnownFile(b"M/b", digest(1), 9, 1, desk.shoot),
        KnownFile(b"M/0", digest(3), 9, 3, desk.other), KnownFile(b"M/00", digest(4), 9, 4, desk.other),
    ]  # fmt: skip
    assert [file.path for file in files_known_at(desk.db, "new")] == [b"M/0", b"M/00", b"M/a", b"M/b"]


def test_a_lost_file_still_belongs_to_its_place_and_one_that_was_let_go_does_not(desk):
    for number, path in ((1, b"M/a"), (2, b"M/b")):
        desk.write(number, path)
    desk.lose(1, "ssd")
    assert [file.path for file in files_known_at(desk.db, "ssd")] == [b"M/b", b"M/a"]
    desk.let_go(2, "ssd")
    assert [file.path for file in files_known_at(desk.db, "ssd")] == [b"M/a"]
    assert [file.path for file in files_known_at(desk.db, "nas")] == [b"M/a", b"M/b"]


def test_of_an_edit_its_newest_version_is_known_and_no_catalogs(desk):
    for number in (1, 2, 3):
        desk.write(number, b"M/%d" % number)
    for path, kind, shoot, asset in (
        (b"M/1.xmp", "edit", desk.shoot, 1), (b"M/1.xmp", "edit", desk.shoot, 2), (b"catalogs/M", "catalog", None, 3),
    ):  # fmt: skip
        desk.db.execute(
            "INSERT INTO version (path, kind, shoot_id, asset_id, seen, mtime_ns, run_id)"
            " VALUES (?, ?, ?, ?, 1, 77, ?)",
            (path, kind, shoot, asset, desk.run),
        )
    assert newest_of(desk.db, "edit") == [KnownFile(b"M/1.xmp", digest(2), 77, 2, desk.shoot)]
    assert newest_of(desk.db, "catalog") == [KnownFile(b"catalogs/M", digest(3), 77, 3, None)]


def test_each_content_of_a_catalog_is_told_with_its_folder_and_the_number_of_its_generation(desk):
    for number, kind in ((1, "catalog"), (2, "edit"), (3, "catalog"), (1, "catalog")):
        desk.write(number, b"M/%d" % number)
        shoot = desk.shoot if kind == "edit" else None
        desk.db.execute(
            "INSERT INTO version (path, kind, shoot_id, asset_id, seen, mtime_ns, run_id)"
            " VALUES (x'63', ?, ?, ?, 1, 77, ?)",
            (kind, shoot, number, desk.run),
        )
    assert generations(desk.db) == {1: (b"c", 4), 3: (b"c", 3)}


def test_what_was_let_go_is_archived_while_no_copy_of_it_stands_at_that_place(desk):
    for number in (1, 2, 3):
        desk.write(number, b"M/%d" % number)
    desk.lose(1, "ssd")
    desk.let_go(2, "ssd")
    assert archived_assets(desk.db) == {2}
    desk.write(2, b"M/again", ["ssd"])
    assert archived_assets(desk.db) == frozenset()


def test_a_shoot_that_was_let_go_is_named_for_the_place_where_it_does_not_stand(desk):
    desk.write(1, b"M/a")
    desk.write(2, b"N/b", shoot=desk.other)
    assert released_shoots(desk.db, "ssd") == []
    desk.let_go(1, "ssd")
    assert (released_shoots(desk.db, "ssd"), released_shoots(desk.db, "nas")) == (["M"], [])


def test_contents_and_paths_are_known_by_the_ledgers_own(desk):
    desk.write(1, b"M/a")
    same_size = (1, b"z" * 20)
    asked = [(1, digest(1).sha1), same_size, (2, digest(1).sha1), (1, digest(1).sha1)]
    assert contents_known(desk.db, asked) == {(1, digest(1).sha1)}
    assert paths_known(desk.db, [b"M/a", b"M/b", b"DCIM/M/a"]) == {b"M/a"}


def test_where_else_a_content_lay_is_told_without_this_place_this_bucket_and_what_is_lost(desk):
    desk.write(1, b"M/a")
    desk.write(2, b"M/b")
    desk.lose(2, "nas")
    desk.send(1, "a")
    desk.send(1, "a", bucket="second")
    uploads.enqueue(desk.db, 2, "second", "b", 1.0)
    assert elsewhere(desk.db, [1, 2], "ssd", BUCKET) == {1: ["nas", "the bucket second"]}
    assert elsewhere(desk.db, [2], "nas", "second") == {2: ["ssd"]}
    assert elsewhere(desk.db, [1], "", "second") == {1: ["ssd", "nas", "the bucket archive"]}


def test_the_names_of_a_content_in_whatever_bucket_are_told_sent_or_not(desk):
    desk.write(1, b"M/a")
    desk.write(2, b"M/b")
    desk.send(1, "a")
    uploads.enqueue(desk.db, 1, "second", "a~2", 1.0)
    uploads.enqueue(desk.db, 2, "second", "b", 1.0)
    assert {key: sorted(names) for key, names in keys_of(desk.db, [1, 2, 9]).items()} == {1: ["a", "a~2"], 2: ["b"]}


def test_destinations_are_told_as_settings_have_them_and_known_by_their_marker(desk):
    assert destinations_known(desk.db) == [
        {"name": "ssd", "kind": "ssd", "root": "/mnt/ssd"},
        {"name": "nas", "kind": "nas", "root": "/mnt/nas"},
    ]
    assert (name_of_marker(desk.db, "marker-nas"), name_of_marker(desk.db, "other")) == ("nas", "")


def in_bucket(number, key, *, file_id="g", verified=True):
    return InBucket(key, number, digest(number).sha1.hex(), file_id, verified)


FACTS = "key, state, file_id, sent_at, checked_at, attempts, next_try, last_error"
LOST = "it was not in the bucket after a recovery"


def settle(desk, *objects):
    return settle_uploads(desk.db, BUCKET, objects, "only its uploader says so", 9.0)


def test_what_the_service_itself_reckoned_is_checked_in_whichever_state_its_job_came_back(desk):
    for number in (1, 2, 3):
        desk.write(number, b"M/%d" % number)
    uploads.enqueue(desk.db, 1, BUCKET, "a", 1.0)
    desk.send(2, "b")
    desk.send(3, "c", checked=True)
    assert settle(desk, in_bucket(1, "a"), in_bucket(2, "b"), in_bucket(3, "c")) == (3, 0)
    assert desk.jobs(FACTS) == [(n, key, "checked", "g", 9.0, 9.0, 0, 0.0, "") for n, key in enumerate("abc", start=1)]


def test_what_its_uploader_alone_vouches_for_is_sent_with_a_doubt_unless_it_is_the_version_that_we_sent(desk):
    for number in (1, 2):
        desk.write(number, b"M/%d" % number)
    desk.send(1, "a", checked=True)
    desk.send(2, "b", file_id="ours")
    doubtful = in_bucket(1, "a", verified=False), in_bucket(2, "b", file_id="ours", verified=False)
    assert settle(desk, *doubtful) == (2, 0)
    assert desk.jobs(FACTS) == [
        (1, "a", "sent", "g", 9.0, None, 0, 0.0, "only its uploader says so"),
        (2, "b", "checked", "ours", 9.0, 9.0, 0, 0.0, ""),
    ]


@pytest.mark.parametrize("found", [
    [], [InBucket("a", 1, "00" * 20, "g", verified=True)], [InBucket("a", 2, digest(1).sha1.hex(), "g", verified=True)],
    [in_bucket(1, "elsewhere")],
])  # fmt: skip
@pytest.mark.parametrize("checked", [True, False])
def test_what_the_listing_does_not_hold_under_its_key_is_sent_again(desk, found, checked):
    desk.write(1, b"M/a")
    desk.send(1, "a", checked=checked)
    desk.db.execute("UPDATE upload_job SET attempts = 3, next_try = 500")
    desk.write(3, b"M/c")
    desk.send(2, "c", checked=checked)
    assert settle(desk, *found) == (0, 2)
    assert desk.jobs(FACTS) == [
        (1, "a", "waiting", "", None, None, 0, 0.0, LOST),
        (2, "c", "waiting", "", None, None, 0, 0.0, LOST),
    ]


def test_what_was_not_sent_yet_waits_on_and_another_buckets_jobs_are_left_alone(desk):
    for number in (1, 2):
        desk.write(number, b"M/%d" % number)
    uploads.enqueue(desk.db, 1, BUCKET, "a", 1.0)
    desk.send(2, "b")
    desk.send(1, "a", bucket="second", checked=True)
    before = desk.jobs(FACTS), desk.jobs(FACTS, "second")
    assert settle(desk, in_bucket(2, "b")) == (1, 0)
    assert (desk.jobs(FACTS)[0], desk.jobs(FACTS, "second")) == (before[0][0], before[1])


def test_a_content_that_lies_in_the_bucket_without_a_job_gets_one_that_is_checked(desk):
    desk.write(1, b"M/a")
    desk.write(2, b"M/b")
    desk.write(3, b"M/c", method=Method.CACHED)
    desk.send(1, "a", bucket="second")
    assert settle(desk, in_bucket(1, "kept/a"), in_bucket(3, "kept/c"), in_bucket(9, "strange")) == (1, 0)
    assert desk.jobs(FACTS + ", created") == [(1, "kept/a", "checked", "g", 9.0, 9.0, 0, 0.0, "", 9.0)]
