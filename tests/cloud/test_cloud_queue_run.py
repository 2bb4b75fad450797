"""The queue against a loopback B2: real SQLite, real HTTP, real b2sdk."""

import os
import shutil
import threading
import time

import pytest
from cloud_worlds import LARGE_FROM, PART, sha1, store_for, unfinished, versions

from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable, SourceGone
from ingest.cloud.events import (
    UploadNeedsYou,
    UploadProgressed,
    UploadsChecked,
    UploadSent,
    UploadSourceSuspect,
    UploadsResting,
    UploadStarted,
)
from ingest.cloud.loopback import LoopbackB2
from ingest.cloud.loopback_faults import FaultKind
from ingest.ledger import uploads
from ingest.model.uploads import JobState

SMALL = "b2_upload_file"


def content(world, server, key):
    got = bytearray()
    store_for(server).get(key, got.extend)
    return bytes(got)


def test_everything_queued_is_sent_and_checked_and_comes_back_equal(world, server):
    sizes = {"M/A.JPG": 30_000, "M/A.CR3": 800_000, "M/clip.MP4": LARGE_FROM + PART + 7, "M/A.THM": 0, "N/é.JPG": 5}
    data = {path: os.urandom(size) for path, size in sizes.items()}
    keys = {world.queue(path, bytes_): bytes_ for path, bytes_ in data.items()}
    summary = world.run(server)
    assert (summary.sent, summary.checked, summary.waiting, summary.problem) == (5, 5, 0, None)
    assert summary.bytes_sent == sum(sizes.values())
    assert world.states() == ["checked"] * 5
    assert {key: content(world, server, key) for key in keys} == keys
    assert UploadsChecked(5) in world.events


def test_the_ssd_is_read_and_the_nas_is_spared(world, server):
    world.queue("M/A.JPG", b"picture")
    world.run(server)
    assert [event.source for event in world.events if isinstance(event, UploadStarted)] == ["ssd"]


def test_progress_of_a_large_file_reaches_the_faces(world, server):
    world.queue("M/clip.MP4", os.urandom(30_000_000))
    world.run(server)
    told = [event.sent for event in world.events if isinstance(event, UploadProgressed)]
    assert told == sorted(told)
    assert all(0 < sent <= 30_000_000 for sent in told)


def test_a_second_run_has_nothing_to_do_and_asks_nothing_of_the_bucket(world, server):
    world.queue("M/A.JPG", b"picture")
    world.run(server)
    before = server.faults.calls("")
    summary = world.run(server)
    assert (summary.sent, summary.checked, summary.waiting) == (0, 0, 0)
    assert server.faults.calls("") == before


@pytest.mark.parametrize("size", [5_000, LARGE_FROM + 1])
def test_a_crash_between_the_upload_and_the_ledger_sends_nothing_twice(world, server, size):
    data = os.urandom(size)
    key = world.queue("M/A.CR3", data)
    job = uploads.lease_next(world.connection, world.bucket, 1.0, 1.0)
    path = os.path.join(world.roots["ssd"], job.sources[0][1])
    store_for(server).put(path, key, size, sha1(data), {}, lambda sent: None, lambda: False)
    sent = server.faults.calls("b2_upload_")
    summary = world.run(server)
    assert (summary.already_there, summary.bytes_sent, versions(server, key)) == (1, 0, 1)
    assert server.faults.calls("b2_upload_") == sent
    state, doubt, _ = world.jobs()[key]
    if size < LARGE_FROM:
        assert (state, doubt) == ("checked", "")
    else:  # nobody saw its parts: what stands beside it is its uploader's word
        assert state == "sent"
        assert "word" in doubt


