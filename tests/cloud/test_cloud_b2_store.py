"""The B2 store over real HTTP: the contract, and what the network and the service can do to it."""

import contextlib
import logging
import os

import pytest
from cloud_worlds import fill_b2, sha1, store_for, versions
from store_contract import KEY, PartsContract, StoreContract, VersionsContract, fetched, put, write

from ingest.cloud import loopback
from ingest.cloud.b2 import B2Store
from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable, SlowDown
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.loopback import CAPABILITIES
from ingest.cloud.loopback_faults import FaultKind
from ingest.cloud.loopback_wire import Refusal, upload

SMALL = "b2_upload_file"
SURVIVED = (FaultKind.LOST_ANSWER, FaultKind.CUT_ANSWER)


@pytest.fixture
def store(server):
    return store_for(server)


class Behind:
    """Another program at the same bucket."""

    def __init__(self, server):
        self._server = server

    def place(self, key, data):
        fill_b2(self._server, {key: data})

    def again(self, key):
        with self._server.lock:
            bucket = self._server.simulator.bucket_id_to_bucket[self._server.bucket_id]
            data = next(file for (name, _), file in bucket.file_name_and_id_to_file.items() if name == key).data_bytes
        self.place(key, data)

    def hide(self, key):
        with self._server.lock:
            self._server.simulator.bucket_id_to_bucket[self._server.bucket_id].hide_file(
                *[next(iter(self._server.simulator.auth_token_to_key))], key
            )


@pytest.fixture
def behind(server, store):
    assert store.stat("a key that is not there") is None  # authorised
    return Behind(server)


@pytest.fixture
def fill(server, store):
    assert store.stat("a key that is not there") is None  # authorised
    return lambda keys: fill_b2(server, {key: key.encode() for key in keys})


class TestB2(StoreContract, VersionsContract, PartsContract):
    pass


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.DROPPED, FaultKind.PORTAL])
def test_an_upload_that_fails_twice_arrives_once(server, store, tmp_path, kind):
    data = os.urandom(200_000)
    server.faults.add(kind, SMALL, times=2)
    assert put(store, write(tmp_path, data), data).versions == 1
    assert versions(server, KEY) == 1
    assert server.faults.calls(SMALL) == 3
    assert fetched(store, KEY) == data


@pytest.mark.parametrize("kind", [FaultKind.LOST_ANSWER, FaultKind.CUT_ANSWER])
def test_a_lost_answer_leaves_one_version_and_nothing_is_sent_again(server, store, tmp_path, kind):
    data = os.urandom(200_000)
    server.faults.add(kind, SMALL)
    stored = put(store, write(tmp_path, data), data)
    assert (stored.verified, stored.versions) == (True, 1)
    assert versions(server, KEY) == 1
    assert server.faults.calls(SMALL) == 1


def test_a_first_attempt_that_arrives_late_is_reported_as_a_second_version(server, store, tmp_path, monkeypatch):
    data = os.urandom(1000)
    late = []

    def arrives_after_the_listing(simulator, headers, body):
        late.append((headers, body))
        if len(late) == 1:
            raise ConnectionError("the connection breaks; the service has the body all the same")
        upload(simulator, *late[0])
        return upload(simulator, headers, body)

    monkeypatch.setattr(loopback, "upload", arrives_after_the_listing)
    monkeypatch.setattr(loopback, "refusal", lambda error, endpoint: Refusal(503, "service_unavailable", ""))
    assert put(store, write(tmp_path, data), data).versions == 2
    assert versions(server, KEY) == 2


def test_a_server_that_only_says_503_is_unreachable_after_five_attempts(server, store, tmp_path):
    server.faults.add(FaultKind.UNAVAILABLE, SMALL, times=99)
    with pytest.raises(CloudUnreachable, match="busy") as caught:
        put(store, write(tmp_path, b"data"), b"data")
    assert server.faults.calls(SMALL) == 5
    assert caught.value.retriable


def test_too_many_requests_ends_the_attempt_with_the_pause_that_was_asked_for(server, store, tmp_path):
    server.faults.add(FaultKind.TOO_MANY, SMALL, retry_after=37)
    with pytest.raises(SlowDown) as caught:
        put(store, write(tmp_path, b"data"), b"data")
    assert caught.value.seconds == 37
    assert server.faults.calls(SMALL) == 1


@pytest.mark.parametrize("kind", [FaultKind.STORAGE_CAP, FaultKind.TRANSACTION_CAP])
def test_a_cap_is_refused_at_once_and_says_where_to_raise_it(server, store, tmp_path, kind):
    server.faults.add(kind, SMALL, times=99)
    with pytest.raises(CloudRefused, match="cap") as caught:
        put(store, write(tmp_path, b"data"), b"data")
    assert "Caps & Alerts" in caught.value.hint
    assert server.faults.calls(SMALL) == 1


def test_tokens_that_expired_over_night_are_renewed_without_a_word(server, store, tmp_path):
    for number in range(2):
        data = os.urandom(1000)
        assert put(store, write(tmp_path, data), data, key=f"a/{number}").verified
        assert fetched(store, f"a/{number}") == data
        server.expire_tokens()


