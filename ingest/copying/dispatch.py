"""What the workers are told about a batch: its files, its end, its names. The same for the card and for a feed."""

from collections.abc import Callable, Mapping

from ingest.copying.books import Books
from ingest.copying.flight import Batch
from ingest.copying.hand import Hand
from ingest.copying.parcels import Flush, Names, Order, OrderedFile


class Dispatch:
    """tag begins every temporary name. lose: told of a destination that has ended, once a batch is out of its hands."""

    def __init__(self, books: Books, hands: Mapping[str, Hand], tag: str, lose: Callable[[str], None]) -> None:
        self._books = books
        self._hands = hands
        self._tag = tag
        self._lose = lose
        self._names: dict[bytes, bytes] | None = None

    def order(self, batch: Batch) -> None:
        """Announce an open batch; one destination of each file is asked for its SHA-1, unless it is known."""
        ordered: dict[str, list[OrderedFile]] = {name: [] for name in batch.waiting}
        for number, file in enumerate(batch.files):
            sha1_by = self._books.takes_sha1(file) if not file.is_fed else ""
            listed, own = file.job.file, f"{self._tag}-{batch.number:x}-{number:x}".encode()
            for name in file.lanes:
                temporary = file.temporary.setdefault(name, own)
                ordered[name].append(
                    OrderedFile(number, temporary, listed.size, listed.mtime_ns, name == sha1_by, file.start)
                )
        for name, items in ordered.items():
            self._hands[name].send(Order(batch.number, tuple(items)))

    def flush(self, batch: Batch) -> None:
        """Nothing more comes for this batch. Destinations that ended before are answered for from here on."""
        with self._books.lock:
            batch.is_flushed = True
            for name in sorted(batch.waiting):  # a copy: a worker found dead here leaves the batch
                self._hands[name].send(Flush(batch.number))
            self._send_names(batch)
        for name, hand in self._hands.items():
            if hand.is_gone:
                self._lose(name)

    def forget_names(self) -> None:
        """Another plan is to be made."""
        with self._books.lock:
            self._names = None

    def name(self, paths: dict[bytes, bytes]) -> None:
        """The plan is made: card path -> name below each destination's root. Each is taken out when it is given."""
        with self._books.lock:
            self._names = paths
            for batch in list(self._books.open.values()):
                if batch.is_flushed:
                    self._send_names(batch)

    def _send_names(self, batch: Batch) -> None:
        if batch.is_named or (self._names is None and not batch.is_feed):
            return
        batch.is_named = True
        paths = {}
        for number, file in enumerate(batch.files):
            if file.path is None:
                file.path = (self._names or {}).pop(file.job.file.path, None)
            if file.path is not None:
                paths[number] = file.path
        for name in sorted(batch.waiting):
            self._hands[name].send(Names(batch.number, paths))
