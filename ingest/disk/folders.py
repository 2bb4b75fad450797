"""Folders below a root, opened one component at a time without following any link, and kept open for a while.

A planted link instead of `100CANON/` ends in ELOOP or ENOTDIR here, whatever it points to.
"""

import contextlib
import errno
import os
import stat
from collections import OrderedDict

from ingest.model.names import base_of, parent_of

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KEPT_OPEN = 64


class FolderCache:
    """Descriptors of the last used folders below `root_fd` (which stays the caller's). For one thread alone."""

    def __init__(self, root_fd: int) -> None:
        self._root_fd = root_fd
        self._open: OrderedDict[bytes, int] = OrderedDict()

    def open(self, path: bytes, *, make: bool = False) -> int:
        """The descriptor of folder `path` (relative, `b""` for the root); it stays the cache's own.

        make: create what is missing, each new folder made durable in its parent.

        Raises:
            ValueError: a component is empty, `.` or `..`, or the path is absolute.
            OSError: ELOOP or ENOTDIR for a link, ENOENT, or what the file system answers.
        """
        missing = []
        while path and path not in self._open:
            missing.append(path)
            path = parent_of(path)
        if path:
            self._open.move_to_end(path)
        fd = self._open[path] if path else self._root_fd
        for folder in reversed(missing):  # no recursion: a card may be nested deeper than Python calls
            fd = self._enter(fd, folder, make=make)
        return fd

    def _enter(self, parent_fd: int, path: bytes, *, make: bool) -> int:
        name = base_of(path)
        if name in (b"", b".", b"..") or path.startswith(b"/"):
            raise ValueError(f"not a path below its root: {path!r}")
        try:
            fd = os.open(name, _FOLDER, dir_fd=parent_fd)
        except FileNotFoundError:
            if not make:
                raise
            fd = _make(parent_fd, name)
        self._keep(path, fd)
        return fd

    def _keep(self, path: bytes, fd: int) -> None:
        self._open[path] = fd
        if len(self._open) > _KEPT_OPEN:
            _, oldest = self._open.popitem(last=False)
            os.close(oldest)

    def close(self) -> None:
        """Close what is open."""
        while self._open:
            os.close(self._open.popitem()[1])


def _make(parent_fd: int, name: bytes) -> int:
    try:
        os.mkdir(name, 0o755, dir_fd=parent_fd)
    except FileExistsError:  # another session was quicker
        return os.open(name, _FOLDER, dir_fd=parent_fd)
    fd = os.open(name, _FOLDER, dir_fd=parent_fd)
    try:
        os.fsync(parent_fd)
    except OSError:
        os.close(fd)
        with contextlib.suppress(OSError):  # a flush is not asked twice: the next try makes it anew
            os.rmdir(name, dir_fd=parent_fd)
        raise
    return fd


def open_folder(root_fd: int, path: bytes) -> int:
    """A descriptor of the caller's own for folder `path` below `root_fd`, made durably where it is missing."""
    cache = FolderCache(root_fd)
    try:
        return os.dup(cache.open(path, make=True))
    finally:
        cache.close()


def _block_device(fd: int) -> str:
    """Where sysfs shows the device of a file, "" when it stands on none (network, FUSE, btrfs)."""
    number = os.fstat(fd).st_dev
    path = f"/sys/dev/block/{os.major(number)}:{os.minor(number)}"
    return path if os.path.exists(path) else ""


class FileOpener:
    """Opens regular files below a root for reading: the only way to a card's bytes.

    root_fd: the root, where it is open already; it becomes this opener's own.
    """

    def __init__(self, root: bytes, root_fd: int = -1) -> None:
        self._root = root
        self._root_fd = root_fd if root_fd >= 0 else os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._folders = FolderCache(self._root_fd)
        self._device = _block_device(self._root_fd)

    def twin(self) -> "FileOpener":
        """Another one for another thread, of the same root whatever lies at its path by now."""
        other = FileOpener(self._root, os.dup(self._root_fd))
        other._device = self._device
        return other

    def open(self, path: bytes) -> int:
        """A descriptor for reading `path`, which must be a regular file reached without any link.

        Raises:
            OSError: what the file system answers; ELOOP for a link, EINVAL for what is no regular file.
        """
        fd = os.open(base_of(path), _FILE, dir_fd=self._folders.open(parent_of(path)))
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise OSError(errno.EINVAL, "not a regular file")
        return fd

    def alive(self) -> bool:
        """The root still leads to what was opened and answers, and its device is still plugged in.

        A folder's listing may come from memory long after a card was pulled; its device is gone from sysfs at once.
        """
        if self._device and not os.path.exists(self._device):
            return False
        try:
            now, then = os.stat(self._root), os.fstat(self._root_fd)
            os.listdir(self._root_fd)
        except OSError:
            return False
        return (now.st_dev, now.st_ino) == (then.st_dev, then.st_ino)

    def close(self) -> None:
        """Close every descriptor."""
        self._folders.close()
        os.close(self._root_fd)

    def __enter__(self) -> "FileOpener":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
