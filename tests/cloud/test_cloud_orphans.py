"""Unfinished large files: our own orphans are cancelled, what a job still wants and what others began stays."""

import io
import os

from cloud_worlds import PART, sha1, store_for, unfinished
from store_contract import put, write

from ingest.cloud.naming import OWNER
from ingest.cloud.orphans import sweep
from ingest.ledger.upload_owner import owner_tag

PREFIX = "originals/"


def apart(work):
    return work(lambda: False)


def begin(server, key, data, **info):
    facts = {"large_file_sha1": sha1(data), **info}
    with server.lock:
        answer = server.simulator.start_large_file(*server._who, server.bucket_id, key, "b2/x-auto", facts)
    return answer["fileId"]


def left(server):
    return [one.file_id for one in store_for(server).unfinished(PREFIX)]


def test_only_what_this_ledger_began_and_no_job_wants_is_cancelled(world, server):
    data, ours = os.urandom(PART), owner_tag(world.connection)
    wanted_key, sent_key = world.queue("M/wanted.MP4", data), world.queue("M/sent.MP4", data + b"2")
    wanted = begin(server, wanted_key, data, **{OWNER: ours})
    stale = begin(server, wanted_key, b"other content", **{OWNER: ours})
    other = begin(server, "originals/M/gone.MP4", data, **{OWNER: "0123456789abcdef"})
    unnamed = begin(server, "originals/M/gone.MP4", data)
    gone = begin(server, "originals/M/gone.MP4", data, **{OWNER: ours})
    elsewhere = begin(server, "another/M/gone.MP4", data, **{OWNER: ours})
    world.connection.execute(
        "UPDATE upload_job SET state = 'sent', file_id = 'x', sent_at = 1 WHERE key = ?", (sent_key,)
    )
    sent = begin(server, sent_key, data + b"2", **{OWNER: ours})
    assert sweep(world.connection, world.bucket, PREFIX, store_for(server), apart) == 3
    assert set(left(server)) == {wanted, other, unnamed}
    assert {stale, gone, sent}.isdisjoint(left(server))
    assert unfinished(server) == 4  # elsewhere is not below the prefix
    assert elsewhere
    assert sweep(world.connection, world.bucket, PREFIX, store_for(server), apart) == 0


def test_more_than_one_page_of_unfinished_files_is_looked_through(world, server):
    ours = owner_tag(world.connection)
    for number in range(130):
        begin(server, f"originals/M/{number:03}.MP4", b"x", **{OWNER: ours if number % 2 else "another"})
    assert sweep(world.connection, world.bucket, PREFIX, store_for(server), apart) == 65
    assert len(left(server)) == 65


def test_an_upload_that_another_station_began_is_neither_taken_up_nor_cancelled(server, tmp_path):
    data = os.urandom(4 * PART)
    path = write(tmp_path, data)
    other = begin(server, "a/B.CR3", data, **{OWNER: "another station"})
    old = begin(server, "a/B.CR3", data)  # of a version that named no ledger: ours by its content
    stored = store_for(server).put(
        path, "a/B.CR3", len(data), sha1(data), {OWNER: "mine"}, lambda n: None, lambda: False
    )
    assert stored.file_id == old
    assert [one.file_id for one in store_for(server).unfinished("a/")] == [other]


def test_a_ledger_keeps_its_tag_and_no_other_has_it(world):
    tag = owner_tag(world.connection)
    assert (len(tag), owner_tag(world.connection)) == (16, tag)
    world.connection.execute("INSERT INTO run (id, card_id, started, boot_id, command) VALUES (2, 1, 5, 'c', '')")
    assert owner_tag(world.connection) == tag


def test_cancelling_what_is_gone_is_no_error(server):
    file_id = begin(server, "a/B.CR3", b"x")
    store_for(server).cancel(file_id)
    store_for(server).cancel(file_id)
    assert unfinished(server) == 0


def test_a_version_that_came_late_is_told_by_the_next_run(world, server, tmp_path):
    key = world.queue("M/A.JPG", b"picture")
    path = write(tmp_path, b"picture")
    put(store_for(server), path, b"picture", key=key)
    with server.lock:  # the first attempt, given up long ago, arrives behind the second one
        who = server._who
        url = server.simulator.get_upload_url(*who, server.bucket_id)
        server.simulator.upload_file(
            url["uploadUrl"],
            url["authorizationToken"],
            key,
            7,
            "b2/x-auto",
            sha1(b"picture"),
            {},
            io.BytesIO(b"picture"),
        )
    summary = world.run(server)
    assert (summary.already_there, summary.duplicates) == (1, 1)
