"""Read a file from its medium, not from memory, and say by which method that was done (Linux).

The sequence was measured against one flipped bit beneath a warm cache: flush, drop, see that nothing is resident,
read with O_DIRECT into a buffer that is already mapped (btrfs serves the first chunk from the cache otherwise), count
the bytes that the device really gave. Each step alone lies on some file system; on FUSE all of them do.
"""

import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import resource
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass

from ingest.disk.times import mtime_of
from ingest.model.copies import STRENGTH, Method

CHUNK = 4 << 20
_ALIGNMENT = 512
_BLOCK = 4096
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
_MAP_FAILED = ctypes.c_void_p(-1).value
_DROP_WAITS = (0.0, 0.001, 0.05, 0.2)

Sink = Callable[[memoryview], object]


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a read found. size: bytes read to the end of the file. stat values are of the descriptor that was read."""

    size: int
    method: Method
    inode: int
    mtime_ns: int


class Buffer:
    """A page-aligned, already mapped piece of memory for O_DIRECT; one a thread, reused for every file."""

    def __init__(self, size: int = CHUNK) -> None:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_POPULATE", 0)
        self._memory = mmap.mmap(-1, size, flags=flags)
        self.view = memoryview(self._memory)
        self.view[::4096] = bytes(len(self.view[::4096]))  # touched, where MAP_POPULATE is not offered

    def close(self) -> None:
        """Give the memory back; views of it must be gone."""
        self.view.release()
        self._memory.close()


def read_around_cache(fd: int, sinks: tuple[Sink, ...], buffer: Buffer, ceiling: Method | None) -> ReadBack:
    """Feed the whole file behind `fd` to the sinks, from the medium.

    fd: open for reading, a regular file; not closed, but O_DIRECT afterwards. ceiling: the strongest method that the
    file system can honestly claim (None: its cache cannot be bypassed, the result is CACHED).

    Raises:
        OSError: what the medium or the server answered; ESTALE when the file is no regular file.
    """
    info = os.fstat(fd)
    if not stat.S_ISREG(info.st_mode):
        raise OSError(errno.ESTALE, "no regular file any more")
    emptied = _drop_from_cache(fd, info.st_size)
    before = _device_bytes()
    size, direct = _read_all(fd, info.st_size, sinks, buffer)
    given = _device_bytes() - before
    method = _method(emptied, direct, given >= min(size, info.st_blocks * 512), ceiling)
    return ReadBack(size, method, info.st_ino, mtime_of(info))


def _method(emptied: bool, direct: bool, counted: bool, ceiling: Method | None) -> Method:
    if ceiling is None:
        return Method.CACHED
    if ceiling is Method.SERVED:  # the client's counters stay 0 on SMB; the server's own memory is out of reach anyway
        return Method.SERVED if emptied or direct else Method.CACHED
    if not counted or not (emptied or direct):
        return Method.CACHED
    found = Method.DIRECT if direct and emptied else Method.DROPPED if emptied else Method.CACHED
    return found if STRENGTH[found] <= STRENGTH[ceiling] else ceiling


def _drop_from_cache(fd: int, size: int) -> bool:
    """Drop, and flush where something stays; True when the kernel says that no page of the file is left in memory.

    Dirty pages cannot be dropped, so "nothing left" says that all was written back. The flush is asked for only when
    pages stay: on a file that is clean it would still send a flush to the disk, which costs more than the read-back.
    """
    for wait in _DROP_WAITS:
        if wait:
            with contextlib.suppress(OSError):  # a card mounted read-only has nothing to flush
                os.fsync(fd)
            time.sleep(wait)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        try:
            if resident_pages(fd, size) == 0:
                return True
        except OSError as error:
            if error.errno != errno.ENODEV:
                raise
            return False  # no file can be mapped there (some FUSE mounts, 9p): it can be read, and nobody can tell
    return False


def resident_pages(fd: int, size: int) -> int:
    """Pages of the file in the page cache, by mincore(2); all of them for a file one neither owns nor may write."""
    if size == 0:
        return 0
    address = _libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, fd, 0)
    if address in (None, _MAP_FAILED):
        raise OSError(ctypes.get_errno(), "mmap for mincore")
    try:
        vector = bytes(-(-size // mmap.PAGESIZE))
        told = ctypes.create_string_buffer(len(vector))
        if _libc.mincore(address, size, told):
            raise OSError(ctypes.get_errno(), "mincore")
        return 0 if told.raw == vector else sum(told.raw.translate(_LOWEST_BIT))
    finally:
        _libc.munmap(address, size)


_LOWEST_BIT = bytes(value & 1 for value in range(256))


def _device_bytes() -> int:
    """Bytes that this thread has caused to be read from block devices or NFS (the kernel's `read_bytes`, in 512s)."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_inblock * 512


def _read_all(fd: int, size: int, sinks: tuple[Sink, ...], buffer: Buffer) -> tuple[int, bool]:
    """(bytes read, whether O_DIRECT carried them)."""
    try:  # in place of its other flags: what a reader may have set says nothing of a regular file
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_DIRECT)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return _feed(fd, size, sinks, buffer), False
    try:
        return _feed(fd, size, sinks, buffer), True
    except _DirectRefusedError:
        fcntl.fcntl(fd, fcntl.F_SETFL, 0)
        return _feed(fd, size, sinks, buffer), False


class _DirectRefusedError(Exception):
    """The flag was taken and the first read refused: SMB (measured, Linux 6.1) knows it only where a file is opened."""


def _feed(fd: int, size: int, sinks: tuple[Sink, ...], buffer: Buffer) -> int:
    """Read to the end of the file, one block further than it should go: a file that has grown gives more.

    The view is otherwise no larger than the file: the kernel fills the rest with zeros.
    """
    offset, most = 0, len(buffer.view)
    while True:
        room = min(most, (max(size - offset, 0) // _BLOCK + 1) * _BLOCK)
        with buffer.view[:room] as view:
            count = _read_at(fd, view, offset)
            if count:
                with view[:count] as piece:
                    for sink in sinks:
                        sink(piece)
        offset += count
        # An unaligned end is the end of the file; asking further would be EINVAL.
        if not count or count % _ALIGNMENT or (count < room and offset >= size):
            return offset


def _read_at(fd: int, view: memoryview, offset: int) -> int:
    try:
        return os.preadv(fd, [view], offset)
    except OSError as error:
        if error.errno == errno.EINVAL and offset == 0 and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_DIRECT:
            raise _DirectRefusedError from error
        raise
