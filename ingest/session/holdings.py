"""Where a recovery takes everything from: a bucket here, a folder in `folder_holding`. Names there are untrusted."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Protocol

from ingest.care.restore import RestoreReport, Sink, Wanted, restore
from ingest.cloud.age import ENDING
from ingest.cloud.errors import CloudRefused, CloudUnreachable, Interrupted
from ingest.cloud.naming import object_key
from ingest.cloud.store import Store, StoredObject
from ingest.errors import CareFailed, CloudError, DestinationError
from ingest.ledger.recovering import InBucket
from ingest.plan.recovery import Lying, path_of_key

_LOOK = 0.1  # seconds
_SMALL = 64 << 20  # bytes of what is read whole

Tick = Callable[[int], None]


class Holding(Protocol):
    """One place that holds an archive. name: for people. marker: of the destination that it is, "" for none."""

    name: str
    marker: str

    def look(self) -> list[Lying]:
        """All that lies there, in every version."""
        ...

    def read(self, item: Lying) -> bytes:
        """A small one, whole; proven where its SHA-1 is told."""
        ...

    def fetch(self, item: Lying, path: Path) -> None:
        """As a new file of this computer; proven where its SHA-1 is told."""
        ...

    def bring(self, wanted: Sequence[tuple[Wanted, Lying]], target: bytes, tick: Tick) -> RestoreReport:
        """Each below `target`, as `care.restore.restore` does."""
        ...

    @property
    def gone(self) -> CloudError | DestinationError | None:
        """Why it gives nothing any more; None while it does."""
        ...


class BucketHolding:
    """A bucket below a prefix. parallel: files under way at once.

    is_sealed: what the ledger tells nothing of is encrypted, and its name ends as such.
    """

    marker = ""

    def __init__(self, store: Store, prefix: str, parallel: int = 1, *, is_sealed: bool = False) -> None:
        self._store, self._parallel, self._is_sealed = store, parallel, is_sealed
        self.name = store.name
        self._head = object_key(prefix, b"x").removesuffix("x")
        self.gone: CloudError | DestinationError | None = None

    def look(self) -> list[Lying]:
        """Also what was hidden or covered by a newer version: hiding is not losing."""
        return [
            self._lying(each)
            for each in self._store.list(self._head, every_version=True)
            if each.key.startswith(self._head) and each.key != self._head
        ]

    def _lying(self, each: StoredObject) -> Lying:
        below, size, sha1 = each.key.removeprefix(self._head), each.size, each.sha1
        if self._is_sealed and below.endswith(ENDING):  # what the ledger knows comes under the name that it has here
            below, size, sha1 = below.removesuffix(ENDING), -1, ""
        name = each.key.encode("utf-8", "surrogateescape")
        return Lying(path_of_key(below), name, size, sha1, each.uploaded_at, each.file_id)

    def visible(self) -> list[InBucket]:
        """What an ordinary listing shows."""
        found = (each for each in self._store.list(self._head) if each.key.startswith(self._head))
        return [InBucket(each.key, each.size, each.sha1, each.file_id, each.verified) for each in found]

    def read(self, item: Lying) -> bytes:
        """See `Holding.read`."""
        return whole(item, lambda sink: self._get(item, sink))

    def fetch(self, item: Lying, path: Path) -> None:
        """See `Holding.fetch`."""
        to_file(item, path, lambda sink: self._get(item, sink))

    def bring(self, wanted: Sequence[tuple[Wanted, Lying]], target: bytes, tick: Tick) -> RestoreReport:
        """See `Holding.bring`. Once the bucket is out of reach, nothing else is asked for."""
        items = [item for _, item in wanted]
        left = [located(self.name, each, b"%d" % number) for number, (each, _) in enumerate(wanted)]
        source, untouched, done = _Numbered(self.name, items, self._careful), list[Wanted](), list[int]()

        def while_it_gives(some: Sequence[Wanted]) -> Iterator[Wanted]:
            for each in some:
                if self.gone:
                    untouched.append(each)
                else:
                    yield each

        def bring(nth: int) -> RestoreReport:
            return restore(while_it_gives(left[nth :: self._parallel]), [source], target, done.append)

        report = RestoreReport()
        try:
            for found in _side_by_side(bring, self._parallel, lambda: tick(_taken(done))):
                report.add(found)
                report.failed |= found.failed
        except BaseException:
            self.gone = self.gone or Interrupted("Stopped")  # the threads end with their next block
            raise
        report.failed |= {each.path: self.gone.message for each in untouched if self.gone}
        return report

    def _careful(self, item: Lying, sink: Sink) -> None:
        def take(data: bytes | memoryview) -> None:
            if isinstance(self.gone, Interrupted):
                raise self.gone
            sink(data)

        try:
            self._get(item, take)
        except (CloudRefused, CloudUnreachable) as error:
            self.gone = error
            raise

    def _get(self, item: Lying, sink: Sink) -> None:
        self._store.get(item.name.decode("utf-8", "surrogateescape"), sink, file_id=item.file_id)


def _side_by_side(
    work: Callable[[int], RestoreReport], count: int, tick: Callable[[], object]
) -> Iterator[RestoreReport]:
    """What `count` calls answer, each in a thread that nobody waits for when this one is interrupted."""
    futures: list[Future[RestoreReport]] = [Future() for _ in range(count)]

    def fill(nth: int) -> None:
        try:
            futures[nth].set_result(work(nth))
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            futures[nth].set_exception(error)

    for nth in range(count):
        threading.Thread(target=fill, args=(nth,), name="recovery", daemon=True).start()
    while wait(futures, timeout=_LOOK).not_done:
        tick()
    tick()
    yield from (future.result() for future in futures)


def _taken(done: list[int]) -> int:
    """The sum of what others append to it meanwhile; it is empty then."""
    count = len(done)
    total = sum(done[:count])
    del done[:count]
    return total


class _Numbered:
    """A source of `restore` whose locations are numbers: several versions may have one name."""

    def __init__(self, name: str, items: Sequence[Lying], get: Callable[[Lying, Sink], None]) -> None:
        self.name, self._items, self._get = name, items, get

    def fetch(self, wanted: Wanted, sink: Sink) -> None:
        self._get(self._items[int(wanted.locations[self.name])], sink)


def located(name: str, wanted: Wanted, location: bytes) -> Wanted:
    """With where it lies at the one source that there is."""
    return Wanted(wanted.path, wanted.digest, wanted.mtime_ns, {name: location})


def whole(item: Lying, feed: Callable[[Sink], None]) -> bytes:
    """A small one, as `feed` gives it. Raises CareFailed where it is not what was told of it."""
    data = bytearray()

    def take(piece: bytes | memoryview) -> None:
        data.extend(piece)
        if len(data) > _SMALL:
            raise CareFailed("It is far larger than such a file is", path=item.name.decode("utf-8", "replace"))

    feed(take)
    _agree(item, len(data), hashlib.sha1(data, usedforsecurity=False).hexdigest())
    return bytes(data)


def to_file(item: Lying, path: Path, feed: Callable[[Sink], None]) -> None:
    """As a new file of its owner's alone. Raises CareFailed as `whole` does."""
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:

        def take(piece: bytes | memoryview) -> None:
            nonlocal size
            file.write(piece)
            digest.update(piece)
            size += len(piece)

        feed(take)
    _agree(item, size, digest.hexdigest())


def _agree(item: Lying, size: int, sha1: str) -> None:
    if size != item.size >= 0 or item.sha1 not in ("", sha1):
        raise CareFailed("It came with other bytes than lie there", path=item.name.decode("utf-8", "replace"))
