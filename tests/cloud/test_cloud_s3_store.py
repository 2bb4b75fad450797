"""The S3 store over real HTTP to moto's server: the contract, and what the network and services can do to it."""

import os
import shutil
import subprocess

import pytest
from cloud_worlds import LARGE_FROM, LEAST_PART, PART, sha1
from loopback_s3 import KEY_ID, SECRET, LoopbackS3
from store_contract import KEY, PartsContract, StoreContract, VersionsContract, fetched, put, write

from ingest.cloud import s3_listing
from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable, NameTaken, SlowDown, SourceChanged
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.s3 import S3Store

SMALL = "PutObject"


@pytest.fixture
def s3():
    with LoopbackS3(least_part=LEAST_PART) as running:
        yield running


@pytest.fixture
def unversioned():
    with LoopbackS3(versioned=False, least_part=LEAST_PART) as running:
        yield running


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    for module in ("s3", "s3_parts"):
        monkeypatch.setattr(f"ingest.cloud.{module}.rest", lambda seconds, should_stop: None)


def store_at(server, tmp_path, **how):
    how = {"large_from": LARGE_FROM, "part_size": PART, "least_part": LEAST_PART} | how
    return S3Store(
        server.bucket, ApplicationKey(KEY_ID, SECRET), endpoint=server.url, begun=bytes(tmp_path / "uploads"), **how
    )


@pytest.fixture
def store(s3, tmp_path):
    return store_at(s3, tmp_path)


@pytest.fixture
def behind(s3):
    return s3


def filled(server):
    def place(keys):
        for key in keys:
            server.place_quickly(key, key.encode())

    return place


@pytest.fixture
def fill(s3):
    return filled(s3)


class TestS3(StoreContract, VersionsContract, PartsContract):
    more_than_a_page = 61  # each is looked at by itself, which the service of the tests does slowly

    @pytest.fixture(autouse=True)
    def _short_pages(self, monkeypatch):
        monkeypatch.setattr(s3_listing, "_PAGE", 25)


class TestS3WithoutVersions(StoreContract, PartsContract):
    test_a_listing_of_more_than_a_page_of_names_is_whole_and_in_order = None  # no other code than with versions

    @pytest.fixture
    def store(self, unversioned, tmp_path):
        return store_at(unversioned, tmp_path)

    @pytest.fixture
    def fill(self, unversioned):
        return filled(unversioned)


@pytest.mark.parametrize("what", [503, "drop"])
def test_an_upload_that_fails_twice_arrives_once(s3, store, tmp_path, what):
    data = os.urandom(200_000)
    s3.add(SMALL, what, times=2, code="InternalError")
    assert put(store, write(tmp_path, data), data).versions == 1
    assert s3.calls.count(SMALL) == 3
    assert s3.versions(KEY) == 1
    assert fetched(store, KEY) == data


def test_a_lost_answer_leaves_one_version_and_nothing_is_sent_again(s3, store, tmp_path):
    data = os.urandom(200_000)
    s3.add(SMALL, "lose")
    stored = put(store, write(tmp_path, data), data)
    assert (stored.verified, stored.versions, s3.versions(KEY)) == (True, 1, 1)
    assert s3.calls.count(SMALL) == 1


def test_two_stations_that_were_both_first_leave_one_content(s3, store, tmp_path):
    data = os.urandom(1000)
    s3.before = lambda kind, environ: s3.calls.count(SMALL) == 1 and s3.place(KEY, b"of the other")
    with pytest.raises(NameTaken):
        put(store, write(tmp_path, data), data)
    assert s3.versions(KEY) == 1


@pytest.mark.parametrize("header", ["If-None-Match", "x-amz-checksum-sha1"])
def test_a_service_that_does_not_know_a_header_gets_the_file_without_it(s3, store, tmp_path, header):
    data, seen = os.urandom(1000), []
    name = f"HTTP_{header.upper().replace('-', '_')}"
    s3.before = lambda kind, environ: kind == SMALL and seen.append(name in environ)
    s3.add(SMALL, 400, code="InvalidArgument", message=f"Unsupported header '{header}' received for this API call.")
    assert put(store, write(tmp_path, data), data).verified
    assert put(store, write(tmp_path, data[:-1]), data[:-1], key="a/2").verified
    assert seen == [True, False, False]
    assert [found.verified for found in store.list("")] == [True, True]


