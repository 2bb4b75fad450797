"""Files in parts, over real HTTP: a restart sends what is missing, a changed file never becomes visible."""

import os

import pytest
from cloud_worlds import LARGE_FROM, PART, sha1, store_for, unfinished, versions
from store_contract import INFO, KEY, fetched, put, write

from ingest.cloud.b2 import B2Store
from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable, Interrupted, SlowDown, SourceChanged
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.loopback_faults import FaultKind

PARTS = 6
SIZE = PART * PARTS - 1234
CALL = "b2_upload_part/"


@pytest.fixture
def store(server):
    return store_for(server)


@pytest.fixture
def clip(tmp_path):
    data = os.urandom(SIZE)
    return write(tmp_path, data), data


def begin(server, clip):
    """An unfinished file without parts, begun behind our back."""
    info = {**INFO, "large_file_sha1": sha1(clip[1])}
    with server.lock:
        server.simulator.start_large_file(*server._who, server.bucket_id, KEY, "b2/x-auto", info)


def stopped_after(parts, store, clip):
    """A first run that a person ends when `parts` parts have arrived."""
    sent = [0]
    with pytest.raises(Interrupted):
        put(store, *clip, on_bytes=sent.append, should_stop=lambda: sent[-1] >= parts * PART)


@pytest.mark.parametrize("parts", [0, 1, 4, 5])
def test_a_restart_sends_exactly_the_missing_parts(server, store, clip, parts):
    stopped_after(parts, store, clip)
    assert unfinished(server) == 1
    before = server.faults.calls(CALL)
    assert put(store_for(server), *clip).verified
    assert server.faults.calls(CALL) - before == PARTS - parts
    assert (unfinished(server), versions(server, KEY)) == (0, 1)
    assert fetched(store, KEY) == clip[1]


@pytest.mark.parametrize("empty_first", [True, False])
def test_of_two_beginnings_the_one_with_parts_is_taken_up_and_the_other_cancelled(server, store, clip, empty_first):
    """The answer to the first beginning was lost, so it was begun again; then the program was killed."""
    if empty_first:
        begin(server, clip)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ingest.cloud.b2_parts.PartDriver._unfinished", lambda *_: [])  # it was not there yet
            stopped_after(4, store, clip)
    else:
        stopped_after(4, store, clip)
        begin(server, clip)
    assert unfinished(server) == 2
    before = server.faults.calls(CALL)
    assert put(store, *clip).verified
    assert server.faults.calls(CALL) - before == PARTS - 4
    assert (unfinished(server), versions(server, KEY)) == (0, 1)
    assert fetched(store, KEY) == clip[1]


def test_a_beginning_whose_answer_was_lost_is_not_left_in_the_bucket(server, store, clip):
    server.faults.add(FaultKind.LOST_ANSWER, "b2_start_large_file")
    assert put(store, *clip).verified
    assert server.faults.calls("b2_start_large_file") == 2
    assert (unfinished(server), versions(server, KEY)) == (0, 1)


def test_a_beginning_of_another_content_is_left_alone(server, store, clip):
    begin(server, (clip[0], b"of another program"))
    assert put(store, *clip).verified
    assert unfinished(server) == 1


def test_a_part_that_the_service_lost_meanwhile_is_sent_again(server, store, clip):
    stopped_after(4, store, clip)
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        next(iter(bucket.file_id_to_file.values())).parts[2] = None
    before = server.faults.calls(CALL)
    put(store, *clip)
    assert server.faults.calls(CALL) - before == PARTS - 4 + 1
    assert fetched(store, KEY) == clip[1]


def test_a_part_of_other_content_is_not_taken_for_ours(server, store, clip):
    stopped_after(4, store, clip)
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        part = next(iter(bucket.file_id_to_file.values())).parts[2]
        part.part_data = bytes(PART)
        part.content_sha1 = sha1(part.part_data)
    before = server.faults.calls(CALL)
    put(store, *clip)
    assert server.faults.calls(CALL) - before == PARTS - 4 + 1
    assert fetched(store, KEY) == clip[1]


def test_a_file_that_was_cancelled_meanwhile_is_started_again(server, store, clip):
    stopped_after(4, store, clip)
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        bucket.cancel_large_file(next(iter(bucket.file_id_to_file)))
    assert put(store, *clip).verified
    assert fetched(store, KEY) == clip[1]


def test_a_file_that_is_cancelled_while_its_parts_go_out_is_started_again(server, store, clip):
    done = []

    def cancel_once(sent):
        if sent > 2 * PART and not done:
            done.append(sent)
            with server.lock:
                bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
                bucket.cancel_large_file(next(iter(bucket.file_id_to_file)))

    assert put(store, *clip, on_bytes=cancel_once).verified
    assert fetched(store, KEY) == clip[1]
    assert unfinished(server) == 0


def test_a_file_that_changes_while_it_is_sent_is_cancelled_and_never_visible(server, store, clip):
    path, _ = clip

    def overwrite_the_end(sent):
        with open(path, "r+b") as file:
            file.seek(SIZE - 1)
            file.write(b"!")

    with pytest.raises(SourceChanged):
        put(store, *clip, on_bytes=overwrite_the_end)
    assert (unfinished(server), versions(server, KEY)) == (0, 0)


