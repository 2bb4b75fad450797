"""What travels between the reader's process and the worker of a destination: small tuples, never the bytes.

Towards the worker, in this order for each batch: Order, then Data and Feed, then Flush; Names whenever the plan is
made; Stop at the end. Back: Free for each buffer, Proved and Done once for each batch, Closed at the end.
"""

from typing import NamedTuple

from ingest.copying.jobs import CopyResult

DISCARD = b""  # as the end of a file: throw it away
PARTIAL = b"partial"  # as the end of a file: the card gave no more, keep what there is for another session


class OrderedFile(NamedTuple):
    """A file of a batch. number: within the batch. start: bytes that its temporary file holds already (resumed).

    wants_sha1: its read-back also takes the SHA-1.
    """

    number: int
    temporary: bytes
    size: int
    mtime_ns: int
    wants_sha1: bool
    start: int = 0


class Order(NamedTuple):
    """The files of a batch that this destination gets."""

    batch: int
    files: tuple[OrderedFile, ...]


class Run(NamedTuple):
    """A piece of a file in a buffer. end: the xxh128 of the whole content with the last piece, None before it.

    DISCARD and PARTIAL end a file that did not come whole.
    """

    number: int
    start: int
    length: int
    end: bytes | None


class Data(NamedTuple):
    """A filled buffer (-1: none, the runs are empty)."""

    batch: int
    buffer: int
    runs: tuple[Run, ...]


class Feed(NamedTuple):
    """Take this file's bytes from a proven copy. sources: (destination, absolute path), tried in turn."""

    batch: int
    number: int
    xxh128: bytes
    sources: tuple[tuple[str, bytes], ...]


class Flush(NamedTuple):
    """No more files for this batch: put the barrier behind it, then prove it."""

    batch: int


class Names(NamedTuple):
    """The names of a batch's files below the root, by number."""

    batch: int
    paths: dict[int, bytes]


class Stop(NamedTuple):
    """Finish the batches that were flushed and have their names, throw away the rest, and end."""


class Sha1(NamedTuple):
    """Read a published copy back once more for its SHA-1."""

    batch: int
    number: int
    result: CopyResult
    size: int


class Free(NamedTuple):
    """The worker is done with a buffer."""

    buffer: int


class Proved(NamedTuple):
    """Every file of the batch was read back; names may still be awaited."""

    batch: int


class Done(NamedTuple):
    """What became of a batch: (number, result, sha1 or b"")."""

    batch: int
    results: tuple[tuple[int, CopyResult, bytes], ...]


class Sha1Taken(NamedTuple):
    """The answer to Sha1."""

    batch: int
    number: int
    result: CopyResult
    sha1: bytes


class Dead(NamedTuple):
    """This destination takes no more, with the reason."""

    failure: str
    detail: str


class Closed(NamedTuple):
    """The worker has ended."""
