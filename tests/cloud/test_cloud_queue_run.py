"""The queue against a loopback B2: real SQLite, real HTTP, real b2sdk."""

import os

import pytest
from cloud_worlds import LARGE_FROM, PART, sha1, store_for, versions

from ingest.cloud.errors import CloudRefused, CloudUnreachable
from ingest.cloud.events import (
    UploadProgressed,
    UploadsChecked,
    UploadSent,
    UploadsResting,
    UploadStarted,
)
from ingest.cloud.loopback import LoopbackB2
from ingest.cloud.loopback_faults import FaultKind
from ingest.ledger import upload_switch, uploads
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


def test_a_busy_service_that_says_for_how_long_is_left_alone_so_long(world, server):
    world.queue("M/A.JPG", b"picture")
    server.faults.add(FaultKind.UNAVAILABLE, SMALL, retry_after=50)
    slept = []
    assert world.run(server, sleep=slept.append).checked == 1
    assert slept == [50]
    assert server.faults.calls(SMALL) == 2


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
    assert "Caps & Alerts" in upload_switch.switch(world.connection, world.bucket).stopped_by
    assert world.run(server).checked == 5
    assert upload_switch.switch(world.connection, world.bucket).stopped_by == ""


def test_a_wrong_key_stops_the_queue_before_a_file_is_opened(world, server):
    world.queue("M/A.JPG", b"picture")
    summary = world.run(server, store=store_for(server, (server.key_id, "wrong")))
    assert isinstance(summary.problem, CloudRefused)
    assert world.states() == ["waiting"]


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
