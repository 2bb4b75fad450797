"""Admit a destination: is it really there, is it really that one, may it hold copies, what can it prove?

A failed mount leaves an ordinary folder at the same path. The marker below the root, known to the ledger, is what
keeps Safelight from filling the system disk: absent or different means refuse and write nothing.
"""

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.disk.atomic import sweep_temporaries, write_durably
from ingest.disk.folders import open_folder
from ingest.disk.fs_rules import FsRules, rules_for
from ingest.disk.volumes import volume_of
from ingest.errors import DestinationMissing, DestinationReadOnly, DestinationRefused
from ingest.model.names import display
from ingest.model.places import Destination, DestinationKind, Volume

PRIVATE = b".safelight"
MARKER = b"destination.json"
INCOMING = PRIVATE + b"/incoming"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A destination that may take copies: what was found there, without anything that is open."""

    place: Destination
    volume: Volume
    rules: FsRules
    marker: str

    @property
    def name(self) -> str:
        """As in the settings."""
        return self.place.name


@dataclass(frozen=True, slots=True)
class OpenDestination(Admitted):
    """An admitted destination. root_fd was opened before the first write, so that no write-back error is missed."""

    root_fd: int
    incoming_fd: int

    def check_identity(self) -> None:
        """Raise DestinationMissing unless the path still leads to the file system that was admitted."""
        here = os.fstat(self.root_fd)
        try:
            there = os.stat(self.place.root)
            marker = read_marker(self.place.root)
        except OSError:
            there, marker = None, ""
        if there is None or (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino) or marker != self.marker:
            raise DestinationMissing(_no_longer(self.place), path=self.name)

    def close(self) -> None:
        """Close the descriptors."""
        os.close(self.incoming_fd)
        os.close(self.root_fd)


def inspect(place: Destination, *, named: bool = True) -> tuple[Volume, FsRules]:
    """Where a configured destination stands, without writing anything. named: as for `volume_of`.

    Raises:
        DestinationMissing: its root is not there or no folder.
        DestinationRefused: a file system that can never hold a proven copy.
        DestinationReadOnly: mounted read-only.
    """
    shown = display(place.root)
    try:
        if not os.path.isdir(place.root):
            raise DestinationMissing(
                f"{place.name}: there is no folder {shown}",
                path=shown,
                hint=f"Plug in or mount {place.name}, or correct its root in the settings",
            )
        volume = volume_of(place.root, named=named)
    except OSError as error:
        raise DestinationMissing(f"{place.name}: {shown} does not answer: {error.strerror}", path=shown) from error
    rules = rules_for(volume)
    if rules.refused:
        raise DestinationRefused(f"{place.name}: {rules.refused}", path=shown)
    if volume.read_only:
        raise DestinationReadOnly(f"{place.name} is mounted read-only", path=shown, hint="Mount it writable")
    return volume, rules


def read_marker(root: bytes) -> str:
    """The destination's own id, "" when it has none. A marker that cannot be understood is an OSError, never absent."""
    try:
        with open(root + b"/" + PRIVATE + b"/" + MARKER, "rb") as file:
            return str(json.loads(file.read(4096))["marker"])
    except FileNotFoundError:
        return ""
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise OSError(errno.EIO, "the marker of this destination is damaged") from error


def adopt(place: Destination) -> Admitted:
    """Admit a drive that is added knowingly: it is marked, or keeps the mark that it bears. Raises as `admit`."""
    return _admit(place, "")


def admit(place: Destination, known_marker: str) -> Admitted:
    """See whether a destination may take copies.

    known_marker: what the ledger knows, "" at first use; then the destination is marked, unless it is a drive that is
    carried elsewhere: at its place lies whatever was plugged in.

    Raises:
        DestinationMissing: not there, or the folder is there without the marker (a dead mount).
        DestinationRefused: another destination's marker, or a kind that cannot prove.
        DestinationReadOnly: it cannot be written.
    """
    if place.kind is DestinationKind.DRIVE and not known_marker:
        raise DestinationMissing(
            f"{place.name} was never added",
            path=display(place.root),
            hint=f"Plug it in, then run: safelight drive add {place.name}",
        )
    return _admit(place, known_marker)


