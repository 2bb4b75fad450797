"""A speed that is not exceeded: the share of a destination that Safelight takes, so that others can use it too."""

import threading

_CREDIT = 0.25  # seconds of unused speed that may be made up for; more would be felt as a burst


class Limit:
    """One speed for everything that is written to a destination and read back from it; several threads may ask.

    bytes_per_second: 0 for none. now: seconds of a clock that never goes back; so is every later `now`.

    Each request books the time that its bytes take at this speed, behind those booked before. So in any time t no
    more than (t + 0.25 s) x speed leaves, and one piece: a piece is never cut. Over a long time the speed is exact,
    for one who sleeps too long, or whose writes take time themselves, is not made to wait for it again.
    """

    def __init__(self, bytes_per_second: int, now: float) -> None:
        self._seconds_per_byte = 1 / bytes_per_second if bytes_per_second else 0.0
        self._booked_until = now
        self._lock = threading.Lock()

    def wait(self, count: int, now: float) -> float:
        """Seconds to sleep, from `now`, before the next `count` bytes are written or read; 0.0: they may go at once.

        They count as gone: it is asked once for each piece, by the one that then writes or reads it.
        """
        if not self._seconds_per_byte:
            return 0.0
        with self._lock:
            self._booked_until = max(self._booked_until, now - _CREDIT) + count * self._seconds_per_byte
            return max(0.0, self._booked_until - now)
