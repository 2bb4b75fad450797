"""Third copies that are looked at in the bucket again: which are due, and what becomes of a job in each state."""

import pytest
from ledger_desk import digest

from ingest.ledger import uploads
from ingest.ledger.upload_checks import (
    Look,
    checked_otherwise,
    doubted,
    due_again,
    in_doubt,
    out_of_sight,
    vanished,
)

BUCKET = "archive"


def job(desk, number, key, state, *, bucket=BUCKET, **facts):
    """A job of a content of `number` bytes in a state; gives its id."""
    if not desk.db.execute("SELECT 1 FROM asset WHERE size = ?", (number,)).fetchone():
        desk.write(number, b"M/%d" % number)
    [asset] = desk.db.execute("SELECT id FROM asset WHERE size = ?", (number,)).fetchone()
    uploads.enqueue(desk.db, asset, bucket, key, 1.0)
    [key_id] = desk.db.execute(
        "SELECT id FROM upload_job WHERE asset_id = ? AND bucket = ?", (asset, bucket)
    ).fetchone()
    was_there = {"file_id": f"f{number}", "sent_at": 2.0, "checked_at": 3.0, "attempts": 1, "next_try": 900.0}
    for name, value in (was_there | facts | {"state": state}).items():
        if name != "state":
            desk.db.execute(f"UPDATE upload_job SET {name} = ? WHERE id = ?", (value, key_id))
    desk.db.execute("UPDATE upload_job SET state = ? WHERE id = ?", (state, key_id))
    return key_id


def look(key_id, number, key):
    return Look(key_id, key, number, digest(number).sha1.hex(), f"f{number}", 1)


def test_the_longest_unchecked_are_due_again_and_told_by_their_keys(desk):
    old = job(desk, 1, "z", "checked", checked_at=10.0)
    older = job(desk, 2, "a", "checked", checked_at=9.0)
    late = job(desk, 3, "b", "checked", checked_at=11.0)
    job(desk, 4, "c", "sent", checked_at=1.0)
    job(desk, 1, "z", "checked", bucket="second", checked_at=1.0)
    assert due_again(desk.db, BUCKET, 11.0, 9) == [look(older, 2, "a"), look(old, 1, "z")]
    assert due_again(desk.db, BUCKET, 12.0, 2) == [look(older, 2, "a"), look(old, 1, "z")]
    assert due_again(desk.db, BUCKET, 12.0, 3) == [look(older, 2, "a"), look(late, 3, "b"), look(old, 1, "z")]
    assert due_again(desk.db, BUCKET, 9.0, 9) == []


def test_what_was_hidden_or_covered_is_looked_for_and_what_never_was_there_is_not(desk):
    late, first = job(desk, 1, "z", "needs you"), job(desk, 2, "a", "needs you")
    job(desk, 3, "b", "needs you", file_id="")
    job(desk, 4, "c", "checked")
    job(desk, 1, "z", "needs you", bucket="second")
    assert out_of_sight(desk.db, BUCKET) == [look(first, 2, "a"), look(late, 1, "z")]


def test_what_was_sent_with_a_doubt_is_told_by_key(desk):
    late = job(desk, 1, "z", "sent", last_error="claim")
    first = job(desk, 2, "a", "sent", last_error="claim")
    job(desk, 3, "b", "sent")
    job(desk, 4, "c", "needs you", last_error="claim")
    job(desk, 1, "z", "sent", bucket="second", last_error="claim")
    assert in_doubt(desk.db, BUCKET) == [look(first, 2, "a"), look(late, 1, "z")]


FACTS = ("state", "file_id", "sent_at", "checked_at", "how", "attempts", "next_try", "last_error")
STATES = {
    "sent": ("sent", {}), "checked": ("checked", {}), "hidden": ("needs you", {}),
    "waiting": ("waiting", {"file_id": ""}), "sending": ("sending", {"file_id": ""}),
    "asks": ("needs you", {"file_id": ""}),
}  # fmt: skip
LAY_THERE = ("sent", "checked", "hidden")


def facts_of(desk, job_id):
    row = desk.db.execute(f"SELECT {', '.join(FACTS)} FROM upload_job WHERE id = ?", (job_id,)).fetchone()
    return dict(zip(FACTS, row, strict=True))


@pytest.mark.parametrize("name", STATES)
def test_what_the_bucket_does_not_hold_is_sent_again_and_keeps_when_it_was_checked(desk, name):
    state, facts = STATES[name]
    job_id, other = (job(desk, number, str(number), state, how="parts", **facts) for number in (1, 2))
    before, beside = facts_of(desk, job_id), facts_of(desk, other)
    vanished(desk.db, job_id, next_try=50.0, error="gone")
    again = {"state": "waiting", "file_id": "", "sent_at": None, "how": "", "attempts": 2, "next_try": 50.0}
    assert facts_of(desk, job_id) == before | ({**again, "last_error": "gone"} if name in LAY_THERE else {})
    assert facts_of(desk, other) == beside


@pytest.mark.parametrize("name", STATES)
def test_what_its_uploader_alone_vouches_for_is_sent_and_not_checked_any_more(desk, name):
    state, facts = STATES[name]
    job_id, other = (job(desk, number, str(number), state, **facts) for number in (1, 2))
    before, beside = facts_of(desk, job_id), facts_of(desk, other)
    doubted(desk.db, job_id, file_id="g", doubt="claim")
    changed = {"state": "sent", "file_id": "g", "last_error": "claim"}
    assert facts_of(desk, job_id) == before | (changed if name in LAY_THERE else {})
    assert facts_of(desk, other) == beside


def test_how_many_were_checked_by_their_parts_or_read_again_is_counted_for_each_bucket(desk):
    assert checked_otherwise(desk.db, BUCKET) == {"parts": 0, "read": 0}
    for number, (state, how) in enumerate(
        [("checked", "parts"), ("checked", "parts"), ("checked", "read"), ("checked", "sha1"), ("sent", "read")],
        start=1,
    ):
        job(desk, number, str(number), state, how=how)
    job(desk, 1, "1", "checked", bucket="second", how="parts")
    assert checked_otherwise(desk.db, BUCKET) == {"parts": 2, "read": 1}
    assert checked_otherwise(desk.db, "second") == {"parts": 1, "read": 0}
