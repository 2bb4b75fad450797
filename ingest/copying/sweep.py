"""The final look: is every proven copy still under its name, and still the file that was read back?

It found a rename that returned 0 and did nothing. It must use a fresh descriptor of the root, so that a file system
mounted over it since, or gone, is seen.
"""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.copying.destination import inspect, read_marker
from ingest.disk.apart import alive
from ingest.disk.folders import FolderCache
from ingest.disk.fs_rules import FsRules
from ingest.disk.times import mtime_of
from ingest.errors import DestinationError, DestinationMissing
from ingest.ledger.known import KnownCopy
from ingest.model.copies import CopyState
from ingest.model.names import base_of, parent_of
from ingest.model.places import Destination, Volume

_TWO_SECONDS = 2_000_000_000
_HOUR = 3_600_000_000_000
_GONE, _NO_FILE = "gone", "no longer a file"
_OTHER_SIZE, _OTHER_TIME, _OTHER_FILE = "changed size", "changed since it was proven", "replaced by another file"
_FAT = ("vfat", "msdos", "exfat", "fuseblk")


Expected = tuple[int, bytes, int, int, int]
"""What the look at a copy needs of it (`expected_of`): plain, since thousands go to a child at once."""


@dataclass(frozen=True, slots=True)
class Presence:
    """A destination as it is now. problem: "" or why nothing on it counts. missing: copy id -> what is wrong.

    volume: without uuid and label, which say nothing about its copies.
    """

    volume: Volume | None
    rules: FsRules | None
    problem: str
    missing: dict[int, str]


def expected_of(copy: KnownCopy) -> Expected:
    """The copy's id, path, size in bytes, inode and time in nanoseconds."""
    return copy.id, copy.path, copy.size, copy.inode, copy.mtime_ns


def look(place: Destination, marker: str, copies: Iterable[Expected]) -> Presence:
    """Look at a destination and the copies it should hold; writes nothing and never raises for what is missing."""
    try:
        volume, rules = inspect(place, named=False)
        if not marker or read_marker(place.root) != marker:
            raise DestinationMissing(
                "the folder is there, but it is not the destination that was used before: not mounted?"
            )
        root_fd = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except DestinationError as error:
        return Presence(None, None, _short(error.message, place.name), {})
    except OSError as error:
        return Presence(None, None, f"does not answer: {error.strerror}", {})
    folders = FolderCache(root_fd)
    try:
        found = ((copy[0], _difference(folders, copy, volume.fs_type)) for copy in copies)
        return Presence(volume, rules, "", {key: what for key, what in found if what})
    finally:
        folders.close()
        os.close(root_fd)


def _short(message: str, name: str) -> str:
    return message.removeprefix(f"{name}: ").removeprefix(f"{name} ")


def state_after(difference: str) -> str:
    """What a copy is in the ledger from then on (a CopyState); "" leaves it: it could not be looked at, no more."""
    if difference in (_GONE, _NO_FILE):
        return CopyState.LOST.value
    return CopyState.SUSPECT.value if difference in (_OTHER_SIZE, _OTHER_TIME, _OTHER_FILE) else ""


def _difference(folders: FolderCache, copy: Expected, fs_type: str) -> str:
    """What is wrong with the file under the copy's name; "" when it is the one that was read back."""
    alive()
    _, path, size, inode, mtime_ns = copy
    try:
        seen = os.stat(base_of(path), dir_fd=folders.open(parent_of(path)), follow_symlinks=False)
    except FileNotFoundError:
        return _GONE
    except OSError as error:
        return error.strerror or str(error)
    if not stat.S_ISREG(seen.st_mode):
        return _NO_FILE
    if seen.st_size != size:
        return _OTHER_SIZE
    if not same_time(mtime_of(seen), mtime_ns, fs_type):
        return _OTHER_TIME
    if fs_type in ("ext4", "xfs", "btrfs") and seen.st_ino != inode:
        return _OTHER_FILE
    return ""


def same_time(a: int, b: int, fs_type: str) -> bool:
    """Equal within what the file system can hold: 2 s, and on FAT whole hours (it stores local time)."""
    apart = abs(a - b)
    if fs_type in _FAT:
        apart = min(apart % _HOUR, _HOUR - apart % _HOUR)
    return apart <= _TWO_SECONDS
