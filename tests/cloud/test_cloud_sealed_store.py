"""The sealed store over real HTTP: the contract of every store, and what only encryption can get wrong."""

import io
import os
import shutil
import subprocess

import pytest
from cloud_worlds import fill_b2, never, sha1, store_for, unfinished, versions
from sealed_worlds import BUCKET, PRIVATE, PUBLIC, SPARE_PRIVATE, SPARE_PUBLIC, facts, raw, sealed_store, spooled
from store_contract import KEY, StoreContract, fetched, put, write

from ingest.cloud import spool
from ingest.cloud.age import new_identity
from ingest.cloud.errors import CloudError, CloudRefused, Interrupted, NameTaken, NoIdentity, NoSpool, WrongIdentity
from ingest.cloud.loopback_faults import FaultKind
from ingest.cloud.sealed import SealedStore
from ingest.cloud.spool import Spool
from ingest.ledger.seals import SealBook

SEALED = f"{KEY}.age"


@pytest.fixture
def store(server, tmp_path):
    return sealed_store(server, tmp_path)


@pytest.fixture
def fill(server, store):
    assert store.stat("a key that is not there") is None  # authorised
    return lambda keys: fill_b2(server, {key: key.encode() for key in keys})


class TestSealedB2(StoreContract):
    pass


