"""What a child is asked about the copies at one destination: are they there, and what bytes does their medium give?

It holds nothing open between two questions. A destination that hangs takes the child with it and nobody else.
"""

import contextlib
import errno
import os
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import xxhash

from ingest.copying.destination import OpenDestination, admit, open_destination, read_marker
from ingest.copying.proving import read_back
from ingest.disk.apart import alive
from ingest.disk.folders import FolderCache
from ingest.disk.readback import Buffer
from ingest.disk.times import mtime_of
from ingest.errors import DestinationMissing
from ingest.model.copies import Method
from ingest.model.names import base_of, parent_of
from ingest.model.places import Destination

_OF_MEDIUM = (errno.EIO, errno.EUCLEAN, errno.EBADMSG)


class Seen(NamedTuple):
    """A copy as it was read just now. problem: why it could not be read, "" when it was. is_gone: nothing is there.

    is_of_medium: it could not be read since the medium did not give its bytes.
    """

    id: int
    is_gone: bool = False
    problem: str = ""
    size: int = -1
    xxh128: bytes = b""
    method: Method = Method.CACHED
    inode: int = 0
    mtime_ns: int = 0
    at: float = 0.0
    is_of_medium: bool = False


@contextlib.contextmanager
def opened(place: Destination, marker: str) -> Iterator[OpenDestination]:
    """The destination, if it is the one that bears this marker.

    Raises:
        DestinationError: it is not here, another one, or does not answer.
    """
    if not marker:
        raise DestinationMissing(f"{place.name} was never used: nothing of ours is there", path=place.name)
    with contextlib.closing(open_destination(admit(place, marker))) as found:
        yield found


def is_here(place: Destination, marker: str) -> bool:
    """True; raises DestinationError for one that is not."""
    with opened(place, marker):
        return True


def bears(place: Destination, marker: str) -> bool:
    """Whether what lies at its root is this destination; enough to read from, also where nothing can be written."""
    return bool(marker) and read_marker(place.root) == marker


def look_back(place: Destination, marker: str, asked: Sequence[tuple[int, bytes]]) -> list[Seen]:
    """Read these copies (id, path) around the cache, in order.

    Raises:
        DestinationError: it is not here, or went away meanwhile: then what seemed gone is not.
    """
    with opened(place, marker) as here:
        folders, buffer = FolderCache(here.root_fd), Buffer()
        try:
            found = [_look(here, folders, buffer, key, path) for key, path in asked]
        finally:
            folders.close()
            buffer.close()
        if any(seen.is_gone or seen.problem for seen in found):
            here.check_identity()
        return found


def _look(here: OpenDestination, folders: FolderCache, buffer: Buffer, key: int, path: bytes) -> Seen:
    alive()
    content = xxhash.xxh3_128()
    try:
        folder_fd = folders.open(parent_of(path))
        back = read_back(here, folder_fd, base_of(path), buffer, (content.update, lambda _: alive()))
    except FileNotFoundError:
        return Seen(key, is_gone=True, at=time.time())
    except OSError as error:
        return _unread(folders, key, path, error)
    return Seen(key, False, "", back.size, content.digest(), back.method, back.inode, back.mtime_ns, time.time())


def _unread(folders: FolderCache, key: int, path: bytes, error: OSError) -> Seen:
    """A file that gives no bytes still tells which one it is, most often."""
    problem, of_medium = error.strerror or os.strerror(error.errno or 0), error.errno in _OF_MEDIUM
    try:
        info = os.stat(base_of(path), dir_fd=folders.open(parent_of(path)), follow_symlinks=False)
    except OSError:
        return Seen(key, problem=problem, at=time.time(), is_of_medium=of_medium)
    found = Seen(key, False, problem, info.st_size, inode=info.st_ino, mtime_ns=mtime_of(info), at=time.time())
    return found._replace(is_of_medium=of_medium)
