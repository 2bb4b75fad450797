"""Two databases that are one document, as darktable's library and its `data.db`, seen at one moment.

Each is opened by `sqlite_snapshot` alone; here is only made sure that neither moved between the two looks, and that no
transaction was half-way: darktable keeps SQLite's journal in memory, so that no file beside it would tell.
"""

import os
import sqlite3
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.signature import Signature, signature_of
from catalog_adapters.sqlite_open import Deadline
from catalog_adapters.sqlite_snapshot import Snapshot, copy_to, observe

S = TypeVar("S")
T = TypeVar("T")
_PAUSES = (0.0, 0.1, 0.3, 0.6)
# A writer holds a write lock on these bytes while pages change. Source: SQLite's os.h, SHARED_FIRST, SHARED_SIZE.
_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510
_OF_WHAT_IS_IN_THEM = frozenset({Reason.CORRUPT, Reason.UNKNOWN_VERSION})
_FLOCK = "hhqqi"  # struct flock on 64-bit Linux: type, whence, start, length, pid


def observe_pair(
    main: Path,
    read: Callable[[sqlite3.Connection, S | None], T],
    second: Path | None,
    read_second: Callable[[sqlite3.Connection], S],
    *,
    alive: bool,
    now: float,
    options: ReadOptions,
) -> Snapshot[T]:
    """Read two databases consistently; both resolved, see `observe`.

    Args:
        main: what the document is called by.
        read: gets main's connection and what `read_second` gave; both may run more than once.
        second: the other one; None when there is none.
        read_second: turns the other one's connection into plain data.
        alive: whether an editor may have them open.
        now: seconds since 1970 UTC.
        options: scratch folder, and the time after which no further look is begun.

    Raises:
        CatalogUnreadable: what either file gives, or unstable: they kept changing.
    """
    deadline = Deadline(options.seconds)
    files = [main] if second is None else [main, second]
    for pause in _PAUSES:
        time.sleep(pause)
        before = [signature_of(file) for file in files]
        if not any(map(is_being_written, files)):
            try:
                other = None if second is None else observe(second, read_second, alive=alive, now=now, options=options)
                found = _observe_main(main, read, other, alive=alive, now=now, options=options)
            except CatalogUnreadable as error:
                if _stands(error, files, before):
                    raise
            else:
                if _were_still(files, before):
                    return _joined(found, other)
        if deadline.passed():
            break
    raise _never_still(main)


def copy_pair(
    files: Sequence[tuple[Path, Path]], *, now: float, options: ReadOptions
) -> tuple[tuple[Path, Signature], ...]:
    """Copies of databases that are one document, all of one moment; of one alone as `copy_to` makes it.

    files: (the database, resolved; its copy, as for `copy_to`). Gives each database as it was when it was copied.

    Raises:
        CatalogUnreadable: what any of them gives, or unstable: they kept changing. A copy of one may be left.
    """
    deadline = Deadline(options.seconds)
    names = [database for database, _ in files]
    for pause in _PAUSES:
        time.sleep(pause)
        if len(files) == 1:
            return ((names[0], copy_to(*files[0], now=now, options=options)),)
        before = [signature_of(name) for name in names]
        if not any(map(is_being_written, names)):
            try:
                found = [copy_to(database, copy, now=now, options=options) for database, copy in files]
            except CatalogUnreadable as error:
                if _stands(error, names, before):
                    raise
            else:
                if found == before and _were_still(names, before):
                    return tuple(zip(names, found, strict=True))
            for _, copy in files:
                copy.unlink(missing_ok=True)
        if deadline.passed():
            break
    raise _never_still(names[0])


def _stands(error: CatalogUnreadable, files: Sequence[Path], before: Sequence[Signature]) -> bool:
    """Whether what was said of files is so. One that is halted in the middle of a change leaves them still and torn: no
    judgement of what is in them holds then.
    """
    return error.reason not in _OF_WHAT_IS_IN_THEM or _were_still(files, before)


def _were_still(files: Sequence[Path], before: Sequence[Signature]) -> bool:
    """Whether nothing was changed since `before`, nor begun to be."""
    return not any(map(is_being_written, files)) and [signature_of(file) for file in files] == list(before)


def _never_still(document: Path) -> CatalogUnreadable:
    return CatalogUnreadable(
        "The catalog is being written all the time",
        hint="Wait until its editor is at rest, or close it, then run the same command again",
        path=str(document),
        reason=Reason.UNSTABLE,
    )


def _observe_main(
    main: Path,
    read: Callable[[sqlite3.Connection, S | None], T],
    other: Snapshot[S] | None,
    *,
    alive: bool,
    now: float,
    options: ReadOptions,
) -> Snapshot[T]:
    known = None if other is None else other.data
    return observe(main, lambda connection: read(connection, known), alive=alive, now=now, options=options)


def _joined(found: Snapshot[T], other: Snapshot[S] | None) -> Snapshot[T]:
    if other is None:
        return found
    return replace(
        found,
        route=found.route if found.route == other.route else "copy",
        saved_at=max(found.saved_at, other.saved_at),
        settled=found.settled and other.settled,
    )


def is_being_written(database: Path) -> bool:
    """Whether another process changes pages of this SQLite database now. Its lock is asked for and never taken.

    False where the system does not tell, as on some network shares; what is copied there is checked all the same.
    """
    if sys.platform != "linux":
        return False
    import fcntl

    question = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, _SHARED_FIRST, _SHARED_SIZE, 0)
    try:
        descriptor = os.open(database, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        answer: bytes = fcntl.fcntl(descriptor, fcntl.F_GETLK, question)
        return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)
    except (OSError, struct.error):
        return False
    finally:
        os.close(descriptor)
