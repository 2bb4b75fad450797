"""The folder of a shoot where it is edited, asked there: what lies in it, and what of it is new. It is only read.

Every folder and file is opened without following a link, and no other file system is entered.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import xxhash

from ingest.copying.destination import read_marker
from ingest.copying.source import HEAD
from ingest.disk.apart import alive
from ingest.disk.folders import FileOpener, FolderCache
from ingest.disk.readback import CHUNK
from ingest.disk.times import mtime_of
from ingest.disk.volumes import volume_of
from ingest.errors import DestinationMissing
from ingest.model.cards import EntryKind
from ingest.model.copies import Digest
from ingest.model.names import display, join
from ingest.model.places import Destination
from ingest.plan.edits import Entry, folder_left_out

_STABLE = ("ext4", "xfs", "btrfs")  # file systems on which a file keeps its inode; elsewhere it says nothing
_LONGEST_PATH = 4000  # bytes; one that is longer cannot be opened at all destinations


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was read whole. digest: None where it could not be read, or changed meanwhile (problem "")."""

    entry: Entry
    digest: Digest | None = None
    head: bytes = b""
    problem: str = ""


def fs_type_at(place: Destination, marker: str) -> str:
    """The file system of a destination that must be the one that was used before; nothing is written there.

    Raises:
        DestinationMissing: not there, or another place.
    """
    shown = display(place.root)
    try:
        if not marker or read_marker(place.root) != marker:
            raise DestinationMissing(
                f"{place.name}: {shown} is not the destination that was used before",
                path=shown,
                hint=f"Most likely {place.name} is not mounted",
            )
        return volume_of(place.root, named=False).fs_type
    except OSError as error:
        hint = f"Plug in or mount {place.name}"
        raise DestinationMissing(f"{place.name} does not answer: {error.strerror}", path=shown, hint=hint) from error


def list_at(place: Destination, marker: str, folder: bytes) -> tuple[Entry, ...]:
    """Everything in a folder below the root, by path; nothing where there is no such folder.

    Raises:
        DestinationMissing: as `fs_type_at`.
        OSError: the folder itself cannot be listed.
    """
    keeps_inodes = fs_type_at(place, marker) in _STABLE
    with _root_of(place) as root_fd:
        folders = FolderCache(root_fd)
        try:
            folders.open(folder)
            found = list(_walk(folders, folder, keeps_inodes=keeps_inodes))
        except FileNotFoundError:
            return ()
        finally:
            folders.close()
    return tuple(sorted(found))


@contextlib.contextmanager
def _root_of(place: Destination) -> Iterator[int]:
    fd = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def _walk(folders: FolderCache, top: bytes, *, keeps_inodes: bool) -> Iterator[Entry]:
    pending = [top]
    st_dev = os.fstat(folders.open(top)).st_dev
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folders.open(folder)) as listing:
                for each in listing:
                    alive()
                    path = join(folder, os.fsencode(each.name))
                    entry = _entry(path, each, st_dev, keeps_inodes=keeps_inodes)
                    if entry:
                        yield entry
                    elif folder_left_out(path) is None:
                        pending.append(path)
        except OSError as error:
            if folder == top:
                raise
            yield Entry(folder, 0, 0, 0, EntryKind.UNLISTABLE, error.strerror or str(error))


def _entry(path: bytes, each: "os.DirEntry[str]", st_dev: int, *, keeps_inodes: bool) -> Entry | None:
    """None for a folder that is to be walked into."""
    try:
        info = each.stat(follow_symlinks=False)
    except OSError as error:
        return Entry(path, 0, 0, 0, EntryKind.UNLISTABLE, error.strerror or str(error))
    if stat.S_ISDIR(info.st_mode):
        if info.st_dev == st_dev and len(path) <= _LONGEST_PATH:
            return None
        why = "another file system is mounted here" if info.st_dev != st_dev else "it is nested too deeply"
        return Entry(path, 0, 0, 0, EntryKind.UNLISTABLE, why)
    if stat.S_ISLNK(info.st_mode):
        kind = EntryKind.SYMLINK
    else:
        kind = EntryKind.FILE if stat.S_ISREG(info.st_mode) else EntryKind.SPECIAL
    return Entry(path, info.st_size, mtime_of(info), info.st_ino if keeps_inodes else 0, kind)


def read_at(place: Destination, marker: str, entries: Sequence[Entry]) -> tuple[Seen, ...]:
    """Read these files whole, in order. One that is not as it was listed, before and behind the read, has changed.

    Raises:
        DestinationMissing: as `fs_type_at`.
    """
    fs_type_at(place, marker)
    with FileOpener(place.root) as opener:
        return tuple(_read(opener, entry) for entry in entries)


def _read(opener: FileOpener, entry: Entry) -> Seen:
    content, sha1, size, head = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False), 0, b""
    try:
        fd = opener.open(entry.path)
        try:
            before = os.fstat(fd)
            while data := os.read(fd, CHUNK):
                head = head or xxhash.xxh3_128_digest(data[:HEAD])
                content.update(data)
                sha1.update(data)
                size += len(data)
                alive()
            after = os.fstat(fd)
        finally:
            os.close(fd)
    except FileNotFoundError:
        return Seen(entry)
    except (OSError, ValueError) as error:
        return Seen(entry, problem=getattr(error, "strerror", None) or str(error))
    if size != entry.size or not (_is(entry, before) and _is(entry, after)):
        return Seen(entry)
    return Seen(entry, Digest(size, content.digest(), sha1.digest()), head or xxhash.xxh3_128_digest(b""))


def _is(entry: Entry, info: os.stat_result) -> bool:
    return (info.st_size, mtime_of(info)) == (entry.size, entry.mtime_ns) and entry.inode in (0, info.st_ino)
