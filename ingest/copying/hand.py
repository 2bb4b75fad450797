"""The reader's end of a worker: sends it parcels, hears its answers, sees whether it is alive, kills it if it hangs."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable

from ingest.copying.crew import Waiting
from ingest.copying.destination import Admitted
from ingest.copying.held import COPIED, FILES, PROVEN
from ingest.copying.jobs import Failure
from ingest.copying.parcels import Closed, Dead, Free
from ingest.copying.ring import Ring

_LAST_WORDS = 2.0  # seconds that a killed process has to be buried; one in the kernel's hands cannot be


class Hand:
    """One destination's worker. hear: gets its answers, in a thread of this hand; Free and Dead are handled here.

    worker: it is told here where it works. ring: what that one was made with.
    patience: seconds without any sign of life, while it has work, after which it is given up.
    is_gone: it has ended, or was given up.
    """

    def __init__(
        self, place: Admitted, worker: Waiting, ring: Ring, hear: Callable[["Hand", object], None], patience: float
    ) -> None:
        self.place = place
        self.name = place.name
        self.dead: tuple[Failure, str] | None = None
        self.is_gone = False
        self._ring = ring
        self._hear = hear
        self._patience = patience
        self.counters = worker.counters
        self._line, self._process, self._thread = worker.line, worker.process, worker.thread
        self._speaking = threading.Lock()  # a large parcel leaves in pieces, and the reader and the session both speak
        self.send((place, patience))
        self._ear = threading.Thread(target=self._listen, name=f"hear {place.name}", daemon=True)
        self._seen: tuple[int, ...] = ()
        self._seen_at = time.monotonic()

    def start(self) -> None:
        """After the last fork: begin to listen."""
        if self._thread:
            self._thread.start()
        self._ear.start()

    @property
    def copied(self) -> int:
        """Bytes written there."""
        return self.counters.get(COPIED)

    @property
    def proven(self) -> int:
        """Bytes read back and equal."""
        return self.counters.get(PROVEN)

    @property
    def files(self) -> int:
        """Files read back and equal."""
        return self.counters.get(FILES)

    def send(self, parcel: object) -> None:
        """To the worker; one that is dead gets nothing. That it ended is heard in the other thread, with its reason."""
        with contextlib.suppress(OSError), self._speaking:
            if not self.is_gone:
                self._line.send(parcel)

    def watch(self, now: float, owed: int) -> None:
        """Give it up when it owes something and has shown no sign of life for `patience` seconds."""
        signs = self.counters.signs()
        if signs != self._seen or owed == 0:
            self._seen, self._seen_at = signs, now
        elif now - self._seen_at > self._patience:
            self.give_up(Failure.GONE, f"it did not answer for {self._patience:.0f} s")

    def give_up(self, failure: Failure, detail: str) -> None:
        """Kill the worker. What it held is free; what it owed is answered by `hear` with Closed."""
        if self.is_gone:
            return
        self.is_gone = True
        self.dead = self.dead or (failure, detail)
        if self._process:
            self._process.kill()
        self._ring.release_all(self.name)
        self._hear(self, Closed())

    def join(self) -> None:
        """Wait for the worker's end, as long as it shows signs of life: after Stop it owes that."""
        while self._ear.is_alive() and not self.is_gone:
            self._ear.join(0.1)
            self.watch(time.monotonic(), 1)
        if self._process:
            self._process.wait(_LAST_WORDS)
            self._end_ear()
        with contextlib.suppress(OSError):
            self._line.close()

    def _end_ear(self) -> None:
        """A process that the kernel holds leaves the line open. Closed beneath the thread that listens, its number will
        soon be another line's, and the thread hears what is meant for that one.
        """
        if self._ear.is_alive():
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self._line.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
            self._ear.join(_LAST_WORDS)

    def _listen(self) -> None:
        while True:
            try:
                parcel = self._line.recv()
            except (EOFError, OSError):
                self.give_up(Failure.GONE, "its worker ended unexpectedly")
                return
            if isinstance(parcel, Free):
                self._ring.release(parcel.buffer, self.name)
            elif isinstance(parcel, Dead):
                self.dead = self.dead or (Failure(parcel.failure), parcel.detail)
            elif isinstance(parcel, Closed):
                self.is_gone = True
                self._ring.release_all(self.name)  # one that could not open its destination took nothing
                self._hear(self, parcel)
                return
            else:
                self._hear(self, parcel)
