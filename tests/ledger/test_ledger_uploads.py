"""Each verb of the upload queue on a job in each state: what becomes of the job, and of no other."""

import sqlite3
from contextlib import closing

import pytest
from ledger_desk import EmptyDesk, volume

from ingest.ledger import uploads
from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy, set_copy_state
from ingest.ledger.places import remember_destination
from ingest.ledger.upload_counts import Totals, totals
from ingest.ledger.upload_switch import pause
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead
from ingest.model.places import Destination, DestinationKind
from ingest.model.uploads import JobState, UploadJob

BUCKET = "archive"


class Desk(EmptyDesk):
    """Contents with proven copies at four places, of which the nearest was the last that became known."""

    def __init__(self, path):
        super().__init__(path)
        for name in ("drive", "hdd"):
            place = Destination(name, DestinationKind(name), name.encode())
            self.ids[name] = remember_destination(self.db, place, volume(name), name, 1.0)
        self.db.execute("DELETE FROM destination WHERE name = 'ssd'")
        place = Destination("ssd", DestinationKind.SSD, b"ssd")
        self.ids["ssd"] = remember_destination(self.db, place, volume("ssd"), "ssd", 1.0)

    def content(self, number, **changes):
        digest = Digest(number, bytes([160 + number]) * 16, bytes([176 + number]) * 20)
        copies = tuple(
            NewCopy(self.ids[name], b"M/%d" % number, 7, 8, Method.DIRECT, True, digest.xxh128, 2.0)
            for name in ("nas", "drive", "hdd", "ssd")
        )
        file = CardFile(b"DCIM/%d" % number, number, 1700000000123456789)
        read = SourceRead(1, digest.xxh128, Method.CACHED, 1.5)
        new = NewFile(file, digest, b"h" * 16, read, copies, None, self.shoot, b"M/%d" % number, "A")
        with self.transaction():
            record(self.db, run_id=self.run, card_id=self.card, boot_id="b", files=[new], upload=None, now=2.0)
        return self.db.execute("SELECT id FROM asset WHERE size = ?", (number,)).fetchone()[0]

    def jobs(self, facts, bucket=BUCKET):
        """(asset id, these facts) of each job of a bucket."""
        rows = f"SELECT asset_id, {facts} FROM upload_job WHERE bucket = ? ORDER BY asset_id"
        return self.db.execute(rows, (bucket,)).fetchall()

    def key_of_next(self, now=1000.0):
        job = uploads.lease_next(self.db, BUCKET, now, 60.0)
        return job and job.key


@pytest.fixture
def desk(tmp_path):
    with closing((desk := Desk(tmp_path / "ledger.sqlite")).db):
        yield desk


FACTS = ("state", "attempts", "next_try", "lease_until", "last_error", "file_id", "sent_at", "checked_at")
STATES = {
    "weather": ("waiting", 0, 200.0, 0.0, "line", "", None, None),
    "waiting": ("waiting", 1, 200.0, 0.0, "line", "", None, None),
    "sending": ("sending", 1, 200.0, 360.0, "line", "", None, None),
    "sent": ("sent", 1, 200.0, 0.0, "claim", "f", 310.0, None),
    "checked": ("checked", 0, 200.0, 0.0, "", "f", 310.0, 320.0),
    "needs you": ("needs you", 1, 200.0, 0.0, "look", "", None, None),
}


def bring(desk, bucket, state):
    """The only job of a bucket, brought into a state by the verbs that lead there; gives its id."""
    uploads.enqueue(desk.db, 1, bucket, "k", 1.0)
    job = uploads.lease_next(desk.db, bucket, 100.0, 60.0).id
    uploads.postpone(desk.db, job, next_try=200.0, error="line", counted=state != "weather")
    if state in ("weather", "waiting"):
        return job
    assert uploads.lease_next(desk.db, bucket, 300.0, 60.0).id == job
    if state in ("sent", "checked"):
        uploads.finish_sent(desk.db, job, file_id="f", at=310.0, doubt="claim")
    if state == "checked":
        uploads.finish_checked(desk.db, job, at=320.0)
    if state == "needs you":
        uploads.needs_you(desk.db, job, "look")
    return job


