"""What a child does at a destination to heal a copy: write, flush, read back, set the bad file aside, give the name.

Between two questions it holds the half-written file alone, under a name that the next repair sweeps.
"""

import contextlib
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import xxhash
from send2trash import send2trash

from ingest.copying.destination import OpenDestination, admit, open_destination
from ingest.copying.proving import names_beside, read_back
from ingest.copying.sweep import same_time
from ingest.copying.withdraw import set_aside
from ingest.disk.apart import alive
from ingest.disk.folders import FolderCache
from ingest.disk.publish import publish
from ingest.disk.readback import Buffer, ReadBack
from ingest.disk.times import mtime_of
from ingest.errors import CopyMismatch
from ingest.model.copies import Digest, Method
from ingest.model.names import base_of, display, join, parent_of
from ingest.model.places import Destination

_STABLE_INODES = ("ext4", "xfs", "btrfs")
TRASH = "the trash"


class Order(NamedTuple):
    """What the file that was written is, and how it gets its name.

    bad: (inode, time in ns) of the file that the ledger has looked at under this name and that goes aside; None where
    whatever stands there is somebody's.
    """

    path: bytes
    digest: Digest
    mtime_ns: int
    bad: tuple[int, int] | None


class Placed(NamedTuple):
    """A copy in its place, proven. aside: where the bad file went, "" when there was none. existed: it was there."""

    path: bytes
    method: Method
    inode: int
    mtime_ns: int
    at: float
    aside: str
    existed: bool


@dataclass(slots=True)
class _Held:
    """The file that this child writes just now."""

    here: OpenDestination
    temporary: bytes
    fd: int


_held: list[_Held] = []  # one, or none


def sweep(place: Destination, marker: str, beginning: bytes) -> None:
    """Remove what a killed repair of this ledger left half-written; raises DestinationError when it is away."""
    with contextlib.closing(open_destination(admit(place, marker))) as here:
        for name in os.listdir(here.incoming_fd):
            if os.fsencode(name).startswith(beginning):
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=here.incoming_fd)


def begin(place: Destination, marker: str, beginning: bytes) -> None:
    """Begin a file under a temporary name that begins so; the destination is opened before the first write.

    Raises:
        DestinationError, OSError: it cannot be begun.
    """
    drop()
    here = open_destination(admit(place, marker))
    temporary = beginning + secrets.token_hex(8).encode()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(temporary, flags, 0o644, dir_fd=here.incoming_fd)
    except BaseException:
        here.close()
        raise
    _held.append(_Held(here, temporary, fd))


def append(data: bytes) -> None:
    """More of the file; raises OSError when it cannot be written."""
    view = memoryview(data)
    while view:
        view = view[os.write(_held[0].fd, view) :]
        alive()


def drop() -> None:
    """Forget the file that was begun, if there is one."""
    while _held:
        held = _held.pop()
        with contextlib.suppress(OSError):
            os.unlink(held.temporary, dir_fd=held.here.incoming_fd)
        _close(held)


def _close(held: _Held) -> None:
    if held.fd >= 0:
        with contextlib.suppress(OSError):
            os.close(held.fd)
    held.here.close()


def finish(order: Order) -> Placed:
    """Flush what was written, read it back, set the bad file aside, publish without replacing, make the name durable.

    Until the new bytes are proven nothing that was there is touched.

    Raises:
        CopyMismatch: other bytes were read back than written.
        DestinationError, OSError: what the destination answered.
    """
    held = _held[0]
    try:
        os.utime(held.fd, ns=(order.mtime_ns, order.mtime_ns))
        os.fsync(held.fd)
        fd, held.fd = held.fd, -1
        os.close(fd)
        return _Placing(held, order).run()
    finally:
        drop()


