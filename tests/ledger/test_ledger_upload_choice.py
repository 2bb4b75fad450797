"""What a person takes out of the queue, or puts back: a job in each state, and none of another shoot or bucket."""

from contextlib import closing

import pytest
from ledger_desk import ContentDesk

from ingest.ledger import uploads
from ingest.ledger.upload_choice import cancel_named, cancel_shoot, not_queued, retry_named, retry_shoot
from ingest.model.copies import Method

BUCKET = "archive"
# key -> (state, until when a worker has it)
JOBS = {
    "p/M/waiting": ("waiting", 500.0),  # which says nothing: nobody has what waits
    "p/M/sending": ("sending", 100.1),
    "p/M/died": ("sending", 100.0),
    "p/M/sent": ("sent", 0.0),
    "p/M/checked": ("checked", 0.0),
    "p/M/needs": ("needs you", 0.0),
}
NOW = 100.0


@pytest.fixture
def desk(tmp_path):
    """Jobs in every state of a shoot, and one that waits in another shoot; all of them in another bucket as well."""
    with closing((desk := ContentDesk(tmp_path / "ledger.sqlite")).db):
        for number, key in enumerate([*JOBS, "p/N/waiting"], start=1):
            desk.write(number, key.encode(), shoot=desk.shoot if key in JOBS else desk.other)
            for bucket in (BUCKET, "second"):
                uploads.enqueue(desk.db, number, bucket, key, 1.0)
        for key, (state, lease) in JOBS.items():
            desk.db.execute(
                "UPDATE upload_job SET state = ?, lease_until = ?, file_id = 'f', sent_at = 1, checked_at = 1,"
                " attempts = 2, next_try = 900 WHERE key = ?",
                (state, lease, key),
            )
        yield desk


def keys(desk, bucket=BUCKET):
    return {row[0] for row in desk.db.execute("SELECT key FROM upload_job WHERE bucket = ?", (bucket,))}


def tries(desk, bucket=BUCKET):
    """key -> (state, attempts, next try)."""
    rows = desk.db.execute("SELECT key, state, attempts, next_try FROM upload_job WHERE bucket = ?", (bucket,))
    return {row[0]: row[1:] for row in rows}


def test_a_shoot_is_taken_out_but_for_what_is_under_way_and_what_lies_in_the_bucket(desk):
    every = keys(desk)
    assert cancel_shoot(desk.db, BUCKET, desk.shoot, NOW) == (3, 1)
    assert keys(desk) == every - {"p/M/waiting", "p/M/died", "p/M/needs"}
    assert keys(desk, "second") == every


@pytest.mark.parametrize("name", ["p/M/waiting", "M/waiting"])
def test_a_file_is_taken_out_by_its_key_or_by_how_that_ends(desk, name):
    every = keys(desk)
    assert cancel_named(desk.db, BUCKET, name, NOW) == (1, 0)
    assert (keys(desk), keys(desk, "second")) == (every - {"p/M/waiting"}, every)


def test_a_name_takes_out_each_key_that_ends_in_it_and_no_longer_name(desk):
    assert cancel_named(desk.db, BUCKET, "aiting", NOW) == (0, 0)
    assert cancel_named(desk.db, BUCKET, "waiting", NOW) == (2, 0)


@pytest.mark.parametrize(
    ("name", "gone"), [("p/M/sent", (0, 0)), ("p/M/checked", (0, 0)), ("p/M/sending", (0, 1)), ("p/M/died", (1, 0))]
)
def test_what_was_sent_is_never_forgotten_and_what_is_being_sent_is_counted(desk, name, gone):
    assert cancel_named(desk.db, BUCKET, name, NOW) == gone
    assert (name in keys(desk)) is (gone[0] == 0)


def test_a_shoot_that_waits_or_needs_somebody_is_due_now_with_fresh_tries(desk):
    before, second = tries(desk), tries(desk, "second")
    assert retry_shoot(desk.db, BUCKET, desk.shoot) == 2
    fresh = dict.fromkeys(("p/M/waiting", "p/M/needs"), ("waiting", 0, 0.0))
    assert (tries(desk), tries(desk, "second")) == (before | fresh, second)


def test_a_file_is_tried_again_by_how_its_key_ends(desk):
    before, second = tries(desk), tries(desk, "second")
    assert retry_named(desk.db, BUCKET, "M/needs") == 1
    assert (tries(desk), tries(desk, "second")) == (before | {"p/M/needs": ("waiting", 0, 0.0)}, second)
    assert [retry_named(desk.db, BUCKET, name) for name in ("M/sending", "M/sent", "eeds")] == [0, 0, 0]


def test_what_has_a_proven_copy_and_no_job_is_told_by_path_once(desk):
    desk.write(20, b"M/z")
    desk.write(20, b"M/b")
    desk.write(21, b"M/a", ["nas"])
    desk.write(22, b"M/unproven", method=Method.CACHED)
    desk.write(23, b"N/x", shoot=desk.other)
    ids = dict(desk.db.execute("SELECT size, id FROM asset").fetchall())
    assert not_queued(desk.db, BUCKET, desk.shoot) == [(ids[21], b"M/a"), (ids[20], b"M/b")]
    uploads.enqueue(desk.db, ids[20], BUCKET, "p/M/b", 1.0)
    assert not_queued(desk.db, BUCKET, desk.shoot) == [(ids[21], b"M/a")]
    assert [key for key, _ in not_queued(desk.db, "third", desk.other)] == [ids[23], 7]
