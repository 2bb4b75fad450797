"""Stopping, pausing and sharing the queue: nothing is lost and no lease stays behind."""

import os
import threading

import pytest
from cloud_worlds import unfinished, versions

from ingest.cloud.errors import SourceGone
from ingest.cloud.events import (
    UploadProgressed,
    UploadStarted,
)
from ingest.cloud.loopback_faults import FaultKind
from ingest.ledger import upload_switch, uploads

SMALL = "b2_upload_file"


def test_a_copy_on_a_drive_that_fails_while_it_is_read_is_not_called_suspect(world, server, monkeypatch):
    key = world.queue("M/A.JPG", b"picture")
    monkeypatch.setattr("ingest.cloud.window.os.pread", lambda *where: (_ for _ in ()).throw(OSError(5, "I/O error")))
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
    upload_switch.pause(world.connection, world.bucket)
    summary = world.run(server)
    assert (summary.paused, summary.sent, summary.waiting) == (True, 0, 1)
    upload_switch.resume(world.connection, world.bucket)
    assert world.run(server).checked == 1


def test_a_pause_from_elsewhere_ends_a_running_upload(world, server):
    key = world.queue("M/A.JPG", b"picture")
    server.faults.add(FaultKind.SILENCE, SMALL)

    def pause(event):
        if isinstance(event, UploadStarted):
            upload_switch.pause(world.connection, world.bucket)

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
