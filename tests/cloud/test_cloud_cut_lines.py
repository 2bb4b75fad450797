"""A line that is cut again and again: what goes through between the cuts is kept."""

import os

from cloud_worlds import LEAST_PART, store_for, unfinished, versions
from store_contract import fetched

from ingest.cloud.loopback_faults import FaultKind

SMALL, PART_CALL = "b2_upload_file/", "b2_upload_part/"


def test_a_file_that_never_goes_through_as_a_whole_goes_in_the_smallest_parts(world, server):
    data = os.urandom(7 * LEAST_PART + 5)
    key = world.queue("M/A.CR3", data)
    server.faults.add(FaultKind.DROPPED, SMALL, times=10_000)
    summary = world.run(server)
    assert (summary.checked, summary.problem) == (1, None)
    assert server.faults.calls(PART_CALL) == 8
    assert fetched(store_for(server), key) == data
    assert (versions(server, key), unfinished(server)) == (1, 0)


def test_what_went_through_is_not_sent_again_by_the_next_run(world, server, monkeypatch):
    data = os.urandom(7 * LEAST_PART + 5)
    key = world.queue("M/A.CR3", data)
    server.faults.add(FaultKind.DROPPED, SMALL, times=10_000)
    sent = [0]
    take = server.faults.take

    def only_some(path):
        if PART_CALL in path:
            sent[0] += 1
            if 4 <= sent[0] <= 200:
                server.faults.add(FaultKind.DROPPED, path)
        return take(path)

    monkeypatch.setattr(server.faults, "take", only_some)
    assert world.run(server).sent == 0
    assert unfinished(server) == 1
    sent[0] = 1000
    summary = world.run(server)
    assert (summary.checked, unfinished(server)) == (1, 0)
    assert sent[0] == 1000 + 8 - 3
    assert fetched(store_for(server), key) == data


def test_a_file_below_two_parts_is_tried_as_a_whole_alone(world, server):
    world.queue("M/A.JPG", os.urandom(2 * LEAST_PART - 1))
    server.faults.add(FaultKind.DROPPED, SMALL, times=4)
    assert world.run(server).checked == 1
    assert server.faults.calls(SMALL) == 5
    assert server.faults.calls(PART_CALL) == 0
