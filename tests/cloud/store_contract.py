"""What every off-site store must do. A new kind of store runs this suite by giving it a `store` fixture."""

import os

import pytest
from cloud_worlds import never, sha1

from ingest.cloud.errors import CloudError, Interrupted, NameTaken, ObjectRefused, SourceChanged, SourceGone

INFO = {"src_last_modified_millis": "1700000000123", "safelight_xxh128": "0" * 32}
KEY = "originals/2025/14 Nov/Ä_MG_0001.CR3"


def write(folder, data, name="source"):
    path = folder / name
    path.write_bytes(data)
    return bytes(path)


def put(store, path, data, key=KEY, *, on_bytes=lambda sent: None, should_stop=never):
    return store.put(path, key, len(data), sha1(data), INFO, on_bytes, should_stop)


def fetched(store, key, **where):
    got = bytearray()
    count = store.get(key, got.extend, **where)
    assert count == len(got)
    return bytes(got)


SIZES = pytest.mark.parametrize("size", [0, 1, 70_000, 999_999, 1_000_000, 1_750_001])


class StoreContract:
    @SIZES
    def test_what_was_put_comes_back_equal(self, store, tmp_path, size):
        data = os.urandom(size)
        stored = put(store, write(tmp_path, data), data)
        assert (stored.key, stored.size, stored.sha1, stored.verified) == (KEY, size, sha1(data), True)
        assert fetched(store, KEY) == data
        assert fetched(store, KEY, offset=size // 2, file_id=stored.file_id) == data[size // 2 :]

    @SIZES
    def test_a_second_put_of_the_same_content_sends_nothing(self, store, tmp_path, size):
        data = os.urandom(size)
        path, sent = write(tmp_path, data), []
        first = put(store, path, data)
        again = put(store, path, data, on_bytes=sent.append)
        assert again.already_there
        assert not first.already_there
        assert again.file_id == first.file_id
        assert sent == []

    def test_progress_ends_at_the_size_of_the_file(self, store, tmp_path):
        data, sent = os.urandom(1_750_001), []
        put(store, write(tmp_path, data), data, on_bytes=sent.append)
        assert sent[-1] == len(data)
        assert sent == sorted(sent)

    def test_a_name_that_other_content_has_is_not_replaced(self, store, tmp_path):
        first, second = os.urandom(1000), os.urandom(1000)
        put(store, write(tmp_path, first), first)
        with pytest.raises(NameTaken):
            put(store, write(tmp_path, second, "other"), second)
        assert fetched(store, KEY) == first

    @pytest.mark.parametrize("size", [5_000, 1_200_000])
    def test_a_file_with_other_bytes_than_proven_never_becomes_visible(self, store, tmp_path, size):
        proven = os.urandom(size)
        changed = proven[:-1] + bytes([proven[-1] ^ 1])
        with pytest.raises(SourceChanged):
            put(store, write(tmp_path, changed), proven)
        assert store.stat(KEY) is None

    def test_a_file_of_another_size_is_told_before_a_byte_is_sent(self, store, tmp_path):
        sent = []
        with pytest.raises(SourceChanged):
            put(store, write(tmp_path, b"12345"), b"1234", on_bytes=sent.append)
        assert sent == []

    def test_a_missing_file_a_folder_and_a_link_are_no_sources(self, store, tmp_path):
        data = b"1234"
        (tmp_path / "link").symlink_to(write(tmp_path, data).decode())
        for path in (tmp_path / "absent", tmp_path, tmp_path / "link"):
            with pytest.raises(SourceGone):
                put(store, bytes(path), data)

    @pytest.mark.parametrize("size", [400_000, 1_750_001])
    def test_a_stop_in_the_middle_leaves_nothing_visible_and_the_next_put_completes(self, store, tmp_path, size):
        data, sent = os.urandom(size), [0]
        path = write(tmp_path, data)
        with pytest.raises(Interrupted):
            put(store, path, data, on_bytes=sent.append, should_stop=lambda: sent[-1] > size // 2)
        assert store.stat(KEY) is None
        assert put(store, path, data).verified
        assert fetched(store, KEY) == data

    def test_stat_knows_exactly_the_name(self, store, tmp_path):
        data = b"1234"
        put(store, write(tmp_path, data), data, key="a/b.CR3")
        assert store.stat("a/b.CR") is None
        assert store.stat("a") is None
        assert store.stat("a/b.CR3").size == 4

    def test_list_gives_what_lies_below_a_prefix_and_nothing_beside_it(self, store, tmp_path):
        keys = [f"a/{number:03}.CR3" for number in range(12)]
        for key in [*keys, "ab.CR3", "b/x.CR3"]:
            data = key.encode()
            put(store, write(tmp_path, data), data, key=key)
        assert [found.key for found in store.list("a/")] == keys
        assert all(found.verified and found.sha1 == sha1(found.key.encode()) for found in store.list("a/"))
        assert list(store.list("c/")) == []

    def test_an_error_of_the_one_who_takes_the_bytes_reaches_him_as_it_is(self, store, tmp_path):
        data = os.urandom(50_000)
        put(store, write(tmp_path, data), data)

        def full(block):
            raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="No space left"):
            store.get(KEY, full)

    def test_getting_what_is_not_there_is_told(self, store):
        with pytest.raises(CloudError, match="does not hold"):
            store.get("originals/none.CR3", bytearray().extend)

    @pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "a\\b", "a\tb", "a/" + "x" * 251, "x/" * 500 + "y"])
    def test_a_name_against_the_rules_is_refused_before_anything_is_sent(self, store, tmp_path, key):
        with pytest.raises(ObjectRefused):
            put(store, write(tmp_path, b"1"), b"1", key=key)
        assert list(store.list("")) == []
