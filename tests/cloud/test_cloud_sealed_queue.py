"""The queue over a sealed store: checks by the listing, objects that were replaced, and a kill in the middle."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from cloud_worlds import LARGE_FROM, PART, sha1, store_for, unfinished
from sealed_worlds import PUBLIC, facts, raw, sealed_store, spooled

from ingest.cloud import loopback
from ingest.cloud.events import UploadPostponed, UploadSent
from ingest.cloud.loopback_wire import upload
from ingest.cloud.naming import OWNER
from ingest.cloud.orphans import sweep
from ingest.ledger.seals import sealed_and_plain

WORKER = """
import sys, threading
from contextlib import closing
from pathlib import Path
from ingest.cloud.b2 import B2Store
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.sealed import SealedStore
from ingest.cloud.spool import Spool
from ingest.cloud.uploader import run_queue
from ingest.ledger.db import open_ledger
from ingest.ledger.seals import SealBook
folder, url, key_id, key, large_from, part, public = sys.argv[1:]
store = B2Store("my-archive", ApplicationKey(key_id, key), realm=url, large_from=int(large_from), part_size=int(part))
home = Path(folder)
store = SealedStore(store, SealBook(home / "ledger.sqlite", "my-archive"), Spool(home / "spool"), [public], lambda: [])
roots = {name: (folder + "/" + name).encode() for name in ("ssd", "nas")}
with closing(open_ledger(home / "ledger.sqlite")) as ledger:
    run_queue(store, ledger, "my-archive", roots, stop=threading.Event(), on_event=print)