class _Placing:
    """A written file on its way to its name."""

    def __init__(self, held: _Held, order: Order) -> None:
        self._here, self._temporary, self._order = held.here, held.temporary, order
        self._folders, self._buffer = FolderCache(held.here.root_fd), Buffer()

    def run(self) -> Placed:
        try:
            back = self._prove()
            self._here.check_identity()
            aside = self._set_bad_aside()
            folder_fd = self._folders.open(parent_of(self._order.path), make=True)
            name, theirs = self._publish(folder_fd)
            self._make_durable(folder_fd, name)
            found = theirs or back
            path = join(parent_of(self._order.path), name)
            return Placed(path, found.method, found.inode, found.mtime_ns, time.time(), aside, theirs is not None)
        finally:
            self._folders.close()
            self._buffer.close()

    def _read(self, folder_fd: int, name: bytes, *sinks: Callable[[memoryview], object]) -> ReadBack:
        return read_back(self._here, folder_fd, name, self._buffer, (*sinks, lambda _: alive()))

    def _prove(self) -> ReadBack:
        content = xxhash.xxh3_128()
        back = self._read(self._here.incoming_fd, self._temporary, content.update)
        if (back.size, content.digest()) != (self._order.digest.size, self._order.digest.xxh128):
            raise CopyMismatch("other bytes were read back than were written", path=display(self._order.path))
        return back

    def _set_bad_aside(self) -> str:
        """Where the bad file went; "" when there is none, or it is not the one that was looked at."""
        path, bad = self._order.path, self._order.bad
        if bad is None:
            return ""
        try:
            folder_fd = self._folders.open(parent_of(path))
            info = os.stat(base_of(path), dir_fd=folder_fd, follow_symlinks=False)
        except OSError:
            return ""
        same = stat.S_ISREG(info.st_mode) and is_same(self._here, bad, (info.st_ino, mtime_of(info)))
        if not same:
            return ""
        if self._to_trash(folder_fd, path, info.st_ino):
            return TRASH
        return display(set_aside(self._here.root_fd, path))

    def _to_trash(self, folder_fd: int, path: bytes, inode: int) -> bool:
        """Whether it is in the trash. The trash goes by path, so the path must lead to this very file."""
        full = join(self._here.place.root, path)
        try:
            if os.path.realpath(full) != join(os.path.realpath(self._here.place.root), path):
                return False
            if os.stat(full, follow_symlinks=False).st_ino != inode:
                return False
            send2trash(os.fsdecode(full))
            os.stat(base_of(path), dir_fd=folder_fd, follow_symlinks=False)
        except FileNotFoundError:
            return True
        except Exception:  # noqa: BLE001 - there are many ways to have no trash; then it goes aside by ourselves
            return False
        return False

    def _publish(self, folder_fd: int) -> tuple[bytes, ReadBack | None]:
        """The name that it got, and what was read of a file that held the right bytes under that name already."""
        for name in names_beside(base_of(self._order.path)):
            try:
                publish(self._here.incoming_fd, self._temporary, folder_fd, name)
            except FileExistsError:
                theirs = self._same_content(folder_fd, name)
                if theirs is None:
                    continue
                return name, theirs
            return name, None
        raise FileExistsError("every name beside it is taken")

    def _same_content(self, folder_fd: int, name: bytes) -> ReadBack | None:
        content, sha1 = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False)
        try:
            back = self._read(folder_fd, name, content.update, sha1.update)
        except OSError:  # a link, a folder, an unreadable file: not ours, so another name
            return None
        return back if Digest(back.size, content.digest(), sha1.digest()) == self._order.digest else None

    def _make_durable(self, folder_fd: int, name: bytes) -> None:
        rules = self._here.rules
        if rules.sync_file_after_rename:
            fd = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder_fd)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
        if rules.sync_folder:
            os.fsync(folder_fd)
            folder = parent_of(self._order.path)
            while folder:  # a killed repair may have made one of these and not flushed its name
                folder = parent_of(folder)
                os.fsync(self._folders.open(folder))


def is_same(here: OpenDestination, known: tuple[int, int], seen: tuple[int, int]) -> bool:
    """The very file that was looked at, by (inode, time in ns), as far as its file system can tell."""
    fs_type = here.volume.fs_type
    return same_time(known[1], seen[1], fs_type) and (fs_type not in _STABLE_INODES or known[0] == seen[0])
