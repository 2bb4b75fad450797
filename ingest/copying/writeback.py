"""Writing back in small steps: what is written goes to the medium at once, and only a little of it is under way.

Without it the kernel keeps a whole batch in memory, and a slow NAS then stands for minutes in one barrier, which looks
like hanging. It also lets the medium work while the card is read. It proves nothing: the barrier still comes.
"""

import ctypes
import errno
import os
from collections import deque
from collections.abc import Callable

from ingest.copying.held import HeldFile

_STEP = 8 << 20
_UNDER_WAY = 4 * _STEP
_SMALL = 1 << 20  # below it a call for each file costs more than it brings
_WAIT_BEFORE, _WRITE = 1, 2
_NOT_OFFERED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ESPIPE, errno.EBADF, errno.EOPNOTSUPP})
_libc = ctypes.CDLL(None, use_errno=True)
_HAS_RANGES = hasattr(_libc, "sync_file_range")  # Linux; elsewhere the barrier carries all
if _HAS_RANGES:
    _libc.sync_file_range.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]


class WriteBack:
    """What one writer has sent to its medium. alive: called after each wait.

    failed: told of another file whose bytes could not be written back. That error is told to its descriptor once: a
    later fsync would say that all is well.
    """

    def __init__(self, alive: Callable[[], None], failed: Callable[[HeldFile, OSError], None]) -> None:
        self._alive = alive
        self._failed = failed
        self._sent: deque[tuple[HeldFile, int, int]] = deque()
        self._under_way = 0

    def wrote(self, file: HeldFile, *, is_end: bool) -> None:
        """More of this file is written, or all of it; send it on its way when it is worth a call.

        Raises:
            OSError: of this file, by which it is lost.
        """
        length = file.written - file.sent
        if not _HAS_RANGES or length < (_SMALL if is_end else _STEP):
            return
        self._sent.append((file, file.sent, length))
        self._under_way += length
        start, file.sent = file.sent, file.written
        _sync(file, start, length, _WRITE)
        while self._under_way > _UNDER_WAY:
            before, start, count = self._sent.popleft()
            self._under_way -= count
            try:
                _sync(before, start, count, _WAIT_BEFORE)
            except OSError as error:
                if before is file:
                    raise
                self._failed(before, error)
            self._alive()

    def forget(self) -> None:
        """The barrier was passed: nothing is under way."""
        self._sent.clear()
        self._under_way = 0


def _sync(file: HeldFile, start: int, length: int, flags: int) -> None:
    if file.fd >= 0 and _libc.sync_file_range(file.fd, start, length, flags):
        code = ctypes.get_errno()
        if code not in _NOT_OFFERED:
            raise OSError(code, os.strerror(code))
