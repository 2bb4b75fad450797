"""The manifests of shoots at a destination, to be sent as they are; asked there, by a child that may be killed."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.copying.destination import read_marker
from ingest.disk.apart import alive
from ingest.errors import DestinationMissing, SafelightError
from ingest.manifest.files import open_history_folder, read_bytes
from ingest.manifest.history import CHAIN_NAME, read_history
from ingest.manifest.names import generation_number
from ingest.manifest.tree import HISTORY_FOLDER
from ingest.model.names import display, join
from ingest.model.places import Destination


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """A manifest, or the list of them. path: below the destination's root. sha1: hex."""

    path: bytes
    size: int
    sha1: str


@dataclass(frozen=True, slots=True)
class HistoryOf:
    """The history of a shoot's folder: its manifests, then their list; none where there is nothing new in it.

    problem: why it cannot be believed.
    """

    folder: bytes
    files: tuple[HistoryFile, ...] = ()
    problem: str = ""


def histories_at(
    place: Destination, marker: str, folders: Sequence[bytes], known: Mapping[bytes, int]
) -> list[HistoryOf]:
    """The histories that lie there, whole, each where it has more manifests than are `known` of its folder.

    Raises:
        DestinationMissing: it is not the destination of this marker.
    """
    if not marker or read_marker(place.root) != marker:
        raise DestinationMissing(f"{place.name} is not the destination that was used before", path=display(place.root))
    found = []
    for folder in folders:
        alive()
        at = join(place.root, folder)
        if os.path.isdir(join(at, HISTORY_FOLDER)):
            try:
                found.append(HistoryOf(folder, _new_files(at, folder, known.get(folder, 0))))
            except SafelightError as error:
                found.append(HistoryOf(folder, problem=error.message))
    return found


def _new_files(at: bytes, folder: bytes, known: int) -> tuple[HistoryFile, ...]:
    """Of a history that is whole as it stands, its chain and all."""
    links = read_history(at).links if _manifests(at) > known else ()
    history_fd = open_history_folder(at) if len(links) > known else None
    if history_fd is None:
        return ()
    try:
        files = []
        for name in (*(link.name for link in links), CHAIN_NAME):
            data = read_bytes(history_fd, name, display(join(at, name))) or b""
            sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
            files.append(HistoryFile(join(join(folder, HISTORY_FOLDER), name), len(data), sha1))
        return tuple(files)
    finally:
        os.close(history_fd)


def _manifests(at: bytes) -> int:
    """How many there are by their names: a history of which all was sent is not read again."""
    return sum(generation_number(name) is not None for name in os.listdir(join(at, HISTORY_FOLDER)))
