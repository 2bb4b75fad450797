"""Several uploads at once: none twice, the important ones first, one storm counted once, a stop within two seconds."""

import os
import subprocess
import sys
import threading
import time

import pytest
from cloud_worlds import LARGE_FROM, PART, sha1, store_for, unfinished, versions
from test_cloud_hours import store_with
from test_cloud_killed import WORKER

from ingest.cloud import loopback
from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable
from ingest.cloud.events import UploadProgressed, UploadsResting, UploadStarted
from ingest.cloud.line import Line
from ingest.cloud.loopback_faults import FaultKind
from ingest.cloud.loopback_wire import upload
from ingest.ledger import uploads

SMALL, PARTS_CALL = "b2_upload_file/", "b2_upload_part/"


def run(world, server, connections=4, **options):
    line = Line(connections=connections)
    return world.run(server, line=line, store=store_with(server, line), **options)


def gathering(server, monkeypatch, wanted):
    """Each upload waits at the server until `wanted` are there at once; gives [now there, the most that ever were]."""
    there, lock, together, take = [0, 0], threading.Lock(), threading.Barrier(wanted), server.faults.take

    def arrive(path):
        if "b2_upload_" in path:
            with lock:
                there[0] += 1
                there[1] = max(there)
            together.wait(20)
        return take(path)

    def leave(simulator, headers, body):
        with lock:
            there[0] -= 1
        return upload(simulator, headers, body)

    monkeypatch.setattr(server.faults, "take", arrive)
    monkeypatch.setattr(loopback, "upload", leave)
    return there


def test_so_many_files_are_under_way_as_the_line_has_connections(world, server, monkeypatch):
    data = {f"M/{n}.JPG": os.urandom(1000 + n) for n in range(12)}
    keys = {world.queue(path, content): content for path, content in data.items()}
    there = gathering(server, monkeypatch, 4)
    summary = run(world, server)
    assert (summary.sent, summary.checked, summary.problem) == (12, 12, None)
    assert there == [0, 4]
    assert server.faults.calls(SMALL) == 12
    assert {key: versions_content(server, key) for key in keys} == keys


def versions_content(server, key):
    got = bytearray()
    store_for(server).get(key, got.extend)
    return bytes(got)


def test_the_most_important_begin_first(world, server):
    for number in range(6):
        world.queue(f"M/{number}.JPG", os.urandom(100))
    world.connection.execute("UPDATE upload_job SET priority = id")
    run(world, server, connections=2)
    begun = [event.key for event in world.events if isinstance(event, UploadStarted)]
    assert {begun[0], begun[1]} == {"originals/M/5.JPG", "originals/M/4.JPG"}
    assert set(begun[-2:]) == {"originals/M/0.JPG", "originals/M/1.JPG"}


def test_the_parts_of_a_large_file_share_the_connections_and_arrive_once(world, server):
    data = os.urandom(9 * PART + 11)
    key = world.queue("M/clip.MP4", data)
    small = [world.queue(f"M/{n}.JPG", os.urandom(500)) for n in range(5)]
    summary = run(world, server, connections=3)
    assert (summary.checked, unfinished(server)) == (6, 0)
    assert server.faults.calls(PARTS_CALL) == 10
    assert versions_content(server, key) == data
    assert all(versions(server, name) == 1 for name in small)
    told = [event.sent for event in world.events if isinstance(event, UploadProgressed) and event.key == key]
    assert all(0 < sent <= len(data) for sent in told)


def test_parts_go_out_together(world, server, monkeypatch):
    key = world.queue("M/clip.MP4", os.urandom(9 * PART))
    there = gathering(server, monkeypatch, 3)
    assert run(world, server, connections=3).checked == 1
    assert there == [0, 3]
    assert (versions(server, key), unfinished(server)) == (1, 0)


def test_a_part_that_fails_stops_the_others_and_a_later_run_sends_what_is_missing(world, server):
    data = os.urandom(8 * PART)
    key = world.queue("M/clip.MP4", data)
    server.faults.add(FaultKind.STORAGE_CAP, PARTS_CALL)
    summary = run(world, server, connections=3)
    assert isinstance(summary.problem, CloudRefused)
    assert world.jobs()[key][0] == "waiting"
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        there = sum(part is not None for file in bucket.file_id_to_file.values() for part in file.parts)
    before = server.faults.calls(PARTS_CALL)
    assert run(world, server, connections=3).checked == 1
    assert server.faults.calls(PARTS_CALL) - before == 8 - there
    assert versions_content(server, key) == data


