"""A worker that is killed without warning: the next one takes its job up and sends only what is missing."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from cloud_worlds import LARGE_FROM, PART, store_for, unfinished, versions

from ingest.cloud import loopback
from ingest.cloud.loopback_wire import upload

WORKER = """
import sys, threading
from contextlib import closing
from pathlib import Path
from ingest.cloud.b2 import B2Store
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.uploader import run_queue
from ingest.ledger.db import open_ledger
folder, url, key_id, key, large_from, part = sys.argv[1:]
store = B2Store("my-archive", ApplicationKey(key_id, key), realm=url, large_from=int(large_from), part_size=int(part))
roots = {name: (folder + "/" + name).encode() for name in ("ssd", "nas")}
with closing(open_ledger(Path(folder) / "ledger.sqlite")) as ledger:
    run_queue(store, ledger, "my-archive", roots, stop=threading.Event(), on_event=print)
"""
PARTS = 12


@pytest.mark.parametrize("after", [1, 7, 12])
def test_after_a_kill_no_part_is_sent_twice(world, server, repository, tmp_path, monkeypatch, after):
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
    arguments = [str(tmp_path), server.url, server.key_id, server.key, str(LARGE_FROM), str(PART)]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments], env=environment, stdout=subprocess.PIPE
    ) as worker:
        assert reached.wait(60)
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=30)
    killed.set()
    assert world.jobs()[key][0] == "sending"
    later = time.time() + 120  # its lease is over
    assert world.run(server, clock=lambda: later).checked == 1
    assert sorted(arrived, key=int) == [str(number) for number in range(1, PARTS + 1)]
    assert (versions(server, key), unfinished(server)) == (1, 0)
    got = bytearray()
    store_for(server).get(key, got.extend)
    assert bytes(got) == data
