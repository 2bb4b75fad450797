"""The file that is sent, and a pause that can be left: what every store needs beside its service."""

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Iterator

from ingest.cloud.errors import Interrupted, SourceChanged, SourceGone
from ingest.cloud.store import ShouldStop

_BLOCK = 4 << 20
_SLICE = 0.1


@contextlib.contextmanager
def opened(path: bytes, size: int) -> Iterator[int]:
    """A descriptor of the regular file `path` of `size` bytes; no link is followed, no pipe waited for.

    Raises:
        SourceGone: it cannot be opened, or is no regular file.
        SourceChanged: it has another size.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SourceGone(f"The file to send cannot be opened: {error.strerror}") from error
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise SourceGone("What should be sent is not a regular file")
        if found.st_size != size:
            raise SourceChanged(f"The file has {found.st_size} bytes, {size} were proven")
        yield fd
    finally:
        os.close(fd)


def blocks(fd: int, offset: int, length: int, should_stop: ShouldStop) -> Iterator[bytes]:
    """`length` bytes of an open file from `offset` on.

    Raises:
        SourceGone: it could not be read or ended early.
        Interrupted: `should_stop` said so.
    """
    end = offset + length
    while offset < end:
        if should_stop():
            raise Interrupted("Stopped")
        try:
            data = os.pread(fd, min(_BLOCK, end - offset), offset)
        except OSError as error:
            raise SourceGone(f"The file to send cannot be read: {error.strerror}") from error
        if not data:
            raise SourceGone("The file to send ends early")
        offset += len(data)
        yield data


def sha1_of(path: bytes, size: int, should_stop: ShouldStop) -> str:
    """The SHA-1 of a file as hex; raises as `opened` and `blocks` do."""
    digest = hashlib.sha1(usedforsecurity=False)
    with opened(path, size) as fd:
        for data in blocks(fd, 0, size, should_stop):
            digest.update(data)
    return digest.hexdigest()


def rest(seconds: float, should_stop: ShouldStop) -> None:
    """Sleep in slices, so that a stop acts at once.

    Raises:
        Interrupted: `should_stop` said so.
    """
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if should_stop():
            raise Interrupted("Stopped")
        time.sleep(min(_SLICE, left))
