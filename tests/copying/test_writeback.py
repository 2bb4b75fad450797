"""What is written is sent to the medium in steps; an error told there is told nowhere else, so it must be heard."""

import ctypes
import errno
import os

import pytest

from ingest.copying import writeback
from ingest.copying.held import HeldFile
from ingest.copying.jobs import Failure
from ingest.copying.parcels import OrderedFile
from ingest.copying.writeback import WriteBack

MIB = 1 << 20


class Libc:
    """Stands for the C library: what was asked for, and an error for one descriptor's wait."""

    def __init__(self):
        self.calls, self.broken, self.code = [], -1, errno.EIO

    def sync_file_range(self, fd, start, length, flags):
        self.calls.append((fd, start, length, flags))
        ctypes.set_errno(self.code)
        return -1 if fd == self.broken and flags == 1 else 0


@pytest.fixture
def libc(monkeypatch):
    libc = Libc()
    monkeypatch.setattr(writeback, "_libc", libc)
    monkeypatch.setattr(writeback, "_HAS_RANGES", True)
    return libc


def held(fd, written=0):
    return HeldFile(OrderedFile(0, b"t", 64 * MIB, 0, False), fd=fd, written=written)


def never(file, error):
    raise AssertionError(f"{file} failed: {error}")


def test_a_large_file_goes_to_the_medium_in_steps_and_little_of_it_is_under_way(libc):
    alive, file = [], held(7)
    write_back = WriteBack(lambda: alive.append(1), never)
    for _ in range(16):
        file.written += 4 * MIB
        write_back.wrote(file, is_end=False)
    sent = [call for call in libc.calls if call[3] == 2]
    waited = [call for call in libc.calls if call[3] == 1]
    assert [call[1] for call in sent] == [n * 8 * MIB for n in range(8)]
    assert [call[1] for call in waited] == [n * 8 * MIB for n in range(4)]
    assert (len(alive), file.sent) == (4, 64 * MIB)


def test_small_files_are_left_to_the_barrier(libc):
    write_back = WriteBack(lambda: None, never)
    for fd in range(300):
        write_back.wrote(held(fd, 100_000), is_end=True)
    assert libc.calls == []


def test_files_of_a_few_megabytes_are_sent_when_they_end(libc):
    alive = []
    write_back = WriteBack(lambda: alive.append(1), never)
    for fd in range(20):
        write_back.wrote(held(fd, 4 * MIB), is_end=True)
    assert len([call for call in libc.calls if call[3] == 2]) == 20
    assert len(alive) == 12


def test_an_error_of_an_earlier_file_is_told_of_that_file(libc):
    libc.broken, failed = 0, []
    files = [held(fd, 8 * MIB) for fd in range(6)]
    write_back = WriteBack(lambda: None, lambda file, error: failed.append((file, error.errno)))
    for file in files:
        write_back.wrote(file, is_end=True)
    assert failed == [(files[0], errno.EIO)]


def test_an_error_of_the_file_itself_is_raised(libc):
    libc.broken, file = 7, held(7)
    write_back = WriteBack(lambda: None, never)
    for _ in range(4):
        file.written += 8 * MIB
        write_back.wrote(file, is_end=False)
    file.written += 8 * MIB
    with pytest.raises(OSError, match="Input/output error"):
        write_back.wrote(file, is_end=False)


def test_where_the_call_is_not_offered_nothing_fails(libc):
    libc.broken, libc.code, file = 7, errno.EINVAL, held(7)
    write_back = WriteBack(lambda: None, never)
    for _ in range(16):
        file.written += 8 * MIB
        write_back.wrote(file, is_end=False)
    assert file.sent == 128 * MIB


def test_a_medium_that_refuses_what_was_sent_loses_the_file_and_not_silently(bench, in_threads, monkeypatch):
    real = writeback._sync

    def refusing(file, start, length, flags):
        if flags == 1 and start == 0 and bench.roots["ssd"].as_posix() in os.readlink(f"/proc/self/fd/{file.fd}"):
            raise OSError(errno.EIO, "Input/output error")
        real(file, start, length, flags)

    monkeypatch.setattr(writeback, "_sync", refusing)
    file = bench.put("CLIP.MP4", os.urandom(64 * MIB))
    [outcome] = bench.copy([bench.job(file)])
    assert outcome.results["ssd"].failure is Failure.WRITE
    assert outcome.results["nas"].failure is None
    assert not list(bench.roots["ssd"].glob(".safelight/incoming/*"))
