"""The table of errors: what each failure of the SDK means for the queue."""

import hashlib
import json

import pytest
import requests
from b2sdk.v3 import exception as b2

from ingest.cloud.b2_errors import translate
from ingest.cloud.b2_wire import SourceUnreadableError, StopSendingError, TimeLimitedSession, Window
from ingest.cloud.errors import (
    CloudError,
    CloudRefused,
    CloudUnreachable,
    Interrupted,
    ObjectRefused,
    SlowDown,
    SourceChanged,
    SourceGone,
)
from ingest.cloud.source import blocks, opened, rest, sha1_of

SECRET = "4_z27c_upload_token"


class UploadTokenUsedConcurrently(b2.B2Error):
    """As the SDK's own, which it does not export."""


def wrapped(inner):
    try:
        raise inner
    except Exception:
        try:
            raise b2.UnknownError(repr(inner))
        except b2.UnknownError as outer:
            return outer


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (b2.B2ConnectionError(f"Max retries exceeded with url: /b2api/{SECRET}"), CloudUnreachable),
        (b2.B2RequestTimeout(), CloudUnreachable),
        (b2.ConnectionReset(), CloudUnreachable),
        (b2.BrokenPipe(), CloudUnreachable),
        (b2.UnknownHost(), CloudUnreachable),
        (b2.ServiceError("503"), CloudUnreachable),
        (b2.RequestTimeout("408"), CloudUnreachable),
        (b2.BadUploadUrl(f"https://pod/{SECRET}"), CloudUnreachable),
        (b2.BadDateFormat("x"), CloudUnreachable),
        (UploadTokenUsedConcurrently(SECRET), CloudUnreachable),
        (requests.exceptions.ChunkedEncodingError("cut"), CloudUnreachable),
        (wrapped(requests.exceptions.ChunkedEncodingError("cut")), CloudUnreachable),
        (wrapped(KeyError("date")), CloudUnreachable),  # an answer that was cut in its head
        (wrapped(KeyError("another field")), CloudError),
        (json.JSONDecodeError("no", "<html>", 0), CloudUnreachable),
        (b2.TooManyRequests(retry_after_seconds="7"), SlowDown),
        (b2.ServiceError("503", retry_after_seconds="7"), SlowDown),
        (b2.StorageCapExceeded(), CloudRefused),
        (b2.TransactionCapExceeded(), CloudRefused),
        (b2.InvalidAuthToken("x", "bad_auth_token"), CloudRefused),
        (b2.Unauthorized("x", "unauthorized"), CloudRefused),
        (b2.Unauthorized("", "non_json_response"), CloudUnreachable),  # its reason was cut off, or it is not B2 at all
        (b2.Unauthorized(None, None), CloudUnreachable),
        (b2.UnknownError("403 non_json_response <html>"), CloudUnreachable),
        (b2.UnknownError("403 None None"), CloudUnreachable),
        (b2.UnknownError("403 some_other_code no"), CloudError),
        (b2.EmailNotVerified("x", "email_not_verified"), CloudRefused),
        (b2.NoPaymentHistory("x", "no_payment_history"), CloudRefused),
        (b2.NonExistentBucket("b"), CloudRefused),
        (b2.BucketIdNotFound("b"), CloudRefused),
        (b2.RestrictedBucket(["b"]), CloudRefused),
        (b2.RestrictedBucketMissing(), CloudRefused),
        (b2.ClockSkew(4000), CloudRefused),
        (b2.PotentialS3EndpointPassedAsRealm(b"<xml>"), CloudRefused),
        (b2.AccessDenied(), ObjectRefused),
        (b2.RetentionWriteError(), ObjectRefused),
        (b2.UnusableFileName("x"), ObjectRefused),
        (ValueError("x"), ObjectRefused),
        (b2.BadRequest("Sha1 did not match data received", "bad_request"), SourceChanged),
        (b2.FileSha1Mismatch("x"), SourceChanged),
        (b2.PartSha1Mismatch("x"), SourceChanged),
        (StopSendingError(), Interrupted),
        (SourceUnreadableError("gone"), SourceGone),
        (b2.BadRequest(f"something at https://pod/{SECRET}", "bad_request"), CloudError),
        (b2.UnknownError("x"), CloudError),
        (AssertionError("a != b"), CloudError),
        (RuntimeError(), CloudError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
def test_each_error_has_one_meaning_and_tells_no_secret(error, meaning):
    found = translate(error, "my-archive", ["listFiles"])
    assert type(found) is meaning
    assert found.message
    assert SECRET not in f"{found.message}{found.hint}"
    assert found.retriable == issubclass(meaning, (CloudUnreachable, Interrupted, SourceGone))
    if meaning is CloudRefused:
        assert found.hint
    if meaning is SlowDown:
        assert found.seconds == 7


def test_our_own_errors_go_through_as_they_are():
    error = ObjectRefused("x")
    assert translate(error, "b") is error


@pytest.mark.parametrize(("capabilities", "said"), [(None, "not accepted"), (["writeFiles"], "lacks listBuckets, ")])
def test_a_missing_capability_is_named_once_the_key_was_accepted(capabilities, said):
    assert said in translate(b2.Unauthorized("x", "unauthorized"), "b", capabilities).message


def test_a_key_with_everything_is_restricted_to_other_files():
    every = ["listBuckets", "listFiles", "readFiles", "writeFiles"]
    assert "other files" in translate(b2.Unauthorized("x", "unauthorized"), "b", every).message


@pytest.mark.parametrize(
    ("url", "silence"),
    [
        ("https://api001.backblazeb2.com/b2api/v4/b2_list_file_names", 60),
        ("https://pod-000.backblaze.com/b2api/v4/b2_upload_file?cvt=x", 120),
        ("https://pod-000.backblaze.com/b2api/v4/b2_upload_part?cvt=x", 120),
        ("https://f001.backblazeb2.com/b2api/v4/b2_download_file_by_id?fileId=x", 60),
    ],
)
def test_no_call_waits_twenty_minutes_for_an_answer(monkeypatch, url, silence):
    seen = {}
    monkeypatch.setattr(requests.Session, "request", lambda self, method, url, **options: seen.update(options))
    TimeLimitedSession().request("POST", url, timeout=(46, 1200))
    assert seen["timeout"] == (10, silence)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(100)))
    return path


