"""The moment at which what is mounted changes."""

import os
import select
import time
from collections.abc import Callable, Sequence

from ingest.model.places import Volume

_MOUNTS = "/proc/self/mountinfo"
_BLIND = 1.0  # seconds between two looks where no kernel tells of mounts (macOS, Windows)
_SIGHTED = 3.0

ListNow = Callable[[], Sequence[Volume]]


class MountWatch:
    """Waits for the table of mounts to change: the kernel tells it as POLLPRI on `/proc/self/mountinfo` (proc(5))."""

    def __init__(self) -> None:
        self._file = open(_MOUNTS, "rb") if os.path.exists(_MOUNTS) else None  # noqa: SIM115 - open for the whole watch
        self._poll = select.poll() if self._file else None
        if self._file and self._poll:
            self._poll.register(self._file, select.POLLERR | select.POLLPRI)
        self._keys: int | None = None

    @property
    def every(self) -> float:
        """Seconds between two looks at what is mounted, told or not."""
        return _BLIND if self._poll is None else _SIGHTED

    def listen(self, keys: int | None) -> None:
        """Return from `wait` for a key, too. keys: a descriptor of a terminal, None for none any more."""
        if keys == self._keys or self._poll is None:
            return
        if self._keys is not None:
            self._poll.unregister(self._keys)
        if keys is not None:
            self._poll.register(keys, select.POLLIN)
        self._keys = keys

    def wait(self, seconds: float) -> bool:
        """Return when something was mounted or unmounted, or after `seconds`; whether the kernel told of a mount."""
        if self._poll is None or self._file is None:
            time.sleep(min(seconds, _BLIND))
            return False
        heard = [number for number, _ in self._poll.poll(seconds * 1000)]
        if self._file.fileno() not in heard:
            return False
        self._file.seek(0)
        self._file.read()
        return True

    def close(self) -> None:
        """Stop listening."""
        if self._file:
            self._file.close()
