"""Files of a history opened with suspicion: no link is followed, no device waited for, nothing read without end."""

import errno
import os
import stat
from typing import BinaryIO

from ingest.manifest.errors import ManifestDamaged, ManifestUnreadable
from ingest.manifest.strict_xml import LARGEST_FILE
from ingest.manifest.tree import HISTORY_FOLDER
from ingest.model.names import display, join

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_PIECE = 1 << 20
_NO_FILE = frozenset({errno.ELOOP, errno.ENXIO, errno.ENODEV})


def open_history_folder(folder: bytes) -> int | None:
    """A descriptor of `folder/ascmhl`, None where there is none.

    Raises:
        ManifestDamaged: something else bears that name.
        ManifestUnreadable: `folder` itself is not there, or the medium refuses.
    """
    path = join(folder, HISTORY_FOLDER)
    where = display(path)
    try:
        os.stat(folder)
        return os.open(path, _FOLDER)
    except FileNotFoundError as error:
        if error.filename == folder:
            raise ManifestUnreadable("the folder is not there", path=display(folder)) from error
        return None
    except OSError as error:
        if os.path.lexists(path) and not stat.S_ISDIR(os.lstat(path).st_mode):
            raise ManifestDamaged("something that is no folder bears the history's name", path=where) from error
        raise ManifestUnreadable(f"the history cannot be opened: {error.strerror}", path=where) from error


def read_bytes(folder_fd: int, name: bytes, where: str) -> bytes | None:
    """The whole of a regular file of bounded size; None where the name is free.

    Raises:
        ManifestDamaged: a link, a device or a file larger than any manifest.
        ManifestUnreadable: the medium refuses.
    """
    try:
        fd = os.open(name, _FILE, dir_fd=folder_fd)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in _NO_FILE:
            raise ManifestDamaged("a link or a device where a file should lie", path=where) from error
        raise ManifestUnreadable(f"cannot be opened: {error.strerror}", path=where) from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
            raise ManifestDamaged("no regular file of a manifest's size", path=where)
        with os.fdopen(fd, "rb", closefd=False) as file:
            return _to_its_end(file)
    except OSError as error:
        raise ManifestUnreadable(f"cannot be read: {error.strerror}", path=where) from error
    finally:
        os.close(fd)


def _to_its_end(file: BinaryIO) -> bytes:
    """At most a byte beyond the largest. In pieces: memory is taken for all that is asked for at once."""
    pieces, left = list[bytes](), LARGEST_FILE + 1
    while left and (piece := file.read(min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
