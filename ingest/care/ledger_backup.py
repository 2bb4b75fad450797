"""A ledger's backups at a destination; each function is asked there, by a child that may be killed."""

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

from ingest.copying.destination import PRIVATE, OpenDestination, admit, open_destination
from ingest.copying.limits import Limit
from ingest.copying.proving import read_back
from ingest.disk.apart import alive
from ingest.disk.folders import open_folder
from ingest.disk.publish import publish
from ingest.disk.readback import Buffer
from ingest.errors import DestinationMissing
from ingest.ledger.backups import GZIP, LastBackup
from ingest.model.copies import Method
from ingest.model.places import Destination
from ingest.plan.generations import Backup, backup_name, kept, parse_backup, station_word

FOLDER = PRIVATE + b"/ledger"
_CHUNK = 4 << 20
_FLUSH_EVERY = 64 << 20  # a flush is silence, and silence is not to last
_STEP = 0.5  # seconds
_NAMES = 1000  # tries for one that is free


@dataclass(frozen=True, slots=True)
class Parcel:
    """A snapshot to be stored. path: of the gzip file on this computer. The hashes are xxh128, see `Snapshot`."""

    path: bytes
    station: str
    identity: str
    at: float
    size: int
    xxh128: bytes
    plain_xxh128: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A backup that has its name. removed: names of older ones that no rule keeps."""

    last: LastBackup
    removed: tuple[str, ...]


def store(place: Destination, marker: str, parcel: Parcel, now: float) -> Stored:
    """Write, flush, read back around the cache, unpack while reading, compare, and only then name it; then prune.

    marker: as the ledger knows it.

    Raises:
        DestinationError: it is not there or another one.
        OSError: what it answers; EIO when it gives other bytes back. Nothing with a name was left.
    """
    with _folder(place, marker) as (opened, folder_fd):
        ours = f".unfinished-{station_word(parcel.station)}-{parcel.identity}-".encode()
        _sweep(folder_fd, ours)
        temporary = ours + secrets.token_hex(8).encode()
        pace = _Pace(place.limit)
        try:
            _write(folder_fd, temporary, parcel, pace)
            method = _prove(opened, folder_fd, temporary, parcel, pace)
            opened.check_identity()
            name = _name(folder_fd, temporary, parcel)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder_fd)
        _keep_name(opened, folder_fd, name)
        removed = _prune(folder_fd, parcel.identity, name, now)
        return Stored(LastBackup(parcel.at, name.decode(), parcel.size, method.value), removed)


@contextlib.contextmanager
def _folder(place: Destination, marker: str) -> Iterator[tuple[OpenDestination, int]]:
    if not marker:
        raise DestinationMissing(f"{place.name} was never used as a destination", path=place.name)
    opened = open_destination(admit(place, marker))
    try:
        folder_fd = open_folder(opened.root_fd, FOLDER)
        try:
            yield opened, folder_fd
        finally:
            os.close(folder_fd)
    finally:
        opened.close()


def _sweep(folder_fd: int, beginning: bytes) -> None:
    """What a killed backup of this ledger left; sessions of one home take turns, so nobody is writing it now."""
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


def _prove(place: OpenDestination, folder_fd: int, name: bytes, parcel: Parcel, pace: _Pace) -> Method:
    """How it was read back: what came back is the gzip file, and in it the very ledger that opened and was checked."""
    outer, inner, unpack = xxhash.xxh3_128(), xxhash.xxh3_128(), zlib.decompressobj(GZIP)

    def take(piece: memoryview) -> None:
        pace.wait(len(piece))
        outer.update(piece)
        inner.update(unpack.decompress(piece))

    buffer = Buffer()
    try:
        back = read_back(place, folder_fd, name, buffer, (take,))
    except zlib.error as error:
        raise OSError(errno.EIO, "the backup came back with other bytes") from error
    finally:
        buffer.close()
    is_whole = unpack.eof and back.size == parcel.size
    if not is_whole or outer.digest() != parcel.xxh128 or inner.digest() != parcel.plain_xxh128:
        raise OSError(errno.EIO, "the backup came back with other bytes")
    return back.method


def _name(folder_fd: int, temporary: bytes, parcel: Parcel) -> bytes:
    for extra in range(_NAMES):
        name = backup_name(parcel.station, parcel.identity, parcel.at + extra / 1000).encode()
        with contextlib.suppress(FileExistsError):
            publish(folder_fd, temporary, folder_fd, name)
            return name
    raise FileExistsError(errno.EEXIST, "every name for the backup is taken")


def _keep_name(place: OpenDestination, folder_fd: int, name: bytes) -> None:
    if place.rules.sync_file_after_rename:
        fd = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder_fd)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    if place.rules.sync_folder:
        os.fsync(folder_fd)


def _prune(folder_fd: int, identity: str, newest: bytes, now: float) -> tuple[str, ...]:
    """Remove this ledger's backups that no rule keeps; the one just made always stays, whatever the clock says."""
    ours = [each for each in _backups_in(folder_fd) if each.identity == identity]
    stay = kept(ours, now).keys() | {newest.decode()}
    gone = []
    for each in ours:
        if each.name not in stay:
            with contextlib.suppress(OSError):  # it is in nobody's way
                os.unlink(each.name.encode(), dir_fd=folder_fd)
                gone.append(each.name)
            alive()
    return tuple(gone)


def _backups_in(folder_fd: int) -> list[Backup]:
    names = [each for name in os.listdir(folder_fd) if (each := parse_backup(name))]
    return [each for each in names if _is_file(folder_fd, each.name)]


def _is_file(folder_fd: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder_fd, follow_symlinks=False).st_mode)
    except OSError:
        return False
