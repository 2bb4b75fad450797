"""Paths below a root that cannot lead out of it: the card is hostile, and so may a destination be."""

import errno
import os
import socket
import subprocess

import pytest

from ingest.disk.folders import FileOpener, FolderCache, open_folder


@pytest.fixture
def root_fd(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


def _open_descriptors():
    return len(os.listdir("/proc/self/fd"))


def test_a_link_planted_as_destination_folder_is_refused_and_nothing_is_written_outside(tmp_path, root_fd):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "Photos").mkdir()
    (tmp_path / "Photos" / "2026").symlink_to(outside)
    with pytest.raises(OSError, check=lambda error: error.errno in (errno.ELOOP, errno.ENOTDIR)):
        open_folder(root_fd, b"Photos/2026/Meyer")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("path", [b"../x", b"a/../../x", b"a//b", b"a/./b", b"/etc", b"/etc/passwd", b"a/"])
def test_paths_that_are_not_below_their_root_are_refused(tmp_path, root_fd, path):
    (tmp_path / "a").mkdir()
    with pytest.raises(ValueError, match="not a path below"):
        open_folder(root_fd, path)


def test_missing_folders_are_made_once_and_found_again(tmp_path, root_fd):
    os.close(open_folder(root_fd, b"2026/2026-03-14 Meyer/ra\xcc\x88w\xff"))
    os.close(open_folder(root_fd, b"2026/2026-03-14 Meyer/ra\xcc\x88w\xff"))
    assert os.listdir(bytes(tmp_path) + b"/2026/2026-03-14 Meyer") == [b"ra\xcc\x88w\xff"]


def test_looking_makes_nothing(tmp_path, root_fd):
    cache = FolderCache(root_fd)
    with pytest.raises(FileNotFoundError):
        cache.open(b"2026/Meyer")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def deep_place(tmp_path):
    """Takes down what pytest's own clean-up cannot: it calls itself once a level."""
    yield tmp_path
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)


def test_folders_nested_deeper_than_the_interpreter_calls_are_opened_and_few_stay_open(deep_place, root_fd):
    deep = b"/".join([b"d"] * 1200)
    subprocess.run(["mkdir", "-p", os.fsdecode(deep)], cwd=deep_place, check=True)
    before = _open_descriptors()
    cache = FolderCache(root_fd)
    cache.open(deep)
    assert _open_descriptors() - before <= 64
    cache.close()
    assert _open_descriptors() == before


def test_only_regular_files_are_opened_and_a_fifo_does_not_hang(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"jpg")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link.jpg").symlink_to("photo.jpg")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener, FileOpener(bytes(tmp_path)) as opener:
        listener.bind(str(tmp_path / "socket"))
        fd = opener.open(b"photo.jpg")
        assert os.read(fd, 9) == b"jpg"
        os.close(fd)
        for name in (b"fifo", b"link.jpg", b"folder", b"socket"):
            with pytest.raises(OSError, check=lambda error: error.errno in (errno.EINVAL, errno.ELOOP, errno.ENXIO)):
                opener.open(name)


def test_a_card_that_was_swapped_is_no_longer_alive(tmp_path):
    card = tmp_path / "card"
    card.mkdir()
    with FileOpener(bytes(card)) as opener:
        assert opener.alive()
        card.rename(tmp_path / "pulled")
        assert not opener.alive()
        card.mkdir()
        assert not opener.alive()
