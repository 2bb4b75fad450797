"""Copies of a document in a folder of our own, where SQLite may recover them; gone afterwards, swept after a crash."""

import contextlib
import errno
import filecmp
import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from catalog_adapters.base import CatalogUnreadable, Reason
from catalog_adapters.signature import JOURNAL, WAL, Signature, unreadable

PREFIX = "safelight-catalog-"
_STALE_SECONDS = 24 * 3600.0
_MARGIN = 64 << 20
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_FICLONE = 0x40049409
_EXTRA = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # nor a pipe waited for
_SUPER_JOURNAL = bytes.fromhex("d9d505f920a163d7")


@contextlib.contextmanager
def private_folder(document: Path, scratch: Path | None, size: int, now: float) -> Iterator[Path]:
    """A new folder only this user can enter, never the document's own; removed at the end.

    size: bytes it must be able to take. now: by which leftovers of crashed runs are judged old.

    Raises:
        CatalogUnreadable: no such place, or too little room there.
    """
    folder = None
    try:
        base = _base(document, scratch)
        sweep(base, now)
        free = shutil.disk_usage(base).free
        if free < size + _MARGIN:
            raise no_room(document, f"it has {size >> 20:,} MiB, {base} has {free >> 20:,} MiB free")
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        yield folder
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise no_room(document, "the folder for it is full") from error
        raise unreadable(document, error) from error
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise no_room(document, "the folder for it is full") from error
        raise
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def no_room(document: Path, why: str) -> CatalogUnreadable:
    """That nothing can be copied, in the words of the contract."""
    return CatalogUnreadable(
        f"There is no room for a private copy of the catalog: {why}",
        hint="Make room, set TMPDIR to a larger local disk, or close the editor so that no copy is needed",
        path=str(document),
        reason=Reason.TOO_BIG,
    )


def _base(document: Path, scratch: Path | None) -> str:
    """A folder for the copy: preferably not even below the document's own folder."""
    own = os.path.realpath(document.parent)
    places = [str(scratch)] if scratch else [tempfile.gettempdir(), "/var/tmp", os.path.expanduser("~")]  # noqa: S108 - only a new 0700 folder is made there
    apart = [place for place in places if os.path.isdir(place) and os.path.realpath(place) != own]
    if not apart:
        raise CatalogUnreadable(
            "There is no folder for a private copy away from the catalog",
            hint="Set TMPDIR to a folder on this computer's own disk",
            path=str(document),
            reason=Reason.NO_PERMISSION,
        )
    return min(apart, key=lambda place: os.path.realpath(place).startswith(own + os.sep))


def sweep(base: str, now: float) -> None:
    """Remove folders that crashed runs of this user left in `base` more than a day before `now`."""
    with contextlib.suppress(OSError), os.scandir(base) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and _is_old_and_ours(entry, now):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_old_and_ours(entry: os.DirEntry[str], now: float) -> bool:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return ours and stat.S_ISDIR(status.st_mode) and now - status.st_mtime > _STALE_SECONDS


def copy_document(document: Path, before: Signature, folder: Path) -> Path:
    """Copy main, then -wal, then a hot -journal: what is copied later repairs what was copied earlier.

    The -shm is never copied: SQLite makes its own.

    Raises:
        OSError: reading or writing failed; FileNotFoundError when a part vanished meanwhile.
    """
    copy = folder / "copy.db"
    copy_file(str(document), str(copy))
    if before.wal is not None:
        copy_file(str(document) + WAL, str(copy) + WAL)
    if before.hot:
        copy_file(str(document) + JOURNAL, str(copy) + JOURNAL)
    return copy


def copy_file(source: str, target: str) -> None:
    """Copy one file of a document to a name that is free; no link is followed.

    Raises:
        OSError: reading or writing failed; ELOOP for a link, ESTALE for what is no regular file.
    """
    with open(source, "rb", opener=_regular) as reader, open(target, "xb") as writer:
        if not _cloned(reader.fileno(), writer.fileno()):
            shutil.copyfileobj(reader, writer, 1 << 20)


def _regular(name: str, flags: int) -> int:
    descriptor = os.open(name, flags | _EXTRA)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ESTALE, "not a regular file", name)
    return descriptor


def _cloned(source: int, target: int) -> bool:
    """Share the blocks where the file system can (btrfs, xfs): at once, whatever the size."""
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def same_wal(document: Path, copy: Path) -> bool:
    """Whether the document's -wal still has the bytes that were copied; true when neither is there."""
    original, copied = str(document) + WAL, str(copy) + WAL
    try:
        return filecmp.cmp(original, copied, shallow=False)
    except FileNotFoundError:
        return not (os.path.exists(original) or os.path.exists(copied))


def names_another_journal(copy: Path) -> bool:
    """Whether the copied journal belongs to a change of several databases at once.

    Such a journal ends in the path of a super-journal, and SQLite *deletes the file of that path* after recovery,
    wherever it is: beside the original, or anywhere a forged journal says. Such a copy must not be opened.
    Source: SQLite file format, section "The Rollback Journal"; the deletion was seen with SQLite 3.40.
    """
    try:
        with open(str(copy) + JOURNAL, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - len(_SUPER_JOURNAL)))
            return file.read() == _SUPER_JOURNAL
    except FileNotFoundError:
        return False
