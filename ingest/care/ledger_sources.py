"""What a lost ledger can be made from; each function is asked at a destination, by a child that may be killed."""

import contextlib
import hashlib
import os
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import xxhash

from ingest.copying.destination import PRIVATE, inspect, read_marker
from ingest.disk.apart import alive
from ingest.disk.folders import FileOpener
from ingest.disk.readback import Buffer, read_around_cache
from ingest.errors import DestinationMissing, SafelightError
from ingest.ledger.backups import GZIP
from ingest.manifest.history import read_history
from ingest.manifest.records import FORMAT
from ingest.manifest.tree import HISTORY_FOLDER
from ingest.model.copies import Method
from ingest.model.names import display, join
from ingest.model.places import Destination, Volume
from ingest.plan.generations import Backup, parse_backup

_CHUNK = 4 << 20
_MOST_PACKED = 200  # times that a ledger gets smaller; gzip itself could do 1,000
_LEAST_ROOM = 16 << 20
_HEAD = 64 << 10  # of each file: what `asset.head` is the hash of


@dataclass(frozen=True, slots=True)
class Told:
    """What a history says of one file. path: below the destination's root. size: None where it was left out."""

    path: bytes
    size: int | None
    xxh128: bytes


@dataclass(slots=True)
class Stand:
    """A destination as it stands: its volume, its marker, its histories. files by folder of the history.

    damaged: folders whose history cannot be believed, with the reason. left_out: files told by other digests only.
    """

    volume: Volume
    marker: str
    files: dict[bytes, list[Told]] = field(default_factory=dict)
    damaged: list[tuple[bytes, str]] = field(default_factory=list)
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A file read whole. problem: "" or why it could not be; "gone" where nothing bears the name."""

    path: bytes
    problem: str
    size: int = 0
    xxh128: bytes = b""
    sha1: bytes = b""
    head: bytes = b""
    inode: int = 0
    mtime_ns: int = 0
    method: Method = Method.CACHED
    at: float = 0.0


def backups_in(folder: bytes) -> list[Backup]:
    """The ledger backups that lie in a folder (absolute), by their names; none where it is not there."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return [found for name in names if (found := parse_backup(os.fsdecode(name)))]


def fetch_backup(packed: bytes, target: bytes) -> None:
    """Unpack a backup (absolute path) into `target` on this computer, which must not exist; for its owner alone.

    Raises:
        OSError: it cannot be read, is no whole gzip file, or holds far more than any ledger packed to its size.
    """
    fd = os.open(packed, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        most = _LEAST_ROOM + _MOST_PACKED * os.fstat(fd).st_size
        with open(target, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as plain:
            for piece in _unpacked(fd):
                plain.write(piece)
                if plain.tell() > most:
                    raise OSError(None, "it unpacks to far more than any ledger")
                alive()
    except zlib.error as error:
        raise OSError(None, "not a whole gzip file") from error
    finally:
        os.close(fd)


def _unpacked(fd: int) -> Iterator[bytes]:
    """What a gzip file holds, in pieces of a bounded size whatever it claims."""
    unpack, waiting = zlib.decompressobj(GZIP), b""
    while not unpack.eof:
        waiting = waiting or os.read(fd, _CHUNK)
        if not waiting:
            yield unpack.flush()
            break
        yield unpack.decompress(waiting, _CHUNK)
        waiting = unpack.unconsumed_tail
    if not unpack.eof:
        raise OSError(None, "not a whole gzip file")


def stand_of(place: Destination, below: bytes) -> Stand:
    """Look at a destination and read every history beneath its folder `below` (b"" for all of it). Writes nothing.

    Raises:
        DestinationError: it is not there, or was never used as a destination.
    """
    volume, _ = inspect(place)
    marker = read_marker(place.root)
    if not marker:
        raise DestinationMissing(f"{place.name} was never used as a destination", path=display(place.root))
    stand = Stand(volume, marker)
    waiting = [below]
    while waiting:
        folder = waiting.pop()
        alive()
        for entry in _folders_in(join(place.root, folder) if folder else place.root):
            path = join(folder, entry)
            if entry == HISTORY_FOLDER:
                _read(place.root, folder, stand)
            elif path != PRIVATE:
                waiting.append(path)
    return stand


def _folders_in(folder: bytes) -> list[bytes]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    return []


def _read(root: bytes, folder: bytes, stand: Stand) -> None:
    try:
        history = read_history(join(root, folder) if folder else root)
    except SafelightError as error:
        stand.damaged.append((folder, error.message))
        return
    told = []
    for path, known in history.files.items():
        text = known.digest(FORMAT)
        if text is None:
            stand.left_out += 1
        else:
            told.append(Told(join(folder, path), known.size, bytes.fromhex(text)))
    if told:
        stand.files[folder] = sorted(told, key=lambda each: each.path)


def read_files(place: Destination, marker: str, paths: Sequence[bytes]) -> list[Seen]:
    """Read files below a destination's root whole and around the cache.

    Raises:
        DestinationMissing: it is not, or no longer, the destination of this marker.
    """
    _, rules = inspect(place)
    if read_marker(place.root) != marker:
        raise DestinationMissing(f"{place.name} is no longer what it was", path=display(place.root))
    buffer = Buffer()
    try:
        with FileOpener(place.root) as opener:
            return [_look(opener, path, buffer, rules.proof_ceiling) for path in paths]
    finally:
        buffer.close()


def _look(opener: FileOpener, path: bytes, buffer: Buffer, ceiling: Method | None) -> Seen:
    content, sha1, first = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False), bytearray()

    def begin(piece: memoryview) -> None:
        if len(first) < _HEAD:
            first.extend(piece[: _HEAD - len(first)])

    try:
        fd = opener.open(path)
        try:
            back = read_around_cache(fd, (content.update, sha1.update, begin, lambda _: alive()), buffer, ceiling)
        finally:
            os.close(fd)
    except FileNotFoundError:
        return Seen(path, "gone")
    except OSError as error:
        return Seen(path, error.strerror or str(error))
    head = xxhash.xxh3_128_digest(bytes(first))
    now = time.time()
    return Seen(path, "", back.size, content.digest(), sha1.digest(), head, back.inode, back.mtime_ns, back.method, now)