def test_a_window_is_a_stream_over_a_part_of_a_file(file):
    told = []
    with opened(bytes(file), 100) as fd:
        window = Window(fd, 40, 50, told.append, lambda: False)
        assert (len(window), window.read(20), window.tell()) == (50, bytes(range(40, 60)), 20)
        assert window.read() == bytes(range(60, 90))
        assert window.read(10) == b""
        assert window.seek(0) == 0
        assert window.read(1) == b"\x28"
        with pytest.raises(ValueError, match="inside"):
            window.seek(51)
    assert told[:2] == [60, 90]


def test_a_file_that_shrinks_while_it_is_read_is_a_source_that_is_gone(file):
    with opened(bytes(file), 100) as fd:
        file.write_bytes(b"short")
        with pytest.raises(SourceUnreadableError):
            Window(fd, 50, 10, lambda sent: None, lambda: False).read()
        with pytest.raises(SourceGone, match="early"):
            list(blocks(fd, 0, 100, lambda: False))


def test_a_descriptor_that_gives_an_error_is_a_source_that_is_gone(file):
    with opened(bytes(file), 100) as fd:
        pass
    with pytest.raises(SourceUnreadableError):
        Window(fd, 0, 100, lambda sent: None, lambda: False).read()
    with pytest.raises(SourceGone, match="read"):
        list(blocks(fd, 0, 100, lambda: False))


def test_hashing_and_resting_end_when_asked(file):
    assert sha1_of(bytes(file), 100, lambda: False) == hashlib.sha1(bytes(range(100))).hexdigest()
    with pytest.raises(Interrupted):
        sha1_of(bytes(file), 100, lambda: True)
    with pytest.raises(Interrupted):
        rest(3600.0, lambda: True)
    rest(0.01, lambda: False)
