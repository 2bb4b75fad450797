"""The upload queue in a real ledger file."""

import sqlite3
import threading
from contextlib import closing

import pytest

from ingest.ledger import upload_counts, upload_switch, uploads
from ingest.ledger.db import open_ledger, transaction
from ingest.ledger.upload_counts import counts_by_shoot, counts_of_shoot
from ingest.model.uploads import JobState, UploadCounts

BUCKET = "my-archive"


def lease(world, now=100.0, seconds=60.0):
    return uploads.lease_next(world.connection, BUCKET, now, seconds)


def test_a_job_tells_all_that_an_upload_needs_with_the_ssd_before_the_nas(world):
    world.queue("M/A.JPG", b"picture")
    job = lease(world)
    assert (job.key, job.size, job.state, job.mtime_ms) == ("originals/M/A.JPG", 7, JobState.SENDING, 1700000000123)
    assert len(job.sha1) == 40
    assert len(job.xxh128) == 32
    assert job.sources == (("ssd", b"M/A.JPG"), ("nas", b"M/A.JPG"))


def test_only_proven_copies_are_sources(world):
    world.queue("M/A.JPG", b"picture")
    uploads.suspect_source(world.connection, 1, "ssd", b"M/A.JPG")
    assert lease(world).sources == (("nas", b"M/A.JPG"),)


def test_enqueue_belongs_to_the_transaction_that_proves_the_copy(world):
    asset = world.asset("M/A.JPG", b"picture")

    def prove():
        with transaction(world.connection):
            assert uploads.enqueue(world.connection, asset, BUCKET, "k", 1.0)
            world.connection.execute("UPDATE asset SET size = 1")  # what else the transaction holds is refused

    with pytest.raises(sqlite3.IntegrityError):
        prove()
    assert world.jobs() == {}


def test_an_asset_is_queued_once_for_a_bucket(world):
    asset = world.asset("M/A.JPG", b"picture")
    assert uploads.enqueue(world.connection, asset, BUCKET, "k", 1.0)
    assert not uploads.enqueue(world.connection, asset, BUCKET, "elsewhere", 2.0)
    assert uploads.enqueue(world.connection, asset, "another-bucket", "k", 3.0)
    assert [key for (key,) in world.connection.execute("SELECT key FROM upload_job WHERE bucket = ?", (BUCKET,))] == [
        "k"
    ]


def test_two_contents_that_want_one_key_get_two_names_and_no_proof_is_rolled_back(world):
    for number in range(3):
        asset = world.asset(f"M/{number}.JPG", bytes([number]))
        with transaction(world.connection):
            assert uploads.enqueue(world.connection, asset, BUCKET, "a/B.CR3", 1.0)
    assert list(world.jobs()) == ["a/B.CR3", "a/B~2.CR3", "a/B~3.CR3"]


def test_an_asset_without_a_proven_copy_is_refused_by_the_ledger_itself(world):
    asset = world.asset("M/A.JPG", b"picture")
    for place in ("ssd", "nas"):
        uploads.suspect_source(world.connection, asset, place, b"M/A.JPG")
    with pytest.raises(sqlite3.IntegrityError, match="proven"):
        uploads.enqueue(world.connection, asset, BUCKET, "k", 1.0)


def test_jobs_are_leased_by_priority_then_age(world):
    for name, priority in (("old", 0), ("starred", 5), ("new", 0), ("picked", 10)):
        asset = world.asset(f"M/{name}", name.encode())
        uploads.enqueue(world.connection, asset, BUCKET, name, 1.0, priority)
    assert [lease(world).key for _ in range(4)] == ["picked", "starred", "old", "new"]
    assert lease(world) is None


def test_a_lease_that_ended_is_taken_again_and_a_renewed_one_is_not(world):
    world.queue("M/A.JPG", b"picture")
    job = lease(world, now=100, seconds=60)
    assert lease(world, now=159) is None
    assert lease(world, now=160).id == job.id
    assert uploads.renew(world.connection, job.id, 500.0, 220.0)
    assert not uploads.renew(world.connection, job.id, 600.0, 220.0)  # the first worker, whose lease was over
    assert lease(world, now=499) is None


def test_two_workers_never_take_one_job(world, tmp_path):
    for number in range(60):
        world.queue(f"M/{number}.JPG", bytes([number]))
    taken = [[], []]

    def work(mine):
        with closing(open_ledger(tmp_path / "ledger.sqlite")) as connection:
            while job := uploads.lease_next(connection, BUCKET, 100.0, 60.0):
                mine.append(job.id)

    workers = [threading.Thread(target=work, args=(mine,)) for mine in taken]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken[0] + taken[1]) == list(range(1, 61))


def test_a_postponed_job_is_not_due_before_its_time(world):
    world.queue("M/A.JPG", b"picture")
    job = lease(world)
    uploads.postpone(world.connection, job.id, next_try=500.0, error="why", counted=True)
    assert world.jobs() == {job.key: ("waiting", "why", 1)}
    assert uploads.next_due(world.connection, BUCKET) == (500.0, False)
    assert lease(world, now=499.0) is None
    assert lease(world, now=500.0).attempts == 1


def test_a_run_begins_with_what_only_waited_for_the_weather(world):
    for name, counted in (("weather", False), ("own fault", True)):
        world.queue(f"M/{name}", name.encode())
        uploads.postpone(world.connection, lease(world).id, next_try=900.0, error="", counted=counted)
    uploads.due_now(world.connection, BUCKET)
    assert lease(world).key == "originals/M/weather"
    assert lease(world) is None


