"""A piece of an open file as a stream that a library can send: it keeps the line's speed and can be stopped."""

import os
from collections.abc import Callable

from ingest.cloud.errors import Interrupted, SourceGone
from ingest.cloud.line import Line


class Window:
    """`length` bytes of an open file from `offset` on, as a stream that requests can send; no part is held in memory.

    on_bytes: told how much of the whole file has been read when this window's byte n goes out. line: whose speed it
    keeps. Closing is the caller's; reads are positioned, so that several windows may share a descriptor.
    """

    def __init__(
        self,
        fd: int,
        offset: int,
        length: int,
        on_bytes: Callable[[int], object],
        should_stop: Callable[[], bool],
        line: Line | None = None,
    ) -> None:
        self._line = line or Line()
        self._fd, self._offset, self._length = fd, offset, length
        self._on_bytes, self._should_stop = on_bytes, should_stop
        self._position = 0

    def __len__(self) -> int:
        return self._length

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        """Back to the beginning, which is all that a retry needs."""
        if whence != os.SEEK_SET or not 0 <= position <= self._length:
            raise ValueError("a window moves only inside itself")
        self._position = position
        return position

    def tell(self) -> int:
        """Bytes read so far."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """The next bytes, b"" at the end.

        Raises:
            Interrupted: `should_stop` said so (or what `_stopped` makes of it).
            SourceGone: the file ended early or could not be read (or what `_gone` makes of it).
        """
        left = self._length - self._position
        if left and self._should_stop():  # at the end only the answer is awaited: let it count
            raise self._stopped()
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted and not self._line.pace(wanted, self._should_stop):
            raise self._stopped()
        try:
            data = os.pread(self._fd, wanted, self._offset + self._position) if wanted else b""
        except OSError as error:
            raise self._gone(error.strerror or str(error)) from error
        if wanted and not data:
            raise self._gone("the file is shorter than it was")
        self._position += len(data)
        self._on_bytes(self._offset + self._position)
        return data

    def _stopped(self) -> Exception:
        return Interrupted("Stopped", hint="The queue is kept: safelight cloud run")

    def _gone(self, words: str) -> Exception:
        return SourceGone(f"The file to send cannot be read: {words}")
