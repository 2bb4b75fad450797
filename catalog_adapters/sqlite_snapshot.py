"""The only way a document is opened: nothing appears, changes or is locked beside it, and what is read is whole.

Two routes. *In place*: SQLite's immutable mode, only when the document is quiet and no editor has it. *Copy*: the
files are copied into a private folder in the order in which the later repairs the earlier, the copy is accepted
only when nothing moved meanwhile, and SQLite recovers the copy. Both end with a second look at the document.

Forbidden, with what was measured: read-write opening recovers and checkpoints the user's file; `mode=ro` leaves a -shm
and a -wal behind and makes the editor's last checkpoint fail; immutable while an editor writes is silently stale.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.private_copy import copy_document, names_another_journal, private_folder, same_wal
from catalog_adapters.signature import JOURNAL, WAL, Signature, signature_of
from catalog_adapters.sqlite_open import Deadline, reading, recovers
from catalog_adapters.uncollected import uncollected
from ingest.model.names import display

T = TypeVar("T")
Reader = Callable[[sqlite3.Connection], T]
# Messages of SQLite quote the damaged text they are about, and the module fails to decode it.
_DAMAGE = (sqlite3.Error, UnicodeDecodeError)
_PAUSES = (0.0, 0.05, 0.2)
_SETTLED_SECONDS = 60.0
_LONGEST_MESSAGE = 200


class _Moved(Exception):  # noqa: N818 - never leaves this module
    """The document changed while it was read."""


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T]):
    """What `read` gave for one consistent state. route: "in place" or "copy". saved_at: seconds since 1970 UTC.

    settled: no editor has it, no transaction was open, and nothing was written for a minute: it is the whole truth.
    """

    data: T
    route: str
    saved_at: float
    settled: bool


@uncollected()
def observe(document: Path, read: Reader[T], *, alive: bool, now: float, options: ReadOptions) -> Snapshot[T]:
    """Read a document consistently.

    Args:
        document: the database file, resolved (SQLite looks for -wal and -journal beside the real file).
        read: turns a connection into plain data; it may run more than once, and must not keep the connection.
        alive: whether an editor may have the document open; selects the copy.
        now: seconds since 1970 UTC.
        options: scratch folder and time limit.

    Raises:
        CatalogUnreadable: what `read` raised, or: missing, no permission, corrupt, too big, unstable.
    """
    task = _Task(document, read, now, options, Deadline(options.seconds))
    in_place, trouble, first = not alive, "", signature_of(document)
    for pause in _PAUSES:
        time.sleep(pause)
        before = signature_of(document)
        here = in_place and before.quiet
        try:
            if before.is_cut_short:
                raise sqlite3.DatabaseError("the file ends in the middle of a page")
            data = task.in_place(before) if here else task.from_copy(before)
        except _Moved:
            trouble = ""
        except _DAMAGE as error:
            trouble = _shown(error)
        else:
            settled = not alive and not before.hot and now - before.saved_at >= _SETTLED_SECONDS
            return Snapshot(data, "in place" if here else "copy", before.saved_at, settled)
        if task.deadline.passed():
            raise _too_slow(document, options)
        in_place = False  # whatever went wrong, a checked copy tells more
    raise _given_up(document, trouble, first)


def copy_to(document: Path, target: Path, *, now: float, options: ReadOptions) -> Signature:
    """One consistent state of a document as one file; where nothing was under way, with the very same bytes.

    By the copy alone, whether an editor has it or not.

    Args:
        document: the database file, resolved.
        target: must not exist; on the file system of the scratch folder.
        now: seconds since 1970 UTC.
        options: scratch folder and time limit.

    Raises:
        CatalogUnreadable: missing, no permission, corrupt, too big, unstable; there is no target then.
    """
    task = _Task(document, lambda _: None, now, options, Deadline(options.seconds))
    trouble, first = "", signature_of(document)
    for pause in _PAUSES:
        time.sleep(pause)
        before = signature_of(document)
        try:
            task.to_file(before, target)
        except _Moved:
            trouble = ""
        except _DAMAGE as error:
            trouble = _shown(error)
        else:
            return before
        if task.deadline.passed():
            raise _too_slow(document, options)
    raise _given_up(document, trouble, first)


@dataclass(frozen=True, slots=True)
class _Task(Generic[T]):
    """One document to be read, by either route. Both raise `_Moved` when the document changed meanwhile."""

    document: Path
    read: Reader[T]
    now: float
    options: ReadOptions
    deadline: Deadline

    def in_place(self, before: Signature) -> T:
        try:
            with reading(self.document, "?immutable=1", self.deadline) as connection:
                data = self.read(connection)
        except (*_DAMAGE, CatalogUnreadable):
            self._must_be_still(before)  # what looked wrong may only have been half written
            raise
        self._must_be_still(before)
        return data

    def from_copy(self, before: Signature) -> T:
        with private_folder(self.document, self.options.scratch, before.size, self.now) as folder:
            copy = self._sound_copy(before, folder)
            with reading(copy, "?mode=ro", self.deadline) as connection:
                connection.execute("BEGIN")
                return self.read(connection)

    def to_file(self, before: Signature, target: Path) -> None:
        with private_folder(self.document, self.options.scratch, before.size, self.now) as folder:
            copy = self._sound_copy(before, folder)
            if any(os.path.exists(f"{copy}{suffix}") for suffix in (WAL, JOURNAL)):
                raise sqlite3.DatabaseError("what stands beside it could not be taken into it")
            os.replace(copy, target)

    def _sound_copy(self, before: Signature, folder: Path) -> Path:
        copy = self._accepted_copy(before, folder)
        if not recovers(copy, self.deadline):
            raise sqlite3.DatabaseError("the check of its pages failed")
        return copy

    def _accepted_copy(self, before: Signature, folder: Path) -> Path:
        try:
            copy = copy_document(self.document, before, folder)
            self._must_be_still(before)
            if not same_wal(self.document, copy) or names_another_journal(copy):
                raise _Moved
        except FileNotFoundError as error:
            raise _Moved from error
        return copy

    def _must_be_still(self, before: Signature) -> None:
        if signature_of(self.document) != before:
            raise _Moved


def _shown(error: Exception) -> str:
    """SQLite's words for people: they may quote the document, which is not trusted."""
    if isinstance(error, UnicodeDecodeError):
        return "the description of its tables is unreadable"
    return display(str(error)[:_LONGEST_MESSAGE].encode("utf-8", "replace"))


def _too_slow(document: Path, options: ReadOptions) -> CatalogUnreadable:
    return CatalogUnreadable(
        f"Reading the catalog took longer than {options.seconds:.0f} seconds and was given up",
        hint="Close other programs that use its drive; a catalog this slow may be damaged: let its editor check it",
        path=str(document),
        reason=Reason.TOO_BIG,
    )


def _given_up(document: Path, trouble: str, first: Signature) -> CatalogUnreadable:
    """Damaged is said of a document that stood still: beneath a writer a copy may be torn that looks like none."""
    if trouble and signature_of(document) == first:
        return CatalogUnreadable(
            f"The catalog is damaged: {trouble}",
            hint="Let the editor check and repair it, or restore its latest backup; Safelight changed nothing",
            path=str(document),
            reason=Reason.CORRUPT,
        )
    return CatalogUnreadable(
        "The catalog is being written all the time, or a change of it was cut off half-way",
        hint="Wait a moment, or open and close it once in its editor, then run the same command again",
        path=str(document),
        reason=Reason.UNSTABLE,
    )


def resolved(path: Path) -> Path:
    """The real file behind `path`, where SQLite looks for its companions. A missing file resolves to itself."""
    return Path(os.path.realpath(path))
