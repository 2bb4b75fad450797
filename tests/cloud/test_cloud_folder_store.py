"""A folder as the third copy, on a real file system: the contract, and what a drive that is carried away does."""

import os

import pytest
from cloud_worlds import sha1
from store_contract import INFO, KEY, StoreContract, fetched, put, write

from ingest.cloud.errors import CloudRefused, CloudUnreachable, NameTaken
from ingest.cloud.folder import FolderStore
from ingest.model.copies import Method


@pytest.fixture
def drive(tmp_path):
    folder = tmp_path / "drive"
    folder.mkdir()
    return folder


@pytest.fixture
def store(drive, tmp_path):
    return FolderStore(bytes(drive), memory=bytes(tmp_path / "home" / "uploads"))


@pytest.fixture
def fill(drive, store, tmp_path):
    def place(keys):
        put(store, write(tmp_path, b"first"), b"first", key="zz/first")  # it bears its marker
        for key in keys:
            (drive / key).parent.mkdir(parents=True, exist_ok=True)
            (drive / key).write_bytes(key.encode())

    return place


class TestFolder(StoreContract):
    more_than_a_page = 61  # a folder has no pages


def later(drive, tmp_path):
    """Another run of the program on the same computer."""
    return FolderStore(bytes(drive), memory=bytes(tmp_path / "home" / "uploads"))


def incoming(drive):
    return list((drive / ".safelight" / "incoming").iterdir())


def test_an_object_is_an_ordinary_file_with_the_time_of_its_photograph(store, drive, tmp_path):
    put(store, write(tmp_path, b"picture"), b"picture")
    file = drive / KEY
    assert file.read_bytes() == b"picture"
    assert file.stat().st_mtime_ns == int(INFO["src_last_modified_millis"]) * 1_000_000
    assert incoming(drive) == []


def test_a_drive_that_is_not_plugged_in_is_waited_for(store, drive, tmp_path):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    drive.rename(tmp_path / "elsewhere")
    with pytest.raises(CloudUnreachable, match="waiting for the drive"):
        put(store, write(tmp_path, b"two"), b"two", key="a/2")
    with pytest.raises(CloudUnreachable, match="waiting for the drive"):
        store.stat("a/1")


def test_nothing_is_written_into_the_empty_folder_where_the_drive_was_mounted(store, drive, tmp_path):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    drive.rename(tmp_path / "elsewhere")
    drive.mkdir()
    for once_more in (store, later(drive, tmp_path)):
        with pytest.raises(CloudUnreachable, match="no marker"):
            put(once_more, write(tmp_path, b"two"), b"two", key="a/2")
        with pytest.raises(CloudUnreachable, match="no marker"):
            list(once_more.list(""))
    assert list(drive.iterdir()) == []


def test_another_drive_at_the_same_place_is_refused(store, drive, tmp_path):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    drive.rename(tmp_path / "elsewhere")
    drive.mkdir()
    put(FolderStore(bytes(drive), memory=bytes(tmp_path / "other home")), write(tmp_path, b"1"), b"1", key="b/1")
    with pytest.raises(CloudRefused, match="Another drive"):
        put(store, write(tmp_path, b"two"), b"two", key="a/2")


def test_a_destination_is_no_third_copy(store, drive, tmp_path):
    (drive / ".safelight").mkdir()
    (drive / ".safelight" / "destination.json").write_text('{"marker": "x"}')
    with pytest.raises(CloudRefused, match="destination already"):
        put(store, write(tmp_path, b"one"), b"one", key="a/1")


def test_who_only_reads_needs_the_marker_and_no_memory(store, drive, tmp_path):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    reader = FolderStore(bytes(drive))
    assert [found.key for found in reader.list("")] == ["a/1"]
    assert fetched(reader, "a/1") == b"one"
    with pytest.raises(CloudUnreachable, match="no marker"):
        FolderStore(bytes(tmp_path)).stat("a/1")


def test_lost_and_torn_sums_are_made_anew_from_the_files(store, drive, tmp_path):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    put(store, write(tmp_path, b"two"), b"two", key="a/2")
    first, second = sorted((drive / ".safelight" / "sums").rglob("*.json"))
    first.unlink()
    second.write_bytes(second.read_bytes()[:20])
    assert [(found.key, found.sha1) for found in later(drive, tmp_path).list("")] == [
        ("a/1", sha1(b"one")), ("a/2", sha1(b"two")),
    ]  # fmt: skip
    assert len(list((drive / ".safelight" / "sums").rglob("*.json"))) == 2


