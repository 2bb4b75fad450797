"""What a worker holds of a batch: its files between their first byte and their name. Shared by its two threads."""

from dataclasses import dataclass, field

from ingest.copying.jobs import CopyResult, Failure
from ingest.copying.parcels import OrderedFile


@dataclass(slots=True)
class HeldFile:
    """One file at this destination. fd: while it is written. xxh128: of the content, b"" until it is known.

    written: bytes so far; sent: those that are on their way to the medium.
    """

    ordered: OrderedFile
    fd: int = -1
    written: int = 0
    sent: int = 0
    xxh128: bytes = b""
    sha1: bytes = b""
    result: CopyResult | None = None

    @property
    def name(self) -> bytes:
        """Of the temporary file, in the staging folder."""
        return self.ordered.temporary

    def fail(self, failure: Failure, detail: str, *, source: str = "") -> None:
        """It will not come to be; the first reason stays."""
        if self.result is None or self.result.failure is None:
            self.result = CopyResult(b"", failure, detail, source=source)


@dataclass(slots=True)
class HeldBatch:
    """The files of a batch by number. durable: those behind a barrier that did not fail. paths: None until named."""

    number: int
    files: dict[int, HeldFile]
    durable: list[HeldFile] = field(default_factory=list)
    paths: dict[int, bytes] | None = None


class Counters:
    """Numbers that a worker writes and the reader's process reads: shared memory, one 64-bit cell each.

    copied, proven: bytes; files: proven ones; writing, proving: signs of life, which only have to change. idle: ns in
    which the writer had nothing to do; idle_since: when that began, by the clock of `time.monotonic_ns`, 0 for not now.
    """

    CELLS = 7

    def __init__(self, cells: memoryview) -> None:
        self._cells = cells

    def add(self, cell: int, count: int) -> None:
        """Each cell is written by one thread alone."""
        self._cells[cell] += count

    def get(self, cell: int) -> int:
        """As it is now."""
        return int(self._cells[cell])

    def put(self, cell: int, value: int) -> None:
        """As `add`."""
        self._cells[cell] = value

    def signs(self) -> tuple[int, ...]:
        """All that moves while work is done; two equal answers say that none was done between them."""
        return tuple(self._cells[:IDLE])

    def idle(self, now_ns: int) -> float:
        """Seconds in which the writer had nothing to do, with the present ones."""
        since = self.get(IDLE_SINCE)
        return (self.get(IDLE) + (max(0, now_ns - since) if since else 0)) / 1e9


COPIED, PROVEN, FILES, WRITING, PROVING, IDLE, IDLE_SINCE = range(Counters.CELLS)
