"""A fixed set of buffers between one reader and its writers: memory is bounded, a writer that lags holds the reader."""

import queue
import threading
from collections.abc import Callable

BUFFER_SIZE = 4 << 20


class Piece:
    """A filled buffer on its way to several writers; it returns to the ring when the last one lets go."""

    __slots__ = ("_home", "_lock", "_owners", "memory", "view")

    def __init__(self, home: "queue.SimpleQueue[Piece]", size: int) -> None:
        self.memory = bytearray(size)
        self.view = memoryview(self.memory)[:0]
        self._home = home
        self._owners = 0
        self._lock = threading.Lock()

    def share(self, length: int, owners: int) -> None:
        """Hand `length` filled bytes to `owners` writers; with none it goes home at once."""
        self.view = memoryview(self.memory)[:length]
        self._owners = owners
        if owners == 0:
            self._home.put(self)

    def release(self) -> None:
        """One owner is done with it."""
        with self._lock:
            self._owners -= 1
            last = self._owners == 0
        if last:
            self._home.put(self)


class Ring:
    """`count` buffers of `size` bytes."""

    def __init__(self, count: int = 8, size: int = BUFFER_SIZE) -> None:
        self._free: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        for _ in range(count):
            self._free.put(Piece(self._free, size))

    def take(self, tick: Callable[[], None]) -> Piece:
        """A free buffer; `tick` is called while waiting, at least ten times a second, and may raise to give up."""
        while True:
            try:
                return self._free.get(timeout=0.1)
            except queue.Empty:
                tick()
