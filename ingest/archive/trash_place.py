"""Files of the primary go to its trash; asked there, by a child that may be killed."""

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from send2trash import send2trash

from ingest.copying.destination import admit, open_destination
from ingest.copying.sweep import same_time
from ingest.disk.apart import alive
from ingest.disk.times import mtime_of
from ingest.model.names import join
from ingest.model.places import Destination

_STABLE_INODES = ("ext4", "xfs", "btrfs")


class Leaving(NamedTuple):
    """A file that may go, as the ledger knows it. path: below the root."""

    path: bytes
    size: int
    inode: int
    mtime_ns: int


class Sent(NamedTuple):
    """stayed: path -> why. missing: paths at which nothing stood any more; all others are in the trash now."""

    stayed: dict[bytes, str]
    missing: frozenset[bytes]


def send_away(place: Destination, marker: str, files: Sequence[Leaving]) -> Sent:
    """Send files to the trash. Each is looked at once more before; what is another file by now stays.

    Raises:
        DestinationError: it is not there, or another one.
    """
    with _opened(place, marker) as fs_type:
        stayed, missing = {}, set()
        for file in files:
            alive()
            full = _full(place, file)
            if _is_gone(full):
                missing.add(file.path)
            elif why := _send(full, file, fs_type):
                stayed[file.path] = why
        return Sent(stayed, frozenset(missing))


def gone_from(place: Destination, marker: str, files: Sequence[Leaving]) -> frozenset[bytes]:
    """Those of the paths at which nothing stands; raises as `send_away`."""
    with _opened(place, marker):
        return frozenset(file.path for file in files if _is_gone(_full(place, file)))


@contextlib.contextmanager
def _opened(place: Destination, marker: str) -> Iterator[str]:
    """That very destination; gives its file system's type."""
    opened = open_destination(admit(place, marker))
    try:
        yield opened.volume.fs_type
    finally:
        opened.close()


def _full(place: Destination, file: Leaving) -> bytes:
    return join(os.path.realpath(place.root), file.path)


def _is_gone(full: bytes) -> bool:
    """Nothing stands there; a disk that does not tell has not said so."""
    try:
        os.lstat(full)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _send(full: bytes, file: Leaving, fs_type: str) -> str:
    try:
        info = os.lstat(full)
        if os.path.realpath(full) != full or not stat.S_ISREG(info.st_mode):
            return "it is no regular file any more"
        is_it = info.st_size == file.size and same_time(mtime_of(info), file.mtime_ns, fs_type)
        if not is_it or (fs_type in _STABLE_INODES and info.st_ino != file.inode):
            return "it changed since it was proven"
        send2trash(os.fsdecode(full))
    except Exception as error:  # noqa: BLE001 - there are many ways to have no trash; then it stays where it is
        return getattr(error, "strerror", None) or str(error) or "it could not be sent to the trash"
    return "" if _is_gone(full) else "it is still there"
