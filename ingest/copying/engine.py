"""The copying of a card: a reader, a worker for each destination, and the books about what they owe.

The card is read by a thread; each destination's worker writes, proves and publishes in a process of its own. Who falls
behind or comes late is fed from a proven copy: the card is read once, and nobody waits for the slowest.
"""

import contextlib
import functools
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ingest.copying.books import Books
from ingest.copying.crew import Crew
from ingest.copying.destination import Admitted
from ingest.copying.dispatch import Dispatch
from ingest.copying.flight import Batch, FileInFlight
from ingest.copying.hand import Hand
from ingest.copying.jobs import CopyJob, CopyOutcome, Failure, Progress
from ingest.copying.kitchen import Kitchen
from ingest.copying.late_sha1 import LateSha1
from ingest.copying.parcels import Closed, Done, Proved, Sha1Taken, Stop
from ingest.copying.reader import Reader
from ingest.copying.reading import Reading
from ingest.copying.turns import Turns
from ingest.disk.folders import FileOpener
from ingest.model.cards import CardFile

PATIENCE = 60.0

Tick = Callable[[Progress], None]
OnChunk = Callable[[CardFile, int, bytes, Mapping[str, bytes]], None]


class Engine:
    """Copies a card to admitted destinations. One at a time a session; `close` ends its processes and threads.

    opener: opens card files below the card's root and nowhere else. tag: unguessable, begins every temporary name, and
    is in the ledger before the engine is made. tick: progress, at least ten times a second while outcomes are awaited.
    on_chunk: (file, chunk, xxh128, temporary name by destination) of large files, to resume them after a crash.
    crew: its workers where they wait already; it is the engine's from here on.
    All callbacks come from the thread that asks for outcomes.
    """

    def __init__(
        self,
        opener: FileOpener,
        places: Sequence[Admitted],
        *,
        tag: str,
        tick: Tick,
        on_chunk: OnChunk | None = None,
        patience: float = PATIENCE,
        crew: Crew | None = None,
    ) -> None:
        self._tick_face = tick
        self._on_chunk = on_chunk
        self._crew = crew or Crew()
        self._ring = self._crew.ring
        self._news: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._unrecorded: dict[int, Batch] = {}  # what is settled, and perhaps not recorded yet; the oldest first
        self._books = Books(self._settled)
        self._hands: dict[str, Hand] = {}
        self._stop = threading.Event()
        with self._or_closed():
            for place in places:
                self._hands[place.name] = Hand(place, self._crew.take(), self._ring, self._hear, patience)
        self._dispatch = Dispatch(self._books, self._hands, tag, self._lose)
        self._kitchen = Kitchen(self._books, self._hands, self._dispatch, self._settled)
        self._late = LateSha1(self._hands, self._fetch, self._news.put)
        self._turns = Turns(self._books, self._hands, self._ring, self._kitchen, self._stop)
        self._reader = self._reader_of(opener)
        ended = functools.partial(self._news.put, None)
        self._reading = Reading(self._reader, self._books, self._dispatch, self._turns, patience=patience, ended=ended)
        with self._or_closed():
            for hand in self._hands.values():
                hand.start()

    @contextlib.contextmanager
    def _or_closed(self) -> Iterator[None]:
        """One that does not come to be, as at Ctrl-C, leaves no process behind that holds a destination."""
        try:
            yield
        except BaseException:
            self._close_workers()
            raise

    def _reader_of(self, opener: FileOpener) -> Reader:
        return Reader(
            opener,
            self._ring,
            self._hands,
            waiting=self._turns.waited,
            worked=self._turns.worked,
            live=self._turns.live,
            on_chunk=self._note_chunk if self._on_chunk else None,
        )

    # -- for the session --------------------------------------------------------------------------------------------
    def copy(self, jobs: Sequence[CopyJob]) -> Iterator[list[CopyOutcome]]:
        """`start` and `feed`, with the names that are in the jobs, and `outcomes`."""
        self.start([job for job in jobs if not job.sources])
        self.feed([job for job in jobs if job.sources])
        self.name({job.file.path: job.path for job in jobs if job.path is not None})
        return self.outcomes()

    def start(self, jobs: Iterable[CopyJob]) -> None:
        """Begin to read the card for these and to prove; nothing gets its final name before `name`.

        They are taken by the reader's thread, batch by batch: a large card's need not be held together.
        """
        self._dispatch.forget_names()
        self._reading.start(jobs)

    def feed(self, jobs: Sequence[CopyJob]) -> None:
        """More jobs, with the names and the sources of what is proven elsewhere; the card is not read for them."""
        self._kitchen.feed(jobs)

    def name(self, paths: dict[bytes, bytes]) -> None:
        """The plan is made: card path -> name below each destination's root. They are the engine's from here on."""
        self._dispatch.name(paths)
        self._reading.named()

    @property
    def has_read_all(self) -> bool:
        """The card is free for another reader; what was read may still be on its way."""
        return self._reading.is_over

    def outcomes(self) -> Iterator[list[CopyOutcome]]:
        """The outcomes batch by batch, as each is durable everywhere or failed.

        Raises:
            CardGone: the card's root vanished; what was on the way is yielded first.
        """
        while batch := self._next_settled():
            self._late.complete(batch)
            self._kitchen.after(batch)
            yield [file.outcome() for file in batch.files]
            del self._unrecorded[id(batch)]
        if self._reading.error:
            raise self._reading.error

    def dead(self) -> dict[str, tuple[Failure, str]]:
        """Destinations that cannot take more, with the reason."""
        return {name: hand.dead for name, hand in self._hands.items() if hand.dead}

    def progress(self) -> Progress:
        """Bytes so far."""
        hands = self._hands.items()
        return Progress(
            self._reader.read,
            {name: hand.copied for name, hand in hands},
            {name: hand.proven for name, hand in hands},
            {name: hand.files for name, hand in hands},
            self._kitchen.feeding(),
        )

    def left(self) -> Iterator[list[CopyOutcome]]:
        """After `close`: batches that were finished but not recorded, as after an interruption; chunks are told too.

        One that was being recorded comes once more, before what was fed from its copies: that is nothing without it.
        """
        with contextlib.suppress(queue.Empty):
            while True:
                self._told(self._news.get_nowait())
        for batch in list(self._unrecorded.values()):  # one that hung may answer still
            yield [file.outcome() for file in batch.files]

    def close(self) -> None:
        """Let the workers finish the batches that were handed to them, throw away the rest, and end."""
        self._stop.set()
        self._reading.join()
        self._close_workers()

    def _close_workers(self) -> None:
        for hand in self._hands.values():
            hand.send(Stop())
        for hand in self._hands.values():
            hand.join()
        self._crew.close()

    # -- what the reader tells, in its thread -----------------------------------------------------------------------
    def _note_chunk(self, file: FileInFlight, number: int, xxh128: bytes) -> None:
        self._news.put((file.job.file, number, xxh128, {name: file.temporary[name] for name in file.lanes}))

    # -- what the workers answer, in their hands' threads -------------------------------------------------------------
    def _settled(self, batch: Batch) -> None:
        """Kept first: Ctrl-C in the moment in which the session takes it out of the news must not lose it."""
        self._unrecorded[id(batch)] = batch
        self._news.put(batch)

    def _hear(self, hand: Hand, parcel: object) -> None:
        match parcel:
            case Proved():
                if self._books.proved(parcel.batch, hand.name):
                    self._reading.proven()
            case Done():
                self._books.done(hand.name, parcel)
            case Sha1Taken() | Closed():
                if isinstance(parcel, Closed):
                    self._lose(hand.name)
                self._news.put(parcel)

    def _lose(self, name: str) -> None:
        """Answer for a destination that will not."""
        failure, detail = self._hands[name].dead or (Failure.WRITE, "no answer")
        for _ in range(self._books.lost(name, failure, detail)):
            self._reading.proven()

    # -- the session's thread ---------------------------------------------------------------------------------------
    def _next_settled(self) -> Batch | None:
        """The next batch that nobody owes anything; None when nothing is on its way any more."""
        while True:
            self._kitchen.serve()
            news = self._fetch()
            if isinstance(news, Batch):
                return news
            with self._books.lock:  # a batch is closed and becomes news in one step
                if self.has_read_all and self._news.empty() and not self._books.open and not self._kitchen.is_busy:
                    return None

    def _fetch(self) -> object:
        try:
            news = self._told(self._news.get(timeout=0.1))
        except queue.Empty:
            news = None
        now = time.monotonic()
        for name, hand in self._hands.items():
            hand.watch(now, self._owed(name))
        self._tick_face(self.progress())
        return news

    def _told(self, news: object) -> object:
        """A chunk is told at once, before news of its whole file; everything else is given back."""
        if self._on_chunk and type(news) is tuple:
            self._on_chunk(*news)
            return None
        return news

    def _owed(self, name: str) -> int:
        return self._books.owed(name) + self._ring.held().get(name, 0) + (name == self._late.asked)