def test_a_lost_answer_gives_one_version_and_a_checked_job(world, server):
    key = world.queue("M/A.JPG", b"picture")
    server.faults.add(FaultKind.LOST_ANSWER, SMALL)
    summary = world.run(server)
    assert (versions(server, key), world.states(), summary.duplicates) == (1, ["checked"], 0)


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.DROPPED, FaultKind.PORTAL, FaultKind.TOO_MANY])
def test_weather_that_passes_is_waited_for_and_counts_against_no_job(world, server, kind):
    for number in range(3):
        world.queue(f"M/{number}.JPG", os.urandom(100))
    server.faults.add(kind, SMALL, times=2 if kind is FaultKind.TOO_MANY else 7)
    times = iter(range(0, 10**6, 100))
    summary = world.run(server, clock=lambda: float(next(times)))
    assert summary.problem is None
    assert world.states() == ["checked"] * 3
    assert any(isinstance(event, UploadsResting) for event in world.events)


def test_a_success_between_two_storms_begins_the_count_anew(world, server):
    for number in range(3):
        world.queue(f"M/{number}.JPG", os.urandom(100))
    server.faults.add(FaultKind.UNAVAILABLE, SMALL, times=10)

    def storm_again(event):
        if isinstance(event, UploadSent):
            server.faults.add(FaultKind.UNAVAILABLE, SMALL, times=10)

    summary = world.run(server, on_event=storm_again)
    assert (summary.sent, summary.checked, summary.problem) == (3, 3, None)


def test_weather_that_stays_ends_the_run_as_unreachable_and_keeps_the_queue(world, server):
    keys = [world.queue(f"M/{number}.JPG", os.urandom(100)) for number in range(10)]
    server.faults.add(FaultKind.UNAVAILABLE, SMALL, times=10_000)
    summary = world.run(server)
    assert isinstance(summary.problem, CloudUnreachable)
    assert summary.waiting == 10
    assert server.faults.calls(SMALL) == 15  # five attempts, three times; not ten jobs one after the other
    assert [attempts for _, _, attempts in world.jobs().values()] == [0] * 10
    server.faults.clear()
    assert world.run(server).checked == len(keys)


def test_a_pause_of_an_hour_is_waited_for_only_when_that_was_asked(world, server):
    world.queue("M/A.JPG", b"picture")
    server.faults.add(FaultKind.TOO_MANY, SMALL, retry_after=3600)
    slept = []
    summary = world.run(server, sleep=slept.append)
    assert isinstance(summary.problem, CloudUnreachable)
    assert slept == []
    server.faults.add(FaultKind.TOO_MANY, SMALL, retry_after=3600)
    now = [1000.0]

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    assert world.run(server, sleep=sleep, clock=lambda: now[0], wait=True).checked == 1
    assert slept[0] == 3600


def test_a_server_that_is_down_is_unreachable(world, monkeypatch):
    monkeypatch.setattr("b2sdk._internal.b2http.B2Http.TRY_COUNT_OTHER", 1)
    monkeypatch.setattr("b2sdk.v3.B2Session.B2HTTP_CLASS.post_json_return_json.__defaults__", (1,))
    with LoopbackB2("my-archive") as gone:
        store = store_for(gone)
    world.queue("M/A.JPG", b"picture")
    summary = world.run(gone, store=store)
    assert isinstance(summary.problem, CloudUnreachable)
    assert world.states() == ["waiting"]


def test_a_cap_stops_the_queue_with_one_sentence_and_the_next_run_tries_again(world, server):
    for number in range(5):
        world.queue(f"M/{number}.JPG", os.urandom(100))
    server.faults.add(FaultKind.STORAGE_CAP, SMALL)
    summary = world.run(server)
    assert isinstance(summary.problem, CloudRefused)
    assert (summary.sent, summary.waiting) == (0, 5)
    assert server.faults.calls(SMALL) == 1
    assert "Caps & Alerts" in uploads.switch(world.connection, world.bucket).stopped_by
    assert world.run(server).checked == 5
    assert uploads.switch(world.connection, world.bucket).stopped_by == ""


def test_a_wrong_key_stops_the_queue_before_a_file_is_opened(world, server):
    world.queue("M/A.JPG", b"picture")
    summary = world.run(server, store=store_for(server, (server.key_id, "wrong")))
    assert isinstance(summary.problem, CloudRefused)
    assert world.states() == ["waiting"]