VERBS = {
    "renew": lambda db, job: uploads.renew(db, job, 999.0, 360.0),
    "renew what another has": lambda db, job: uploads.renew(db, job, 999.0, 160.0),
    "give_back": lambda db, job: uploads.give_back(db, job, 360.0),
    "give_back what another has": lambda db, job: uploads.give_back(db, job, 160.0),
    "finish_sent": lambda db, job: uploads.finish_sent(db, job, file_id="g", at=400.0),
    "finish_checked": lambda db, job: uploads.finish_checked(db, job, at=500.0),
    "postpone": lambda db, job: uploads.postpone(db, job, next_try=600.0, error="busy", counted=False),
    "needs_you": lambda db, job: uploads.needs_you(db, job, "do it"),
    "retry_all": lambda db, _job: uploads.retry_all(db, BUCKET),
    "due_now": lambda db, _job: uploads.due_now(db, BUCKET),
    "take_back": lambda db, _job: uploads.take_back(db, 1),  # whose copies are there
}
SENT = {"state": "sent", "lease_until": 0.0, "last_error": "", "file_id": "g", "sent_at": 400.0}
CHECKED = {"state": "checked", "attempts": 0, "last_error": "", "checked_at": 500.0}
LATER = {
    "state": "waiting",
    "next_try": 600.0,
    "lease_until": 0.0,
    "last_error": "busy",
    "file_id": "",
    "sent_at": None,
}
ASKS = {"state": "needs you", "lease_until": 0.0, "last_error": "do it"}
FRESH = {"state": "waiting", "attempts": 0, "next_try": 0.0}
CHANGES = {
    "renew": {"sending": {"lease_until": 999.0}},
    "renew what another has": {},
    "give_back": {"sending": {"state": "waiting", "next_try": 0.0, "lease_until": 0.0}},
    "give_back what another has": {},
    "finish_sent": dict.fromkeys(("weather", "waiting", "sending", "sent", "needs you"), SENT),
    "finish_checked": dict.fromkeys(("sent", "checked"), CHECKED),
    "postpone": dict.fromkeys(("weather", "waiting", "sending", "sent"), LATER),
    "needs_you": dict.fromkeys(STATES, ASKS),
    "retry_all": dict.fromkeys(("weather", "waiting", "needs you"), FRESH),
    "due_now": {"weather": {"next_try": 0.0}},
    "take_back": {},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_what_becomes_of_a_job_in_each_state_and_of_no_other(desk, verb, state):
    desk.content(1)
    bring(desk, "elsewhere", state)
    answer = VERBS[verb](desk.db, bring(desk, BUCKET, state))
    expected = dict(zip(FACTS, STATES[state], strict=True)) | CHANGES[verb].get(state, {})
    assert desk.jobs(", ".join(FACTS)) == [(1, *expected.values())]
    assert desk.jobs(", ".join(FACTS), "elsewhere") == [(1, *STATES[state])]
    assert answer == (state in CHANGES[verb] if verb.startswith(("retry_all", "renew")) else None)
    assert counted(desk) == counted_anew(desk)


def counted(desk):
    return desk.db.execute("SELECT * FROM upload_total WHERE files > 0 ORDER BY bucket, state").fetchall()


def counted_anew(desk):
    return desk.db.execute(
        "SELECT bucket, state, count(*), sum(a.size) FROM upload_job j JOIN asset a ON a.id = j.asset_id"
        " GROUP BY bucket, state ORDER BY bucket, state"
    ).fetchall()


def test_the_ledger_counts_the_states_itself_also_when_a_job_goes(desk):
    for number in (1, 2, 3):
        uploads.enqueue(desk.db, desk.content(number), BUCKET, f"k{number}", 1.0)
    job = uploads.lease_next(desk.db, BUCKET, 100.0, 60.0).id
    assert counted(desk) == counted_anew(desk) == [(BUCKET, "sending", 1, 1), (BUCKET, "waiting", 2, 5)]
    assert totals(desk.db, BUCKET) == Totals(files=3, bytes=6, sent=0, checked=0, needs_you=0)
    uploads.finish_sent(desk.db, job, file_id="f", at=310.0)
    desk.db.execute("DELETE FROM upload_job WHERE asset_id = 3")
    assert counted(desk) == counted_anew(desk) == [(BUCKET, "sent", 1, 1), (BUCKET, "waiting", 1, 2)]
    assert totals(desk.db, BUCKET) == Totals(files=1, bytes=2, sent=1, checked=0, needs_you=0)
    assert totals(desk.db, "elsewhere") == Totals(0, 0, 0, 0, 0)


def test_a_job_tells_all_that_its_upload_needs_with_the_nearest_copies_first(desk):
    desk.content(1)
    second = desk.content(2)
    desk.db.execute("UPDATE copy SET state = 'suspect' WHERE asset_id = 2 AND destination_id = ?", (desk.ids["hdd"],))
    uploads.enqueue(desk.db, second, BUCKET, "k", 1.0)
    sources = (("ssd", b"M/2"), ("drive", b"M/2"), ("nas", b"M/2"))
    whole = UploadJob(1, 2, "k", 2, "b2" * 20, "a2" * 16, 1700000000123, JobState.SENDING, sources=sources)
    assert uploads.lease_next(desk.db, BUCKET, 100.0, 60.0) == whole
    uploads.finish_sent(desk.db, 1, file_id="f", at=310.0)
    desk.db.execute("UPDATE upload_job SET attempts = 3, next_try = 7.5")
    [again] = uploads.to_check(desk.db, BUCKET)
    assert (again.state, again.attempts, again.next_try, again.file_id) == (JobState.SENT, 3, 7.5, "f")
    desk.db.execute("UPDATE copy SET state = 'proven'")
    assert [name for name, _ in uploads.to_check(desk.db, BUCKET)[0].sources] == ["ssd", "hdd", "drive", "nas"]


def test_the_error_that_a_job_waited_with_is_told_when_it_is_its_turn_again(desk):
    desk.content(1)
    bring(desk, BUCKET, "waiting")
    job = uploads.lease_next(desk.db, BUCKET, 300.0, 60.0)
    assert (job.attempts, job.next_try, job.last_error) == (1, 200.0, "line")


def test_nothing_is_leased_before_its_time_from_a_paused_queue_or_another_bucket(desk):
    desk.content(1)
    uploads.enqueue(desk.db, 1, BUCKET, "k", 1.0)
    job = uploads.lease_next(desk.db, BUCKET, 100.0, 60.0).id
    assert [desk.key_of_next(at) for at in (159.9, 160.0)] == [None, "k"]
    uploads.postpone(desk.db, job, next_try=200.0, error="", counted=False)
    pause(desk.db, BUCKET)
    assert desk.key_of_next() is None
    assert uploads.lease_next(desk.db, "elsewhere", 1000.0, 60.0) is None
    desk.db.execute("UPDATE upload_queue SET bucket = 'elsewhere'")
    assert [desk.key_of_next(at) for at in (199.9, 200.0)] == [None, "k"]


def test_a_batch_is_queued_once_for_a_bucket_and_every_content_gets_a_key_of_its_own(desk):
    ids = {number: desk.content(number) for number in range(1, 6)}
    assert uploads.enqueue(desk.db, ids[1], BUCKET, "a/A.JPG", 1.0) is True
    assert uploads.enqueue(desk.db, ids[1], BUCKET, "other", 1.0) is False
    assert uploads.enqueue(desk.db, ids[2], BUCKET, "a/A~3.JPG", 2.0, 5) is True
    jobs = [(ids[3], "a/A.JPG"), (ids[4], "a/A.JPG"), (ids[4], "b"), (ids[1], "b"), (ids[5], "b")]
    assert uploads.enqueue_all(desk.db, BUCKET, jobs, 3.0, 7) == 3
    assert desk.jobs("key, created, priority, state") == [
        (1, "a/A.JPG", 1.0, 0, "waiting"),
        (2, "a/A~3.JPG", 2.0, 5, "waiting"),
        (3, "a/A~2.JPG", 3.0, 7, "waiting"),
        (4, "a/A~4.JPG", 3.0, 7, "waiting"),
        (5, "b", 3.0, 7, "waiting"),
    ]
    assert uploads.enqueue_all(desk.db, "elsewhere", [(1, "a/A.JPG")], 4.0) == 1
    assert desk.jobs("key, created, priority", "elsewhere") == [(1, "a/A.JPG", 4.0, 0)]


def test_where_all_names_beside_a_key_are_taken_the_job_is_refused(desk, monkeypatch):
    monkeypatch.setattr(uploads, "_MOST_TWINS", 3)
    for number in (1, 2):
        assert uploads.enqueue(desk.db, desk.content(number), BUCKET, "A.JPG", 1.0)
    with pytest.raises(sqlite3.IntegrityError, match=r"^more than 3 objects want the name A\.JPG$"):
        uploads.enqueue(desk.db, desk.content(3), BUCKET, "A.JPG", 1.0)


def test_a_job_gets_another_key_unless_one_of_its_bucket_has_it(desk):
    for number, bucket, key in ((1, BUCKET, "k"), (2, BUCKET, "l"), (1, "elsewhere", "m")):
        uploads.enqueue(desk.db, number if bucket != BUCKET else desk.content(number), bucket, key, 1.0)
    assert uploads.rename(desk.db, 1, BUCKET, "l") is False
    assert desk.jobs("key") == [(1, "k"), (2, "l")]
    assert uploads.rename(desk.db, 1, BUCKET, "m") is True
    assert desk.jobs("key") == [(1, "m"), (2, "l")]


@pytest.mark.parametrize("state", STATES)
def test_content_of_which_every_copy_is_lost_leaves_the_queue_unless_it_is_under_way(desk, state):
    for number in (1, 2):
        desk.content(number)
    bring(desk, BUCKET, state)
    uploads.enqueue(desk.db, 2, BUCKET, "other", 1.0)
    for (copy,) in desk.db.execute("SELECT id FROM copy").fetchall():
        set_copy_state(desk.db, copy, "lost")
    uploads.take_back(desk.db, 1)
    left = [] if state in ("weather", "waiting", "needs you") else [(1, "k")]
    assert desk.jobs("key") == [*left, (2, "other")]


def test_when_the_next_job_is_due_and_whether_that_is_the_end_of_a_lease(desk):
    assert uploads.next_due(desk.db, BUCKET) is None
    ids = [desk.content(number) for number in (1, 2)]
    for asset_id, key in zip(ids, "kl", strict=True):
        uploads.enqueue(desk.db, asset_id, BUCKET, key, 1.0)
        uploads.postpone(desk.db, asset_id, next_try=200.0 * asset_id, error="", counted=True)
    assert uploads.next_due(desk.db, BUCKET) == (200.0, False)
    assert desk.key_of_next(450.0) == "k"
    assert uploads.next_due(desk.db, BUCKET) == (400.0, False)
    uploads.needs_you(desk.db, 2, "look")
    assert uploads.next_due(desk.db, BUCKET) == (510.0, True)
    assert uploads.next_due(desk.db, "elsewhere") is None


def test_what_a_listing_can_check_is_given_by_key(desk):
    for number, key in ((1, "c"), (2, "a"), (3, "b"), (4, "d"), (5, "e")):
        uploads.enqueue(desk.db, desk.content(number), "elsewhere" if number == 5 else BUCKET, key, 1.0)
        if number != 4:
            uploads.finish_sent(desk.db, number, file_id="f", at=1.0, doubt="claim" if number == 3 else "")
    assert [job.key for job in uploads.to_check(desk.db, BUCKET)] == ["a", "c"]


def test_the_keys_of_what_a_bucket_holds_with_the_version_that_was_sent(desk):
    for number in (1, 2, 3):
        uploads.enqueue(desk.db, desk.content(number), BUCKET, f"k{number}", 1.0)
    uploads.finish_sent(desk.db, 1, file_id="f1", at=1.0)
    uploads.finish_sent(desk.db, 2, file_id="f2", at=1.0)
    uploads.finish_checked(desk.db, 2, at=2.0)
    assert uploads.keys_of_assets(desk.db, BUCKET, [1, 2, 3, 99]) == {1: ("k1", "f1"), 2: ("k2", "f2")}
    assert uploads.keys_of_assets(desk.db, "elsewhere", [1, 2, 3]) == {}


def test_what_somebody_hid_in_the_bucket_is_there_and_is_checked_again_when_it_is_seen(desk):
    uploads.enqueue(desk.db, desk.content(1), BUCKET, "k", 1.0)
    uploads.finish_sent(desk.db, 1, file_id="f", at=1.0)
    uploads.finish_checked(desk.db, 1, at=2.0, how="parts")
    assert desk.jobs("how, file_id") == [(1, "parts", "f")]
    uploads.needs_you(desk.db, 1, "it was hidden")
    assert uploads.keys_of_assets(desk.db, BUCKET, [1]) == {1: ("k", "f")}
    uploads.finish_checked(desk.db, 1, at=3.0, file_id="g")
    assert desk.jobs("state, how, file_id, checked_at, last_error") == [(1, "checked", "sha1", "g", 3.0, "")]


def test_picks_go_before_stars_before_the_rest_before_rejects(desk):
    for number, pick, rating in ((1, -1, 5), (2, None, None), (3, None, 4), (4, 1, None), (5, 0, 3)):
        uploads.enqueue(desk.db, desk.content(number), BUCKET, f"k{number}", 1.0)
        if number != 2:
            desk.db.execute("INSERT INTO asset_tag VALUES (?, 'a.lrcat', 'stem', ?, ?, NULL)", (number, rating, pick))
    desk.db.execute("INSERT INTO asset_tag VALUES (5, 'b.lrcat', 'stem', 2, 1, NULL)")  # the best that any of them says
    uploads.enqueue(desk.db, 4, "elsewhere", "k", 1.0)
    assert uploads.reprioritise(desk.db, BUCKET) == 4
    assert uploads.reprioritise(desk.db, BUCKET) == 0
    assert [desk.key_of_next() for _ in range(5)] == ["k5", "k4", "k3", "k2", "k1"]
    assert desk.jobs("priority", "elsewhere") == [(4, 0)]


def test_a_copy_that_was_read_with_other_bytes_is_suspect_and_no_other_is(desk):
    desk.content(1)
    desk.content(2)
    set_copy_state(desk.db, desk.db.execute("SELECT max(id) FROM copy").fetchone()[0], "lost")
    suspected = "SELECT asset_id, destination_id FROM copy WHERE state = 'suspect'"
    for asset_id, place, path in ((1, "nas", b"M/2"), (2, "nas", b"M/1"), (2, "ssd", b"M/2"), (1, "nowhere", b"M/1")):
        uploads.suspect_source(desk.db, asset_id, place, path)
        assert desk.db.execute(suspected).fetchall() == []
    uploads.suspect_source(desk.db, 1, "nas", b"M/1")
    assert desk.db.execute(suspected).fetchall() == [(1, desk.ids["nas"])]
