"""Who takes whose place at a destination, asked there.

Nothing is ever replaced: the older version gets a name of its own by a rename that fails where the name is taken, then
the newer one gets the plain name in the same way. A crash between the two leaves that name free; the next sync goes on.
"""

import itertools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import xxhash

from ingest.copying.destination import Admitted
from ingest.disk.apart import alive
from ingest.disk.publish import publish
from ingest.edits.place import Copied, Desk, Known, Move, Moved, desk_at, read_version, stamp_of
from ingest.model.names import base_of, join, parent_of
from ingest.plan.version_names import aside, numbered

_NAMES_TRIED = 999
_CHANGED = "another program changed it at the same moment"


@dataclass(slots=True)
class _Moving:
    """A move on its way. aside: where the older lies now. touched: (new name, folder it came from), not durable yet."""

    move: Move
    aside: bytes = b""
    touched: tuple[bytes, bytes] | None = None
    older: Copied | None = None
    newest: Copied | None = None
    problem: str = ""


def move_at(admitted: Admitted, moves: Sequence[Move]) -> tuple[Moved, ...]:
    """Set the older aside and give the newest the plain name, durably; each answered for, in order.

    Raises:
        DestinationError: it is not there any more.
        OSError: it does not answer.
    """
    with desk_at(admitted) as desk:
        desk.place.check_identity()
        moving = [_Moving(move) for move in moves]
        for step in (_set_aside, _take_the_name):
            _each(desk, moving, step)
            _make_durable(desk, moving)
        _each(desk, moving, _prove)
        return tuple(Moved(each.move.path, each.newest, each.older, each.problem) for each in moving)


def _each(desk: Desk, moving: Sequence[_Moving], step: Callable[[Desk, _Moving], None]) -> None:
    """One that fails holds no other up."""
    for each in moving:
        alive()
        try:
            if not each.problem:
                step(desk, each)
        except FileExistsError:
            each.problem = _CHANGED
        except OSError as error:
            each.problem = error.strerror or str(error)


def _set_aside(desk: Desk, each: _Moving) -> None:
    """Rename the older version to a free name, unless the file is another one by now."""
    move = each.move
    if move.older is None or move.older_stamp is None:
        return
    if stamp_of(desk, move.path) != move.older_stamp:
        each.problem = _CHANGED
        return
    wanted, folder_fd = aside(move.path, move.older.seen), desk.folders.open(parent_of(move.path))
    target_fd = desk.folders.open(parent_of(wanted), make=True)
    for number in itertools.count(1):
        name = numbered(base_of(wanted), number) if number > 1 else base_of(wanted)
        try:
            publish(folder_fd, base_of(move.path), target_fd, name)
            break
        except FileExistsError:
            if number == _NAMES_TRIED:
                raise
    each.aside = join(parent_of(wanted), name)
    each.touched = each.aside, parent_of(move.path)
    now = stamp_of(desk, each.aside)
    if now is None or (now.size, now.mtime_ns) != (move.older_stamp.size, move.older_stamp.mtime_ns):
        publish(target_fd, name, folder_fd, base_of(move.path))  # somebody's own came in between: it goes back
        each.aside, each.touched, each.problem = b"", None, _CHANGED


def _take_the_name(desk: Desk, each: _Moving) -> None:
    move = each.move
    lies_fd = desk.folders.open(parent_of(move.lies))
    publish(lies_fd, base_of(move.lies), desk.folders.open(parent_of(move.path), make=True), base_of(move.path))
    each.touched = move.path, parent_of(move.lies)


def _make_durable(desk: Desk, moving: Sequence[_Moving]) -> None:
    """What makes a name survive a power cut differs: the folders, the file again on SMB, or both.

    A flush is not asked for twice: what it refused is told, and looked for by the next sync.
    """
    folders: dict[bytes, str] = {}
    for each in moving:
        if each.touched is None:
            continue
        (path, came_from), each.touched = each.touched, None
        if desk.place.rules.sync_file_after_rename:
            each.problem = each.problem or _flushed(_sync_file, desk, path)
        for folder in desk.unsure(parent_of(path), came_from) if desk.place.rules.sync_folder else ():
            if folder not in folders:
                folders[folder] = _flushed(_sync_folder, desk, folder)
            each.problem = each.problem or folders[folder]


def _flushed(flush: Callable[[Desk, bytes], None], desk: Desk, path: bytes) -> str:
    """Why it was refused, "" when it was not."""
    alive()
    try:
        flush(desk, path)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _sync_folder(desk: Desk, folder: bytes) -> None:
    os.fsync(desk.folders.open(folder))


def _sync_file(desk: Desk, path: bytes) -> None:
    fd = os.open(base_of(path), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=desk.folders.open(parent_of(path)))
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _prove(desk: Desk, each: _Moving) -> None:
    """Read back what has a new name and was not read back in this session. What was is the same file still."""
    move = each.move
    if move.older and each.aside:
        each.older = _proven(desk, each.aside, move.older)
    each.newest = replace(move.proven, path=move.path) if move.proven else _proven(desk, move.path, move.newest)


def _proven(desk: Desk, path: bytes, known: Known) -> Copied:
    content = xxhash.xxh3_128()
    back = read_version(desk, path, content)
    matched = (back.stamp.size, back.xxh128) == (known.digest.size, known.digest.xxh128)
    return replace(back, asset=known.asset, matched=matched)
