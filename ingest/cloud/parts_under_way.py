"""The parts of one large file that are sent at the same time: as many as the line has connections to give."""

import contextlib
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ingest.cloud.errors import Interrupted
from ingest.cloud.line import Line
from ingest.cloud.store import OnBytes, ShouldStop

SendPart = Callable[[OnBytes, ShouldStop], object]
"""Sends one part. Told where to say how many bytes of it are out, and whom to ask whether to stop."""


class PartsUnderWay:
    """Leaving it waits for the parts on their way, and raises the first error of one of them.

    The first error stops the others. A line that closes (its hours are over) lets them come to their end.
    """

    def __init__(self, line: Line, on_bytes: OnBytes, should_stop: ShouldStop) -> None:
        self._line, self._on_bytes, self._asked_to_stop = line, on_bytes, should_stop
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._out = 0
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for thread in self._threads:
            thread.join()
        if self._error is not None and (error is None or isinstance(error, Interrupted)):
            raise self._error

    def should_stop(self) -> bool:
        """A person asked for it, or a part failed."""
        return self._error is not None or self._asked_to_stop()

    def is_there(self, length: int) -> None:
        """A part of so many bytes need not be sent."""
        self._count(length)

    def send(self, part: SendPart) -> None:
        """Wait for a connection, then send on it in a thread of its own.

        Raises:
            Interrupted: asked to stop, the line closes, or another part failed.
        """
        connection = self._line.connection(self.should_stop)
        connection.__enter__()
        thread = threading.Thread(target=self._send, args=(part, connection), name="part", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def _send(self, part: SendPart, connection: contextlib.AbstractContextManager[None]) -> None:
        seen = [0]

        def on_bytes(out: int) -> None:
            self._count(out - seen[0])
            seen[0] = out

        try:
            with contextlib.ExitStack() as stack:
                stack.push(connection)
                part(on_bytes, self.should_stop)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the file is sent
            with self._lock:
                if self._error is None or isinstance(self._error, Interrupted):
                    self._error = error

    def _count(self, more: int) -> None:
        with self._lock:
            self._out += more
            self._on_bytes(self._out)
