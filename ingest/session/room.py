"""Room on the destinations, asked before the first byte: an hour of copying must not end in "disk full"."""

import os
from collections.abc import Mapping

from ingest.errors import DestinationError, DestinationFull
from ingest.events import DestinationProblem
from ingest.session.context import Session

_RESERVE = 16 << 20  # folders, manifests, the file system's own growth


def leave_out_full(session: Session, wanted: Mapping[str, int]) -> None:
    """Take destinations without room out of this session; the others go on. wanted: bytes by destination.

    Raises:
        DestinationFull: none has room.
    """
    here = [place for place in session.places if place.name not in session.absent]
    frees = session.hands.ask_all(_free, {place.name: (place.place.root,) for place in here})
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


def _free(root: bytes) -> int:
    """Bytes that this user may still write there."""
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        state = os.fstatvfs(fd)
    finally:
        os.close(fd)
    return state.f_bavail * state.f_frsize


def _megabytes(count: int) -> int:
    return -(-count // 1_000_000)
