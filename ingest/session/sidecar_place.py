"""Sidecars beside the copies of a destination, asked there: written under a temporary name, durable, then renamed.

Every component of a path is opened without following a link. A sidecar that is there is read, merged and replaced by
the merged one, unless it changed meanwhile; a copy that the ledger knows is never touched.
"""

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ingest.copying.destination import Admitted, OpenDestination, open_destination
from ingest.disk.apart import alive
from ingest.disk.barrier import sync_files, sync_filesystem
from ingest.disk.folders import FolderCache
from ingest.disk.publish import publish
from ingest.model.iptc import Iptc
from ingest.model.names import base_of, collision_key, join, parent_of, suffix_of
from ingest.tagging.errors import XmpRefused
from ingest.tagging.xmp import merged
from ingest.tagging.xmp_read import LARGEST_XMP

CARDS_OWN = "it is the card's own, and its bytes were proven as they are"
TRAVELLED = "it came there by safelight sync, which brings the new one too"
_CHANGED = "another program wrote it at the same moment"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Fate(StrEnum):
    """What became of a sidecar. LEFT: nothing was written, and why is told. GONE: its pictures are not there."""

    WRITTEN = "written"
    MERGED = "merged"
    SAME = "same"
    LEFT = "left"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sidecar that is to be, by paths below the root. raws: the pictures that it speaks for.

    base: a copy of the card's own sidecar, b"" where it has none there, None where the card has no such sidecar.
    recorded: paths that are this one in some case and copies of the ledger; travelled: those that a sync brought there,
    of which the older bytes must stay somewhere.
    """

    path: bytes
    raws: tuple[bytes, ...]
    base: bytes | None = None
    recorded: frozenset[bytes] = frozenset()
    travelled: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a wanted sidecar. path: as it is called there."""

    path: bytes
    fate: Fate
    why: str = ""


@dataclass(slots=True)
class _Making:
    """A merged sidecar on its way. before: the status of the one that it replaces, None for a new one."""

    path: bytes
    temporary: bytes
    fd: int
    before: os.stat_result | None


@dataclass(slots=True)
class _Desk:
    place: OpenDestination
    said: Iptc
    at: datetime
    folders: FolderCache
    names: dict[bytes, dict[str, list[bytes]]] = field(default_factory=dict)


def write_sidecars_at(
    admitted: Admitted, tag: bytes, wanted: Sequence[Wanted], said: Iptc, at: datetime
) -> tuple[Found, ...]:
    """Write or merge some hundred sidecars; for each what became of it, in order.

    tag: how temporary names begin, known to the ledger, so that a later session sweeps what a killed one left.

    Raises:
        DestinationError: it is not there any more.
        OSError: its folder of temporary names does not answer.
    """
    place = open_destination(admitted)
    folders = FolderCache(place.root_fd)
    desk = _Desk(place, said, at, folders)
    try:
        found = [_made(desk, each, tag + b"-x%d" % number) for number, each in enumerate(wanted)]
        making = [each for each in found if isinstance(each, _Making)]
        problem = _barrier(place, making)
        done = iter([_named(desk, each, problem) for each in making])
        _make_names_durable(desk, making)
        return tuple(next(done) if isinstance(each, _Making) else each for each in found)
    finally:
        folders.close()
        place.close()


def _made(desk: _Desk, wanted: Wanted, temporary: bytes) -> _Making | Found:
    """The temporary file of a sidecar, not durable yet; or why there is none."""
    alive()
    path = wanted.path
    try:
        folder_fd = desk.folders.open(parent_of(path))
        if not any(_is_file(folder_fd, base_of(raw)) for raw in wanted.raws):
            return Found(path, Fate.GONE)
        path = join(parent_of(path), _name_there(desk, folder_fd, path))
        if path in wanted.recorded:
            return Found(path, Fate.LEFT, CARDS_OWN)
        existing, before = _read(folder_fd, base_of(path))
        if existing is None and wanted.base is not None:
            existing = _base(desk, wanted.base)
        owners = {suffix_of(raw).decode("ascii", "replace") for raw in wanted.raws}
        data = merged(existing, desk.said, owners=owners, at=desk.at)
        if data is None:
            return Found(path, Fate.SAME)
        if path in wanted.travelled:
            return Found(path, Fate.LEFT, TRAVELLED)
        return _Making(path, temporary, _write(desk.place.incoming_fd, temporary, data, before), before)
    except FileNotFoundError:
        return Found(path, Fate.GONE)
    except XmpRefused as error:
        return Found(path, Fate.LEFT, error.message)
    except (OSError, ValueError) as error:  # one that cannot be written holds no other up
        return Found(path, Fate.LEFT, getattr(error, "strerror", None) or str(error))


