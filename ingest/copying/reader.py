"""The reader: takes the card's files once, in order, into the ring's buffers, and tells the workers what lies where.

Small files share a buffer, so that a card of thousands costs few messages. The hash is taken of the buffer before any
writer is told of it: hash and copies can only differ by a fault behind this point.
"""

import functools
import os
import sys
import time
from collections.abc import Callable, Mapping, Set

import xxhash

from ingest.copying.flight import Batch, FileInFlight
from ingest.copying.hand import Hand
from ingest.copying.parcels import DISCARD, PARTIAL, Data, Run
from ingest.copying.resume import RESUMED_FROM, Chunks, is_worth_keeping
from ingest.copying.ring import Ring
from ingest.copying.source import HEAD
from ingest.disk.folders import FileOpener
from ingest.disk.times import mtime_of
from ingest.errors import CardGone

# Seconds after which a waiting thread gets Python's lock. The reader gives it up five times a file, and each time the
# session's thread, busy with plan and ledger, would keep it for the usual 5 ms: ten times as long as reading takes.
_PATIENCE_OF_THREADS = 0.0005


class StoppedError(Exception):
    """The session ends; nothing more is read."""


class Reader:
    """Reads batches, from one thread. read: bytes so far.

    waiting: told the seconds without a free buffer; raises StoppedError to give up. worked: told the seconds between,
    and the buffers taken. live: of these destinations, those that may have live bytes now. on_chunk: (file, number of
    the chunk, xxh128) of a large file; where nobody keeps them, a file that did not come whole is not kept either.
    """

    def __init__(
        self,
        opener: FileOpener,
        ring: Ring,
        hands: Mapping[str, Hand],
        *,
        waiting: Callable[[float], None],
        worked: Callable[[float, int], None],
        live: Callable[[Set[str]], Set[str]],
        on_chunk: Callable[[FileInFlight, int, bytes], None] | None,
    ) -> None:
        self.read = 0
        self._opener = opener
        self._ring = ring
        self._hands = hands
        self._waiting = waiting
        self._worked = worked
        self._live = live
        self._on_chunk = on_chunk
        self._batch = 0
        self._buffer = -1
        self._used = 0
        self._runs: dict[str, list[Run]] = {}
        self._since = time.monotonic()
        sys.setswitchinterval(_PATIENCE_OF_THREADS)

    def read_batch(self, batch: Batch) -> None:
        """Read all files of a batch; what the card gave is in each file afterwards.

        Raises:
            CardGone: the card was removed; the files that were not read have that as their problem.
            StoppedError: as `waiting` raised it.
        """
        self._batch = batch.number
        try:
            for number, file in enumerate(batch.files):
                self._read_file(file, number)
        except CardGone:
            for later in batch.files[number:]:
                later.problem = later.problem or "the card was removed"
            raise
        finally:
            self._hand_over()

    # -- one file ---------------------------------------------------------------------------------------------------
    def _read_file(self, file: FileInFlight, number: int) -> None:
        end: bytes | None = None
        before = self.read
        try:
            end = self._pump(file, number)
        except OSError as error:
            file.problem = error.strerror or str(error)
            if not self._opener.alive():
                raise CardGone("The card was removed", hint="Plug it in again and run the same command") from error
            end = DISCARD
        finally:
            whole = self._unfinished(file, file.start + self.read - before) if end is None else end
            self._end(file, number, whole)

    def _unfinished(self, file: FileInFlight, size: int) -> bytes:
        """The end of a file of which the card gave no more: without a chunk that is told nobody would find it again."""
        is_resumable = self._on_chunk and file.job.file.size >= RESUMED_FROM and is_worth_keeping(size)
        return PARTIAL if is_resumable else DISCARD

    def _pump(self, file: FileInFlight, number: int) -> bytes:
        """Read the file's bytes; gives the digest that ends it."""
        listed, size = file.job.file, file.start
        content = file.content or xxhash.xxh3_128()
        chunks = self._chunks(file)
        fd = self._opener.open(listed.path)
        try:
            if size:
                os.lseek(fd, size, os.SEEK_SET)
            if listed.size > self._ring.size:
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_SEQUENTIAL)
            while True:
                room = self._room(listed.size - size + 1)
                self._divert(file, number)
                count = os.readv(fd, [room])
                data = room[:count]
                if size == 0:
                    file.head = xxhash.xxh3_128_digest(data[:HEAD])
                content.update(data)
                if chunks:
                    chunks.take(data)
                self._add(file, number, count)
                size += count
                if count == 0 or (size >= listed.size and count < len(room)):
                    break
            after = os.fstat(fd)
        finally:
            os.close(fd)
        file.changed = (size, after.st_size, mtime_of(after)) != (listed.size, listed.size, listed.mtime_ns)
        file.xxh128, file.read_at = content.digest(), time.time()
        return DISCARD if file.changed else file.xxh128

    def _chunks(self, file: FileInFlight) -> Chunks | None:
        if self._on_chunk is None or file.job.file.size < RESUMED_FROM:
            return None
        return Chunks(file.start, functools.partial(self._on_chunk, file))

    def _divert(self, file: FileInFlight, number: int) -> None:
        """Destinations that hold the reader up get the rest, and this file again, from a proven copy."""
        slow = file.lanes - self._live(file.lanes)
        for name in slow:
            self._runs.setdefault(name, []).append(Run(number, 0, 0, DISCARD))
        if slow:  # else the sets stay those that its batch shares
            file.lanes -= slow
            file.later |= slow

    # -- buffers ----------------------------------------------------------------------------------------------------
    def _room(self, wanted: int) -> memoryview:
        """Where the next bytes go: all that is wanted if one buffer can hold it."""
        wanted = min(max(wanted, 1), self._ring.size)
        if self._buffer >= 0 and self._ring.size - self._used < wanted:
            self._hand_over()
        if self._buffer < 0:
            self._worked(time.monotonic() - self._since, 1)
            self._buffer, self._used = self._ring.take(self._waiting), 0
            self._since = time.monotonic()
        return self._ring.view(self._buffer)[self._used : self._used + wanted]

    def _add(self, file: FileInFlight, number: int, count: int) -> None:
        if count:
            for name in file.lanes:
                self._runs.setdefault(name, []).append(Run(number, self._used, count, None))
            self._used += count
            self.read += count

    def _end(self, file: FileInFlight, number: int, end: bytes) -> None:
        for name in file.lanes:
            runs = self._runs.setdefault(name, [])
            if runs and runs[-1].number == number and runs[-1].end is None:
                runs[-1] = runs[-1]._replace(end=end)
            else:
                runs.append(Run(number, 0, 0, end))

    def _hand_over(self) -> None:
        """Tell the destinations what lies in the buffer; without bytes for anyone it stays in hand."""
        parcels, self._runs = self._runs, {}
        owners = {name for name, runs in parcels.items() if any(run.length for run in runs)}
        buffer = self._buffer
        if owners or self._used:
            self._ring.share(buffer, owners)
            self._buffer, self._used = -1, 0
        for name, runs in parcels.items():
            self._hands[name].send(Data(self._batch, buffer if name in owners else -1, tuple(runs)))
            if self._hands[name].is_gone:
                self._ring.release(buffer, name)
