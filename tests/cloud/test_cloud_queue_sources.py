"""Sources that changed or went away, names that are taken, answers nobody understands: the queue tells and goes on."""

import os
import shutil

import pytest
from cloud_worlds import LARGE_FROM, PART, sha1, store_for, unfinished, versions

from ingest.cloud.events import (
    UploadNeedsYou,
    UploadSourceSuspect,
)
from ingest.cloud.loopback_faults import FaultKind
from ingest.ledger import uploads

SMALL = "b2_upload_file"


def content(world, server, key):
    got = bytearray()
    store_for(server).get(key, got.extend)
    return bytes(got)


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
        world.run(server, clock=lambda: now + 60)  # noqa: B023 - called before the loop goes on
        assert server.faults.calls(SMALL) == calls
        assert world.jobs()[key][0] == expected
        now += 10 * 3600
    assert "unexpected" in world.jobs()[key][1]
    server.faults.clear()
    assert uploads.retry_all(world.connection, world.bucket) == 1
    assert world.run(server).checked == 1
