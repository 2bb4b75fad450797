"""The reader's thread: the card batch by batch, never further ahead than proofs and names may be waited for."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ingest.copying.books import Books, batches
from ingest.copying.dispatch import Dispatch
from ingest.copying.elsewhere import Elsewhere
from ingest.copying.flight import Batch, FileInFlight
from ingest.copying.jobs import CopyJob
from ingest.copying.reader import Reader, StoppedError
from ingest.copying.resume import RESUMED_FROM, resumed
from ingest.copying.turns import Turns
from ingest.errors import CardGone

_AHEAD = 3  # batches that may be read and not yet proven; bounds what a crash leaves in the staging folder
_UNNAMED = 1 << 13  # files that may wait for their names: each takes almost a kilobyte of every process


class Reading:
    """The thread and what holds it back. error: what ended it early, CardGone where the card did.

    ended: called, in the thread, when nothing more will be read. patience: seconds, for looking at what an earlier
    session left of a large file.
    """

    def __init__(
        self,
        reader: Reader,
        books: Books,
        dispatch: Dispatch,
        turns: Turns,
        *,
        patience: float,
        ended: Callable[[], None],
    ) -> None:
        self.error: BaseException | None = None
        self._reader = reader
        self._books = books
        self._dispatch = dispatch
        self._turns = turns
        self._patience = patience
        self._ended = ended
        self._may_read = threading.Semaphore(_AHEAD)
        self._has_names = threading.Event()
        self._thread: threading.Thread | None = None

    # -- for the other threads --------------------------------------------------------------------------------------
    def start(self, jobs: Iterable[CopyJob]) -> None:
        """Read the card for these; they have no names before `named`."""
        self._has_names.clear()
        self._thread = threading.Thread(target=self._read, args=(jobs,), name="read the card", daemon=True)
        self._thread.start()

    def named(self) -> None:
        """Every file has its name now: as many as there are may be read."""
        self._has_names.set()

    def proven(self) -> None:
        """A batch is owed to nobody any more: one more may be read."""
        self._may_read.release()

    @property
    def is_over(self) -> bool:
        """Nothing is read now."""
        return self._thread is None or not self._thread.is_alive()

    def join(self) -> None:
        """Wait until nothing is read; what makes it end comes from whoever the reader asks for its turn."""
        if self._thread:
            self._thread.join()

    # -- the thread -------------------------------------------------------------------------------------------------
    def _read(self, jobs: Iterable[CopyJob]) -> None:
        try:
            for group in batches(jobs):
                self._wait_to_read()
                self._read_batch(self._open(group))
        except StoppedError:
            pass
        except BaseException as error:  # noqa: BLE001 - told in the session's thread, which must not wait for ever
            self.error = error
        self._books.drop_unflushed()
        self._ended()

    def _wait_to_read(self) -> None:
        while self._books.files() >= _UNNAMED and not self._has_names.wait(0.1):
            self._turns.go_on()
        while not self._may_read.acquire(timeout=0.1):
            self._turns.waited_for_proofs(0.1)
        self._turns.let_rejoin()

    def _read_batch(self, batch: Batch) -> None:
        """Raises CardGone, after what was read of the batch is on its way to be proven."""
        gone: CardGone | None = None
        try:
            self._reader.read_batch(batch)
        except CardGone as error:
            gone = error
        self._dispatch.flush(batch)
        for file in batch.files:
            file.temporary.clear()
        if gone:
            raise gone

    def _open(self, group: Sequence[CopyJob]) -> Batch:
        files = [FileInFlight(job, job.lanes, path=job.path) for job in group]
        shared = {lanes: self._now_and_later(lanes) for lanes in {job.lanes for job in group}}
        for file in files:
            file.lanes, file.later = shared[file.job.lanes]
            if file.job.chunks and file.job.file.size >= RESUMED_FROM:
                self._resume(file)
        batch = self._books.batch(files)
        self._dispatch.order(batch)
        return batch

    def _now_and_later(self, lanes: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        live = frozenset(self._turns.live(lanes))
        return live, lanes - live

    def _resume(self, file: FileInFlight) -> None:
        """Go on where an earlier session stopped, at the live destinations that hold that much of it."""
        here = tuple(item for item in file.job.partials if item.place in file.lanes)
        with contextlib.closing(Elsewhere(self._patience)) as elsewhere:
            before = resumed(replace(file.job, partials=here), elsewhere, self._turns.go_on)
        if not before.start:
            return
        file.start, file.content, file.head = before.start, before.content, before.head
        file.temporary = {item.place: item.temporary for item in file.job.partials if item.place in before.places}
        file.later |= file.lanes - before.places
        file.lanes &= before.places