@pytest.mark.parametrize("size", [0, 5_000, 1_750_001])
def test_what_lies_in_the_bucket_holds_nothing_of_the_photograph(server, store, tmp_path, size):
    data = (b"a face, a name, a place " * (size // 24 + 1))[:size]
    put(store, write(tmp_path, data), data)
    assert list(raw(server)) == [SEALED]
    lies = raw(server)[SEALED]
    assert lies.startswith(b"age-encryption.org/v1\n")
    assert b"a face, a name" not in lies
    told = str(facts(server)) + str(lies)
    assert sha1(data) not in told
    assert "xxh128" not in told  # it would tell whoever has the photograph that it lies here
    assert facts(server)[SEALED]["src_last_modified_millis"] == "1700000000123"


@pytest.mark.parametrize("private", [PRIVATE, SPARE_PRIVATE])
def test_each_of_two_keys_opens_it(server, tmp_path, private):
    data = os.urandom(200_000)
    put(sealed_store(server, tmp_path, recipients=(PUBLIC, SPARE_PUBLIC)), write(tmp_path, data), data)
    assert fetched(sealed_store(server, tmp_path, private=private), KEY) == data


def test_another_key_opens_nothing_and_says_so(server, store, tmp_path):
    put(store, write(tmp_path, b"picture"), b"picture")
    got = bytearray()
    with pytest.raises(WrongIdentity, match="encrypted for others") as caught:
        sealed_store(server, tmp_path, private=new_identity()[1]).get(KEY, got.extend)
    assert (bytes(got), caught.value.path) == (b"", KEY)


def test_without_a_private_key_everything_but_the_way_back_works(server, tmp_path):
    def none():
        raise NoIdentity("There is no private key here")

    inner, book = store_for(server), SealBook(tmp_path / "ledger.sqlite", BUCKET)
    blind = SealedStore(inner, book, Spool(tmp_path / "spool"), (PUBLIC,), none)
    data = os.urandom(1_750_001)
    assert put(blind, write(tmp_path, data), data).verified
    assert (blind.stat(KEY).size, blind.stat(KEY).sha1) == (len(data), sha1(data))
    assert [found.key for found in blind.list("originals/")] == [KEY]
    with pytest.raises(NoIdentity):
        fetched(blind, KEY)


def test_a_recipient_that_is_none_is_refused_before_anything_is_sent(server, tmp_path):
    with pytest.raises(CloudRefused, match=r"recipients\[1\]"):
        sealed_store(server, tmp_path, recipients=(PUBLIC, "age1nonsense"))


def test_a_spoilt_byte_in_the_bucket_is_told_and_nothing_wrong_is_given(server, store, tmp_path):
    data = os.urandom(900_000)
    put(store, write(tmp_path, data), data)
    with server.lock:
        [file] = server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values()
        file.data_bytes = file.data_bytes[:500_000] + bytes([file.data_bytes[500_000] ^ 1]) + file.data_bytes[500_001:]
    got = bytearray()
    with pytest.raises(CloudError, match="damaged"):
        store.get(KEY, got.extend)
    assert 0 < len(got) < 500_000
    assert data.startswith(bytes(got))


def test_a_cut_download_goes_on_where_it_broke(server, store, tmp_path):
    data = os.urandom(3_000_000)
    put(store, write(tmp_path, data), data)
    server.faults.add(FaultKind.CUT_ANSWER, "b2_download_file_by_id", times=3)
    assert fetched(store, KEY) == data


def test_an_object_whose_ciphertext_was_replaced_is_not_presented_as_ours(server, store, tmp_path):
    data = os.urandom(5_000)
    mine = put(store, write(tmp_path, data), data)
    with server.lock:
        [file] = server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values()
        file.data_bytes = bytes(len(file.data_bytes))
        file.content_sha1 = sha1(file.data_bytes)
    for found in (store.stat(KEY), *store.list("originals/")):
        assert (found.key, found.file_id) == (KEY, mine.file_id)
        assert (found.size, found.sha1) != (len(data), sha1(data))
    with pytest.raises(NameTaken):
        put(store, write(tmp_path, data), data)


def test_a_hidden_object_is_not_listed_but_still_restored(server, store, tmp_path):
    data = os.urandom(500)
    put(store, write(tmp_path, data), data)
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        bucket.hide_file(next(iter(server.simulator.auth_token_to_key)), SEALED)
    assert store.stat(KEY) is None
    assert list(store.list("originals/")) == []
    assert [(found.key, found.sha1) for found in store.list("originals/", every_version=True)] == [(KEY, sha1(data))]
    assert fetched(store, KEY) == data


def test_of_several_versions_the_one_that_was_sent_comes_back(server, store, tmp_path):
    data = os.urandom(500)
    sent = put(store, write(tmp_path, data), data)
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        token = next(iter(server.simulator.auth_token_to_key))
        url = bucket.get_upload_url(token)["uploadUrl"]
        other = b"what a thief of the key uploaded above it"
        server.simulator.upload_file(url, url, SEALED, len(other), "x/y", sha1(other), {}, io.BytesIO(other))
    assert fetched(store, KEY, file_id=sent.file_id) == data
    assert fetched(store, KEY) == data


class TestMixed:
    """A bucket in which some lies as it is: from before encryption was switched on, or from when it was off again."""

    def test_both_are_listed_and_come_back(self, server, store, tmp_path):
        old, new = os.urandom(700), os.urandom(800)
        put(store_for(server), write(tmp_path, old), old, key="a/old.CR3")
        put(store, write(tmp_path, new), new, key="a/new.CR3")
        assert sorted(raw(server)) == ["a/new.CR3.age", "a/old.CR3"]
        listed = {found.key: (found.size, found.sha1, found.verified) for found in store.list("a/")}
        assert listed == {"a/old.CR3": (700, sha1(old), True), "a/new.CR3": (800, sha1(new), True)}
        assert (fetched(store, "a/old.CR3"), fetched(store, "a/new.CR3")) == (old, new)
        assert store.stat("a/old.CR3").sha1 == sha1(old)

    def test_what_lies_there_as_it_is_is_not_sent_again(self, server, store, tmp_path):
        data = os.urandom(700)
        put(store_for(server), write(tmp_path, data), data)
        assert put(store, write(tmp_path, data), data).already_there
        assert list(raw(server)) == [KEY]

    def test_a_name_that_other_content_has_as_it_is_is_taken(self, server, store, tmp_path):
        put(store_for(server), write(tmp_path, b"one"), b"one")
        with pytest.raises(NameTaken):
            put(store, write(tmp_path, b"two"), b"two")
        assert list(raw(server)) == [KEY]
        assert spooled(tmp_path) == []

    def test_switched_off_again_it_sends_as_it_is_and_still_opens_what_is_encrypted(self, server, store, tmp_path):
        old, new = os.urandom(700), os.urandom(800)
        put(store, write(tmp_path, old), old, key="a/old.CR3")
        off = sealed_store(server, tmp_path, recipients=())
        assert put(off, write(tmp_path, old), old, key="a/old.CR3").already_there
        put(off, write(tmp_path, new), new, key="a/new.CR3")
        assert sorted(raw(server)) == ["a/new.CR3", "a/old.CR3.age"]
        assert (fetched(off, "a/old.CR3"), fetched(off, "a/new.CR3")) == (old, new)

    def test_a_file_of_the_users_own_that_only_ends_like_ours_comes_back_as_it_is(self, server, store, tmp_path):
        data = os.urandom(700)
        put(store_for(server), write(tmp_path, data), data, key="a/notes.age")
        assert fetched(store, "a/notes.age") == data
        assert fetched(store, "a/notes.age", offset=100) == data[100:]


def test_a_new_computer_without_the_ledger_lists_what_lies_there_and_opens_it(server, store, tmp_path):
    data = os.urandom(1_750_001)
    put(store, write(tmp_path, data), data)
    new = sealed_store(server, tmp_path, ledger="new.sqlite")
    [found] = new.list("originals/")
    assert (found.key, found.size, found.sha1) == (SEALED, len(raw(server)[SEALED]), sha1(raw(server)[SEALED]))
    assert new.stat(KEY) is None
    assert fetched(new, SEALED) == data
    assert fetched(new, SEALED, file_id=found.file_id) == data


def test_killed_between_the_ledger_and_the_spool_it_encrypts_anew(server, store, tmp_path, monkeypatch):
    data = os.urandom(400_000)

    class Killed(BaseException):
        pass

    def die(self, seal):
        raise Killed

    keep = spool.NewFile.keep
    monkeypatch.setattr(spool.NewFile, "keep", die)
    with pytest.raises(Killed):
        put(store, write(tmp_path, data), data)
    monkeypatch.setattr(spool.NewFile, "keep", keep)
    assert store.stat(KEY) is None
    assert put(store, write(tmp_path, data), data).verified
    assert fetched(store, KEY) == data
    assert (len(SealBook(tmp_path / "ledger.sqlite", BUCKET).of_key(KEY)), list(raw(server))) == (2, [SEALED])


class TestLedgerThatForgot:
    """One that was put back from before the upload, or made anew: it has no seal of what lies in the bucket."""

    def test_what_opens_to_the_very_content_is_ours_again_and_nothing_is_sent(self, server, store, tmp_path):
        data, sent = os.urandom(1_750_001), []
        put(store, write(tmp_path, data), data)
        new = sealed_store(server, tmp_path, ledger="new.sqlite")
        assert put(new, write(tmp_path, data), data, on_bytes=sent.append).already_there
        assert (sent, list(raw(server))) == ([], [SEALED])
        assert (new.stat(KEY).size, new.stat(KEY).sha1) == (len(data), sha1(data))
        assert fetched(new, KEY) == data

    @pytest.mark.parametrize("other", [b"other content!!", os.urandom(500_000)])
    def test_what_opens_to_another_content_or_not_at_all_has_the_name(self, server, store, tmp_path, other):
        put(store, write(tmp_path, other), other)
        mine = os.urandom(len(other))
        with pytest.raises(NameTaken):
            put(sealed_store(server, tmp_path, ledger="new.sqlite"), write(tmp_path, mine), mine)
        stranger = sealed_store(server, tmp_path, ledger="another.sqlite", private=SPARE_PRIVATE)
        with pytest.raises(NameTaken):
            put(stranger, write(tmp_path, other), other)
        assert fetched(store, KEY) == other
        assert spooled(tmp_path) == []

    def test_where_no_private_key_is_nothing_is_taken_for_ours(self, server, store, tmp_path):
        def none():
            raise NoIdentity("There is no private key here")

        put(store, write(tmp_path, b"picture"), b"picture")
        book = SealBook(tmp_path / "new.sqlite", BUCKET)
        blind = SealedStore(store_for(server), book, Spool(tmp_path / "spool"), (PUBLIC,), none)
        with pytest.raises(NameTaken):
            put(blind, write(tmp_path, b"picture"), b"picture")

    def test_it_can_be_stopped_while_it_looks(self, server, store, tmp_path):
        data, asked = os.urandom(3_000_000), []
        put(store, write(tmp_path, data), data)

        def should_stop():
            asked.append(1)
            return len(asked) > 1

        new = sealed_store(server, tmp_path, ledger="new.sqlite")
        with pytest.raises(Interrupted):
            put(new, write(tmp_path, data), data, should_stop=should_stop)
        assert new.stat(KEY) is None


@pytest.mark.parametrize("key", ["a/" + "x" * 246 + ".CR3", "a/" + "é" * 125])
def test_a_name_that_leaves_no_room_for_the_ending_is_cut_in_the_bucket_and_whole_in_the_ledger(
    server, store, tmp_path, key
):
    put(store, write(tmp_path, b"picture"), b"picture", key=key)
    [name] = raw(server)
    assert name.endswith(".age")
    assert max(len(part.encode()) for part in name.split("/")) <= 250
    assert store.stat(key).size == 7
    assert [found.key for found in store.list("a/")] == [key]
    assert fetched(store, key) == b"picture"


class TestSpool:
    def test_nothing_is_left_when_all_is_sent_and_what_lies_there_meanwhile_is_for_its_owner_alone(
        self, server, store, tmp_path
    ):
        data, seen = os.urandom(1_750_001), []

        def look(_sent):
            [path] = (tmp_path / "spool").iterdir()
            seen.append((path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777, path.read_bytes()[:3]))

        put(store, write(tmp_path, data), data, on_bytes=look)
        assert set(seen) == {(0o600, 0o700, b"age")}
        assert spooled(tmp_path) == []

    @pytest.mark.parametrize("size", [400_000, 1_750_001])
    def test_an_upload_that_was_stopped_goes_on_with_the_same_ciphertext(self, server, store, tmp_path, size):
        data, sent = os.urandom(size), [0]
        path = write(tmp_path, data)
        with pytest.raises(Interrupted):
            put(store, path, data, on_bytes=sent.append, should_stop=lambda: sent[-1] > size // 2)
        [waiting] = (tmp_path / "spool").iterdir()
        ciphertext = waiting.read_bytes()
        put(store, path, data)
        assert raw(server)[SEALED] == ciphertext
        assert unfinished(server) == 0

    def test_a_ciphertext_that_rotted_while_it_waited_is_made_anew(self, server, store, tmp_path):
        data, sent = os.urandom(400_000), [0]
        path = write(tmp_path, data)
        with pytest.raises(Interrupted):
            put(store, path, data, on_bytes=sent.append, should_stop=lambda: sent[-1] > 200_000)
        [waiting] = (tmp_path / "spool").iterdir()
        waiting.write_bytes(bytes(waiting.stat().st_size))
        assert put(store, path, data).verified
        assert fetched(store, KEY) == data
        assert spooled(tmp_path) == []

    def test_other_recipients_than_it_was_encrypted_for_get_a_ciphertext_of_their_own(self, server, store, tmp_path):
        data, sent = os.urandom(400_000), [0]
        path = write(tmp_path, data)
        with pytest.raises(Interrupted):
            put(store, path, data, on_bytes=sent.append, should_stop=lambda: sent[-1] > 200_000)
        put(sealed_store(server, tmp_path, recipients=(SPARE_PUBLIC,)), path, data)
        assert fetched(sealed_store(server, tmp_path, private=SPARE_PRIVATE), KEY) == data

    def test_what_a_killed_program_left_and_what_nobody_will_send_goes_and_what_another_writes_stays(
        self, world, server, tmp_path
    ):
        wanted, other = os.urandom(400_000), os.urandom(400_000)  # of a job that was cancelled
        key = world.queue("M/A.JPG", wanted)
        store, stop = sealed_store(server, tmp_path), [False]

        def stopped(_sent):
            stop[0] = True

        for name, data in ((key, wanted), ("originals/M/given up.JPG", other)):
            stop[0] = False
            with pytest.raises(Interrupted):
                put(store, write(tmp_path, data), data, key=name, on_bytes=stopped, should_stop=lambda: stop[0])
        (tmp_path / "spool" / "new-0123456789abcdef").write_bytes(b"half of a ciphertext")
        (tmp_path / "spool" / "somebody's own.txt").write_bytes(b"stays")
        with Spool(tmp_path / "spool").new(1) as writing:
            put(sealed_store(server, tmp_path), write(tmp_path, b"x"), b"x", key="originals/M/next.JPG")
            left = spooled(tmp_path)
            assert len(left) == 3
            assert writing.facts().size == 0
        assert spooled(tmp_path) == ["1.age", "somebody's own.txt"]

    def test_no_room_for_the_ciphertext_is_told_and_waits_like_a_drive_that_is_away(
        self, server, store, tmp_path, monkeypatch
    ):
        full = shutil.disk_usage(tmp_path)._replace(free=10 << 20)
        monkeypatch.setattr(spool.shutil, "disk_usage", lambda _path: full)
        with pytest.raises(NoSpool, match="no room to encrypt"):
            put(store, write(tmp_path, b"picture"), b"picture")
        assert (list(raw(server)), spooled(tmp_path)) == ([], [])

    def test_a_disk_that_fills_up_while_it_encrypts_is_told_and_left_clean(self, store, tmp_path, monkeypatch):
        def full(_fd, _data):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(spool.os, "write", full)
        data = b"picture" * 1000
        path = tmp_path / "source"
        with path.open("wb") as file:
            file.write(data)
        with pytest.raises(NoSpool, match="No space left"):
            put(store, bytes(path), data)
        assert spooled(tmp_path) == []


@pytest.mark.parametrize("size", [1, 5_000, 100_000])
def test_an_error_of_the_one_who_takes_the_bytes_is_never_swallowed(store, tmp_path, size):
    """The library does not tell what its last write met."""
    data = os.urandom(size)
    put(store, write(tmp_path, data), data)

    def full(_block):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        store.get(KEY, full)


def test_a_stop_while_it_encrypts_leaves_nothing(server, store, tmp_path):
    data, asked = os.urandom(9_000_000), []

    def should_stop():
        asked.append(1)
        return len(asked) > 1

    with pytest.raises(Interrupted):
        put(store, write(tmp_path, data), data, should_stop=should_stop)
    assert (list(raw(server)), spooled(tmp_path)) == ([], [])


def test_a_ciphertext_that_does_not_open_to_the_photograph_is_never_sent(server, store, tmp_path, monkeypatch):
    honest, flips = spool.NewFile.write, []

    def errs(self, data):
        flips.append(1)
        honest(self, data[:-1] + bytes([data[-1] ^ 1]) if len(flips) == 3 else data)

    monkeypatch.setattr(spool.NewFile, "write", errs)
    data = os.urandom(300_000)
    with pytest.raises(CloudError, match="cannot be decrypted"):
        put(store, write(tmp_path, data), data)
    assert (list(raw(server)), spooled(tmp_path)) == ([], [])


@pytest.mark.parametrize("size", [300_000, 1_200_000])
def test_a_lost_answer_leaves_one_version(server, store, tmp_path, size):
    data = os.urandom(size)
    server.faults.add(FaultKind.LOST_ANSWER, "b2_upload_file")
    server.faults.add(FaultKind.LOST_ANSWER, "b2_finish_large_file")
    assert put(store, write(tmp_path, data), data).versions == 1
    assert versions(server, SEALED) == 1
    assert store.put(write(tmp_path, data), KEY, size, sha1(data), {}, lambda sent: None, never).versions == 1


if shutil.which("age"):  # the referee shares no code with us; where it is not installed there is no case

    @pytest.mark.parametrize("size", [0, 1, 65_536, 1_750_001])
    def test_the_program_age_opens_what_lies_in_the_bucket_and_we_open_what_it_encrypted(server, store, tmp_path, size):
        data = os.urandom(size)
        put(store, write(tmp_path, data), data)
        (tmp_path / "key.txt").write_text(PRIVATE)
        opened = subprocess.run(
            ["age", "-d", "-i", tmp_path / "key.txt"], input=raw(server)[SEALED], capture_output=True, timeout=60
        )
        assert opened.returncode == 0, opened.stderr
        assert opened.stdout == data
        theirs = subprocess.run(["age", "-r", PUBLIC], input=data, capture_output=True, timeout=60).stdout
        put(store_for(server), write(tmp_path, theirs), theirs, key="theirs/B.CR3.age")
        assert fetched(store, "theirs/B.CR3.age") == data
