"""A file of any length that appears under its name when it is whole, and never in place of another."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from typing import BinaryIO

from ingest.copying.destination import read_marker
from ingest.disk.apart import alive
from ingest.disk.folders import FolderCache
from ingest.disk.publish import publish
from ingest.errors import DestinationMissing, UsageError
from ingest.model.names import base_of, display, join, parent_of

_HINT = "Nothing was replaced. Give another name with --to"
_PIECE = 4 << 20


@contextlib.contextmanager
def new_file(path: bytes) -> Iterator[BinaryIO]:
    """Opened for writing under a name of its own; it gets `path`, durably, when the block ends well, else it is gone.

    Args:
        path: absolute; its folder must exist.

    Raises:
        UsageError: there is no such folder, it cannot be written, or the name is taken, now or at the end.
    """
    try:
        folder_fd = os.open(parent_of(path) or b"/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"There is no folder {display(parent_of(path))}", hint="Make it first") from None
    try:
        with _new_in(folder_fd, path) as file:
            yield file
    finally:
        os.close(folder_fd)


@contextlib.contextmanager
def _new_in(folder_fd: int, path: bytes) -> Iterator[BinaryIO]:
    """path: for its name, and for words."""
    name, temporary = base_of(path), b".safelight-" + secrets.token_hex(16).encode()
    _refuse_taken(folder_fd, path)
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=folder_fd)
        with os.fdopen(fd, "wb") as file:
            yield file
            file.flush()
            os.fsync(fd)
        publish(folder_fd, temporary, folder_fd, name)
    except FileExistsError:
        raise UsageError(f"There is a file {display(path)} by now", hint=_HINT) from None
    except OSError as error:
        hint = "Nothing was left there"
        raise UsageError(f"{display(path)} cannot be written: {error.strerror}", hint=hint) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder_fd)
    os.fsync(folder_fd)


def _refuse_taken(folder_fd: int, path: bytes) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.stat(base_of(path), dir_fd=folder_fd, follow_symlinks=False)
        raise UsageError(f"There is a file {display(path)} already", hint=_HINT)


def put_beside(root: bytes, marker: str, folder: bytes, name: bytes, source: bytes) -> None:
    """Copies a finished file into a shoot's folder at a destination; a question to the destination's own child.

    Args:
        root: of the destination, absolute.
        marker: that it must bear.
        folder: of the shoot, below the root; no link is followed.
        name: of the new file.
        source: absolute path of the finished file; b"" asks only whether the name is free.

    Raises:
        DestinationMissing: another destination, or none, lies at the root, or the shoot's folder is not there.
        UsageError: the name is taken, or it cannot be written.
    """
    if read_marker(root) != marker:
        raise DestinationMissing(f"{display(root)} is not the destination that was used before", path=display(root))
    root_fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    folders = FolderCache(root_fd)
    try:
        folder_fd = folders.open(folder)
        path = join(root, join(folder, name))
        if not source:
            return _refuse_taken(folder_fd, path)
        with _new_in(folder_fd, path) as file, open(source, "rb") as finished:
            while data := finished.read(_PIECE):
                file.write(data)
                alive()
    except FileNotFoundError:
        shown = display(join(root, folder))
        raise DestinationMissing(f"The shoot's folder is not there: {shown}", path=shown) from None
    finally:
        folders.close()
        os.close(root_fd)
    return None