def _base(desk: _Desk, path: bytes) -> bytes:
    """The card's own sidecar as it was copied; without it a new one would lack what the card says."""
    try:
        found = _read(desk.folders.open(parent_of(path)), base_of(path))[0] if path else None
    except FileNotFoundError:
        found = None
    if found is None:
        raise XmpRefused("the card has one too, which has no copy there")
    return found


def _is_file(folder_fd: int, name: bytes) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return stat.S_ISREG(os.stat(name, dir_fd=folder_fd, follow_symlinks=False).st_mode)
    return False


def _name_there(desk: _Desk, folder_fd: int, path: bytes) -> bytes:
    """How the sidecar is spelt that is there, in whatever case; the wanted name where there is none."""
    folder, name = parent_of(path), base_of(path)
    if folder not in desk.names:
        names: dict[str, list[bytes]] = {}
        for each in sorted(map(os.fsencode, os.listdir(folder_fd))):
            names.setdefault(collision_key(each), []).append(each)
        desk.names[folder] = names
    there = desk.names[folder].get(collision_key(name), [])
    return name if name in there or not there else there[0]


def _read(folder_fd: int, name: bytes) -> tuple[bytes | None, os.stat_result | None]:
    """A sidecar's bytes (one more than it may have, at most) and its status; (None, None) where there is none."""
    try:
        fd = os.open(name, _OLD, dir_fd=folder_fd)
    except FileNotFoundError:
        return None, None
    with open(fd, "rb") as file:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise XmpRefused("it is not a regular file")
        return file.read(LARGEST_XMP + 1), before


def _write(incoming_fd: int, temporary: bytes, data: bytes, before: os.stat_result | None) -> int:
    fd = os.open(temporary, _NEW, 0o644, dir_fd=incoming_fd)
    try:
        if before is not None:
            with contextlib.suppress(OSError):  # FAT has no such thing
                os.fchmod(fd, stat.S_IMODE(before.st_mode))
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
    except BaseException:
        os.close(fd)
        _forget(incoming_fd, temporary)
        raise
    return fd


def _forget(incoming_fd: int, temporary: bytes) -> None:
    with contextlib.suppress(OSError):
        os.unlink(temporary, dir_fd=incoming_fd)


def _barrier(place: OpenDestination, making: Sequence[_Making]) -> str:
    """Make what was written durable and close it; "" or why nothing of it may get its name."""
    errors: list[OSError | None] = []
    if making and place.rules.barrier_is_syncfs:
        try:
            sync_filesystem(place.root_fd)
        except OSError as error:
            errors.append(error)
    else:
        errors += sync_files([each.fd for each in making])
    for each in making:
        try:
            os.close(each.fd)
        except OSError as error:
            errors.append(error)
    alive()
    return next((error.strerror or str(error) for error in errors if error), "")


def _named(desk: _Desk, making: _Making, problem: str) -> Found:
    """Give it its name, unless what stood there changed meanwhile."""
    incoming_fd, name = desk.place.incoming_fd, base_of(making.path)
    try:
        folder_fd = desk.folders.open(parent_of(making.path))
        if not problem and making.before is None:
            publish(incoming_fd, making.temporary, folder_fd, name)
            return Found(making.path, Fate.WRITTEN)
        if not problem and _same(making.before, os.stat(name, dir_fd=folder_fd, follow_symlinks=False)):
            os.rename(making.temporary, name, src_dir_fd=incoming_fd, dst_dir_fd=folder_fd)
            return Found(making.path, Fate.MERGED)
        problem = problem or _CHANGED
    except (FileExistsError, FileNotFoundError):
        problem = _CHANGED
    except OSError as error:
        problem = error.strerror or str(error)
    _forget(incoming_fd, making.temporary)
    return Found(making.path, Fate.LEFT, problem)


def _same(before: os.stat_result | None, now: os.stat_result) -> bool:
    return before is not None and (before.st_ino, before.st_size, before.st_mtime_ns) == (
        now.st_ino,
        now.st_size,
        now.st_mtime_ns,
    )


def _make_names_durable(desk: _Desk, making: Sequence[_Making]) -> None:
    """A name that did not become durable is missing after a power cut, no more: the same command writes it again."""
    rules = desk.place.rules
    with contextlib.suppress(OSError):
        for each in making if rules.sync_file_after_rename else ():
            fd = os.open(
                base_of(each.path),
                os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC,
                dir_fd=desk.folders.open(parent_of(each.path)),
            )
            with contextlib.closing(os.fdopen(fd, "rb")):
                os.fsync(fd)
        for folder in sorted({parent_of(each.path) for each in making}) if rules.sync_folder else ():
            os.fsync(desk.folders.open(folder))
        if making and rules.sync_staging:
            os.fsync(desk.place.incoming_fd)
