"""What tells that a document did not change between two looks: its database file, -wal and -journal from outside.

Nothing is locked for it. The first 100 bytes of the database hold SQLite's change counter, those of the -wal its
salts, so that a change is seen even where the file system keeps modification times coarsely.
"""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from catalog_adapters.base import CatalogUnreadable, Reason

WAL, JOURNAL = "-wal", "-journal"
_HEAD = 100
_MAGIC = b"SQLite format 3\x00"
_LARGEST = 64 << 30
_BUSY = frozenset({errno.EBUSY, errno.EAGAIN, errno.ETXTBSY, errno.EDEADLK})
_DENIED = frozenset({errno.EACCES, errno.EPERM})
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a document. size in bytes, mtime in ns since 1970 UTC, head: its first 100 bytes."""

    size: int
    mtime_ns: int
    inode: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """A document from outside. None: the file is not there."""

    main: Part
    wal: Part | None
    journal: Part | None

    @property
    def hot(self) -> bool:
        """A journal with a header: a transaction under way or cut off. A zeroed header is what PERSIST mode leaves."""
        return self.journal is not None and any(self.journal.head[:8])

    @property
    def quiet(self) -> bool:
        """Nothing of the database stands outside its main file."""
        return not self.hot and (self.wal is None or self.wal.size == 0)

    @property
    def is_cut_short(self) -> bool:
        """Whether the database file ends within a page: SQLite reads what lacks there as zeros, without a word."""
        page = int.from_bytes(self.main.head[16:18], "big")
        return page > 0 and self.main.size % (65_536 if page == 1 else page) > 0

    @property
    def saved_at(self) -> float:
        """The youngest modification time, in seconds since 1970 UTC."""
        return max(part.mtime_ns for part in (self.main, self.wal, self.journal) if part is not None) / 1e9

    @property
    def size(self) -> int:
        """Bytes of all parts together."""
        return sum(part.size for part in (self.main, self.wal, self.journal) if part is not None)


def signature_of(document: Path) -> Signature:
    """The document's signature now.

    Raises:
        CatalogUnreadable: missing, no permission, locked, no database, or beyond 64 GiB.
    """
    try:
        main = _part(str(document))
        wal, journal = _part(str(document) + WAL), _part(str(document) + JOURNAL)
    except OSError as error:
        raise unreadable(document, error) from error
    if main is None:
        raise unreadable(document, FileNotFoundError(errno.ENOENT, "no such file"))
    found = Signature(main, wal, journal)
    if not main.head.startswith(_MAGIC):
        what = "is empty" if main.size == 0 else "is not a database"
        raise CatalogUnreadable(
            f"The catalog {what}", hint="Check the path in the settings", path=str(document), reason=Reason.CORRUPT
        )
    if found.size > _LARGEST:
        raise CatalogUnreadable(
            f"The catalog has {found.size >> 30:,} GiB, more than is read",
            hint="Check the path in the settings",
            path=str(document),
            reason=Reason.TOO_BIG,
        )
    return found


def _part(name: str) -> Part | None:
    try:
        descriptor = os.open(name, _OPEN)
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "not a regular file", name)
        return Part(status.st_size, status.st_mtime_ns, status.st_ino, os.read(descriptor, _HEAD))
    finally:
        os.close(descriptor)


def unreadable(document: Path, error: OSError) -> CatalogUnreadable:
    """An error of the operating system about this document, in the words of the contract."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        reason, message = Reason.MISSING, "There is no catalog at this path"
        hint = "Plug in its drive, or correct the path in the settings"
    elif error.errno in _DENIED:
        reason, message = Reason.NO_PERMISSION, "This program is not allowed to read the catalog"
        hint = "Give yourself read access; on macOS allow it under Privacy & Security, Full Disk Access"
    elif error.errno in _BUSY:
        reason, message = Reason.LOCKED, "The catalog is locked by another program"
        hint = "Close the editor and run the same command again"
    else:
        reason, message = Reason.CORRUPT, f"The catalog cannot be read: {error.strerror or error}"
        hint = "Check the path and the health of its drive"
    return CatalogUnreadable(message, hint=hint, path=str(document), reason=reason)
