"""What a batch leaves behind, row by row, and what a further look at a copy makes of it."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.assets import NewFile, Upload, add_copies, queue_third_copies, record, record_finding
from ingest.ledger.copies import NewCopy, prove, set_copy_state
from ingest.ledger.runs import open_run
from ingest.model.cards import Capture, CardFile
from ingest.model.copies import Digest, Method, SourceRead

CONTENT = Digest(5, b"x" * 16, b"s" * 20)
TAKEN = Capture(datetime(2025, 6, 14, 12, 0, 1), "exif", 120, "Canon", "EOS R5", "0123")  # noqa: DTZ001 - camera's clock
UPLOAD = Upload("bucket", {b"DCIM/A.JPG": "a/A.JPG", b"DCIM/B.JPG": "a/B.JPG"})


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        desk.run = open_run(desk.db, desk.card, 1.0, "boot", "ingest")  # the second: no id is 1 by chance
        yield desk


def a_copy(desk, name, path=b"2025/M/A\n.JPG", **changes):
    return replace(NewCopy(desk.ids[name], path, 7, 8, Method.DIRECT, True, CONTENT.xxh128, 2.0), **changes)


def a_file(desk, *copies, **changes):
    read = SourceRead(1, CONTENT.xxh128, Method.CACHED, 1.5)
    new = NewFile(
        CardFile(b"DCIM/A.JPG", 5, 9), CONTENT, b"h" * 16, read, copies, None, desk.shoot, b"2025/M/A.JPG", "A"
    )
    return replace(new, **changes)


def write(desk, *files, upload=None):
    with desk.transaction():
        record(desk.db, run_id=desk.run, card_id=desk.card, boot_id="boot", files=files, upload=upload, now=2.5)


def copies(desk):
    return desk.db.execute("SELECT id, state, inode, mtime_ns FROM copy ORDER BY id").fetchall()


def test_every_fact_of_a_file_is_in_its_row(desk):
    write(desk, a_file(desk, a_copy(desk, "nas"), capture=TAKEN), upload=UPLOAD)
    facts = ("2025-06-14T12:00:01", "exif", 120, "Canon", "EOS R5", "0123")
    assert desk.rows("asset") == [(1, 5, b"x" * 16, b"s" * 20, b"h" * 16, b"A.JPG", 9, *facts, desk.run)]
    assert desk.rows("copy") == [
        (1, 1, desk.ids["nas"], b"2025/M/A\n.JPG", "2025/M/A\\x0a.JPG", "proven", 7, 8, desk.run)
    ]
    assert desk.rows("proof") == [(1, 1, desk.run, 2.0, "boot", "direct", 1, b"x" * 16)]
    assert desk.rows("source_read") == [(1, desk.run, desk.card, b"DCIM/A.JPG", 5, 9, 1, b"x" * 16, "cached", 1.5)]
    assert desk.rows("card_file") == [(desk.card, b"DCIM/A.JPG", 5, 9, 1, b"2025/M/A.JPG", desk.run, 1)]
    assert desk.rows("shoot_asset") == [(desk.shoot, 1, b"2025/M/A.JPG", "A")]
    jobs = desk.db.execute("SELECT asset_id, bucket, key, state, priority, created FROM upload_job").fetchall()
    assert jobs == [(1, "bucket", "a/A.JPG", "waiting", 0, 2.5)]


def test_a_file_that_tells_nothing_of_its_capture_has_no_time_and_no_camera(desk):
    write(desk, a_file(desk, a_copy(desk, "nas")))
    facts = "capture_local, capture_source, offset_minutes, make, model, serial"
    assert desk.db.execute(f"SELECT {facts} FROM asset").fetchall() == [(None, None, None, "", "", "")]


def test_a_copy_that_was_lost_stays_lost_and_the_file_that_is_there_again_is_a_new_copy(desk):
    write(desk, a_file(desk, a_copy(desk, "ssd")))
    set_copy_state(desk.db, 1, "lost")
    write(desk, a_file(desk, a_copy(desk, "ssd", inode=70)))
    assert copies(desk) == [(1, "lost", 7, 8), (2, "proven", 70, 8)]


def test_what_is_seen_again_at_one_place_changes_nothing_at_another(desk):
    write(desk, a_file(desk, a_copy(desk, "ssd"), a_copy(desk, "nas")))
    with desk.transaction():
        again = a_copy(desk, "nas", inode=70, mtime_ns=80, matched=False, xxh128=b"?" * 16, at=4.0)
        add_copies(desk.db, run_id=desk.run, boot_id="later", copies=[(CONTENT, again)])
    assert copies(desk) == [(1, "proven", 7, 8), (2, "suspect", 70, 80)]
    assert desk.rows("proof")[-1] == (3, 2, desk.run, 4.0, "later", "direct", 0, b"?" * 16)


def test_where_another_content_got_a_name_only_the_copy_that_stood_there_is_lost(desk):
    write(desk, a_file(desk, a_copy(desk, "ssd"), a_copy(desk, "nas")))
    other = Digest(6, b"y" * 16, b"t" * 20)
    there = a_copy(desk, "nas", inode=70, xxh128=other.xxh128)
    write(desk, a_file(desk, there, digest=other, file=CardFile(b"DCIM/B.JPG", 6, 9)))
    assert copies(desk) == [(1, "proven", 7, 8), (2, "lost", 7, 8), (3, "proven", 70, 8)]


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        ({"method": Method.SERVED}, "proven"),
        ({"method": Method.CACHED}, "written"),
        ({"matched": False, "xxh128": b"?" * 16}, "suspect"),
        ({"method": Method.CACHED, "matched": False, "xxh128": b"?" * 16}, "suspect"),
    ],
)
def test_a_copy_is_what_the_newest_look_at_it_says(desk, seen, state):
    write(desk, a_file(desk, a_copy(desk, "ssd"), a_copy(desk, "nas")))
    look = a_copy(desk, "nas", inode=70, mtime_ns=80, at=4.0, **seen)
    assert prove(desk.db, 2, None, "later", look) is (state == "proven")
    assert copies(desk) == [(1, "proven", 7, 8), (2, state, 70, 80)]
    assert desk.rows("proof")[-1] == (3, 2, None, 4.0, "later", look.method.value, int(look.matched), look.xxh128)
    assert prove(desk.db, 2, desk.run, "later", a_copy(desk, "nas")) is True
    assert desk.rows("proof")[-1][1:3] == (2, desk.run)


def test_third_copies_are_asked_for_what_is_known_and_has_a_name_in_the_bucket(desk):
    other, unknown = Digest(6, b"y" * 16, b"t" * 20), Digest(7, b"z" * 16, b"u" * 20)
    for digest, path in ((CONTENT, b"DCIM/A.JPG"), (other, b"DCIM/B.JPG")):
        there = a_copy(desk, "ssd", b"2025/" + path, xxh128=digest.xxh128)
        write(desk, a_file(desk, there, digest=digest, file=CardFile(path, digest.size, 9)))
    proven = [(other, b"DCIM/B.JPG"), (unknown, b"DCIM/A.JPG"), (CONTENT, b"DCIM/ELSEWHERE.JPG")]
    with desk.transaction():
        queue_third_copies(desk.db, UPLOAD, proven, 6.0)
    jobs = "SELECT asset_id, bucket, key, created FROM upload_job"
    assert desk.db.execute(jobs).fetchall() == [(2, "bucket", "a/B.JPG", 6.0)]


def test_no_third_copy_is_asked_for_content_of_which_no_copy_is_proven(desk):
    write(desk, a_file(desk, a_copy(desk, "ssd", method=Method.CACHED)), upload=UPLOAD)
    with pytest.raises(sqlite3.IntegrityError, match="proven"), desk.transaction():
        queue_third_copies(desk.db, UPLOAD, [(CONTENT, b"DCIM/A.JPG")], 6.0)
    assert desk.rows("upload_job") == []


def test_a_finding_is_said_once_for_each_content_and_stays_as_it_was_said(desk):
    write(desk, a_file(desk, a_copy(desk, "ssd")))
    for code, detail, at in (("truncated", "ends early", 3.0), ("truncated", "again", 4.0), ("no thumbnail", "", 5.0)):
        record_finding(desk.db, 1, code, detail, at)
    assert desk.rows("finding") == [(1, "no thumbnail", "", 5.0), (1, "truncated", "ends early", 3.0)]