def test_a_token_that_is_refused_again_right_after_its_renewal_means_a_revoked_key(server, store, tmp_path):
    server.faults.add(FaultKind.EXPIRED_TOKEN, SMALL, times=1)
    assert put(store, write(tmp_path, b"one"), b"one", key="a/1").versions == 1
    server.faults.add(FaultKind.EXPIRED_TOKEN, SMALL, times=2)
    with pytest.raises(CloudRefused, match="not accepted"):
        put(store, write(tmp_path, b"two"), b"two", key="a/2")


def test_a_wrong_key_is_refused_with_what_to_do(server):
    with pytest.raises(CloudRefused, match="not accepted") as caught:
        store_for(server, (server.key_id, "nonsense")).stat("a")
    assert "application key" in caught.value.hint
    assert "nonsense" not in repr(caught.value)


def test_a_key_that_lacks_a_capability_is_told_which(server, tmp_path):
    weak = server.new_key([name for name in CAPABILITIES if name != "writeFiles"])
    with pytest.raises(CloudRefused, match="lacks writeFiles"):
        put(store_for(server, weak), write(tmp_path, b"data"), b"data")
    blind = server.new_key([name for name in CAPABILITIES if name != "readFiles"])
    put(store_for(server), write(tmp_path, b"data"), b"data")
    with pytest.raises(CloudRefused, match="lacks readFiles"):
        fetched(store_for(server, blind), KEY)


def test_a_wrong_bucket_is_refused_by_name(server):
    key = ApplicationKey(server.key_id, server.key)
    with pytest.raises(CloudRefused, match="no bucket other-archive"):
        B2Store("other-archive", key, realm=server.url).stat("a")


def test_the_key_is_never_sent_in_clear_over_a_network():
    for realm in ("http://example.org", "ftp://127.0.0.1", "nonsense"):
        with pytest.raises(CloudRefused, match="realm"):
            B2Store("my-archive", ApplicationKey("id", "secret"), realm=realm)


def test_a_login_page_in_place_of_the_service_is_weather(server):
    server.faults.add(FaultKind.PORTAL, "b2_authorize_account")
    with pytest.raises(CloudUnreachable, match="login page"):
        store_for(server).stat("a")


def test_no_token_and_no_address_is_in_an_error_or_the_log(server, store, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    said = []
    for kind in set(FaultKind) - {FaultKind.SILENCE}:
        server.faults.add(kind, SMALL, times=9)
        data = os.urandom(100)
        with pytest.raises(CloudError) if kind not in SURVIVED else contextlib.nullcontext() as caught:
            put(store, write(tmp_path, data), data, key=f"a/{kind.name}")
        said.append(f"{caught.value.message} {caught.value.hint}" if caught else "")
        server.faults.clear()
    assert len([text for text in said if text]) >= 6
    assert "auth_token" not in str(said)
    assert "127.0.0.1" not in str(said)
    assert "auth_token" not in caplog.text
    assert server.key not in caplog.text


def test_a_cut_download_goes_on_where_it_broke(server, store, tmp_path):
    data = os.urandom(3_000_000)
    put(store, write(tmp_path, data), data)
    server.faults.add(FaultKind.CUT_ANSWER, "b2_download_file_by_id", times=3)
    assert fetched(store, KEY) == data
    assert server.faults.calls("b2_download_file_by_id") == 4


@pytest.mark.parametrize("asked", ["b2_authorize_account", "b2_list_file_versions", "b2_get_file_info"])
def test_a_download_whose_first_question_gets_half_an_answer_asks_once_more(server, store, tmp_path, asked):
    data = os.urandom(1000)
    file_id = put(store, write(tmp_path, data), data).file_id
    server.faults.add(FaultKind.CUT_ANSWER, asked)
    where = {} if asked == "b2_list_file_versions" else {"file_id": file_id}
    assert fetched(store_for(server), KEY, **where) == data
    assert server.faults.calls(asked) >= 2


def test_a_download_that_never_gets_on_is_unreachable(server, store, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.cloud.b2.time.sleep", lambda seconds: None)
    put(store, write(tmp_path, b"d"), b"d")
    server.faults.add(FaultKind.CUT_ANSWER, "b2_download_file_by_id", times=99)
    with pytest.raises(CloudUnreachable):
        fetched(store, KEY)


def test_a_listing_of_more_than_a_thousand_names_is_one_call_a_thousand(server, store, fill):
    fill([f"many/{number:05}.JPG" for number in range(2_050)])
    before = server.faults.calls("b2_list_file_names")
    assert len(list(store.list("many/"))) == 2_050
    assert server.faults.calls("b2_list_file_names") - before == 3


def test_an_answer_with_another_checksum_is_not_believed(server, store, tmp_path, monkeypatch):
    honest = loopback.upload
    monkeypatch.setattr(loopback, "upload", lambda *args: {**honest(*args), "contentSha1": "f" * 40})
    with pytest.raises(CloudError, match="another size or SHA-1"):
        put(store, write(tmp_path, b"data"), b"data")


def test_an_answer_whose_checksum_the_service_did_not_check_is_not_believed(server, store, tmp_path, monkeypatch):
    honest = loopback.upload
    monkeypatch.setattr(
        loopback, "upload", lambda *args: {**honest(*args), "contentSha1": f"unverified:{sha1(b'data')}"}
    )
    with pytest.raises(CloudError, match="did not check"):
        put(store, write(tmp_path, b"data"), b"data")
