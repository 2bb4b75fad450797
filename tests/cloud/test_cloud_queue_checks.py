"""From sent to checked: what the bucket's listing says of objects that are there, lost or replaced."""

import os
import threading
import time

import pytest
from cloud_worlds import LARGE_FROM, PART, sha1, store_for, versions

from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable
from ingest.cloud.events import (
    UploadsChecked,
    UploadSent,
)
from ingest.cloud.loopback_faults import FaultKind


def content(world, server, key):
    got = bytearray()
    store_for(server).get(key, got.extend)
    return bytes(got)


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