def test_retry_makes_everything_due_with_fresh_tries_but_nothing_that_was_sent(world):
    for name in ("sent", "asks", "waits", "fresh"):
        world.queue(f"M/{name}", name.encode())
    uploads.finish_sent(world.connection, lease(world).id, file_id="f", at=1.0)
    uploads.needs_you(world.connection, lease(world).id, "look")
    uploads.postpone(world.connection, lease(world).id, next_try=9e9, error="", counted=True)
    assert uploads.retry_all(world.connection, BUCKET) == 2
    assert [lease(world).key.rpartition("/")[2] for _ in range(3)] == ["asks", "waits", "fresh"]


def test_pause_and_resume_and_the_sentence_that_stopped_the_queue(world):
    world.queue("M/A.JPG", b"picture")
    assert upload_switch.switch(world.connection, BUCKET) == upload_switch.Switch()
    upload_switch.pause(world.connection, BUCKET)
    assert lease(world) is None
    upload_switch.stopped(world.connection, BUCKET, "Raise the cap", 5.0)
    assert upload_switch.switch(world.connection, BUCKET) == upload_switch.Switch(True, "Raise the cap")
    upload_switch.resume(world.connection, BUCKET)
    assert upload_switch.switch(world.connection, BUCKET) == upload_switch.Switch()
    assert lease(world) is not None


def test_the_ledger_refuses_a_sent_job_without_a_file_id(world):
    world.queue("M/A.JPG", b"picture")
    with pytest.raises(sqlite3.IntegrityError):
        uploads.finish_sent(world.connection, lease(world).id, file_id="", at=1.0)


def test_a_job_is_checked_only_after_it_was_sent_and_a_doubt_keeps_it_from_the_check(world):
    for name in ("a", "b"):
        world.queue(f"M/{name}", name.encode())
    first, second = lease(world), lease(world)
    uploads.finish_checked(world.connection, first.id, at=1.0)
    assert world.states() == ["sending", "sending"]
    uploads.finish_sent(world.connection, first.id, file_id="f", at=1.0)
    uploads.finish_sent(world.connection, second.id, file_id="g", at=1.0, doubt="a claim")
    assert [job.key for job in uploads.to_check(world.connection, BUCKET)] == [first.key]
    uploads.finish_checked(world.connection, first.id, at=2.0)
    assert world.states() == ["checked", "sent"]


def test_the_keys_of_what_the_bucket_holds_lead_the_way_back(world):
    for name in ("sent", "checked", "waiting"):
        world.queue(f"M/{name}", name.encode())
    for number in (1, 2):
        uploads.finish_sent(world.connection, number, file_id="f", at=1.0)
    uploads.finish_checked(world.connection, 2, at=2.0)
    keys = uploads.keys_of_assets(world.connection, BUCKET, [1, 2, 3, 99])
    assert keys == {1: ("originals/M/sent", "f"), 2: ("originals/M/checked", "f")}
    assert uploads.keys_of_assets(world.connection, "other", [1, 2, 3]) == {}


def test_every_file_of_a_shoot_is_in_exactly_one_state(world):
    other = world.new_shoot("Another")
    for number in range(6):
        world.queue(f"M/{number}", bytes([number]) * 10)
    world.asset("M/not queued", b"never")
    world.queue("O/1", b"other", shoot=other)
    for state in ("sent", "checked", "asks", "sends", "died"):
        job = lease(world, now=100.0, seconds=60.0 if state == "sends" else 0.0 if state == "died" else 10.0)
        if state in ("sent", "checked"):
            uploads.finish_sent(world.connection, job.id, file_id="f", at=100.0)
        if state == "checked":
            uploads.finish_checked(world.connection, job.id, at=150.0)
        if state == "asks":
            uploads.needs_you(world.connection, job.id, "look at it")
    counts = counts_by_shoot(world.connection, BUCKET, 110.0)
    assert counts[world.shoot] == UploadCounts(7, 65, 1, 2, 1, 1, 1, 1, 150.0, "look at it")
    assert counts[other] == UploadCounts(1, 5, 0, 1, 0, 0, 0, 0)
    assert counts_of_shoot(world.connection, world.shoot, BUCKET, 110.0) == counts[world.shoot]
    assert counts_of_shoot(world.connection, world.new_shoot("Empty"), BUCKET, 110.0) == UploadCounts(*[0] * 8)


def test_totals_count_what_is_still_to_be_sent(world):
    for number in range(5):
        world.queue(f"M/{number}", bytes([number]) * 10)
    uploads.finish_sent(world.connection, 1, file_id="f", at=1.0)
    uploads.finish_sent(world.connection, 2, file_id="f", at=1.0)
    uploads.finish_checked(world.connection, 2, at=1.0)
    uploads.needs_you(world.connection, 3, "look")
    lease(world)
    assert upload_counts.totals(world.connection, BUCKET) == upload_counts.Totals(2, 20, 1, 1, 1)
    assert upload_counts.totals(world.connection, "other") == upload_counts.Totals(0, 0, 0, 0, 0)


def test_a_connection_with_its_own_row_factory_gets_the_same_answers(world):
    world.queue("M/A.JPG", b"picture")
    world.connection.row_factory = sqlite3.Row
    assert lease(world).key == "originals/M/A.JPG"
    assert counts_of_shoot(world.connection, world.shoot, BUCKET, 101.0).sending == 1
    assert upload_counts.totals(world.connection, BUCKET).files == 1


def test_leasing_from_a_long_queue_uses_the_index(world):
    plan = world.connection.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM upload_job WHERE bucket = ? AND state IN ('waiting', 'sending')"
        " AND ((state = 'waiting' AND next_try <= ?) OR (state = 'sending' AND lease_until <= ?))"
        " ORDER BY priority DESC, id LIMIT 1",
        ("b", 1, 1),
    ).fetchall()
    assert "upload_next" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