def test_a_changed_clip_whose_parts_went_out_together_never_becomes_visible(world, server, tmp_path):
    data = os.urandom(6 * PART)
    path = tmp_path / "clip"
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    store = store_with(server, Line(connections=4))
    with pytest.raises(CloudError, match="not the one that was proven"):
        store.put(bytes(path), "o/clip", len(data), sha1(data), {}, lambda sent: None, lambda: False)
    assert (versions(server, "o/clip"), unfinished(server)) == (0, 0)


def test_a_storm_that_meets_four_at_once_is_one_failure(world, server):
    for number in range(8):
        world.queue(f"M/{number}.JPG", os.urandom(100))
    server.faults.add(FaultKind.UNAVAILABLE, SMALL, times=20)  # five attempts of each of four
    summary = run(world, server)
    assert summary.problem is None
    assert (summary.checked, summary.waiting) == (8, 0)
    rests = [event for event in world.events if isinstance(event, UploadsResting)]
    assert 1 <= len(rests) <= 2
    assert [attempts for _, _, attempts in world.jobs().values()] == [0] * 8


def test_a_storm_that_stays_ends_the_run_with_every_lease_given_back(world, server):
    for number in range(8):
        world.queue(f"M/{number}.JPG", os.urandom(100))
    server.faults.add(FaultKind.UNAVAILABLE, SMALL, times=10_000)
    summary = run(world, server)
    assert isinstance(summary.problem, CloudUnreachable)
    assert world.states() == ["waiting"] * 8
    assert server.faults.calls(SMALL) <= 4 * 15


@pytest.mark.parametrize("size", [5_000, 12 * PART])
def test_a_stop_in_the_middle_of_four_ends_within_two_seconds_and_loses_nothing(world, server, size):
    keys = [world.queue(f"M/{n}.MP4", os.urandom(size + n)) for n in range(6)]
    server.faults.add(FaultKind.SILENCE, "b2_upload_", times=4)
    began = [0.0]

    def stop_soon(event):
        if isinstance(event, UploadStarted) and not began[0]:

            def stop():
                began[0] = time.monotonic()
                world.stop.set()

            threading.Timer(0.5, stop).start()

    summary = run(world, server, on_event=stop_soon)
    took = time.monotonic() - began[0]
    assert (summary.interrupted, summary.problem) == (True, None)
    assert world.states() == ["waiting"] * 6
    assert took < 10  # the promise is two seconds; this computer may be busy
    world.stop.clear()
    assert run(world, server).checked == 6
    assert [versions(server, key) for key in keys] == [1] * 6


def test_ctrl_c_gives_back_every_lease_at_once(world, server):
    for number in range(5):
        world.queue(f"M/{number}.MP4", os.urandom(LARGE_FROM + number))
    server.faults.add(FaultKind.SILENCE, PARTS_CALL, times=4)

    def interrupt(event):
        if isinstance(event, UploadStarted) and event.key.endswith("3.MP4"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(world, server, on_event=interrupt)
    assert world.states() == ["waiting"] * 5


def test_a_lease_that_another_worker_took_is_left_to_it(world, server):
    key = world.queue("M/A.JPG", b"picture")
    server.faults.add(FaultKind.SILENCE, SMALL)
    now = [1000.0]

    def took(event):
        if isinstance(event, UploadStarted):
            now[0] += 200.0  # the computer slept
            assert uploads.lease_next(world.connection, world.bucket, now[0], 60.0) is not None

    def clock():
        now[0] += 0.01
        return now[0]

    run(world, server, on_event=took, clock=clock, sleep=lambda seconds: world.stop.set())
    lease = world.connection.execute("SELECT state, lease_until FROM upload_job WHERE key = ?", (key,)).fetchone()
    assert lease == ("sending", pytest.approx(1260.0, abs=5))


def test_two_workers_in_two_processes_never_take_one_job(world, server, repository, tmp_path):
    keys = [world.queue(f"M/{n}.JPG", os.urandom(300 + n)) for n in range(40)]
    arguments = [str(tmp_path), server.url, server.key_id, server.key, str(LARGE_FROM), str(PART)]
    line = "from ingest.cloud.line import Line\nline = Line(connections=3)\nstore = B2Store(line=line, bucket="
    program = WORKER.replace("store = B2Store(", line)
    program = program.replace("ApplicationKey(key_id, key), realm", "key=ApplicationKey(key_id, key), realm")
    program = program.replace("on_event=print)", "on_event=print, line=line)")
    environment = os.environ | {"PYTHONPATH": str(repository)}
    workers = [
        subprocess.Popen([sys.executable, "-c", program, *arguments], env=environment, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [worker.communicate(timeout=120)[0].decode() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert server.faults.calls(SMALL) == len(keys)
    assert sum(text.count("UploadStarted(") for text in said) == len(keys)
    assert [versions(server, key) for key in keys] == [1] * len(keys)
    assert set(world.states()) <= {"sent", "checked"}
