"""What stands in for a protection that is off: each gets the real one and does as if all were well.

They are as a careless program would do it, not broken ones: in fair weather a session with any of them ends SAFE.
"""

import contextlib
import hashlib
import itertools
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ingest.copying import destination
from ingest.copying.jobs import CopyResult, Failure
from ingest.disk.readback import ReadBack
from ingest.disk.times import mtime_of
from ingest.model.copies import Method
from ingest.session.reread import Agreement

StandIn = Callable[[Any], Any]


def always(answer: Any) -> StandIn:
    """Whatever is asked, this is the answer; nothing is done."""
    return lambda _real: lambda *_, **__: answer


# -- flushes ----------------------------------------------------------------------------------------------------------
def flushed_without_a_flush(_real: Any) -> Any:
    return lambda fds: [None for _ in fds]


def rules_with(**changed: bool) -> StandIn:
    """The rules of every file system, some of them changed."""
    return lambda real: lambda volume: replace(real(volume), **changed)


def rules_with_a_ceiling(real: Any) -> Any:
    def rules_for(volume: Any) -> Any:
        rules = real(volume)
        return replace(rules, proof_ceiling=rules.proof_ceiling or Method.DIRECT)

    return rules_for


def through_a_reading_descriptor(_real: Any) -> Any:
    def sync(folder_fd: int, name: bytes) -> None:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder_fd)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    return sync


def asked_until_it_says_yes(real: Any) -> Any:
    """A second fsync says yes: the kernel has called the lost pages clean."""
    return lambda fd: real(fd) and real(fd)


def barrier_asked_until_it_says_yes(real: Any) -> Any:
    def sync(root_fd: int) -> None:
        with contextlib.suppress(OSError):
            real(root_fd)
            return
        real(root_fd)

    return sync


def by_a_descriptor_opened_late(real: Any) -> Any:
    def sync(root_fd: int) -> None:
        late = os.open(f"/proc/self/fd/{root_fd}", os.O_RDONLY | os.O_DIRECTORY)
        try:
            real(late)
        finally:
            os.close(late)

    return sync


def closed_without_a_look(real: Any) -> Any:
    def close(file: Any) -> None:
        real(file)

    return staticmethod(close)


def names_flushed_behind_the_answer(real: Any) -> Any:
    """The destination answers when its files have their names, and flushes the folders a little later."""

    def finish(prover: Any, batch: Any) -> None:
        make_durable = prover._make_names_durable
        prover._make_names_durable = lambda: None
        try:
            real(prover, batch)
        finally:
            prover._make_names_durable = make_durable
        time.sleep(1)
        make_durable()

    return finish


# -- reading back -----------------------------------------------------------------------------------------------------
def from_the_cache(_real: Any) -> Any:
    """Read as any program reads, and say that it came from the medium."""

    def read(fd: int, sinks: Any, buffer: Any, ceiling: Method | None) -> ReadBack:
        info, size = os.fstat(fd), 0
        while data := os.pread(fd, 1 << 20, size):
            for sink in sinks:
                sink(memoryview(data))
            size += len(data)
        return ReadBack(size, ceiling or Method.CACHED, info.st_ino, mtime_of(info))

    return read


def never_read_back(_real: Any) -> Any:
    return lambda prover, file: _believe(prover, file, lambda size: True)


def compared_by_size(_real: Any) -> Any:
    return lambda prover, file: _believe(prover, file, lambda size: size == file.ordered.size)


def _believe(prover: Any, file: Any, is_equal: Callable[[int], bool]) -> None:
    """What was written is what the card gave; the SHA-1 is that of whatever is there."""
    fd = os.open(file.name, os.O_RDONLY, dir_fd=prover.place.incoming_fd)
    try:
        info = os.fstat(fd)
        with open(fd, "rb", closefd=False) as content:
            data = content.read()
    finally:
        os.close(fd)
    if not is_equal(info.st_size):
        prover._lose(file, Failure.MISMATCH, "another size")
        return
    if file.ordered.wants_sha1:
        file.sha1 = hashlib.sha1(data).digest()
    method = prover.place.rules.proof_ceiling or Method.CACHED
    file.result = CopyResult(b"", None, "", method, file.xxh128, info.st_ino, mtime_of(info), time.time())


def by_plain_reads(real: Any) -> Any:
    """Without O_DIRECT."""
    from ingest.disk.readback import _feed

    return lambda fd, size, sinks, buffer: (_feed(fd, size, sinks, buffer), False)


def counted_as_read(_real: Any) -> Any:
    counts = itertools.count(step=1 << 50)
    return lambda: next(counts)


def any_cache_can_be_bypassed(real: Any) -> Any:
    return lambda emptied, direct, counted, ceiling: real(True, direct, True, ceiling or Method.DIRECT)


# -- names ------------------------------------------------------------------------------------------------------------
def replacing(_real: Any) -> Any:
    def rename(from_fd: int, temporary: bytes, to_fd: int, name: bytes) -> None:
        os.rename(temporary, name, src_dir_fd=from_fd, dst_dir_fd=to_fd)

    return rename


def same_by_size(_real: Any) -> Any:
    """A file of another program under our name is ours when it is as long."""

    def same(prover: Any, folder_fd: int, name: bytes, file: Any) -> ReadBack | None:
        info = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        if info.st_size != file.ordered.size:
            return None
        return ReadBack(info.st_size, Method.DIRECT, info.st_ino, mtime_of(info))

    return same


# -- the card ---------------------------------------------------------------------------------------------------------
def agreed_without_a_look(_real: Any) -> Any:
    return lambda session, file, first, answer, buffer: Agreement(file, first, first, 2, (answer,))


# -- destinations, ledger, workers ------------------------------------------------------------------------------------
def any_marker_will_do(_real: Any) -> Any:
    return _admit_any  # by its name: it goes to another process


def _admit_any(place: Any, _known_marker: str) -> Any:
    return destination.admit(place, "")


def without_triggers(real: Any) -> Any:
    def migrations() -> list[tuple[int, str]]:
        return [(number, _stripped(sql)) for number, sql in real()]

    return migrations


def _stripped(sql: str) -> str:
    kept, inside = [], False
    for line in sql.splitlines():
        inside = inside or line.startswith("CREATE TRIGGER")
        if not inside and not line.startswith("DROP TRIGGER"):
            kept.append(line)
        if inside and line.rstrip().endswith("END;"):
            inside = False
    return "\n".join(kept)


def without_waiting_for_the_disk(real: Any) -> Any:
    def set_up(connection: Any) -> None:
        real(connection)
        connection.execute("PRAGMA synchronous=NORMAL")

    return set_up


def the_listing_agrees(real: Any) -> Any:
    return lambda listing, mark, _agrees, *rest, **named: real(listing, mark, True, *rest, **named)


def swallowed(_real: Any) -> Any:
    def guarded(_prover: Any, batch: Any, step: Callable[[Any], None]) -> None:
        with contextlib.suppress(Exception):
            step(batch)

    return guarded


def silence_is_a_copy(_real: Any) -> Any:
    def answers(prover: Any, batch: Any) -> Any:
        for number, file in batch.files.items():
            path = (batch.paths or {}).get(number, b"")
            size, now = file.ordered.size, time.time()
            result = file.result or CopyResult(path, None, "", Method.DIRECT, file.xxh128, size, 0, now)
            yield number, result if result.path else result._replace(path=path), file.sha1

    return answers
