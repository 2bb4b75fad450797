"""The line to the bucket that all uploads share: how fast, how many connections at once, and whether it closes soon.

All of it may change while uploads run. One line for all threads of a worker.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from ingest.cloud.errors import Interrupted
from ingest.cloud.store import ShouldStop

_SLICE = 0.1
_BURST = 0.25  # seconds of the limit that may be sent at once


class Line:
    """limit: bytes a second in all, 0 for none. connections: uploads of files or parts at once.

    closing: why nothing new may begin on it, "" while it may. What is on its way is brought to its end, which is one
    small file or one part for each connection.
    """

    def __init__(self, *, limit: int = 0, connections: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.connections, self.closing = limit, connections, ""
        self._clock = clock
        self._free_at = clock()
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(connections)

    def pace(self, size: int, should_stop: ShouldStop) -> bool:
        """Wait until `size` more bytes may go out; False when `should_stop` said so meanwhile."""
        with self._lock:
            if not self.limit:
                return True
            now = self._clock()
            self._free_at = max(self._free_at, now - _BURST) + size / self.limit
            until = self._free_at
        while self.limit and (left := until - self._clock()) > 0:
            if should_stop():
                return False
            time.sleep(min(_SLICE, left))
        return True

    def set_limit(self, limit: int) -> None:
        """Another speed from now on, also for what waits at the old one."""
        with self._lock:
            if limit != self.limit:
                self.limit, self._free_at = limit, self._clock()

    @contextlib.contextmanager
    def connection(self, should_stop: ShouldStop) -> Iterator[None]:
        """One of the connections, waited for.

        Raises:
            Interrupted: `should_stop` said so, or the line closes: nothing new begins.
        """
        while not self._slots.acquire(timeout=_SLICE):
            if should_stop():
                raise Interrupted("Stopped")
        try:
            if self.closing or should_stop():
                raise Interrupted(self.closing or "Stopped")
            yield
        finally:
            self._slots.release()
