"""Going on in the middle of a large file: what was written before an interruption, and whether it can be built upon.

While a large file is read, each whole chunk's xxh128 goes into the ledger, taken of the card's bytes before any writer
saw them. A later session reads the partial file again and believes it as far as its chunks give these hashes: from
there on the card is read. The finished copy is still read back whole, so a wrong partial file can only cost time.
"""

import contextlib
from collections.abc import Callable

import xxhash

from ingest.copying.elsewhere import Elsewhere
from ingest.copying.jobs import CopyJob, Partial
from ingest.copying.source import HEAD
from ingest.errors import NoAnswer

RESUMED_FROM = 256 << 20
CHUNK = 64 << 20
_NEAR = 16  # chunks


class Resumed:
    """How far a file can be built upon. start: bytes, whole chunks; content: xxh128 fed with them.

    places: the destinations that hold at least so much of it.
    """

    def __init__(self) -> None:
        self.start = 0
        self.places: frozenset[str] = frozenset()
        self.content = xxhash.xxh3_128()
        self.head = b""

    def take(self, read: Callable[[int], memoryview], chunks: tuple[bytes, ...]) -> None:
        """Believe a partial file for as long as its chunks are the card's. read: its next bytes from an offset."""
        for wanted in chunks:
            chunk = self._chunk(read)
            if chunk is None or xxhash.xxh3_128_digest(chunk) != wanted:
                return
            self.head = self.head or xxhash.xxh3_128_digest(chunk[:HEAD])
            self.content.update(chunk)
            self.start += CHUNK

    def _chunk(self, read: Callable[[int], memoryview]) -> bytearray | None:
        """The next whole chunk; None when the file ends before."""
        chunk = bytearray()
        while len(chunk) < CHUNK:
            piece = read(self.start + len(chunk))
            if not piece:
                return None
            chunk += piece[: CHUNK - len(chunk)]
        return chunk


def resumed(job: CopyJob, elsewhere: Elsewhere, go_on: Callable[[], None] = lambda: None) -> Resumed:
    """How far the partial files go together; nothing is no error.

    Those that were only a little behind when it ended are waited for, the card gives that much again. One that is far
    behind is left out: it will be fed. Only one of them is read here, the others are by their proof. go_on: asked
    before each piece, since reading so much takes minutes; it may raise to give up.
    """
    chunks = {partial: _whole_chunks(partial, elsewhere) for partial in job.partials}
    most = min(max(chunks.values(), default=0), len(job.chunks))
    near = {partial: count for partial, count in chunks.items() if count >= max(1, most - _NEAR)}
    together = min([most, *near.values()])
    best = Resumed()
    for partial in near:
        found = _read(partial, job.chunks[:together], elsewhere, go_on)
        if found.start > best.start:
            best = found
        if best.start == together * CHUNK:
            break
    best.places = frozenset(partial.place for partial, count in near.items() if count * CHUNK >= best.start)
    return best


def _whole_chunks(partial: Partial, elsewhere: Elsewhere) -> int:
    try:
        return elsewhere.size(partial.place, partial.path) // CHUNK
    except (OSError, NoAnswer):
        return 0


def _read(partial: Partial, chunks: tuple[bytes, ...], elsewhere: Elsewhere, go_on: Callable[[], None]) -> Resumed:
    def piece(offset: int) -> memoryview:
        go_on()
        return elsewhere.piece(partial.place, partial.path, offset)

    found = Resumed()
    with contextlib.suppress(OSError, NoAnswer):  # what could be read of it counts
        found.take(piece, chunks)
    return found


def is_worth_keeping(size: int) -> bool:
    """Whether so many bytes of a large file hold a chunk that a later session can go on behind."""
    return size >= CHUNK


class Chunks:
    """Hashes the chunks of a large file as it is read. tell: (number, xxh128) of each that is whole."""

    def __init__(self, start: int, tell: Callable[[int, bytes], None]) -> None:
        self._content = xxhash.xxh3_128()
        self._at = start
        self._tell = tell

    def take(self, data: memoryview) -> None:
        """The next bytes of the file."""
        while data:
            room = CHUNK - self._at % CHUNK
            piece, data = data[:room], data[room:]
            self._content.update(piece)
            self._at += len(piece)
            if self._at % CHUNK == 0:
                self._tell(self._at // CHUNK - 1, self._content.digest())
                self._content = xxhash.xxh3_128()