def test_a_copy_that_changed_becomes_suspect_and_the_other_copy_is_sent(world, server):
    data = os.urandom(1000)
    key = world.queue("M/A.JPG", data)
    (world.folder / "ssd/M/A.JPG").write_bytes(data[:-1] + b"?")
    summary = world.run(server)
    assert (summary.checked, summary.problem) == (1, None)
    assert (world.copy_state("ssd", "M/A.JPG"), world.copy_state("nas", "M/A.JPG")) == ("suspect", "proven")
    assert UploadSourceSuspect("ssd", b"M/A.JPG") in world.events
    assert content(world, server, key) == data


@pytest.mark.parametrize("size", [1000, LARGE_FROM + PART])
def test_when_every_copy_changed_nothing_becomes_visible_and_a_person_is_called(world, server, size):
    data = os.urandom(size)
    key = world.queue("M/A.CR3", data)
    for place in ("ssd", "nas"):
        (world.folder / place / "M/A.CR3").write_bytes(os.urandom(size))
    told = []
    summary = world.run(server, on_suspect=lambda *what: told.append(what))
    assert [(place, path) for _, place, path in told] == [("ssd", b"M/A.CR3"), ("nas", b"M/A.CR3")]
    assert world.copy_state("ssd", "M/A.CR3") == "proven"  # the callback decides, not the worker
    assert (summary.needs_you, summary.waiting) == (1, 0)
    assert "safelight verify" in world.jobs()[key][1]
    assert any(isinstance(event, UploadNeedsYou) for event in world.events)
    assert (versions(server, key), unfinished(server)) == (0, 0)


def test_a_good_file_that_arrives_damaged_does_not_make_its_copy_suspect(world, server, monkeypatch):
    from ingest.cloud import b2_wire

    honest = b2_wire.Window.read
    monkeypatch.setattr(b2_wire.Window, "read", lambda self, size=-1: bytes(len(honest(self, size))))
    key = world.queue("M/A.JPG", os.urandom(1000))
    world.run(server)
    assert world.copy_state("ssd", "M/A.JPG") == "proven"
    assert world.jobs()[key][0] == "waiting"
    assert world.jobs()[key][2] == 1


def test_an_unplugged_drive_is_waited_for_and_the_nas_serves_meanwhile(world, server):
    world.queue("M/A.JPG", b"picture")
    summary = world.run(server, roots={"nas": world.roots["nas"]})
    assert (summary.checked, summary.waiting) == (1, 0)
    key = world.queue("M/B.JPG", b"another")
    summary = world.run(server, roots={})
    assert (summary.waiting, summary.problem) == (1, None)
    assert dict(summary.reasons) == {"waiting for ssd; waiting for nas": 1}
    assert world.jobs()[key] == ("waiting", "waiting for ssd; waiting for nas", 0)
    assert world.run(server).checked == 1


def test_a_folder_that_vanished_at_both_places_leaves_the_job_waiting(world, server):
    world.queue("M/A.JPG", b"picture")
    for place in ("ssd", "nas"):
        shutil.rmtree(world.folder / place / "M")
    summary = world.run(server)
    assert summary.waiting == 1
    assert world.copy_state("ssd", "M/A.JPG") == "proven"


def test_a_name_that_other_content_has_in_the_bucket_gets_a_mark(world, server):
    data = os.urandom(100)
    store, other = store_for(server), world.folder / "other"
    other.write_bytes(b"somebody else's")
    for key in ("originals/M/A.JPG", "originals/M/A~2.JPG"):
        store.put(bytes(other), key, 15, sha1(b"somebody else's"), {}, lambda sent: None, lambda: False)
    world.queue("M/A.JPG", data)
    assert world.run(server).checked == 1
    assert list(world.jobs()) == ["originals/M/A~3.JPG"]
    assert content(world, server, "originals/M/A~3.JPG") == data
    assert content(world, server, "originals/M/A.JPG") == b"somebody else's"