def test_without_a_sha1_of_the_service_its_md5_verifies(s3, store, tmp_path):
    data = os.urandom(1000)
    store._account.checksums = False
    assert put(store, write(tmp_path, data), data).verified
    assert store.stat(KEY).verified
    s3.place("a/other", data)
    assert not store.stat("a/other").verified


@pytest.mark.parametrize(
    ("status", "code", "meaning", "said"),
    [
        (403, "InvalidAccessKeyId", CloudRefused, "not accepted"),
        (403, "SignatureDoesNotMatch", CloudRefused, "not accepted"),
        (403, "AccessDenied", CloudRefused, "not allowed"),
        (404, "NoSuchBucket", CloudRefused, "no bucket my-archive"),
        (301, "PermanentRedirect", CloudRefused, "another region"),
        (403, "RequestTimeTooSkewed", CloudRefused, "clock"),
        (403, "QuotaExceeded", CloudRefused, "full or not ready"),
        (400, "BadDigest", SourceChanged, "checksum"),
        (400, "Whatever", CloudError, "unexpected"),
    ],
)
def test_what_cannot_heal_by_itself_is_told_at_once(s3, store, tmp_path, status, code, meaning, said):
    s3.add(SMALL, status, times=9, code=code, message="words")
    with pytest.raises(meaning, match=said) as caught:
        put(store, write(tmp_path, b"data"), b"data")
    assert s3.calls.count(SMALL) == (2 if status == 301 else 1)  # the SDK itself looks where the bucket lies
    if meaning is CloudRefused:
        assert caught.value.hint


def test_a_service_that_is_only_busy_is_unreachable_after_five_attempts(s3, store, tmp_path):
    s3.add(SMALL, 503, times=99, code="ServiceUnavailable")
    with pytest.raises(CloudUnreachable, match="busy"):
        put(store, write(tmp_path, b"data"), b"data")
    assert s3.calls.count(SMALL) == 5


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (429, "TooManyRequests")])
def test_a_pause_that_was_asked_for_ends_the_attempt(s3, store, tmp_path, status, code):
    s3.add(SMALL, status, code=code, headers=(("Retry-After", "37"),))
    with pytest.raises(SlowDown) as caught:
        put(store, write(tmp_path, b"data"), b"data")
    assert caught.value.seconds == 37
    assert s3.calls.count(SMALL) == 1


@pytest.mark.parametrize(("call", "status"), [("HeadObject", 200), (SMALL, 200), (SMALL, 403)])  # a HEAD has no body
def test_a_login_page_in_place_of_the_service_is_weather(s3, store, tmp_path, status, call):
    s3.add(call, status, times=99, body=b"<html><body>Welcome to the hotel<br></body></html>")
    with pytest.raises(CloudUnreachable, match="cannot be reached"):
        put(store, write(tmp_path, b"data"), b"data")


def test_no_connection_is_weather(s3, tmp_path):
    nowhere = S3Store("my-archive", ApplicationKey(KEY_ID, SECRET), endpoint="http://127.0.0.1:9")
    with pytest.raises(CloudUnreachable, match="no connection"):
        nowhere.stat("a")


def test_the_photographs_are_never_sent_in_clear_over_a_network():
    for endpoint in ("http://example.org", "ftp://127.0.0.1", "nonsense"):
        with pytest.raises(CloudRefused, match="endpoint"):
            S3Store("my-archive", ApplicationKey("id", "secret"), endpoint=endpoint)


def test_no_key_and_no_address_is_in_an_error_or_the_log(s3, store, tmp_path, caplog):
    caplog.set_level("DEBUG")
    said = []
    for code in ("AccessDenied", "SignatureDoesNotMatch", "InternalError", "Whatever"):
        s3.add(SMALL, 400, times=9, code=code, message=f"{SECRET} at {s3.url}")
        with pytest.raises(CloudError) as caught:
            put(store, write(tmp_path, b"data"), b"data", key=f"a/{code}")
        said.append(f"{caught.value.message} {caught.value.hint}")
        s3.faults.clear()
    assert len(said) == 4
    assert "127.0.0.1" not in str(said)
    assert SECRET not in caplog.text
    assert "Credential=" not in caplog.text


