"""Versions at a destination: how they are spoken of, how they are looked at and read there."""

import bisect
import contextlib
import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import xxhash

from ingest.copying.destination import Admitted, OpenDestination, open_destination
from ingest.copying.proving import read_back
from ingest.disk.apart import alive
from ingest.disk.folders import FolderCache
from ingest.disk.readback import Buffer
from ingest.disk.times import mtime_of
from ingest.model.copies import Digest, Method
from ingest.model.names import base_of, parent_of


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file by its status, to see whether it is the same still; `NO_FILE` for what is none."""

    size: int
    inode: int
    mtime_ns: int


NO_FILE = Stamp(-1, 0, 0)


@dataclass(frozen=True, slots=True)
class Known:
    """A content that the file had. asset: its id. seen: when, seconds since 1970 UTC.

    is_lacking: none is known to lie aside.
    """

    asset: int
    digest: Digest
    seen: float
    is_lacking: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What is asked about one file. plain: (asset, stamp) of the version that the ledger knows under the plain name.

    is_ours: a photograph's own copy has that name there; nothing takes its place.
    """

    path: bytes
    known: tuple[Known, ...]
    plain: tuple[int, Stamp] | None = None
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy as it was read back. path: below the root. at: seconds since 1970 UTC."""

    asset: int
    path: bytes
    stamp: Stamp
    method: Method
    xxh128: bytes
    matched: bool
    at: float


@dataclass(frozen=True, slots=True)
class There:
    """What stands there. asset: of the plain name, None where it is free or somebody's own (is_foreign).

    stamp: of the file with the plain name. found: copies that the ledger does not know.
    """

    path: bytes
    asset: int | None = None
    is_foreign: bool = False
    stamp: Stamp | None = None
    found: tuple[Copied, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """The newest version, which lies at `lies`, takes the plain name. older: who has it now, by its stamp.

    proven: it was read back where it lies in this session.
    """

    path: bytes
    newest: Known
    lies: bytes
    proven: Copied | None = None
    older: Known | None = None
    older_stamp: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of a move. older, newest: copies under their new names, None where they did not get them."""

    path: bytes
    newest: Copied | None = None
    older: Copied | None = None
    problem: str = ""


@dataclass(slots=True)
class Desk:
    """One visit to a destination: the folders that are open there, those whose names are durable, a buffer."""

    place: OpenDestination
    folders: FolderCache
    buffer: Buffer
    sure: set[bytes] = field(default_factory=set)
    names: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)

    def names_in(self, folder: bytes, beginning: bytes) -> Iterator[bytes]:
        """What lies in a folder and begins so, in order; it is listed once. Nothing where there is no such folder."""
        if folder not in self.names:
            try:
                listed = os.listdir(self.folders.open(folder))
            except FileNotFoundError:
                listed = []
            self.names[folder] = tuple(sorted(map(os.fsencode, listed)))
        names = self.names[folder]
        for at in range(bisect.bisect_left(names, beginning), len(names)):
            if not names[at].startswith(beginning):
                return
            yield names[at]

    def unsure(self, *folders: bytes) -> list[bytes]:
        """These, and once those above them: a killed session may have made one and not flushed its name."""
        found = list(folders)
        for folder in folders:
            while folder and (folder := parent_of(folder)) not in self.sure:
                self.sure.add(folder)
                found.append(folder)
        return found


@contextlib.contextmanager
def desk_at(admitted: Admitted) -> Iterator[Desk]:
    """Raises as `open_destination`."""
    place = open_destination(admitted)
    desk = Desk(place, FolderCache(place.root_fd), Buffer())
    try:
        yield desk
    finally:
        desk.folders.close()
        desk.buffer.close()
        place.close()


def stamp_of(desk: Desk, path: bytes) -> Stamp | None:
    """None where nothing has that name; `NO_FILE` where something else stands in its way."""
    try:
        info = os.stat(base_of(path), dir_fd=desk.folders.open(parent_of(path)), follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):  # a file or a link where our folder would be
            return NO_FILE
        raise
    if not stat.S_ISREG(info.st_mode):
        return NO_FILE
    return Stamp(info.st_size, info.st_ino, mtime_of(info))


def read_version(desk: Desk, path: bytes, content: "xxhash.xxh3_128", sha1: "hashlib._Hash | None" = None) -> Copied:
    """Read a file around the cache; which version it is, and whether it is as proven, is for the caller to say."""
    sinks = (content.update, lambda _: alive(), *((sha1.update,) if sha1 else ()))
    folder_fd = desk.folders.open(parent_of(path))
    back = read_back(desk.place, folder_fd, base_of(path), desk.buffer, sinks)
    stamp = Stamp(back.size, back.inode, back.mtime_ns)
    return Copied(0, path, stamp, back.method, content.digest(), False, time.time())
