"""Files at other destinations than the one that is worked at: read by a child for each, since one of them may hang.

A copy that feeds a slow destination, or the beginning of a large file that is gone on with, lies where this process has
no other business. Were it read here, a dead NAS would take the reader or a good destination's worker with it.
"""

import errno
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
_kept = threading.local()  # .path, .fd: in a child, the file that was read last


class Elsewhere:
    """Reads from other destinations. For one thread, which closes it. patience: seconds of silence that are waited."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._aparts: dict[str, Apart] = {}
        self._silent: dict[str, NoAnswer] = {}

    def size(self, place: str, path: bytes) -> int:
        """Bytes of the regular file at absolute `path`. Raises as `piece`."""
        return self._ask(place, _size, path)

    def piece(self, place: str, path: bytes, offset: int) -> bytes:
        """The next bytes of the file from `offset`, at most 4 MiB; b"" at its end.

        Raises:
            OSError: what the destination answers.
            NoAnswer: it does not answer, now or since it was silent before.
        """
        return self._ask(place, _piece, path, offset)

    def _ask(self, place: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if place in self._silent:
            raise self._silent[place]
        try:
            return self._aparts.setdefault(place, Apart(place, self._patience)).ask(function, *args, **kwargs)
        except NoAnswer as error:
            self._silent[place] = error
            raise

    def close(self) -> None:
        """End the children."""
        for apart in self._aparts.values():
            apart.close()


def _size(path: bytes) -> int:
    info = os.lstat(path)
    if not stat.S_ISREG(info.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return info.st_size


def _piece(path: bytes, offset: int) -> bytes:
    """Of the file that was opened for the piece before this one, or another."""
    if offset == 0 or getattr(_kept, "path", b"") != path:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        before, _kept.fd, _kept.path = getattr(_kept, "fd", -1), fd, path
        if before >= 0:
            os.close(before)
    piece = os.pread(_kept.fd, PIECE, offset)
    if not piece:
        os.close(_kept.fd)
        _kept.fd, _kept.path = -1, b""
    return piece
