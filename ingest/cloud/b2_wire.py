"""How Safelight's bytes and time limits reach b2sdk: the HTTP session, and the stream that is sent.

Two gaps of the SDK are closed here: its JSON calls wait 20 minutes for an answer, five times; and what it sends
cannot be stopped but by an exception that is a B2Error, thrown from the stream's own `read`.
"""

import logging
import os
from collections.abc import Callable
from typing import Any

from b2sdk.v3.exception import B2Error
from requests import Response, Session

from ingest.cloud.line import Line

CONNECT_SECONDS = 10
ANSWER_SECONDS = 60  # of silence, for a listing or any other small question
UPLOAD_SECONDS = 120  # of silence while a body goes out or the service takes it in


class StopSendingError(B2Error):  # type: ignore[misc]  # b2sdk carries no types
    """A person asked to stop. A B2Error, as any other exception in `read` would come out as UnknownError."""


class SourceUnreadableError(B2Error):  # type: ignore[misc]  # b2sdk carries no types
    """The file being sent gave an error or ended early."""


class TimeLimitedSession(Session):
    """A requests session that never waits longer than it should, whatever its caller asks for."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]  # requests allows bytes; b2sdk sends text
        """As `requests.Session.request`, with our own `timeout` (connect, silence) in seconds."""
        sends = "b2_upload_" in url
        kwargs["timeout"] = (CONNECT_SECONDS, UPLOAD_SECONDS if sends else ANSWER_SECONDS)
        return super().request(method, url, *args, **kwargs)


def keep_quiet() -> None:
    """At DEBUG b2sdk and urllib3 write account tokens and upload tokens into the log."""
    for name in ("b2sdk", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


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
            StopSendingError: `should_stop` said so.
            SourceUnreadableError: the file ended early or could not be read.
        """
        left = self._length - self._position
        if left and self._should_stop():  # at the end only the answer is awaited: let it count
            raise StopSendingError
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted and not self._line.pace(wanted, self._should_stop):
            raise StopSendingError
        try:
            data = os.pread(self._fd, wanted, self._offset + self._position) if wanted else b""
        except OSError as error:
            raise SourceUnreadableError(error.strerror or str(error)) from error
        if wanted and not data:
            raise SourceUnreadableError("the file is shorter than it was")
        self._position += len(data)
        self._on_bytes(self._offset + self._position)
        return data
