"""A parcel stored at a destination and kept by generations: the ledger's backups and the snapshots of catalogs alike.

Asked at the destination, by a child that may be killed. A parcel is a gzip file of this computer that was opened and
found sound; what gets a name here came back from the medium as that very file.
"""

import contextlib
import errno
import os
import secrets
import stat
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import xxhash

from ingest.copying.destination import OpenDestination, admit, inspect, open_destination, read_marker
from ingest.copying.limits import Limit
from ingest.copying.proving import read_back
from ingest.disk.apart import alive
from ingest.disk.folders import open_folder
from ingest.disk.publish import publish
from ingest.disk.readback import Buffer, ReadBack
from ingest.errors import DestinationMissing
from ingest.ledger.backups import GZIP
from ingest.model.copies import Method
from ingest.model.names import join
from ingest.model.places import Destination
from ingest.plan.generations import Generation, Series, kept

_CHUNK = 4 << 20
_FLUSH_EVERY = 64 << 20  # a flush is silence, and silence is not to last
_STEP = 0.5  # seconds
_NAMES = 1000  # tries for one that is free
_OTHER = "the backup came back with other bytes"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be stored. path: of the gzip file on this computer. at: seconds since 1970 UTC, size: bytes.

    xxh128: of the file; plain_xxh128: of what is in it, which was opened.
    """

    path: bytes
    at: float
    size: int
    xxh128: bytes
    plain_xxh128: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A generation that has its name, as it was read back. removed: names of older ones that no rule keeps.

    lying: names of all of the series that lie there now.
    """

    name: str
    at: float
    size: int
    method: Method
    proven_at: float
    inode: int
    mtime_ns: int
    removed: tuple[str, ...]
    lying: frozenset[str]


def keep(place: Destination, marker: str, folder: bytes, series: Series, parcel: Parcel, now: float) -> Kept:
    """Write, flush, read back around the cache, unpack while reading, compare, and only then name it; then prune.

    marker: as the ledger knows it. folder: below the destination's root, with nothing of another series that reads
    as one of this.

    Raises:
        DestinationError: it is not there or another one.
        OSError: what it answers; EIO when it gives other bytes back. Nothing with a name was left.
    """
    with _folder(place, marker, folder) as (opened, folder_fd):
        ours = f".unfinished-{series.word}-".encode()
        _sweep(folder_fd, ours)
        temporary = ours + secrets.token_hex(8).encode()
        pace = _Pace(place.limit)
        try:
            _write(folder_fd, temporary, parcel, pace)
            back = _prove(opened, folder_fd, temporary, parcel, pace)
            at = time.time()
            opened.check_identity()
            name = _name(folder_fd, temporary, series, parcel)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder_fd)
        _keep_name(opened, folder_fd, name)
        removed, lying = _prune(folder_fd, series, name, now)
        seen = (parcel.size, back.method, at, back.inode, back.mtime_ns)
        return Kept(name.decode(), parcel.at, *seen, removed, lying)


@dataclass(frozen=True, slots=True)
class Standing:
    """A destination and what of a series lies there. devices: the physical things beneath it. sizes: name -> bytes."""

    devices: frozenset[str]
    st_dev: int
    sizes: dict[str, int]


def standing(place: Destination, marker: str, folder: bytes, series: Series) -> Standing:
    """What lies at a destination already; writes nothing. marker, folder, series: as for `keep`.

    Raises:
        DestinationError: it is not there or another one.
    """
    if not marker:
        raise _never_used(place)
    volume, _ = inspect(place, named=False)
    if read_marker(place.root) != marker:
        raise DestinationMissing(f"{place.name} is not the destination that was used before", path=place.name)
    sizes: dict[str, int] = {}
    with contextlib.suppress(FileNotFoundError), os.scandir(join(place.root, folder)) as entries:
        for entry in entries:
            name = os.fsdecode(entry.name)
            if series.parse(name) and entry.is_file(follow_symlinks=False):
                sizes[name] = entry.stat(follow_symlinks=False).st_size
            alive()
    return Standing(volume.devices, volume.st_dev, sizes)


def _never_used(place: Destination) -> DestinationMissing:
    return DestinationMissing(f"{place.name} was never used as a destination", path=place.name)


