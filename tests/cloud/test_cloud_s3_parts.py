"""Large files on S3, over real HTTP: a restart sends what is missing, a changed file never becomes visible."""

import os

import pytest
from cloud_worlds import LARGE_FROM, LEAST_PART, PART, sha1
from loopback_s3 import KEY_ID, SECRET, LoopbackS3
from store_contract import KEY, fetched, put, write

from ingest.cloud.begun import Begun, BegunUploads
from ingest.cloud.errors import CloudUnreachable, Interrupted, NameTaken, SourceChanged
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.naming import OWNER
from ingest.cloud.orphans import sweep
from ingest.cloud.s3 import S3Store
from ingest.ledger.upload_owner import owner_tag

PARTS = 6
SIZE = PART * PARTS - 1234


@pytest.fixture
def s3():
    with LoopbackS3(least_part=LEAST_PART) as running:
        yield running


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    for module in ("s3", "s3_parts"):
        monkeypatch.setattr(f"ingest.cloud.{module}.rest", lambda seconds, should_stop: None)


def store_at(server, begun, **how):
    how = {"large_from": LARGE_FROM, "part_size": PART, "least_part": LEAST_PART} | how
    return S3Store(server.bucket, ApplicationKey(KEY_ID, SECRET), endpoint=server.url, begun=bytes(begun), **how)


@pytest.fixture
def store(s3, tmp_path):
    return store_at(s3, tmp_path / "uploads")


@pytest.fixture
def clip(tmp_path):
    data = os.urandom(SIZE)
    return write(tmp_path, data), data


def stopped_after(parts, store, clip):
    """A first run that a person ends when `parts` parts have arrived."""
    sent = [0]
    with pytest.raises(Interrupted):
        put(store, *clip, on_bytes=sent.append, should_stop=lambda: sent[-1] >= parts * PART)


@pytest.mark.parametrize("parts", [0, 1, 4, 5])
def test_a_restart_sends_exactly_the_missing_parts(s3, store, clip, tmp_path, parts):
    stopped_after(parts, store, clip)
    stored = put(store_at(s3, tmp_path / "uploads"), *clip)
    assert stored.verified
    assert sorted(s3.parts) == list(range(1, PARTS + 1))
    assert (s3.unfinished(), s3.versions(KEY)) == (0, 1)
    assert (store.stat(KEY).file_id, store.stat(KEY).sha1) == (stored.file_id, sha1(clip[1]))
    assert fetched(store, KEY) == clip[1]
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_large_object_is_checked_by_its_version_and_not_by_its_word_alone(s3, store, clip):
    stored = put(store, *clip)
    found = store.stat(KEY)
    assert (stored.verified, found.verified, found.file_id) == (True, False, stored.file_id)


def test_one_that_is_there_already_is_verified_by_the_md5s_of_its_parts(s3, store, clip, tmp_path):
    path, data = clip
    put(store, path, data)
    again = put(store, path, data)
    assert (again.already_there, again.verified) == (True, True)
    other_size = store_at(s3, tmp_path / "uploads", part_size=PART + 1)
    assert not put(other_size, path, data).verified


