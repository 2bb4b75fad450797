"""Files at other destinations than the one that is worked at: read by a child for each, since one of them may hang.

A copy that feeds a slow destination, or the beginning of a large file that is gone on with, lies where this process has
no other business. Were it read here, a dead NAS would take the reader or a good destination's worker with it.
"""

import errno
import itertools
import mmap
import os
import stat
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ingest.disk.apart import Apart
from ingest.errors import NoAnswer

P = ParamSpec("P")
T = TypeVar("T")
PIECE = 4 << 20
_windows: dict[int, memoryview] = {}  # shared memory: the child was forked behind its making and sees the same bytes
_numbers = itertools.count()
_kept = threading.local()  # .path, .fd: in a child, the file that was read last


class Elsewhere:
    """Reads from other destinations. For one thread, which closes it. patience: seconds of silence that are waited."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._places: dict[str, tuple[Apart, int]] = {}
        self._silent: dict[str, NoAnswer] = {}

    def size(self, place: str, path: bytes) -> int:
        """Bytes of the regular file at absolute `path`. Raises as `piece`."""
        apart, _ = self._at(place)
        return self._ask(place, apart, _size, path)

    def piece(self, place: str, path: bytes, offset: int) -> memoryview:
        """The next bytes of the file from `offset`, at most 4 MiB, none at its end; they hold until the next question.

        Raises:
            OSError: what the destination answers.
            NoAnswer: it does not answer, now or since it was silent before.
        """
        apart, window = self._at(place)
        return _windows[window][: self._ask(place, apart, _piece, path, offset, window)]

    def _at(self, place: str) -> tuple[Apart, int]:
        """Its child and the number of its window; not shared, a read that nobody waits for any more may still come."""
        if place not in self._places:
            number = next(_numbers)
            _windows[number] = memoryview(mmap.mmap(-1, PIECE))
            self._places[place] = Apart(place, self._patience), number
        return self._places[place]

    def _ask(self, place: str, apart: Apart, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if place in self._silent:
            raise self._silent[place]
        try:
            return apart.ask(function, *args, **kwargs)
        except NoAnswer as error:
            self._silent[place] = error
            raise

    def close(self) -> None:
        """End the children."""
        for apart, window in self._places.values():
            apart.close()
            del _windows[window]
        self._places.clear()


def _size(path: bytes) -> int:
    info = os.lstat(path)
    if not stat.S_ISREG(info.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return info.st_size


def _piece(path: bytes, offset: int, number: int) -> int:
    """Read into a window; gives how much. The file is the one that was opened for the piece before, or another."""
    if offset == 0 or getattr(_kept, "path", b"") != path:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        before, _kept.fd, _kept.path = getattr(_kept, "fd", -1), fd, path
        if before >= 0:
            os.close(before)
    count = os.preadv(_kept.fd, [_windows[number]], offset)
    if not count:
        os.close(_kept.fd)
        _kept.fd, _kept.path = -1, b""
    return count
