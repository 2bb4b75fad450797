"""Reading card files without copying them: content of what may be safe already, and the second read."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import xxhash

from ingest.disk.folders import FileOpener
from ingest.disk.readback import CHUNK, Buffer, read_around_cache
from ingest.disk.times import mtime_of
from ingest.errors import CardGone
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method, SourceRead

HEAD = 64 << 10


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What one read of a card file gave. problem: "" or why it could not be read; changed: not what was listed."""

    read: SourceRead | None
    digest: Digest | None = None
    problem: str = ""
    changed: bool = False


def head_of(opener: FileOpener, path: bytes) -> bytes:
    """xxh3-128 of the first 64 KiB: the filter for "may be safe already"; never a proof."""
    fd = opener.open(path)
    try:
        return xxhash.xxh3_128_digest(os.pread(fd, HEAD, 0))
    finally:
        os.close(fd)


def first_read(opener: FileOpener, file: CardFile, tick: Callable[[int], None]) -> SourceAnswer:
    """Read a file that may be safe already: its whole content by xxh128 and sha1. tick gets the bytes of each step."""
    import hashlib  # with OpenSSL, which `check` does not need

    content, sha1, size = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False), 0
    try:
        fd = opener.open(file.path)
        try:
            mtime_ns = mtime_of(os.fstat(fd))
            while data := os.read(fd, CHUNK):
                content.update(data)
                sha1.update(data)
                size += len(data)
                tick(len(data))
        finally:
            os.close(fd)
    except OSError as error:
        return _failed(opener, error)
    changed = (size, mtime_ns) != (file.size, file.mtime_ns)
    read = SourceRead(1, content.digest(), Method.CACHED, time.time())
    return SourceAnswer(read, Digest(size, content.digest(), sha1.digest()), changed=changed)


def second_read(
    opener: FileOpener,
    file: CardFile,
    buffer: Buffer,
    ceiling: Method | None,
    nth: int,
    tick: Callable[[int], None] = lambda _: None,
) -> SourceAnswer:
    """Read a card file again, around the cache: nothing else finds a wrong answer that card or reader gave once.

    tick gets the bytes of each step.
    """
    content = xxhash.xxh3_128()
    try:
        fd = opener.open(file.path)
        try:
            back = read_around_cache(fd, (content.update, lambda piece: tick(len(piece))), buffer, ceiling)
        finally:
            os.close(fd)
    except OSError as error:
        return _failed(opener, error)
    changed = (back.size, back.mtime_ns) != (file.size, file.mtime_ns)
    return SourceAnswer(SourceRead(nth, content.digest(), back.method, time.time()), changed=changed)


def _failed(opener: FileOpener, error: OSError) -> SourceAnswer:
    if not opener.alive():
        raise CardGone("The card was removed", hint="Plug it in again and run the same command") from error
    return SourceAnswer(None, problem=error.strerror or str(error))
