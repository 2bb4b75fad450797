"""The fixed pool of buffers between the card's reader and the destinations: memory is bounded, whoever lags.

The pool is one piece of anonymous shared memory: the workers of the destinations are forked after it was made, and see
the same bytes. Only the reader's process keeps the books; a worker says when it is done with a buffer.
"""

import contextlib
import mmap
import queue
import threading
import time
from collections.abc import Callable, Iterable

BUFFER_SIZE = 4 << 20
BUFFERS = 12


class Ring:
    """`count` buffers of `size` bytes each, numbered from 0."""

    def __init__(self, count: int = BUFFERS, size: int = BUFFER_SIZE) -> None:
        self.size = size
        self.count = count
        self._memory = mmap.mmap(-1, count * size)
        self._view = memoryview(self._memory)
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._owners: list[set[str]] = [set() for _ in range(count)]
        self._lock = threading.Lock()
        for number in range(count):
            self._free.put(number)

    def close(self) -> None:
        """Give the memory back; no buffer is used any more. Raises BufferError while somebody still looks at one."""
        self._view.release()
        self._memory.close()

    def view(self, number: int) -> memoryview:
        """The bytes of one buffer."""
        return self._view[number * self.size : (number + 1) * self.size]

    def take(self, waiting: Callable[[float], None]) -> int:
        """A free buffer. `waiting` is told the seconds that it took, 0.1 at a time, and may raise to give up."""
        with contextlib.suppress(queue.Empty):
            return self._free.get_nowait()
        while True:
            began = time.monotonic()
            number = self._wait()
            waiting(time.monotonic() - began)
            if number is not None:
                return number

    def _wait(self) -> int | None:
        try:
            return self._free.get(timeout=0.1)
        except queue.Empty:
            return None

    def share(self, number: int, owners: Iterable[str]) -> None:
        """Hand a filled buffer to its owners; without any it is free at once."""
        with self._lock:
            self._owners[number] = set(owners)
            is_free = not self._owners[number]
        if is_free:
            self._free.put(number)

    def release(self, number: int, owner: str) -> None:
        """One owner is done with a buffer; the last one frees it."""
        with self._lock:
            owners = self._owners[number]
            is_free = owners == {owner}
            owners.discard(owner)
        if is_free:
            self._free.put(number)

    def release_all(self, owner: str) -> None:
        """The owner is dead: what it held is no longer waited for."""
        for number in range(self.count):
            self.release(number, owner)

    def held(self) -> dict[str, int]:
        """Buffers that each owner still holds."""
        found: dict[str, int] = {}
        with self._lock:
            for owners in self._owners:
                for owner in owners:
                    found[owner] = found.get(owner, 0) + 1
        return found
