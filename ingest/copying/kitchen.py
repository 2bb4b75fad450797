"""Feeding: destinations that fell behind, or came late, get their files from a proven copy, batch by batch."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from ingest.copying.books import BATCH_BYTES, BATCH_FILES, Books
from ingest.copying.dispatch import Dispatch
from ingest.copying.flight import Batch, FileInFlight
from ingest.copying.hand import Hand
from ingest.copying.jobs import CopyJob, CopyResult, Failure, Source
from ingest.copying.parcels import Feed
from ingest.model.names import join

_OUT = 2  # batches that a destination is fed at a time


class Kitchen:
    """What is to be fed to whom, safe from several threads.

    settled: gets batches that nobody can be asked for.
    """

    def __init__(
        self,
        books: Books,
        hands: Mapping[str, Hand],
        dispatch: Dispatch,
        settled: Callable[[Batch], None],
    ) -> None:
        self._settled = settled
        self._books = books
        self._hands = hands
        self._dispatch = dispatch
        self._hungry: dict[str, deque[FileInFlight]] = {name: deque() for name in hands}
        self._out = dict.fromkeys(hands, 0)

    @property
    def is_busy(self) -> bool:
        """Something waits to be fed."""
        return any(self._hungry.values())

    def behind(self) -> frozenset[str]:
        """Destinations that are being fed, or wait for it: live bytes would only make them later."""
        return frozenset(name for name, files in self._hungry.items() if files or self._out[name])

    def feeding(self) -> tuple[str, ...]:
        """Those, for people."""
        return tuple(sorted(self.behind()))

    def feed(self, jobs: Iterable[CopyJob]) -> None:
        """Files that each of their destinations gets from a copy that is proven elsewhere."""
        with self._books.lock:
            for job in jobs:
                for name in sorted(job.lanes):
                    self._hungry[name].append(_fed(job, name))

    def after(self, batch: Batch) -> None:
        """A batch is settled: whoever was left out of it can be fed from its copies now."""
        with self._books.lock:
            if batch.is_feed:
                for name in {name for file in batch.files for name in file.lanes}:
                    self._out[name] -= 1
            for file in batch.files:
                self._put_off(file)
        self.serve()

    def _put_off(self, file: FileInFlight) -> None:
        if not file.later or file.problem or file.changed:
            return
        sources = tuple(
            Source(name, join(self._hands[name].place.place.root, result.path))
            for name, result in sorted(file.results.items(), key=lambda item: self._hands[item[0]].place.place.kind)
            if result.failure is None
        )
        for name in sorted(file.later):
            if sources and file.sha1:
                self._hungry[name].append(_meal(file, name, sources))
            else:
                file.lanes |= {name}
                file.results[name] = CopyResult(file.path or b"", Failure.SOURCE, "there is no proven copy to take")
        file.later = frozenset()

    def serve(self) -> None:
        """Send what can be sent. A feed has its names: its files are published elsewhere already."""
        for name in self._hands:
            while batch := self._next(name):
                self._dispatch.order(batch)
                for number, file in enumerate(batch.files):
                    sources = tuple((source.place, source.path) for source in file.sources)
                    self._hands[name].send(Feed(batch.number, number, file.xxh128, sources))
                self._dispatch.flush(batch)

    def _next(self, name: str) -> Batch | None:
        with self._books.lock:
            if self._hands[name].is_gone:
                self._refuse(name)
            files: list[FileInFlight] = []
            waiting = self._hungry[name]
            if self._out[name] >= _OUT:
                return None
            size = 0
            while waiting and waiting[0].path is not None and len(files) < BATCH_FILES and size < BATCH_BYTES:
                file = waiting.popleft()
                size += file.job.file.size
                files.append(file)
            if not files:
                return None
            self._out[name] += 1
            return self._books.batch(files, is_feed=True)

    def _refuse(self, name: str) -> None:
        """The destination has ended: what it was to be fed has failed."""
        failure, detail = self._hands[name].dead or (Failure.GONE, "it ended")
        files, self._hungry[name] = list(self._hungry[name]), deque()
        for file in files:
            file.results[name] = CopyResult(file.path or b"", failure, detail)
        if files:
            self._settled(Batch(-1, files, set(), set(), is_flushed=True, is_named=True))


def _meal(file: FileInFlight, name: str, sources: tuple[Source, ...]) -> FileInFlight:
    """The same file on its way from its proven copies to one more destination."""
    return FileInFlight(
        file.job,
        frozenset({name}),
        xxh128=file.xxh128,
        head=file.head,
        sha1=file.sha1,
        path=file.path,
        is_fed=True,
        sources=sources,
    )


def _fed(job: CopyJob, name: str) -> FileInFlight:
    """A file that a destination gets from a proven copy."""
    digest = job.digest
    return FileInFlight(
        job,
        frozenset({name}),
        xxh128=digest.xxh128 if digest else b"",
        sha1=digest.sha1 if digest else b"",
        path=job.path,
        is_fed=True,
        sources=job.sources,
    )
