"""The reader: takes the card's files once, in order, and feeds every destination's writer from the same buffers."""

import os
import queue
import secrets
import time
from collections.abc import Callable, Iterator, Sequence

import xxhash

from ingest.copying.destination import OpenDestination
from ingest.copying.flight import Batch, FileInFlight
from ingest.copying.jobs import CopyJob, CopyOutcome, Failure, Progress
from ingest.copying.lane import Lane
from ingest.copying.prover import Prover, sha1_of_copy
from ingest.copying.ring import Ring
from ingest.copying.source import HEAD
from ingest.disk.folders import FileOpener
from ingest.errors import CardGone

BATCH_FILES = 256
BATCH_BYTES = 128 << 20
_BATCHES_OUT = 3  # read ahead of the slowest prover; bounds what a crash leaves in `incoming`

Intents = Callable[[list[tuple[str, bytes, bytes]]], None]
Tick = Callable[[Progress], None]


def batches(jobs: Sequence[CopyJob]) -> Iterator[list[CopyJob]]:
    """Jobs that share one barrier: at most 256 files or 128 MiB (one file alone may be larger)."""
    batch: list[CopyJob] = []
    size = 0
    for job in jobs:
        if batch and (len(batch) == BATCH_FILES or size + job.file.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(job)
        size += job.file.size
    if batch:
        yield batch


class Engine:
    """Copies a card to admitted destinations. One at a time a session; `close` ends its threads.

    opener: opens card files below the card's root and nowhere else. on_intents: is told (destination, temporary
    name, card path) of a batch before its first byte is written, so that a restart can sweep. tick: progress.
    """

    def __init__(
        self, opener: FileOpener, places: Sequence[OpenDestination], *, tag: str, on_intents: Intents, tick: Tick
    ) -> None:
        self._opener = opener
        self._tag = tag
        self._on_intents = on_intents
        self._tick_face = tick
        self._ring = Ring()
        self._done: queue.SimpleQueue[Batch] = queue.SimpleQueue()
        self._lanes: dict[str, Lane] = {}
        self._provers: dict[str, Prover] = {}
        self._read = 0
        self._read_since_tick = time.monotonic()
        for place in places:
            flushed: queue.SimpleQueue[tuple[Batch, list[FileInFlight]] | None] = queue.SimpleQueue()
            self._lanes[place.name] = Lane(place, flushed)
            self._provers[place.name] = Prover(place, flushed, self._done)
        for thread in (*self._lanes.values(), *self._provers.values()):
            thread.start()

    def copy(self, jobs: Sequence[CopyJob]) -> Iterator[list[CopyOutcome]]:
        """Copy and prove `jobs`; yields the outcomes batch by batch, as each is durable everywhere or failed.

        Raises:
            CardGone: the card's root vanished; batches already on the way are yielded first.
        """
        gone: CardGone | None = None
        out = 0
        for group in batches(jobs):
            batch = self._open_batch(group)
            try:
                self._read_batch(batch)
            except CardGone as error:
                gone = error
            self._close_batch(batch)
            out += 1
            while out >= _BATCHES_OUT or (gone and out):
                yield self._next_done()
                out -= 1
            if gone:
                raise gone
        for _ in range(out):
            yield self._next_done()

    def dead(self) -> dict[str, tuple[Failure, str]]:
        """Destinations that cannot take more, with the reason."""
        return {name: lane.dead for name, lane in self._lanes.items() if lane.dead}

    def progress(self) -> Progress:
        """Bytes so far."""
        return Progress(
            self._read,
            {name: lane.copied for name, lane in self._lanes.items()},
            {name: prover.proven for name, prover in self._provers.items()},
            {name: prover.files for name, prover in self._provers.items()},
        )

    def left(self) -> Iterator[list[CopyOutcome]]:
        """After `close`: batches that were finished but not fetched, as after an interruption."""
        while True:
            try:
                yield self._outcomes(self._done.get_nowait())
            except queue.Empty:
                return

    def close(self) -> None:
        """Let the threads finish the batches that were handed to them, throw away the rest, and end."""
        for lane in self._lanes.values():
            lane.stop()
        for thread in (*self._lanes.values(), *self._provers.values()):
            thread.join()

    # -- inside -----------------------------------------------------------------------------------------------------
    def _open_batch(self, group: list[CopyJob]) -> Batch:
        files = [FileInFlight(job, {name: self._temporary() for name in job.lanes}) for job in group]
        self._on_intents([(name, temporary, f.job.file.path) for f in files for name, temporary in f.temporary.items()])
        return Batch(files, lanes_left=len(self._lanes))

    def _temporary(self) -> bytes:
        return f"{self._tag}-{secrets.token_hex(16)}".encode()

    def _read_batch(self, batch: Batch) -> None:
        for position, file in enumerate(batch.files):
            try:
                self._read_file(file)
            except CardGone:
                for later in batch.files[position:]:
                    later.problem = later.problem or "the card was removed"
                raise

    def _close_batch(self, batch: Batch) -> None:
        for lane in self._lanes.values():
            lane.flush(batch)

    def _read_file(self, file: FileInFlight) -> None:
        lanes = [self._lanes[name] for name in sorted(file.job.lanes)]
        for lane in lanes:
            lane.begin(file)
        try:
            self._pump(file, lanes)
        except OSError as error:
            file.problem = error.strerror or str(error)
            if not self._opener.alive():
                raise CardGone("The card was removed", hint="Plug it in again and run the same command") from error
        finally:
            for lane in lanes:
                lane.end(file)

    def _pump(self, file: FileInFlight, lanes: list[Lane]) -> None:
        content, size = xxhash.xxh3_128(), 0
        fd = self._opener.open(file.job.file.path)
        try:
            info = os.fstat(fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_SEQUENTIAL)
            while True:
                piece = self._ring.take(self._tick)
                try:
                    count = os.readv(fd, [piece.memory])
                except BaseException:
                    piece.share(0, 0)
                    raise
                data = memoryview(piece.memory)[:count]
                if size < HEAD:
                    file.head = xxhash.xxh3_128_digest(bytes(data[:HEAD])) if size == 0 else file.head
                content.update(
                    data
                )  # before the writers see it: hash and copies can only differ by a fault behind here
                piece.share(count, len(lanes) if count else 0)
                if count == 0:
                    break
                for lane in lanes:
                    lane.piece(piece)
                size += count
                self._read += count
                self._tick()
            after = os.fstat(fd)
        finally:
            os.close(fd)
        listed = (file.job.file.size, file.job.file.mtime_ns)
        file.changed = (size, info.st_mtime_ns) != listed or (after.st_size, after.st_mtime_ns) != listed
        file.xxh128, file.read_at = content.digest(), time.time()

    def _tick(self) -> None:
        now = time.monotonic()
        if now - self._read_since_tick >= 0.1:
            self._read_since_tick = now
            self._tick_face(self.progress())

    def _next_done(self) -> list[CopyOutcome]:
        while True:
            try:
                batch = self._done.get(timeout=0.1)
            except queue.Empty:
                self._tick()
                continue
            self._tick_face(self.progress())
            return self._outcomes(batch)

    def _outcomes(self, batch: Batch) -> list[CopyOutcome]:
        for file in batch.files:
            if not file.sha1 and not file.problem and not file.changed:
                self._take_sha1(file)
        return [file.outcome() for file in batch.files]

    def _take_sha1(self, file: FileInFlight) -> None:
        """The destination that was to take the SHA-1 failed: take it from another one's copy, read back once more."""
        for name, result in sorted(file.results.items()):
            if result.failure is None:
                prover = self._provers[name]
                file.results[name], file.sha1 = sha1_of_copy(prover.place, result, file.job.file.size)
                if file.sha1:
                    return