def test_an_answer_nobody_understands_is_tried_three_times_hours_apart_and_then_told(world, server):
    key = world.queue("M/A.JPG", b"picture")
    server.faults.add(FaultKind.REFUSED, SMALL, times=99)
    now = 1000.0
    for expected in ("waiting", "waiting", "needs you"):
        world.run(server, clock=lambda: now)  # noqa: B023 - used before the loop goes on
        calls = server.faults.calls(SMALL)
        world.run(server, clock=lambda: now + 60)  # noqa: B023
        assert server.faults.calls(SMALL) == calls
        assert world.jobs()[key][0] == expected
        now += 10 * 3600
    assert "unexpected" in world.jobs()[key][1]
    server.faults.clear()
    assert uploads.retry_all(world.connection, world.bucket) == 1
    assert world.run(server).checked == 1


@pytest.mark.parametrize("every", [2, 8])
def test_an_object_that_vanished_before_the_check_is_sent_again(world, server, every, monkeypatch):
    keys = [world.queue(f"M/{number}.JPG", os.urandom(50)) for number in range(every)]
    vanished = []

    def vanish(event):
        if isinstance(event, UploadSent) and not vanished:
            vanished.append(event.key)
            with server.lock:
                bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
                name, file_id = next(iter(bucket.file_name_and_id_to_file))
                del bucket.file_name_and_id_to_file[name, file_id]

    summary = world.run(server, on_event=vanish)
    assert (summary.sent, summary.checked) == (every + 1, every)
    assert world.states() == ["checked"] * every
    assert [versions(server, key) for key in keys] == [1] * every


def test_an_object_that_was_replaced_before_the_check_is_not_called_checked(world, server):
    data = os.urandom(50)
    key = world.queue("M/A.JPG", data)

    def replace(event):
        if isinstance(event, UploadSent) and event.key == key:
            with server.lock:
                bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
                stored = next(iter(bucket.file_id_to_file.values()))
                stored.data_bytes = bytes(50)
                stored.content_sha1 = sha1(stored.data_bytes)

    summary = world.run(server, on_event=replace)
    assert summary.checked == 1
    assert world.states() == ["checked"]
    assert list(world.jobs()) == ["originals/M/A~2.JPG"]  # never a new version of what has the name now
    assert content(world, server, "originals/M/A~2.JPG") == data


def test_an_object_that_is_always_lost_ends_with_a_person(world, server):
    key = world.queue("M/A.JPG", b"picture")

    def always(event):
        if isinstance(event, UploadSent):
            with server.lock:
                server.simulator.bucket_id_to_bucket[server.bucket_id].file_name_and_id_to_file.clear()

    summary = world.run(server, on_event=always)
    assert (summary.sent, summary.checked, summary.needs_you) == (3, 0, 1)
    assert "not in the bucket" in world.jobs()[key][1]


@pytest.mark.parametrize(
    ("kind", "problem", "states"),
    [
        (FaultKind.TRANSACTION_CAP, CloudRefused, ["sent"]),
        (FaultKind.PORTAL, CloudUnreachable, ["sent"]),
        (FaultKind.REFUSED, CloudError, ["sent"]),
    ],
)
def test_a_listing_that_fails_leaves_what_was_sent_as_sent(world, server, kind, problem, states):
    world.queue("M/A.JPG", b"picture")

    def no_more_listings(event):
        if isinstance(event, UploadSent):
            server.faults.add(kind, "b2_list_file_names", times=99)

    summary = world.run(server, on_event=no_more_listings)
    assert type(summary.problem) is problem
    assert (summary.sent, summary.checked, world.states()) == (1, 0, states)
    server.faults.clear()
    assert world.run(server).checked == 1


