"""What was sent to a bucket beside the photographs, and whether anything came since."""

import pytest

from ingest.ledger import uploads
from ingest.ledger.records import (
    SentRecord,
    folders_in_bucket,
    forget_records,
    holds_anything,
    records_sent,
    remember_record,
    state_mark,
)

BUCKET = "archive"


def test_what_was_sent_is_told_by_its_kind_the_newest_first_and_until_the_bucket_was_emptied(desk):
    first, second = SentRecord("l/1", "ledger", "m1", 5, 1.0), SentRecord("l/2", "ledger", "m2", 6, 2.0)
    same_time = SentRecord("l/0", "ledger", "m0", 7, 2.0)
    readme = SentRecord("README.txt", "readme", "r", 8, 3.0)
    for record in (first, second, same_time, readme):
        remember_record(desk.db, BUCKET, record)
    remember_record(desk.db, "second", readme)
    assert records_sent(desk.db, BUCKET, "ledger") == [second, same_time, first]
    later = SentRecord("l/1", "ledger", "m3", 9, 4.0)
    remember_record(desk.db, BUCKET, later)
    assert records_sent(desk.db, BUCKET, "ledger") == [later, second, same_time]
    forget_records(desk.db, BUCKET)
    assert (records_sent(desk.db, BUCKET, "ledger"), records_sent(desk.db, BUCKET, "readme")) == ([], [])
    assert records_sent(desk.db, "second", "readme") == [readme]


@pytest.mark.parametrize(
    ("state", "is_there"),
    [("waiting", False), ("sending", False), ("needs you", False), ("sent", True), ("checked", True)],
)
def test_a_bucket_holds_what_was_sent_there_and_the_folders_of_its_shoots(desk, state, is_there):
    desk.write(1, b"M/a")
    desk.write(2, b"N/b", shoot=desk.other)
    for asset in (1, 2):
        uploads.enqueue(desk.db, asset, BUCKET, f"k{asset}", 1.0)
    uploads.enqueue(desk.db, 1, "second", "k", 1.0)
    assert (holds_anything(desk.db, BUCKET), folders_in_bucket(desk.db, BUCKET)) == (False, [])
    desk.db.execute(
        "UPDATE upload_job SET file_id = 'f', sent_at = 1, checked_at = 1, state = ? WHERE bucket = ? AND asset_id = 2",
        (state, BUCKET),
    )
    assert (holds_anything(desk.db, BUCKET), folders_in_bucket(desk.db, BUCKET)) == (
        (True, [b"2025/N"]) if is_there else (False, [])
    )
    desk.db.execute(
        "UPDATE upload_job SET file_id = 'f', sent_at = 1, checked_at = 1, state = ? WHERE bucket = ?", (state, BUCKET)
    )
    assert folders_in_bucket(desk.db, BUCKET) == ([b"2025/M", b"2025/N"] if is_there else [])
    assert (holds_anything(desk.db, "second"), folders_in_bucket(desk.db, "second")) == (False, [])


NEWS = {
    "a copy that became suspect": "UPDATE copy SET state = 'suspect' WHERE id = 1",
    "an upload that was sent": "UPDATE upload_job SET state = 'sent', file_id = 'f', sent_at = 1 WHERE asset_id = 1",
    "a shoot with another name": "UPDATE shoot SET name = 'other' WHERE id = 1",
    "a shoot that lasted longer": "UPDATE shoot SET last_day = '2025-06-20' WHERE id = 1",
    "tags that are newer": "UPDATE shoot_tag SET as_of = 9",
    "tags that were settled": "UPDATE shoot_tag SET settled = 1",
    "a destination elsewhere": "UPDATE destination SET root = '/other' WHERE id = 1",
    "another proof": "INSERT INTO proof SELECT NULL, copy_id, run_id, at, boot_id, method, matched, xxh128 FROM proof",
}
NO_NEWS = {
    "a record that was sent": "INSERT INTO record_sent VALUES ('b', 'k', 'ledger', 'm', 1, 1.0)",
    "a backup at a destination": "INSERT INTO ledger_backup VALUES (1, 1.0, 'n', 1, 'direct')",
    "when a destination was last seen": "UPDATE destination SET last_seen = 99",
    "a count of what a destination lacks": "INSERT INTO lack_known VALUES (1, 1, NULL, 0, 0, 0)",
    "statistics of SQLite": "ANALYZE",
}


def brought(desk):
    for asset, state in ((1, "waiting"), (2, "waiting"), (3, "sent")):
        desk.write(asset, b"M/%d" % asset)
        uploads.enqueue(desk.db, asset, BUCKET, f"k{asset}", 1.0)
        desk.db.execute(
            "UPDATE upload_job SET state = ?, file_id = 'f', sent_at = 1 WHERE asset_id = ?", (state, asset)
        )
    desk.db.execute("INSERT INTO shoot_tag (shoot_id, catalog, as_of, settled, facts) VALUES (1, 'c', 1, 0, '{}')")
    return state_mark(desk.db)


@pytest.mark.parametrize("news", NEWS)
def test_the_mark_of_a_ledger_is_another_one_once_something_came_that_a_backup_is_to_hold(desk, news):
    before = brought(desk)
    desk.db.execute(NEWS[news])
    assert (len(before), before == state_mark(desk.db)) == (32, False)


@pytest.mark.parametrize("what", NO_NEWS)
def test_the_mark_of_a_ledger_stays_while_nothing_happened_that_a_backup_would_be_missed_for(desk, what):
    before = brought(desk)
    desk.db.execute(NO_NEWS[what])
    assert state_mark(desk.db) == before