def test_another_content_with_the_right_words_beside_it_is_not_verified(s3, store, clip):
    path, data = clip
    metadata = {"safelight-sha1": sha1(data)}
    upload_id = s3.client.create_multipart_upload(Bucket=s3.bucket, Key=KEY, Metadata=metadata)["UploadId"]
    parts = []
    for number in range(1, PARTS + 1):
        body = bytes(PART if number < PARTS else SIZE % PART)
        told = s3.client.upload_part(Bucket=s3.bucket, Key=KEY, UploadId=upload_id, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": told["ETag"]})
    s3.client.complete_multipart_upload(Bucket=s3.bucket, Key=KEY, UploadId=upload_id, MultipartUpload={"Parts": parts})
    again = put(store, path, data)
    assert (again.already_there, again.verified) == (True, False)


def test_a_computer_that_forgot_what_it_began_begins_anew_and_leaves_the_other_to_the_bucket(s3, store, clip, tmp_path):
    stopped_after(4, store, clip)
    assert put(store_at(s3, tmp_path / "another home"), *clip).verified
    assert s3.unfinished() == 1
    assert fetched(store, KEY) == clip[1]


def test_with_another_size_of_parts_it_is_begun_anew_and_the_first_is_cancelled(s3, store, clip, tmp_path):
    stopped_after(4, store, clip)
    assert put(store_at(s3, tmp_path / "uploads", part_size=2 * PART), *clip).verified
    assert (s3.unfinished(), s3.versions(KEY)) == (0, 1)
    assert fetched(store, KEY) == clip[1]


def test_a_part_of_other_content_is_not_taken_for_ours(s3, store, clip):
    stopped_after(4, store, clip)
    (upload,) = s3.client.list_multipart_uploads(Bucket=s3.bucket)["Uploads"]
    s3.client.upload_part(Bucket=s3.bucket, Key=KEY, UploadId=upload["UploadId"], PartNumber=2, Body=bytes(PART))
    put(store, *clip)
    assert sorted(s3.parts) == [1, 2, 2, 2, 3, 4, 5, 6]
    assert fetched(store, KEY) == clip[1]


def test_what_was_cancelled_meanwhile_is_started_again(s3, store, clip):
    stopped_after(4, store, clip)
    (upload,) = s3.client.list_multipart_uploads(Bucket=s3.bucket)["Uploads"]
    s3.client.abort_multipart_upload(Bucket=s3.bucket, Key=KEY, UploadId=upload["UploadId"])
    assert put(store, *clip).verified
    assert fetched(store, KEY) == clip[1]


def test_what_is_cancelled_while_its_parts_go_out_is_started_again(s3, store, clip):
    done = []

    def cancel_once(sent):
        if sent > 2 * PART and not done:
            done.append(sent)
            (upload,) = s3.client.list_multipart_uploads(Bucket=s3.bucket)["Uploads"]
            s3.client.abort_multipart_upload(Bucket=s3.bucket, Key=KEY, UploadId=upload["UploadId"])

    assert put(store, *clip, on_bytes=cancel_once).verified
    assert fetched(store, KEY) == clip[1]
    assert s3.unfinished() == 0


def test_a_file_that_is_not_the_proven_one_is_cancelled_and_never_visible(s3, store, clip, tmp_path):
    path, data = clip
    changed = data[:-1] + bytes([data[-1] ^ 1])
    with open(path, "wb") as file:
        file.write(changed)
    with pytest.raises(SourceChanged):
        put(store, path, data)
    assert (s3.unfinished(), s3.versions(KEY)) == (0, 0)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_part_that_changes_between_its_hash_and_its_sending_does_not_arrive(s3, store, clip):
    path, data = clip

    def change_the_end_of_the_first_part(sent):
        with open(path, "r+b") as file:
            file.seek(PART - 1)
            file.write(bytes([data[PART - 1] ^ 1]))

    with pytest.raises(SourceChanged):
        put(store, path, data, on_bytes=change_the_end_of_the_first_part)
    assert (s3.versions(KEY), 1 in s3.parts) == (0, False)
    with open(path, "wb") as file:
        file.write(data)
    assert put(store, path, data).verified
    assert fetched(store, KEY) == data


@pytest.mark.parametrize("what", [503, "drop", "lose"])
@pytest.mark.parametrize("call", ["UploadPart", "CompleteMultipartUpload"])
def test_one_failure_of_a_call_costs_nothing_but_time(s3, store, clip, tmp_path, call, what):
    s3.add(call, what, code="InternalError")
    try:
        stored = put(store, *clip)
    except CloudUnreachable:  # to finish is not tried again by itself: the next run does
        assert call == "CompleteMultipartUpload"
        stored = put(store, *clip)
    assert stored.sha1 == sha1(clip[1])
    assert (s3.unfinished(), s3.versions(KEY)) == (0, 1)
    assert fetched(store, KEY) == clip[1]


def test_a_name_that_another_one_takes_meanwhile_is_not_replaced(s3, store, clip):
    s3.before = lambda kind, environ: kind == "CompleteMultipartUpload" and s3.place(KEY, b"of the other")
    with pytest.raises(NameTaken):
        put(store, *clip)
    assert fetched(store, KEY) == b"of the other"
    assert (s3.unfinished(), s3.versions(KEY)) == (0, 1)


def test_several_parts_at_once_are_all_there_and_none_twice(s3, clip, tmp_path):
    from ingest.cloud.line import Line

    assert put(store_at(s3, tmp_path / "uploads", line=Line(connections=4)), *clip).verified
    assert sorted(s3.parts) == list(range(1, PARTS + 1))


def test_only_what_this_ledger_began_and_no_job_wants_is_cancelled(world, s3, store, tmp_path):
    data, ours = os.urandom(SIZE), owner_tag(world.connection)
    wanted_key = world.queue("M/wanted.MP4", data)
    notes = BegunUploads(bytes(tmp_path / "uploads"), store._account.place)

    def begin(key, content, owner=ours, noted=True):
        upload_id = s3.client.create_multipart_upload(Bucket=s3.bucket, Key=key)["UploadId"]
        if noted:
            notes.note(Begun(key, upload_id, sha1(content), len(content), PART, {OWNER: owner}))
        return upload_id

    wanted = begin(wanted_key, data)
    stale = begin(wanted_key, b"other content")
    gone = begin("originals/M/gone.MP4", data)
    other = begin("originals/M/gone.MP4", data, owner="0123456789abcdef")
    unknown = begin("originals/M/gone.MP4", data, noted=False)
    assert sweep(world.connection, world.bucket, "originals/", store, lambda work: work(lambda: False)) == 2
    left = {one["UploadId"] for one in s3.client.list_multipart_uploads(Bucket=s3.bucket)["Uploads"]}
    assert left == {wanted, other, unknown}
    assert {stale, gone}.isdisjoint(left)


def test_the_note_of_what_was_finished_or_cancelled_elsewhere_is_forgotten(s3, store, clip, tmp_path):
    stopped_after(4, store, clip)
    notes = BegunUploads(bytes(tmp_path / "uploads"), store._account.place)
    notes.note(Begun("originals/gone.MP4", "finished long ago", "0" * 40, 5, PART, {}))
    notes.note(Begun("elsewhere/gone.MP4", "not asked about", "0" * 40, 5, PART, {}))
    assert [one.key for one in store.unfinished("originals/")] == [KEY]
    assert {begun.key for begun in notes.all()} == {KEY, "elsewhere/gone.MP4"}


def test_notes_that_are_torn_or_of_another_bucket_are_passed_over(tmp_path):
    notes = BegunUploads(bytes(tmp_path / "uploads"), "https://one my-archive")
    begun = Begun("a/1", "id", "0" * 40, 5, PART, {})
    notes.note(begun)
    BegunUploads(bytes(tmp_path / "uploads"), "https://two my-archive").note(begun)
    (tmp_path / "uploads" / "parts-torn.json").write_text('{"place": "https://one my-arch')
    (tmp_path / "uploads" / "something else").write_text("x")
    assert list(notes.all()) == [begun]
    notes.forget("a/1", "id")
    assert list(notes.all()) == []