def test_a_stop_during_the_check_leaves_what_was_sent_as_sent(world, server):
    for number in range(6):
        world.queue(f"M/{number}.JPG", bytes([number]))
    seen = []

    def silent_listings(event):
        seen.append(isinstance(event, UploadSent))
        if sum(seen) == 6:
            server.faults.add(FaultKind.SILENCE, "b2_list_file_names")
            threading.Timer(0.3, world.stop.set).start()

    summary = world.run(server, on_event=silent_listings)
    assert (summary.interrupted, summary.sent, summary.checked, summary.problem) == (True, 6, 0, None)
    assert world.states() == ["sent"] * 6


def test_a_large_object_that_somebody_else_put_in_the_place_of_ours_is_not_called_checked(world, server):
    key = world.queue("M/clip.MP4", os.urandom(LARGE_FROM + PART))

    def replaced(event):
        if isinstance(event, UploadSent):
            world.connection.execute("UPDATE upload_job SET file_id = 'the version that we sent'")

    summary = world.run(server, on_event=replaced)
    assert (summary.sent, summary.checked) == (1, 0)
    assert world.jobs()[key][0] == "sent"
    assert "word" in world.jobs()[key][1]


class StopsAfterOneAnswer:
    """A store through which a person's stop arrives in the middle of a listing."""

    def __init__(self, store, stop):
        self._store, self._stop = store, stop

    def __getattr__(self, name):
        return getattr(self._store, name)

    def stat(self, key):
        found = self._store.stat(key)
        self._stop.set()
        time.sleep(0.3)  # until the one who waits has passed the stop on
        return found


def test_half_a_listing_is_not_taken_for_lost_objects(world, server):
    for number in range(3):
        world.queue(f"M/{number}.JPG", bytes([number]))
    summary = world.run(server, store=StopsAfterOneAnswer(store_for(server), world.stop))
    assert (summary.interrupted, summary.sent) == (True, 3)
    assert world.states() == ["sent"] * 3


def test_many_files_are_checked_in_batches_while_the_queue_goes_on(world, server, monkeypatch):
    monkeypatch.setattr("ingest.cloud.uploader._CHECK_AFTER", 5)
    for number in range(12):
        world.queue(f"M/{number}.JPG", bytes([number]))
    assert world.run(server).checked == 12
    assert [event.checked for event in world.events if isinstance(event, UploadsChecked)] == [5, 5, 2]


def test_a_copy_on_a_drive_that_fails_while_it_is_read_is_not_called_suspect(world, server, monkeypatch):
    key = world.queue("M/A.JPG", b"picture")
    monkeypatch.setattr("ingest.cloud.b2_wire.os.pread", lambda *where: (_ for _ in ()).throw(OSError(5, "I/O error")))
    summary = world.run(server)
    assert world.copy_state("ssd", "M/A.JPG") == "proven"
    assert "cannot be read" in world.jobs()[key][1]
    assert summary.waiting == 1


def test_a_changed_copy_that_vanishes_before_it_is_looked_at_again_is_only_away(world, server, monkeypatch):
    data = os.urandom(1000)
    world.queue("M/A.JPG", data)
    (world.folder / "ssd/M/A.JPG").write_bytes(data[:-1] + b"?")

    def gone(path, size, should_stop):
        raise SourceGone("unplugged")

    monkeypatch.setattr("ingest.cloud.sending.sha1_of", gone)
    assert world.run(server).checked == 1
    assert world.copy_state("ssd", "M/A.JPG") == "proven"