"""
PARTS = 12
PREFIX = "originals/"


def fetched(store, key):
    got = bytearray()
    store.get(key, got.extend)
    return bytes(got)


def apart(work):
    return work(lambda: False)


def test_what_is_sent_encrypted_is_checked_by_the_listing_of_its_ciphertext(world, server, tmp_path):
    contents = {world.queue(f"M/{number}.JPG", data): data for number, data in enumerate(map(os.urandom, [50] * 6))}
    clip = os.urandom(LARGE_FROM + 1)
    contents[world.queue("M/clip.MP4", clip)] = clip
    store = sealed_store(server, tmp_path)
    summary = world.run(server, store=store)
    assert (summary.sent, summary.checked, summary.needs_you, summary.problem) == (7, 7, 0, None)
    assert world.states() == ["checked"] * 7
    assert sorted(raw(server)) == sorted(f"{key}.age" for key in contents)
    assert all(fetched(store, key) == data for key, data in contents.items())
    assert sealed_and_plain(world.connection, world.bucket) == (7, 0)
    assert spooled(tmp_path) == []
    assert [event.key for event in world.events if isinstance(event, UploadSent)] == list(contents)


@pytest.mark.parametrize("every", [2, 8])
def test_an_encrypted_object_that_vanished_before_the_check_is_sent_again(world, server, tmp_path, every):
    keys = [world.queue(f"M/{number}.JPG", os.urandom(50)) for number in range(every)]
    vanished = []

    def vanish(event):
        if isinstance(event, UploadSent) and not vanished:
            vanished.append(event.key)
            with server.lock:
                bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
                del bucket.file_name_and_id_to_file[next(iter(bucket.file_name_and_id_to_file))]

    summary = world.run(server, store=sealed_store(server, tmp_path), on_event=vanish)
    assert (summary.sent, summary.checked) == (every + 1, every)
    assert sorted(raw(server)) == sorted(f"{key}.age" for key in keys)


@pytest.mark.parametrize("every", [1, 8])
def test_a_ciphertext_that_was_replaced_before_the_check_is_told_and_sent_under_another_name(
    world, server, tmp_path, every
):
    data, said = os.urandom(50), []
    key = world.queue("M/0.JPG", data)
    for number in range(1, every):
        world.queue(f"M/{number}.JPG", os.urandom(50))

    def replace(event):
        said.append(event)
        if isinstance(event, UploadSent) and event.key == key:
            with server.lock:
                bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
                [stored] = [f for (name, _), f in bucket.file_name_and_id_to_file.items() if name == f"{key}.age"]
                stored.data_bytes = bytes(len(stored.data_bytes))
                stored.content_sha1 = sha1(stored.data_bytes)

    store = sealed_store(server, tmp_path)
    assert world.run(server, store=store, on_event=replace).checked == every
    assert [event.key for event in said if isinstance(event, UploadPostponed)] == [key]
    assert "originals/M/0~2.JPG" in world.jobs()
    assert fetched(store, "originals/M/0~2.JPG") == data


def test_what_lay_there_before_encryption_was_switched_on_is_counted_and_stays(world, server, tmp_path):
    world.queue("M/old.JPG", b"from before")
    world.run(server)
    key = world.queue("M/new.JPG", b"from after")
    assert world.run(server, store=sealed_store(server, tmp_path)).checked == 1
    assert sealed_and_plain(world.connection, world.bucket) == (1, 1)
    assert sorted(raw(server)) == [f"{key}.age", "originals/M/old.JPG"]


def test_our_own_unfinished_ciphertext_is_an_orphan_only_when_it_cannot_be_finished(
    world, server, tmp_path, monkeypatch
):
    """Under its name in the bucket no job wants it."""
    data = os.urandom(PARTS * PART)
    key = world.queue("M/clip.MP4", data)
    store = sealed_store(server, tmp_path)
    ended = threading.Event()

    def hold_one_part(simulator, headers, body):  # or all of it may be there before anybody can stop it
        if headers["x-bz-part-number"] == str(PARTS // 2):
            ended.wait(30)
        return upload(simulator, headers, body)

    def stop(event):
        if type(event).__name__ == "UploadProgressed" and event.sent:
            world.stop.set()

    monkeypatch.setattr(loopback, "upload", hold_one_part)
    world.run(server, store=store, on_event=stop)
    ended.set()
    assert unfinished(server) == 1
    with server.lock:
        [begun] = server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values()
        assert begun.name == f"{key}.age"
        assert begun.file_info[OWNER]
    assert sweep(world.connection, world.bucket, PREFIX, store, apart) == 0
    [waiting] = (tmp_path / "spool").iterdir()
    waiting.unlink()
    assert sweep(world.connection, world.bucket, PREFIX, store, apart) == 1
    assert unfinished(server) == 0
    world.stop.clear()
    assert world.run(server, store=store).checked == 1
    assert fetched(store, key) == data


@pytest.mark.parametrize("after", [1, 7, 13])
def test_after_a_kill_the_same_ciphertext_goes_on_and_no_part_is_sent_twice(
    world, server, repository, tmp_path, monkeypatch, after
):
    data = os.urandom(PARTS * PART)
    key = world.queue("M/clip.MP4", data)
    reached, killed, arrived = threading.Event(), threading.Event(), []

    def hold_one_part(simulator, headers, body):
        arrived.append(headers["x-bz-part-number"])
        if len(arrived) == after:
            reached.set()
            killed.wait(30)
        return upload(simulator, headers, body)

    monkeypatch.setattr(loopback, "upload", hold_one_part)
    arguments = [str(tmp_path), server.url, server.key_id, server.key, str(LARGE_FROM), str(PART), PUBLIC]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments], env=environment, stdout=subprocess.PIPE
    ) as worker:
        assert reached.wait(60)
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=30)
    killed.set()
    assert world.jobs()[key][0] == "sending"
    [ciphertext] = [path.read_bytes() for path in (tmp_path / "spool").iterdir()]
    later, store = time.time() + 120, sealed_store(server, tmp_path)  # its lease is over
    assert world.run(server, store=store, clock=lambda: later).checked == 1
    assert sorted(arrived, key=int) == [str(number) for number in range(1, PARTS + 2)]  # what encryption adds is a part
    assert (raw(server), unfinished(server)) == ({f"{key}.age": ciphertext}, 0)
    assert fetched(store, key) == data
    assert spooled(tmp_path) == []


def test_a_copy_that_changed_since_it_was_proven_is_suspect_and_the_other_one_is_encrypted(world, server, tmp_path):
    data = os.urandom(3000)
    key = world.queue("M/A.JPG", data)
    (tmp_path / "ssd/M/A.JPG").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    store = sealed_store(server, tmp_path)
    assert world.run(server, store=store).checked == 1
    assert (world.copy_state("ssd", "M/A.JPG"), world.copy_state("nas", "M/A.JPG")) == ("suspect", "proven")
    assert fetched(store, key) == data
    assert len(raw(server)) == 1


def test_no_room_to_encrypt_is_told_once_and_waits_without_being_counted(world, server, tmp_path, monkeypatch):
    key = world.queue("M/A.JPG", b"picture")
    full = shutil.disk_usage(tmp_path)._replace(free=10 << 20)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.cloud.spool.shutil.disk_usage", lambda _path: full)
        summary = world.run(server, store=sealed_store(server, tmp_path))
    state, why, attempts = world.jobs()[key]
    assert (state, attempts, summary.problem, why.count("no room to encrypt")) == ("waiting", 0, None, 1)
    later = time.time() + 3600
    assert world.run(server, store=sealed_store(server, tmp_path), clock=lambda: later).checked == 1


def test_the_tag_of_the_ledger_stays_beside_the_ciphertext_and_no_hash_of_the_photograph(world, server, tmp_path):
    key = world.queue("M/A.JPG", b"picture")
    world.run(server, store=sealed_store(server, tmp_path))
    told = facts(server)[f"{key}.age"]
    assert set(told) == {"src_last_modified_millis", "safelight_format", OWNER}
    assert store_for(server).stat(f"{key}.age").verified
