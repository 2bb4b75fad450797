"""Whose turn it is: which destinations get live bytes now, as the reader's thread asks. The rule is in `fairness`."""

import threading
import time
from collections.abc import Mapping, Set

from ingest.copying.books import Books
from ingest.copying.fairness import Fairness
from ingest.copying.hand import Hand
from ingest.copying.kitchen import Kitchen
from ingest.copying.reader import StoppedError
from ingest.copying.ring import Ring


class Turns:
    """Tells the rule what the reader waits for. stop: set when the session ends; every question then raises."""

    def __init__(
        self, books: Books, hands: Mapping[str, Hand], ring: Ring, kitchen: Kitchen, stop: threading.Event
    ) -> None:
        self._books = books
        self._hands = hands
        self._ring = ring
        self._kitchen = kitchen
        self._stop = stop
        self._rule = Fairness(tuple(hands), ring.count)
        self._lost: set[str] = set()

    def worked(self, seconds: float, buffers: int) -> None:
        """The reader filled buffers, and did not wait."""
        self._rule.read(seconds, buffers)

    def waited(self, seconds: float) -> None:
        """The reader waited for a free buffer.

        Raises:
            StoppedError: the session ends.
        """
        self._tell(seconds, self._ring.held())

    def waited_for_proofs(self, seconds: float) -> None:
        """The reader waited for those who are too many batches behind with their proofs; raises as `waited`."""
        self._tell(seconds, dict.fromkeys(self._books.late(), self._ring.count))

    def live(self, names: Set[str]) -> Set[str]:
        """Who of these may have live bytes: neither dead nor so slow that the others would wait; never nobody.

        Raises:
            StoppedError: the session ends.
        """
        self.go_on()
        for name, hand in self._hands.items():
            if hand.is_gone and name not in self._lost:
                self._lost.add(name)
                self._rule.lost(name)
        alive = {name for name in names if not self._hands[name].is_gone} or set(names)
        return (alive - self._rule.diverted - self._kitchen.behind()) or alive

    def let_rejoin(self) -> None:
        """Who was fed all that it had missed may have live bytes again."""
        with self._books.lock:
            missed = {name for batch in self._books.open.values() for file in batch.files for name in file.later}
        for name in self._rule.diverted - self._kitchen.behind() - missed:
            self._rule.caught_up(name)

    def _tell(self, seconds: float, held: Mapping[str, int]) -> None:
        self.go_on()
        now = time.monotonic_ns()
        alive = {name: hand for name, hand in self._hands.items() if not hand.is_gone}
        idle = {name: hand.counters.idle(now) for name, hand in alive.items()}
        self._rule.waited(seconds, {name: held.get(name, 0) for name in alive}, idle)

    def go_on(self) -> None:
        """Asked within long work that waits for nobody; raises as `waited`."""
        if self._stop.is_set():
            raise StoppedError
