"""Which unfinished uploads are this ledger's own, and what it still wants of them."""

from contextlib import closing

import pytest
from ledger_desk import digest

from ingest.ledger import uploads
from ingest.ledger.db import open_ledger
from ingest.ledger.runs import open_run
from ingest.ledger.upload_owner import owner_tag, still_wanted


def test_a_ledgers_tag_is_of_its_first_session_and_stays(desk, tmp_path):
    tag = owner_tag(desk.db)
    assert (len(tag), int(tag, 16) > 0) == (16, True)
    open_run(desk.db, desk.card, 5.0, "later", "ingest")
    assert owner_tag(desk.db) == tag
    with closing(open_ledger(tmp_path / "other.sqlite")) as other:
        assert owner_tag(other) == ""
        open_run(other, None, 5.0, "later", "sync")
        assert len(owner_tag(other)) == 16
        assert owner_tag(other) != tag


@pytest.mark.parametrize(
    ("state", "is_wanted"),
    [("waiting", True), ("sending", True), ("needs you", True), ("sent", False), ("checked", False)],
)
def test_an_upload_is_wanted_until_its_job_is_sent_and_by_no_other_job(desk, state, is_wanted):
    desk.write(1, b"M/a")
    desk.write(2, b"M/b")
    uploads.enqueue(desk.db, 1, "b", "k", 1.0)
    desk.db.execute("UPDATE upload_job SET file_id = 'f', sent_at = 1, checked_at = 1, state = ?", (state,))
    sha1 = digest(1).sha1.hex()
    assert still_wanted(desk.db, "b", "k", sha1) is is_wanted
    for bucket, key, content in (("c", "k", sha1), ("b", "other", sha1), ("b", "k", digest(2).sha1.hex())):
        assert not still_wanted(desk.db, bucket, key, content)
