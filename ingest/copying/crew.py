"""Workers that wait for their destination: forked before the card is listed, they hold nothing of what is learnt of it.

A forked child shares its parent's memory only until one of them writes there, and Python writes to whatever it looks
at. Workers that were forked beside the listing of a card of 100,000 files held another 70 MB because of that.
"""

import contextlib
import mmap
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe

from ingest.copying.held import Counters
from ingest.copying.ring import Ring
from ingest.copying.worker import Post, work, work_alone
from ingest.disk.forked import CAN_FORK, Forked

_LAST_WORDS = 0.5  # seconds that a killed process has to be buried
_CAN_FORK = CAN_FORK


class Waiting:
    """One worker. Send (admitted destination, patience) over its `line`, and it begins to work there.

    process: None where there is no fork; then thread is to be started.
    """

    def __init__(self, ring: Ring) -> None:
        self.line, theirs = Pipe()
        self.counters = Counters(memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("Q")[: Counters.CELLS])
        self.process: Forked | None = None
        self.thread: threading.Thread | None = None
        words = (theirs, ring.view, self.counters)
        if _CAN_FORK:
            self.process = Forked(lambda: _wait(*words, work_alone), (theirs.fileno(),))
            theirs.close()
        else:
            self.thread = threading.Thread(target=_wait, args=(*words, work), daemon=True)

    def end(self) -> None:
        """One that was not needed, or is done; a hand that has one gives it the time for that."""
        if self.process:
            self.process.kill()
            self.process.wait(_LAST_WORDS)
        self.line.close()


def _wait(
    line: Connection, memory: Callable[[int], memoryview], counters: Counters, work_there: Callable[[Post], None]
) -> None:
    try:
        place, patience = line.recv()
    except (EOFError, OSError):  # the session ended before it had one
        return
    work_there(Post(place, line, memory, counters, patience))


class Crew:
    """`count` waiting workers and the ring that they share, for one engine; `close` ends whatever runs of it still."""

    def __init__(self, count: int = 0) -> None:
        self.ring = Ring()
        self._all: list[Waiting] = []
        self._taken = 0
        try:
            for _ in range(count):
                self._all.append(Waiting(self.ring))
        except BaseException:
            self.close()
            raise

    def take(self) -> Waiting:
        """One that waits, or else a new one."""
        if self._taken == len(self._all):
            self._all.append(Waiting(self.ring))
        self._taken += 1
        return self._all[self._taken - 1]

    def close(self) -> None:
        """After the last use of the ring: its memory goes back."""
        while self._all:
            self._all.pop().end()
        with contextlib.suppress(BufferError):  # a worker in a thread that hangs looks at it still
            self.ring.close()

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