def test_a_file_that_was_changed_there_is_not_what_its_sum_says(store, drive, tmp_path):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    (drive / "a" / "1").write_bytes(b"edited")
    assert store.stat("a/1").sha1 == sha1(b"edited")
    with pytest.raises(NameTaken):
        put(store, write(tmp_path, b"one"), b"one", key="a/1")
    assert (drive / "a" / "1").read_bytes() == b"edited"


def test_what_could_only_be_read_from_memory_is_not_verified(store, tmp_path, monkeypatch):
    from ingest.cloud import folder
    from ingest.disk.readback import ReadBack

    honest = folder.read_around_cache

    def from_memory(fd, sinks, buffer, ceiling):
        found = honest(fd, sinks, buffer, ceiling)
        return ReadBack(found.size, Method.CACHED, found.inode, found.mtime_ns)

    monkeypatch.setattr(folder, "read_around_cache", from_memory)
    assert not put(store, write(tmp_path, b"one"), b"one", key="a/1").verified
    assert not store.stat("a/1").verified


def test_other_bytes_that_come_back_get_no_name(store, drive, tmp_path, monkeypatch):
    from ingest.cloud import folder
    from ingest.cloud.errors import CloudError

    honest = folder.read_around_cache

    def flipped(fd, sinks, buffer, ceiling):
        with open(f"/proc/self/fd/{fd}", "r+b") as file:
            file.write(b"X")
        return honest(fd, sinks, buffer, ceiling)

    monkeypatch.setattr(folder, "read_around_cache", flipped)
    with pytest.raises(CloudError, match="other bytes back"):
        put(store, write(tmp_path, b"one"), b"one", key="a/1")
    assert not (drive / "a").exists()
    assert incoming(drive) == []


@pytest.mark.parametrize("key", ["a", "a/1/2"])
def test_a_folder_in_place_of_a_file_and_a_file_in_place_of_a_folder_are_names_taken(store, drive, tmp_path, key):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    with pytest.raises(NameTaken):
        put(store, write(tmp_path, b"two"), b"two", key=key)
    assert (drive / "a" / "1").read_bytes() == b"one"


def test_a_link_is_neither_followed_nor_replaced_nor_listed(store, drive, tmp_path):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    (drive / "a" / "2").symlink_to(tmp_path / "source")
    (drive / "b").symlink_to(tmp_path)
    assert [found.key for found in store.list("")] == ["a/1"]
    for key in ("a/2", "b/3"):
        with pytest.raises(NameTaken):
            put(store, write(tmp_path, b"two"), b"two", key=key)
    assert (drive / "a" / "2").is_symlink()
    assert not (tmp_path / "3").exists()


def test_what_is_safelights_own_there_is_no_object(store, drive, tmp_path):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    assert [found.key for found in store.list("")] == ["a/1"]
    assert store.stat(".safelight/offsite.json") is None
    with pytest.raises(Exception, match="own"):
        put(store, write(tmp_path, b"two"), b"two", key=".safelight/offsite.json")


def test_what_a_killed_run_left_half_way_is_swept_a_day_later(store, drive, tmp_path, monkeypatch):
    put(store, write(tmp_path, b"one"), b"one", key="a/1")
    left = drive / ".safelight" / "incoming" / "offsite-0123"
    left.write_bytes(b"half")
    put(later(drive, tmp_path), write(tmp_path, b"two"), b"two", key="a/2")
    assert left.exists()
    a_day_later = left.stat().st_ctime + 90_000
    monkeypatch.setattr("ingest.cloud.folder.time.time", lambda: a_day_later)
    put(later(drive, tmp_path), write(tmp_path, b"three"), b"three", key="a/3")
    assert not left.exists()


def test_a_full_drive_stops_the_queue_with_what_to_do(store, tmp_path, monkeypatch):
    def full(fd, data):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("ingest.cloud.folder.write", full)
    with pytest.raises(CloudRefused, match="full") as caught:
        put(store, write(tmp_path, b"one"), b"one", key="a/1")
    assert "Make room" in caught.value.hint