def test_a_stop_ends_the_run_while_the_service_is_silent_and_loses_nothing(world, server):
    key = world.queue("M/A.JPG", os.urandom(5_000_000 // 100))
    server.faults.add(FaultKind.SILENCE, SMALL)

    def stop_soon(event):
        if isinstance(event, UploadStarted):
            threading.Timer(0.3, world.stop.set).start()

    summary = world.run(server, on_event=stop_soon)
    assert (summary.interrupted, summary.problem, summary.sent) == (True, None, 0)
    assert world.jobs()[key] == ("waiting", "", 0)
    world.stop.clear()
    assert world.run(server).checked == 1
    assert versions(server, key) == 1


def test_ctrl_c_in_the_middle_gives_the_lease_back(world, server):
    key = world.queue("M/clip.MP4", os.urandom(20_000_000))

    def interrupt(event):
        if isinstance(event, UploadProgressed):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.run(server, on_event=interrupt)
    assert world.jobs()[key][0] == "waiting"
    assert world.run(server).checked == 1
    assert (versions(server, key), unfinished(server)) == (1, 0)


def test_a_paused_queue_sends_nothing_until_it_is_resumed(world, server):
    world.queue("M/A.JPG", b"picture")
    uploads.pause(world.connection, world.bucket)
    summary = world.run(server)
    assert (summary.paused, summary.sent, summary.waiting) == (True, 0, 1)
    uploads.resume(world.connection, world.bucket)
    assert world.run(server).checked == 1


def test_a_pause_from_elsewhere_ends_a_running_upload(world, server):
    key = world.queue("M/A.JPG", b"picture")
    server.faults.add(FaultKind.SILENCE, SMALL)

    def pause(event):
        if isinstance(event, UploadStarted):
            uploads.pause(world.connection, world.bucket)

    summary = world.run(server, on_event=pause)
    assert (summary.paused, summary.interrupted, summary.sent) == (True, False, 0)
    assert world.jobs()[key] == ("waiting", "", 0)


def test_a_job_that_another_worker_holds_is_waited_for_once(world, server):
    world.queue("M/A.JPG", b"picture")
    now = [1000.0]

    def sleep(seconds):
        now[0] += seconds

    uploads.lease_next(world.connection, world.bucket, now[0], 45.0)
    assert world.run(server, clock=lambda: now[0], sleep=sleep).checked == 1
    assert now[0] >= 1045.0
    world.queue("M/B.JPG", b"another")

    def renewed(seconds):
        now[0] += seconds
        world.connection.execute("UPDATE upload_job SET lease_until = ? WHERE state = 'sending'", (now[0] + 60,))

    uploads.lease_next(world.connection, world.bucket, now[0], 45.0)
    summary = world.run(server, clock=lambda: now[0], sleep=renewed)
    assert (summary.sent, summary.waiting) == (0, 1)


def test_the_lease_of_a_long_upload_is_renewed(world, server):
    world.queue("M/A.JPG", b"picture")
    server.faults.add(FaultKind.SILENCE, SMALL)
    now, leases = [1000.0], []

    def clock():
        now[0] += 6.0
        row = world.connection.execute("SELECT lease_until FROM upload_job WHERE state = 'sending'").fetchone()
        leases.append(row[0] - now[0] if row else 60.0)
        if len(leases) > 30:
            world.stop.set()
        return now[0]

    world.run(server, clock=clock)
    assert min(leases) > 0
    assert len({round(lease + at) for at, lease in enumerate(leases)}) > 1


def test_picked_pictures_go_first(world, server):
    for name in ("plain", "stars", "pick", "reject"):
        world.queue(f"M/{name}.JPG", name.encode())
    for name, rating, pick in (("stars", 4, None), ("pick", None, 1), ("reject", 5, -1)):
        world.connection.execute(
            "INSERT INTO asset_tag (asset_id, catalog, rule, rating, pick)"
            " SELECT id, 'lr', 'name', ?, ? FROM asset WHERE original_name = ?",
            (rating, pick, f"M/{name}.JPG".encode()),
        )
    assert uploads.reprioritise(world.connection, world.bucket) == 3
    world.run(server)
    sent = [event.key.rpartition("/")[2] for event in world.events if isinstance(event, UploadSent)]
    assert sent == ["pick.JPG", "stars.JPG", "plain.JPG", "reject.JPG"]


def test_the_ledger_never_holds_a_state_that_the_model_does_not_know(world):
    world.queue("M/A.JPG", b"picture")
    for state in JobState:
        world.connection.execute(
            "UPDATE upload_job SET state = ?, file_id = 'x', sent_at = 1, checked_at = 1", (state.value,)
        )
