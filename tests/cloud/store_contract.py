"""What every off-site store must do. A new kind of store runs this suite by giving it two fixtures.

store: a fresh one, large_from and part_size as in `cloud_worlds`. fill: called with keys, puts an object of each key's
own bytes there behind the store's back, quickly. Stores that keep versions, or parts of what was begun, run the other
two suites as well; behind: with `place(key, data)` and `hide(key)`, as another program does it.
"""

import contextlib
import os
import threading

import pytest
from cloud_worlds import PART, never, sha1

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

    @pytest.mark.parametrize(
        "name",
        [
            "100%.JPG",
            "50%41.JPG",
            "a b+c&d=e?f#g.JPG",
            "'quo\"te<x>.xml",
            "日本/_~!$@.JPG",
            "\u00c4.JPG",
            "A\u0308.JPG",
        ],
    )
    def test_a_name_is_what_it_was_to_the_letter(self, store, tmp_path, name):
        data, key = os.urandom(100), f"a/{name}"
        put(store, write(tmp_path, data), data, key=key)
        assert [found.key for found in store.list("a/")] == [key]
        assert store.stat(key).sha1 == sha1(data)
        assert fetched(store, key) == data

    def test_a_composed_and_a_decomposed_name_are_two_objects(self, store, tmp_path):
        for key in ("a/\u00c4.JPG", "a/A\u0308.JPG"):
            data = key.encode()
            assert not put(store, write(tmp_path, data), data, key=key).already_there
        assert {found.key: found.sha1 for found in store.list("a/")} == {
            key: sha1(key.encode()) for key in ("a/\u00c4.JPG", "a/A\u0308.JPG")
        }

    more_than_a_page = 1_001

    def test_a_listing_of_more_than_a_page_of_names_is_whole_and_in_order(self, store, fill):
        keys = [f"many/{number:05}.JPG" for number in range(self.more_than_a_page)]
        fill([*keys, "many.JPG", "many2/x.JPG", "man"])
        assert [found.key for found in store.list("many/")] == keys
        assert [found.key for found in store.list("many/", every_version=True)] == keys
        assert [found.key for found in store.list("many/0003")] == keys[30:40]

    @pytest.mark.parametrize("size", [400_000, 9_000_000])
    def test_a_file_that_changes_while_it_is_sent_never_becomes_visible(self, store, tmp_path, size):
        data = os.urandom(size)
        path = write(tmp_path, data)

        def overwrite_the_end(sent):
            with open(path, "r+b") as file:
                file.seek(size - 1)
                file.write(bytes([data[-1] ^ 1]))

        with contextlib.suppress(SourceChanged):
            put(store, path, data, on_bytes=overwrite_the_end)
        assert store.stat(KEY) is None or fetched(store, KEY) == data
        assert [found.sha1 for found in store.list("", every_version=True)] in ([], [sha1(data)])

    @pytest.mark.parametrize("size", [400_000, 1_750_001])
    def test_a_stop_is_obeyed_though_the_line_is_as_good_as_still(self, store, tmp_path, size):
        data, asked, ended = os.urandom(size), threading.Event(), []
        path = write(tmp_path, data)
        getattr(store, "inner", store).line.set_limit(1_000)  # beneath what encrypts; a byte a millisecond: minutes

        def send():
            with pytest.raises(Interrupted):
                put(store, path, data, should_stop=asked.is_set)
            ended.append(True)

        sending = threading.Thread(target=send)
        sending.start()
        asked.wait(0.3)
        asked.set()
        sending.join(30)
        assert ended
        assert store.stat(KEY) is None

    def test_reading_from_behind_the_end_gives_nothing(self, store, tmp_path):
        data = b"1234"
        put(store, write(tmp_path, data), data)
        assert fetched(store, KEY, offset=4) == b""

    def test_a_version_that_is_not_there_is_never_given_as_another(self, store, tmp_path):
        data = b"1234"
        known = put(store, write(tmp_path, data), data)
        other = put(store, write(tmp_path, b"other"), b"other", key="a/other")
        with pytest.raises(CloudError):
            fetched(store, "a/other", file_id=f"{known.file_id}x")
        assert fetched(store, "a/other", file_id=other.file_id) == b"other"


class VersionsContract:
    """Of stores that keep what was replaced or hidden by somebody else."""

    def test_a_replaced_content_is_still_listed_and_given_by_its_version(self, store, behind, tmp_path):
        data = os.urandom(500)
        ours = put(store, write(tmp_path, data), data)
        behind.place(KEY, b"of another program")
        assert store.stat(KEY).sha1 != sha1(data)
        every = list(store.list("originals/", every_version=True))
        assert [found.size for found in every] == [18, 500]
        assert every[1].file_id == ours.file_id
        assert fetched(store, KEY, file_id=ours.file_id) == data
        with pytest.raises(NameTaken):
            put(store, write(tmp_path, data), data)

    def test_a_hidden_object_is_not_listed_but_still_restored(self, store, behind, tmp_path):
        data = os.urandom(500)
        ours = put(store, write(tmp_path, data), data)
        behind.hide(KEY)
        assert store.stat(KEY) is None
        assert list(store.list("originals/")) == []
        assert [found.file_id for found in store.list("originals/", every_version=True)] == [ours.file_id]
        assert fetched(store, KEY) == data

    def test_the_second_copy_of_one_content_is_counted(self, store, behind, tmp_path):
        data = os.urandom(500)
        put(store, write(tmp_path, data), data)
        behind.again(KEY)
        assert put(store, write(tmp_path, data), data).versions == 2


class PartsContract:
    """Of stores that keep the parts of what was begun."""

    def begun(self, store, tmp_path):
        data, sent = os.urandom(1_750_001), [0]
        path = write(tmp_path, data)
        with pytest.raises(Interrupted):
            put(store, path, data, on_bytes=sent.append, should_stop=lambda: sent[-1] > 1_000_000)
        return path, data

    def test_what_was_begun_is_listed_with_what_was_said_of_it_until_it_is_finished(self, store, tmp_path):
        path, data = self.begun(store, tmp_path)
        (one,) = store.unfinished("originals/")
        assert (one.key, one.sha1) == (KEY, sha1(data))
        assert INFO.items() <= one.file_info.items()
        assert list(store.unfinished("elsewhere/")) == []
        assert put(store, path, data).verified
        assert list(store.unfinished("")) == []

    def test_what_was_begun_can_be_given_up_and_begun_again(self, store, tmp_path):
        path, data = self.begun(store, tmp_path)
        (one,) = store.unfinished("originals/")
        store.cancel(one.file_id)
        store.cancel(one.file_id)
        assert list(store.unfinished("")) == []
        assert put(store, path, data).verified
        assert fetched(store, KEY) == data

    def test_parts_that_arrived_are_not_sent_again(self, store, tmp_path):
        path, data = self.begun(store, tmp_path)
        sent = []
        put(store, path, data, on_bytes=sent.append)
        assert [count for count in sent if count <= 3 * PART] == [
            PART,
            2 * PART,
            3 * PART,
        ]  # as whole parts: not read out
        assert sent[-1] == len(data)
