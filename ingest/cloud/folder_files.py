"""The files of a folder store: written under a temporary name, named without replacing, found in the order of keys."""

import contextlib
import os
import secrets
from collections.abc import Iterator

from ingest.cloud.folder_place import PRIVATE
from ingest.disk.folders import FolderCache, open_folder
from ingest.disk.publish import publish
from ingest.model.names import base_of, parent_of

INCOMING = PRIVATE + b"/incoming"
FOR_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextlib.contextmanager
def incoming(root_fd: int) -> Iterator[tuple[int, bytes]]:
    """(folder, temporary name); what has the name at the end goes."""
    folder_fd = open_folder(root_fd, INCOMING)
    temporary = b"offsite-" + secrets.token_hex(16).encode()
    try:
        yield folder_fd, temporary
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder_fd)
        os.close(folder_fd)


def name_it(root_fd: int, incoming_fd: int, temporary: bytes, key: str) -> int:
    """Give the file its name, durably; gives its time of change, ns."""
    path = key.encode()
    folder_fd = open_folder(root_fd, parent_of(path)) if parent_of(path) else os.dup(root_fd)
    try:
        publish(incoming_fd, temporary, folder_fd, base_of(path))
        fd = os.open(base_of(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder_fd)
        try:
            os.fsync(fd)  # on SMB this makes the name durable, elsewhere the folder does
            mtime_ns = os.fstat(fd).st_mtime_ns
        finally:
            os.close(fd)
        os.fsync(folder_fd)
    finally:
        os.close(folder_fd)
    return mtime_ns


def open_file(root_fd: int, key: str) -> int:
    """A descriptor for reading a regular file, reached without any link."""
    path = key.encode()
    cache = FolderCache(root_fd)
    try:
        fd = os.open(base_of(path), FOR_READING, dir_fd=cache.open(parent_of(path)))
    finally:
        cache.close()
    if not os.path.isfile(fd):
        os.close(fd)
        raise IsADirectoryError(key)
    return fd


def keys_below(root_fd: int, prefix: str) -> Iterator[str]:
    """Keys of the files below the root that begin with `prefix`, in the order of their bytes."""
    cache = FolderCache(root_fd)
    waiting = [b""]
    try:
        while waiting:
            path = waiting.pop()
            if path and not path.endswith(b"/"):
                yield path.decode()
                continue
            entries = []
            for entry in os.scandir(cache.open(path.rstrip(b"/"))):
                below = path + os.fsencode(entry.name) + (b"/" if entry.is_dir(follow_symlinks=False) else b"")
                if _wanted(below, prefix.encode()) and (below.endswith(b"/") or entry.is_file(follow_symlinks=False)):
                    entries.append(below)
            waiting += sorted(entries, reverse=True)
    finally:
        cache.close()


def _wanted(path: bytes, prefix: bytes) -> bool:
    """Nothing of Safelight's own, no name that is no text; folders on the way to the prefix, and what is below it."""
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    on_the_way = path.endswith(b"/") and prefix.startswith(path)
    return path != PRIVATE + b"/" and (path.startswith(prefix) or on_the_way)


def write(fd: int, data: bytes) -> None:
    """All of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
