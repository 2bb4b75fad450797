"""The engine's books: open batches, what each destination owes, and who is to be fed. Locked, for several threads."""

import threading
from collections.abc import Callable, Iterable, Iterator

from ingest.copying.flight import Batch, FileInFlight
from ingest.copying.jobs import CopyJob, CopyResult, Failure
from ingest.copying.parcels import Done

BATCH_FILES = 256
BATCH_BYTES = 128 << 20


def batches(jobs: Iterable[CopyJob]) -> Iterator[list[CopyJob]]:
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


class Books:
    """What is open. settled: gets each batch that nobody owes anything any more, in the moment it is closed."""

    def __init__(self, settled: Callable[[Batch], None]) -> None:
        self._settled = settled
        self.lock = threading.RLock()
        self.open: dict[int, Batch] = {}
        self._next = 0
        self._sha1_bytes: dict[str, int] = {}

    def batch(self, files: list[FileInFlight], *, is_feed: bool = False) -> Batch:
        """Open a batch for the destinations of its files."""
        with self.lock:
            lanes = {name for file in files for name in file.lanes}
            batch = Batch(self._next, files, set(lanes), set(lanes), is_feed=is_feed)
            self._next += 1
            self.open[batch.number] = batch
            return batch

    def files(self) -> int:
        """Of all open batches."""
        with self.lock:
            return sum(len(batch.files) for batch in self.open.values())

    def owed(self, name: str) -> int:
        """Answers that a destination could give now: what waits for the card or for the plan is not its fault."""
        with self.lock:
            return sum(
                batch.is_flushed and (name in batch.unproved or (batch.is_named and name in batch.waiting))
                for batch in self.open.values()
            )

    def takes_sha1(self, file: FileInFlight) -> str:
        """The destination whose read-back takes the SHA-1 too: the one that was given the least of this work."""
        with self.lock:
            name = min(sorted(file.lanes), key=lambda lane: self._sha1_bytes.get(lane, 0), default="")
            self._sha1_bytes[name] = self._sha1_bytes.get(name, 0) + file.job.file.size + 1
            return name

    def proved(self, number: int, name: str) -> bool:
        """A destination has read the batch back; True when it was the last one and the batch came from the card."""
        with self.lock:
            batch = self.open.get(number)
            if batch is None or name not in batch.unproved:
                return False
            batch.unproved.discard(name)
            return not batch.unproved and not batch.is_feed

    def late(self) -> set[str]:
        """Who owes the read-back of the oldest batch from the card."""
        with self.lock:
            unproved = (b.unproved for b in self.open.values() if b.unproved and not b.is_feed)
            return set(next(unproved, set()))

    def done(self, name: str, answer: Done) -> None:
        """Enter a destination's results."""
        with self.lock:
            batch = self.open.get(answer.batch)
            if batch is None or name not in batch.waiting:
                return
            for number, result, sha1 in answer.results:
                file = batch.files[number]
                if name in file.lanes:
                    file.results[name] = result
                    file.sha1 = file.sha1 or sha1
            self._settle(batch, name, Failure.WRITE, "no answer")

    def lost(self, name: str, failure: Failure, detail: str) -> int:
        """A destination will answer no more. Gives for how many batches from the card it was the last to read back.

        What is not flushed yet is settled when it is: until then its files are not even known to be whole.
        """
        with self.lock:
            proved = 0
            for batch in list(self.open.values()):
                if name in batch.unproved:
                    batch.unproved.discard(name)
                    proved += not batch.unproved and not batch.is_feed
                if name in batch.waiting and batch.is_flushed:
                    self._settle(batch, name, failure, detail)
            return proved

    def drop_unflushed(self) -> None:
        """The reader has ended in the middle of a batch: it never happened."""
        with self.lock:
            for batch in list(self.open.values()):
                if not batch.is_flushed and not batch.is_feed:
                    del self.open[batch.number]

    def _settle(self, batch: Batch, name: str, failure: Failure, detail: str) -> None:
        """Whoever has not answered for a file has failed: silence must never look like a copy."""
        batch.waiting.discard(name)
        for file in batch.files:
            if name in file.lanes and name not in file.results:
                file.results[name] = CopyResult(file.path or b"", failure, detail)
        if not batch.waiting:
            self._settled(self.open.pop(batch.number))