def test_a_cut_download_goes_on_where_it_broke(s3, store, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.cloud.s3.time.sleep", lambda seconds: None)
    data = os.urandom(3_000_000)
    put(store, write(tmp_path, data), data)
    s3.add("GetObject", "drop", times=3)
    assert fetched(store, KEY) == data
    assert s3.calls.count("GetObject") == 4


def test_a_download_that_never_gets_on_is_unreachable(s3, store, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.cloud.s3.time.sleep", lambda seconds: None)
    put(store, write(tmp_path, b"d"), b"d")
    s3.add("GetObject", 503, times=99, code="InternalError")
    with pytest.raises(CloudUnreachable):
        fetched(store, KEY)


def test_an_answer_with_another_md5_is_not_believed(s3, store, tmp_path, monkeypatch):
    from moto.s3 import models

    monkeypatch.setattr(models.FakeKey, "etag", property(lambda self: f'"{"f" * 32}"'))
    with pytest.raises(CloudError, match="another MD5"):
        put(store, write(tmp_path, b"data"), b"data")


def test_a_file_that_never_goes_through_as_a_whole_goes_in_the_smallest_parts(s3, store, tmp_path):
    data = os.urandom(7 * LEAST_PART + 5)
    s3.add(SMALL, "drop", times=10_000)
    assert put(store, write(tmp_path, data), data).verified
    assert sorted(s3.parts) == list(range(1, 9))
    assert fetched(store, KEY) == data


def test_the_object_is_as_rclone_wants_it_and_holds_what_is_said_of_the_asset(s3, store, tmp_path):
    put(store, write(tmp_path, b"data"), b"data")
    metadata = s3.client.head_object(Bucket=s3.bucket, Key=KEY)["Metadata"]
    assert metadata["mtime"] == "1700000000.123"
    assert metadata["safelight-sha1"] == sha1(b"data")
    assert metadata["safelight-xxh128"] == "0" * 32


@pytest.mark.parametrize("size", [1000, LARGE_FROM])
def test_bytes_that_are_damaged_on_their_way_never_become_visible(s3, store, tmp_path, monkeypatch, size):
    from ingest.cloud.s3_wire import ProvenWindow

    honest, data = ProvenWindow.read, os.urandom(size)
    monkeypatch.setattr(ProvenWindow, "read", lambda self, count=-1: bytes(len(honest(self, count))))
    with pytest.raises(SourceChanged, match="arrived"):
        put(store, write(tmp_path, data), data)
    assert s3.versions(KEY) == 0


def test_a_service_that_lists_no_versions_gives_what_is_visible(s3, store, tmp_path):
    put(store, write(tmp_path, b"data"), b"data")
    s3.add("ListObjectVersions", 501, code="NotImplemented", message="ListObjectVersions not implemented")
    assert [found.key for found in store.list("originals/", every_version=True)] == [KEY]


if shutil.which("rclone"):  # the referee shares no code with us; where it is not installed there is no case

    def test_rclone_agrees_with_us_about_every_byte_and_time(world, s3, store, tmp_path):
        sizes = {"M/A.JPG": 30_000, "M/é b_41.CR3": 200_000, "M/clip.MP4": 1_700_001, "N/A.THM": 0}
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = ours | {
            "RCLONE_CONFIG": str(tmp_path / "rclone.conf"), "RCLONE_CONFIG_L_TYPE": "s3",
            "RCLONE_CONFIG_L_PROVIDER": "Other", "RCLONE_CONFIG_L_ENDPOINT": s3.url,
            "RCLONE_CONFIG_L_ACCESS_KEY_ID": KEY_ID, "RCLONE_CONFIG_L_SECRET_ACCESS_KEY": SECRET,
        }  # fmt: skip
        for path, size in sizes.items():
            world.queue(path, os.urandom(size))
        summary = world.run(None, store=store)
        assert (summary.checked, summary.problem) == (len(sizes), None)

        def rclone(*words):
            return subprocess.run(["rclone", *words], env=environment, capture_output=True, text=True, timeout=120)

        referee = rclone("check", str(world.folder / "nas"), "L:my-archive/originals", "--download")
        assert referee.returncode == 0, referee.stderr
        assert "0 differences" in referee.stderr
        assert "2023-11-14" in rclone("lsl", "L:my-archive").stdout  # the mtime that stands beside the bytes