def _admit(place: Destination, known_marker: str) -> Admitted:
    volume, rules = inspect(place)
    with _told_of(place):
        marker = read_marker(place.root)
        if not marker and known_marker:
            raise DestinationMissing(
                f"{place.name}: {display(place.root)} is there, but it is not the destination that was used before",
                path=display(place.root),
                hint=f"Most likely {place.name} is not mounted; nothing was written."
                " If it was emptied, or is a new drive, give it a new name in the settings",
            )
        if known_marker and marker != known_marker:
            raise DestinationRefused(
                f"{place.name}: another destination lies at {display(place.root)}",
                path=display(place.root),
                hint="Give it a [[destinations]] entry of its own, or plug in the right drive",
            )
        if not marker:
            marker = _mark(place)
    admitted = Admitted(place, volume, rules, marker)
    with contextlib.closing(open_destination(admitted)) as opened:
        _sweep_markers(opened.root_fd)
    return admitted


def mark_as(place: Destination, marker: str) -> str:
    """Let an empty folder take the place of a destination that was lost; gives the marker that it has then.

    marker: of the lost one, "" for a new one.

    Raises:
        DestinationMissing, DestinationRefused, DestinationReadOnly: as `admit`.
    """
    inspect(place)
    with _told_of(place):
        there = read_marker(place.root) or _mark(place, marker)
    if marker and there != marker:
        raise DestinationRefused(
            f"{place.name}: another destination lies at {display(place.root)}",
            path=display(place.root),
            hint="Name an empty folder",
        )
    return there


def open_destination(admitted: Admitted) -> OpenDestination:
    """Open what was admitted, before the first write there; the caller closes it.

    Raises:
        DestinationMissing: it is not what was admitted any more, or does not answer; nothing was written.
        DestinationReadOnly: it cannot be written.
    """
    place = admitted.place
    with _told_of(place), contextlib.ExitStack() as opened:
        root_fd = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, root_fd)
        if os.fstat(root_fd).st_dev != admitted.volume.st_dev or read_marker(place.root) != admitted.marker:
            raise DestinationMissing(_no_longer(place), path=place.name)
        incoming_fd = open_folder(root_fd, INCOMING)
        opened.pop_all()
    return OpenDestination(place, admitted.volume, admitted.rules, admitted.marker, root_fd, incoming_fd)


def _no_longer(place: Destination) -> str:
    return f"{place.name} is no longer mounted at {display(place.root)}"


@contextlib.contextmanager
def _told_of(place: Destination) -> Iterator[None]:
    """What the system answers, as the error that it is of a destination."""
    shown = display(place.root)
    try:
        yield
    except PermissionError as error:
        raise DestinationReadOnly(f"{place.name} cannot be written by this user", path=shown) from error
    except OSError as error:
        if error.errno == errno.EROFS:
            raise DestinationReadOnly(f"{place.name} is mounted read-only", path=shown) from error
        raise DestinationMissing(f"{place.name} does not answer: {error.strerror}", path=shown) from error


def _mark(place: Destination, marker: str = "") -> str:
    import uuid  # once in the life of a destination

    marker = marker or str(uuid.uuid4())
    root_fd = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.close(open_folder(root_fd, PRIVATE))
    finally:
        os.close(root_fd)
    text = json.dumps({"marker": marker, "name": place.name, "what": "Safelight knows this destination by this file"})
    try:
        write_durably(place.root + b"/" + PRIVATE, MARKER, text.encode() + b"\n", replace=False)
    except (FileExistsError, FileNotFoundError):  # another card's session was quicker, and swept ours
        quicker = read_marker(place.root)
        if not quicker:
            raise
        return quicker
    return marker


def _sweep_markers(root_fd: int) -> None:
    """Whoever still makes a marker here finds the one that there is."""
    folder_fd = os.open(PRIVATE, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=root_fd)
    try:
        sweep_temporaries(folder_fd)
    finally:
        os.close(folder_fd)
