"""Everything on a card, by folder descriptors: no link is followed, no other file system entered, nothing skipped.

What cannot be listed becomes an entry of its own, since a folder that nobody could look into may hold photographs.
The names are bytes and stay as the card has them.
"""

import errno
import os
import stat

from ingest.disk.folders import FolderCache
from ingest.disk.times import mtime_of
from ingest.errors import CardGone, NoCard
from ingest.model.cards import CardFile, EntryKind, Listing
from ingest.model.names import display, join

ROOT_ITSELF = b"."  # the path of the entry that says that the card's root was not listed to its end
_LONGEST_PATH = 64 << 10  # beyond any card; a damaged file system can nest a folder in itself without end
_NOT_FOR_US = frozenset({errno.EACCES, errno.EPERM})


def scan(root: bytes) -> Listing:
    """One complete walk of the card at `root`, an absolute path.

    Files of every kind and name, links and special entries as such; folders that could not be listed (or that belong
    to another file system) as UNLISTABLE, the root itself under the path `.`. Memory: about 250 bytes an entry.

    Raises:
        CardGone: there is no card at `root` any more.
        NoCard: this user may not read it.
    """
    try:
        root_fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _NOT_FOR_US:
            raise NoCard(f"This user may not read {display(root)}", path=display(root)) from error
        raise _gone(root) from error
    try:
        listing = _Walk(root_fd).run()
        if any(file.kind is EntryKind.UNLISTABLE for file in listing.files) and not _still_there(root, root_fd):
            raise _gone(root)
        return listing
    finally:
        os.close(root_fd)


def _gone(root: bytes) -> CardGone:
    hint = "Plug it in again and run the same command"
    return CardGone(f"The card is no longer at {display(root)}", hint=hint, path=display(root))


def _still_there(root: bytes, root_fd: int) -> bool:
    try:
        now, then = os.stat(root), os.fstat(root_fd)
    except OSError:
        return False
    return (now.st_dev, now.st_ino) == (then.st_dev, then.st_ino)


class _Walk:
    """Depth first, so that the folders above the present one are mostly still open."""

    def __init__(self, root_fd: int) -> None:
        self._folders = FolderCache(root_fd)
        self._st_dev = os.fstat(root_fd).st_dev
        self._files: list[CardFile] = []
        self._empty: list[bytes] = []

    def run(self) -> Listing:
        pending = [b""]
        try:
            while pending:
                pending += sorted(self._list(pending.pop()), reverse=True)
        finally:
            self._folders.close()
        return Listing(tuple(sorted(self._files, key=lambda file: file.path)), tuple(sorted(self._empty)))

    def _list(self, folder: bytes) -> list[bytes]:
        """Take in the entries of one folder; gives the folders in it."""
        inner: list[bytes] = []
        empty = bool(folder)
        try:
            with os.scandir(self._folders.open(folder)) as listing:
                for entry in listing:
                    empty = False
                    path = join(folder, os.fsencode(entry.name))
                    if self._is_folder(path, entry):
                        inner.append(path)
        except OSError as error:  # also in the middle of a listing: what was seen so far stays
            self._unlistable(folder or ROOT_ITSELF, error.strerror or str(error))
            return inner
        if empty:
            self._empty.append(folder)
        return inner

    def _is_folder(self, path: bytes, entry: os.DirEntry[str]) -> bool:
        """Whether to walk into an entry; anything else is noted here."""
        try:
            info = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._unlistable(path, error.strerror or str(error))
            return False
        if not stat.S_ISDIR(info.st_mode):
            kind, problem = _kind(info.st_mode)
            self._files.append(CardFile(path, info.st_size, mtime_of(info), kind, problem))
        elif info.st_dev != self._st_dev:
            self._unlistable(path, "another file system is mounted here, which is not part of the card")
        elif len(path) > _LONGEST_PATH:
            self._unlistable(path, "it is nested too deeply")
        else:
            return True
        return False

    def _unlistable(self, path: bytes, problem: str) -> None:
        self._files.append(CardFile(path, 0, 0, EntryKind.UNLISTABLE, problem))


def _kind(mode: int) -> tuple[EntryKind, str]:
    if stat.S_ISREG(mode):
        return EntryKind.FILE, ""
    if stat.S_ISLNK(mode):
        return EntryKind.SYMLINK, "a symbolic link, which is not followed"
    return EntryKind.SPECIAL, "not a regular file"