@contextlib.contextmanager
def _folder(place: Destination, marker: str, folder: bytes) -> Iterator[tuple[OpenDestination, int]]:
    if not marker:
        raise _never_used(place)
    opened = open_destination(admit(place, marker))
    try:
        folder_fd = open_folder(opened.root_fd, folder)
        try:
            yield opened, folder_fd
        finally:
            os.close(folder_fd)
    finally:
        opened.close()


def _sweep(folder_fd: int, beginning: bytes) -> None:
    """What a killed one of this series left; sessions of one home take turns, so nobody is writing it now."""
    for name in map(os.fsencode, os.listdir(folder_fd)):
        if name.startswith(beginning):
            os.unlink(name, dir_fd=folder_fd)


class _Pace:
    """The destination's speed limit; to wait for it is no silence."""

    def __init__(self, limit: int) -> None:
        self._limit = Limit(limit, time.monotonic())

    def wait(self, count: int) -> None:
        until = time.monotonic() + self._limit.wait(count, time.monotonic())
        alive()
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _STEP))
            alive()


def _write(folder_fd: int, name: bytes, parcel: Parcel, pace: _Pace) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(name, flags, 0o600, dir_fd=folder_fd)
    try:
        unflushed = 0
        with open(parcel.path, "rb") as source:
            while data := source.read(_CHUNK):
                pace.wait(len(data))
                view = memoryview(data)
                while view:
                    view = view[os.write(fd, view) :]
                unflushed += len(data)
                if unflushed >= _FLUSH_EVERY:
                    os.fsync(fd)
                    unflushed = 0
        os.fsync(fd)
    finally:
        os.close(fd)
    alive()


def _prove(place: OpenDestination, folder_fd: int, name: bytes, parcel: Parcel, pace: _Pace) -> ReadBack:
    """How it was read back: what came back is the gzip file, and in it the very bytes that opened and were checked."""
    outer, inner, unpack = xxhash.xxh3_128(), xxhash.xxh3_128(), zlib.decompressobj(GZIP)

    def take(piece: memoryview) -> None:
        pace.wait(len(piece))
        outer.update(piece)
        inner.update(unpack.decompress(piece))

    buffer = Buffer()
    try:
        back = read_back(place, folder_fd, name, buffer, (take,))
    except zlib.error as error:
        raise OSError(errno.EIO, _OTHER) from error
    finally:
        buffer.close()
    is_whole = unpack.eof and back.size == parcel.size
    if not is_whole or outer.digest() != parcel.xxh128 or inner.digest() != parcel.plain_xxh128:
        raise OSError(errno.EIO, _OTHER)
    return back


def _name(folder_fd: int, temporary: bytes, series: Series, parcel: Parcel) -> bytes:
    for extra in range(_NAMES):
        name = series.name(parcel.at + extra / 1000).encode()
        with contextlib.suppress(FileExistsError):
            publish(folder_fd, temporary, folder_fd, name)
            return name
    raise FileExistsError(errno.EEXIST, "every name for it is taken")


def _keep_name(place: OpenDestination, folder_fd: int, name: bytes) -> None:
    if place.rules.sync_file_after_rename:
        fd = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder_fd)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    if place.rules.sync_folder:
        os.fsync(folder_fd)


def _prune(folder_fd: int, series: Series, newest: bytes, now: float) -> tuple[tuple[str, ...], frozenset[str]]:
    """Remove those of this series that no rule keeps; the one just made always stays, whatever the clock says.

    Gives the names that went, and those that lie there now.
    """
    ours = _generations_in(folder_fd, series)
    stay = kept(ours, now).keys() | {newest.decode()}
    gone = []
    for each in ours:
        if each.name not in stay:
            with contextlib.suppress(OSError):  # it is in nobody's way
                os.unlink(each.name.encode(), dir_fd=folder_fd)
                gone.append(each.name)
            alive()
    return tuple(gone), frozenset(each.name for each in ours) - {*gone}


def _generations_in(folder_fd: int, series: Series) -> list[Generation]:
    names = [each for name in os.listdir(folder_fd) if (each := series.parse(name))]
    return [each for each in names if _is_file(folder_fd, each.name)]


def _is_file(folder_fd: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder_fd, follow_symlinks=False).st_mode)
    except OSError:
        return False
