"""Reading to the end of a file, whatever its size is or becomes; what it proves is tested on real disks."""

import errno
import fcntl
import os

import pytest
import xxhash

from ingest.disk import readback
from ingest.disk.readback import Buffer, read_around_cache, resident_pages
from ingest.model.copies import Method

MIB = 1 << 20
SIZES = [0, 1, 511, 512, 4095, 4096, 4097, 102_400, MIB - 512, MIB, MIB + 512, MIB + 4096, 3 * MIB + 1]


@pytest.fixture
def buffer():
    buffer = Buffer(MIB)
    yield buffer
    buffer.close()


@pytest.fixture
def asked(monkeypatch):
    """The lengths that the file was asked for."""
    lengths, preadv = [], os.preadv

    def noted(fd, views, offset):
        lengths.append(len(views[0]))
        return preadv(fd, views, offset)

    monkeypatch.setattr(readback.os, "preadv", noted)
    return lengths


def _read(path, buffer):
    content = xxhash.xxh3_128()
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return read_around_cache(fd, (content.update,), buffer, None).size, content.digest()
    finally:
        os.close(fd)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_of_any_size_is_read_whole(tmp_path, buffer, size):
    data = os.urandom(size)
    (tmp_path / "a").write_bytes(data)
    assert _read(tmp_path / "a", buffer) == (size, xxhash.xxh3_128_digest(data))


@pytest.mark.parametrize("size", [0, 100, 4096, 102_400])
def test_a_small_file_is_asked_for_once_and_for_more_than_it_should_hold(tmp_path, buffer, asked, size):
    (tmp_path / "a").write_bytes(bytes(size))
    _read(tmp_path / "a", buffer)
    assert len(asked) == 1
    assert size < asked[0] <= size + 4096


@pytest.mark.parametrize("before", [0, 100, 4096, 102_400, MIB])
@pytest.mark.parametrize("more", [1, 512, 4096, 2 * MIB])
def test_a_file_that_has_grown_since_it_was_looked_at_is_read_to_its_new_end(
    tmp_path, buffer, monkeypatch, before, more
):
    data = os.urandom(before + more)
    (tmp_path / "a").write_bytes(data[:before])
    drop = readback._drop_from_cache

    def grow(fd, size):
        with (tmp_path / "a").open("ab") as file:
            file.write(data[before:])
        return drop(fd, size)

    monkeypatch.setattr(readback, "_drop_from_cache", grow)
    assert _read(tmp_path / "a", buffer) == (before + more, xxhash.xxh3_128_digest(data))


def test_a_file_that_was_cut_since_it_was_looked_at_ends_where_it_ends(tmp_path, buffer, monkeypatch):
    (tmp_path / "a").write_bytes(bytes(102_400))
    monkeypatch.setattr(readback, "_drop_from_cache", lambda fd, _: os.truncate(tmp_path / "a", 8192))
    assert _read(tmp_path / "a", buffer)[0] == 8192


def test_pages_in_memory_are_counted(tmp_path):
    (tmp_path / "a").write_bytes(bytes(10 * 4096 + 1))
    with (tmp_path / "a").open("rb") as file:
        assert file.read()
        assert resident_pages(file.fileno(), 10 * 4096 + 1) == 11
        assert resident_pages(file.fileno(), 0) == 0


@pytest.fixture
def as_on_smb(monkeypatch):
    """A client that takes O_DIRECT for an open file and then refuses to read so."""
    preadv = os.preadv

    def refused(fd, views, offset):
        if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_DIRECT:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return preadv(fd, views, offset)

    monkeypatch.setattr(readback.os, "preadv", refused)


@pytest.mark.parametrize(("emptied", "method"), [(True, Method.SERVED), (False, Method.CACHED)])
def test_a_client_that_refuses_direct_reads_is_read_through_its_emptied_cache_or_proves_nothing(
    tmp_path, buffer, as_on_smb, monkeypatch, emptied, method
):
    data = os.urandom(MIB + 100)
    (tmp_path / "a").write_bytes(data)
    monkeypatch.setattr(readback, "_drop_from_cache", lambda _fd, _size: emptied)
    content = xxhash.xxh3_128()
    with (tmp_path / "a").open("rb") as file:
        back = read_around_cache(file.fileno(), (content.update,), buffer, Method.SERVED)
    assert (back.size, content.digest(), back.method) == (len(data), xxhash.xxh3_128_digest(data), method)


def test_a_read_that_is_refused_further_on_is_an_error_and_nothing_is_read_twice(tmp_path, buffer, monkeypatch):
    (tmp_path / "a").write_bytes(bytes(3 * MIB))
    preadv = os.preadv

    def refused(fd, views, offset):
        if offset:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return preadv(fd, views, offset)

    monkeypatch.setattr(readback.os, "preadv", refused)
    with pytest.raises(OSError, match="Invalid argument"):
        _read(tmp_path / "a", buffer)
