"""Room on the destinations, asked before the first byte: an hour of copying must not end in "disk full"."""

import os
from collections.abc import Mapping

from ingest.errors import DestinationFull
from ingest.events import DestinationProblem
from ingest.session.context import Session

_RESERVE = 16 << 20  # folders, manifests, the file system's own growth


def leave_out_full(session: Session, wanted: Mapping[str, int]) -> None:
    """Take destinations without room out of this session; the others go on. wanted: bytes by destination.

    Raises:
        DestinationFull: none has room.
    """
    for place in session.places:
        needed = wanted.get(place.name, 0) + _RESERVE
        state = os.fstatvfs(place.root_fd)
        free = state.f_bavail * state.f_frsize
        if place.name in wanted and needed > free:
            problem = f"full: {_megabytes(needed)} MB are needed, {_megabytes(free)} MB are free"
            session.absent[place.name] = problem
            hint = f"Make room on {place.name}, then run the same command"
            session.emit(DestinationProblem(place.name, problem, hint))
    if session.places and all(place.name in session.absent for place in session.places):
        raise DestinationFull(
            "No destination has room for this card: "
            + "; ".join(f"{name}: {problem}" for name, problem in session.absent.items()),
            hint="Make room, then run the same command. Nothing was copied",
        )


def _megabytes(count: int) -> int:
    return -(-count // 1_000_000)
