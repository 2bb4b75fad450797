"""How fast a disk takes and gives back a quarter of a gigabyte: written, flushed, read around the cache.

The file has no name from the moment it is opened, where the file system allows that: whatever happens, nothing stays.
"""

import contextlib
import errno
import mmap
import os
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from ingest.disk.forked import CAN_FORK, Forked
from ingest.disk.readback import Buffer, read_around_cache
from ingest.model.copies import Method

SAMPLE = 256_000_000  # bytes
_PIECE = 4 << 20
_ENOUGH = 5.0  # seconds of writing; a slow disk is known by then
_PATIENCE = 20.0  # seconds without a step after which nobody waits any more
_ROOM = 4 * SAMPLE  # a disk that is nearly full is not measured
_SHARED = struct.Struct("dddd")  # bytes done so far, written a second, read a second, 1.0 when it is over


@dataclass(frozen=True, slots=True)
class Speed:
    """Bytes a second; 0.0 where it could not be measured."""

    write: float = 0.0
    read: float = 0.0


def measure(folder: str, free: int, progress: Callable[[int], object], sample: int = SAMPLE) -> Speed | None:
    """Measure at an existing folder, in a child that is given up when it hangs. None where it could not be.

    free: bytes. progress: gets the bytes written and read so far, of 2 * sample, ten times a second.
    """
    if free < _ROOM or not CAN_FORK:
        return None
    with contextlib.closing(mmap.mmap(-1, _SHARED.size)) as shared:
        child = Forked(lambda: _run(folder, sample, shared), ())
        done, since = 0.0, time.monotonic()
        try:
            while not child.wait(0.1):
                now_done = _SHARED.unpack(shared[: _SHARED.size])[0]
                if now_done != done:
                    done, since = now_done, time.monotonic()
                    progress(int(done))
                elif time.monotonic() - since > _PATIENCE:
                    return None
        finally:
            child.kill()
            child.wait(0.5)
        _, write, read, over = _SHARED.unpack(shared[: _SHARED.size])
    return Speed(write, read) if over else None


def _run(folder: str, sample: int, shared: mmap.mmap) -> None:
    fd, name = _nameless(folder)
    try:
        piece = memoryview(os.urandom(_PIECE))  # no disk makes less of it
        began, written = time.monotonic(), 0
        while written < sample and time.monotonic() - began < _ENOUGH:
            written += os.write(fd, piece[: min(_PIECE, sample - written)])
            _say(shared, written)
        os.fsync(fd)
        write = written / max(time.monotonic() - began, 1e-6)
        _say(shared, written, write)
        began, came = time.monotonic(), 0

        def take(view: memoryview) -> None:
            nonlocal came
            came += len(view)
            _say(shared, written + came, write)

        found = read_around_cache(fd, (take,), Buffer(), Method.DIRECT)
        read = found.size / max(time.monotonic() - began, 1e-6)
        _say(shared, written + came, write, read, 1.0)
    finally:
        os.close(fd)
        if name:
            os.unlink(name)


def _say(shared: mmap.mmap, done: float, write: float = 0.0, read: float = 0.0, over: float = 0.0) -> None:
    shared[: _SHARED.size] = _SHARED.pack(done, write, read, over)


def _nameless(folder: str) -> tuple[int, str]:
    """(descriptor, name that must be removed at the end or "")."""
    with contextlib.suppress(OSError):
        return os.open(folder, os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, 0o600), ""
    name = os.path.join(folder, f".safelight-speed-{secrets.token_hex(8)}")
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.unlink(name)
    except OSError as error:  # SMB keeps the name of an open file
        if error.errno not in (errno.EBUSY, errno.ETXTBSY, errno.EPERM, errno.EACCES):
            raise
        return fd, name
    return fd, ""
