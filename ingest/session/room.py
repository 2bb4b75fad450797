"""Room on the destinations, asked before the first byte: an hour of copying must not end in "disk full"."""

import contextlib
import os
from collections.abc import Mapping

from ingest.copying.destination import INCOMING
from ingest.errors import DestinationError, DestinationFull
from ingest.events import DestinationProblem
from ingest.model.names import join
from ingest.session.context import Session
from ingest.session.partial import kept_temporaries

_RESERVE = 16 << 20  # folders, manifests, the file system's own growth


def leave_out_full(session: Session, wanted: Mapping[str, int]) -> None:
    """Take destinations without room out of this session; the others go on. wanted: bytes by destination.

    Raises:
        DestinationFull: none has room.
    """
    here = [place for place in session.places if place.name not in session.absent]
    begun = {place.name: tuple(sorted(kept_temporaries(session, place.name))) for place in here}
    frees = session.hands.ask_all(_free, {place.name: (place.place.root, begun[place.name]) for place in here})
    full = False
    for place in here:
        needed = wanted.get(place.name, 0) + _RESERVE
        free = frees[place.name]
        if isinstance(free, DestinationError):
            session.leave_out(place.name, free)
        elif place.name in wanted and needed > free:
            full = True
            problem = f"full: {_megabytes(needed)} MB are needed, {_megabytes(free)} MB are free"
            session.absent[place.name] = problem
            hint = f"Make room on {place.name}, then run the same command"
            session.emit(DestinationProblem(place.name, problem, hint))
    if full and all(place.name in session.absent for place in session.places):
        raise DestinationFull(
            "No destination has room for this card: "
            + "; ".join(f"{name}: {problem}" for name, problem in session.absent.items()),
            hint="Make room, then run the same command. Nothing was copied",
        )


def _free(root: bytes, begun: tuple[bytes, ...]) -> int:
    """Bytes that this user may still write there.

    begun: temporary names of large files that are gone on with; what they hold, all of their room as a rule, is theirs.
    """
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        state = os.fstatvfs(fd)
        free = state.f_bavail * state.f_frsize
        for name in begun:
            with contextlib.suppress(OSError):
                free += os.stat(join(INCOMING, name), dir_fd=fd, follow_symlinks=False).st_blocks * 512
    finally:
        os.close(fd)
    return free


def _megabytes(count: int) -> int:
    return -(-count // 1_000_000)