def test_bytes_that_change_between_hashing_and_sending_a_part_are_refused(server, store, clip):
    path, _ = clip

    def overwrite_what_comes_next(sent):
        with open(path, "r+b") as file:
            file.seek(min(sent + 200_000, SIZE - 1))
            file.write(b"!")

    with pytest.raises(SourceChanged):
        put(store, *clip, on_bytes=overwrite_what_comes_next)
    assert versions(server, KEY) == 0


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.DROPPED, FaultKind.LOST_ANSWER, FaultKind.PORTAL])
def test_parts_that_fail_are_sent_again_and_the_others_are_not(server, store, clip, kind):
    server.faults.add(kind, CALL, times=3)
    assert put(store, *clip).verified
    assert server.faults.calls(CALL) == PARTS + 3
    assert fetched(store, KEY) == clip[1]


def test_an_expired_token_in_the_middle_is_renewed(server, store, clip):
    asked = []

    def expire_once(sent):
        if sent > 2 * PART and not asked:
            asked.append(sent)
            server.expire_tokens()

    assert put(store, *clip, on_bytes=expire_once).verified
    assert fetched(store, KEY) == clip[1]


def test_a_lost_answer_to_finish_is_not_an_error_although_a_second_finish_is_refused(server, store, clip):
    server.faults.add(FaultKind.LOST_ANSWER, "b2_finish_large_file")
    stored = put(store, *clip)
    assert (stored.verified, stored.size, versions(server, KEY)) == (True, SIZE, 1)
    assert server.faults.calls("b2_finish_large_file") == 2  # the SDK asked again, and was refused


def test_a_finish_that_is_refused_is_an_error_and_the_parts_stay(server, store, clip):
    server.faults.add(FaultKind.REFUSED, "b2_finish_large_file")
    with pytest.raises(CloudError, match="unexpected"):
        put(store, *clip)
    before = server.faults.calls(CALL)
    assert put(store, *clip).verified
    assert server.faults.calls(CALL) == before


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.STORAGE_CAP, CloudRefused),
        (FaultKind.TOO_MANY, SlowDown),
        (FaultKind.UNAVAILABLE, CloudUnreachable),
    ],
)
def test_a_part_that_cannot_be_sent_ends_the_attempt_and_keeps_what_arrived(server, store, clip, kind, error):
    stopped_after(3, store, clip)
    server.faults.add(kind, CALL, times=99)
    with pytest.raises(error):
        put(store, *clip)
    server.faults.clear()
    before = server.faults.calls(CALL)
    assert put(store, *clip).verified
    assert server.faults.calls(CALL) - before == PARTS - 3


@pytest.mark.parametrize("part_size", [PART // 3, PART * 2])
def test_parts_of_another_size_are_cancelled_and_the_file_begins_anew(server, store, clip, part_size):
    stopped_after(4, store, clip)
    key = ApplicationKey(server.key_id, server.key)
    other = B2Store(server.bucket, key, realm=server.url, large_from=LARGE_FROM, part_size=part_size)
    assert put(other, *clip).verified
    assert (unfinished(server), versions(server, KEY)) == (0, 1)
    assert fetched(store, KEY) == clip[1]


def test_an_unfinished_file_of_other_content_under_the_name_is_left_alone(server, store, clip, tmp_path):
    stopped_after(2, store, clip)
    other = os.urandom(SIZE)
    assert put(store, write(tmp_path, other, "other"), other).verified
    assert fetched(store, KEY) == other
    assert unfinished(server) == 1


def test_a_large_object_of_somebody_else_is_found_but_not_called_verified(server, store, clip):
    first = put(store, *clip)
    again = put(store_for(server), *clip)
    assert (first.verified, again.verified, again.already_there) == (True, False, True)
    assert (again.sha1, again.file_id) == (sha1(clip[1]), first.file_id)


def test_a_file_that_is_cancelled_again_and_again_is_an_error_and_no_endless_loop(server, store, clip):
    def always_cancel(sent):
        with server.lock:
            bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
            for file_id in list(bucket.file_id_to_file):
                bucket.cancel_large_file(file_id)

    with pytest.raises(CloudError, match="cancels"):
        put(store, *clip, on_bytes=always_cancel)


def test_a_file_of_more_than_a_thousand_parts_is_taken_up_whole(server, tmp_path):
    key = ApplicationKey(server.key_id, server.key)
    data = os.urandom(1_100_000)
    server.simulator._sizes["absoluteMinimumPartSize"] = 1000
    store = B2Store(server.bucket, key, realm=server.url, large_from=LARGE_FROM, part_size=1000)
    sent, path = [0], write(tmp_path, data)
    with pytest.raises(Interrupted):
        put(store, path, data, on_bytes=sent.append, should_stop=lambda: sent[-1] >= 1_090_000)
    before = server.faults.calls(CALL)
    assert put(store, path, data).verified
    assert server.faults.calls(CALL) - before == 10
    assert server.faults.calls("b2_list_parts") == 2


def test_what_is_stored_beside_a_large_object_is_what_other_tools_read(server, store, clip):
    put(store, *clip)
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        info = next(iter(bucket.file_id_to_file.values())).file_info
    assert info == INFO | {"large_file_sha1": sha1(clip[1])}
