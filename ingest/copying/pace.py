"""A destination's speed limit, kept: whoever writes there or reads back from there waits here before each piece."""

import time

from ingest.copying.held import Counters
from ingest.copying.limits import Limit

_STEP = 0.5  # seconds; a wait that was asked for is no silence, so it shows signs of life


class Pace:
    """One for all threads that work at a destination. limit: bytes per second, 0 for none."""

    def __init__(self, limit: int, counters: Counters) -> None:
        self._limit = Limit(limit, time.monotonic())
        self._counters = counters

    def wait(self, count: int, cell: int) -> None:
        """Sleep until the next `count` bytes may go. cell: of the counters, where this thread shows that it lives."""
        until = time.monotonic() + self._limit.wait(count, time.monotonic())
        while (left := until - time.monotonic()) > 0:
            self._counters.add(cell, 1)
            time.sleep(min(left, _STEP))
