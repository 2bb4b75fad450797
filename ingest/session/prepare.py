"""Before the first byte: the card, its lock, the destinations, the ledger's rows, what an earlier crash left behind."""

import contextlib
import hashlib
import itertools
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.config import Settings
from ingest.copying.destination import OpenDestination, admit, inspect, read_marker
from ingest.errors import (
    CardBusy,
    DestinationError,
    DestinationMissing,
    DestinationReadOnly,
    DestinationRefused,
)
from ingest.events import DestinationProblem, DestinationReady
from ingest.ledger.db import transaction
from ingest.ledger.places import known_marker, remember_destination
from ingest.ledger.runs import forget_intents, leftovers
from ingest.model.names import display
from ingest.model.places import Destination, Volume, separate_devices
from ingest.session.context import Emit
from ingest.session.scene import Card


@contextlib.contextmanager
def card_lock(home: Path, card: Card) -> Iterator[None]:
    """One session a card at a time, also over several Safelights of this home.

    Raises:
        CardBusy: another session has it.
    """
    folder = home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    identity = card.identity
    root = b"" if identity.uuid else card.root
    text = repr((identity.uuid, identity.label, identity.size, identity.subpath, root))
    lock = FileLock(folder / f"card-{hashlib.sha256(text.encode()).hexdigest()[:24]}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CardBusy(
            f"Another session is working on the card {card.label}",
            path=display(card.root),
            hint="Wait until it is done, or stop it; then run the same command",
        ) from error
    try:
        yield
    finally:
        lock.release()


def refuse_indistinct(settings: Settings, destinations: Sequence[Destination], card: Card) -> dict[str, Volume]:
    """Look at every destination before anything is written; gives the volumes of those that are there.

    Raises:
        DestinationRefused: a destination on the card or the card on a destination, one place named twice or one in
            another, or fewer devices than `[gate] devices` although all are there.
    """
    volumes: dict[str, Volume] = {}
    markers: dict[str, str] = {}
    for place in destinations:
        _refuse_overlap(place, card)
        with contextlib.suppress(DestinationMissing, DestinationReadOnly):  # told later; the others go on without it
            volumes[place.name] = inspect(place)[0]
            marker = _marker_or_nothing(place)
            if marker and marker in markers:
                raise DestinationRefused(
                    f"{markers[marker]} and {place.name} are one and the same place", path=display(place.root)
                )
            markers[marker] = place.name
    for one, other in itertools.combinations([place for place in destinations if place.name in volumes], 2):
        with contextlib.suppress(OSError):  # gone since: admit() tells it
            _refuse_entangled(one, other)
    if len(volumes) == len(destinations):
        _refuse_one_device(settings, volumes)
    return volumes


def _marker_or_nothing(place: Destination) -> str:
    try:
        return read_marker(place.root)
    except OSError:  # admit() tells it with its reason
        return ""


def _refuse_overlap(place: Destination, card: Card) -> None:
    root, card_root = os.path.realpath(place.root), os.path.realpath(card.root)
    if _inside(root, card_root) or _inside(card_root, root):
        raise DestinationRefused(
            f"{place.name} ({display(place.root)}) and the card ({display(card.root)}) lie within one another",
            path=display(place.root),
            hint="A card is only read. Name another folder as destination, or another card",
        )


def _inside(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def _refuse_entangled(one: Destination, other: Destination) -> None:
    """Links and bind mounts give one folder two names, which the settings' own check cannot see."""
    first, second = os.path.realpath(one.root), os.path.realpath(other.root)
    if os.path.samefile(first, second):
        problem = "are one and the same place"
    elif _inside(first, second) or _inside(second, first):
        problem = "lie within one another"
    else:
        return
    raise DestinationRefused(
        f"{one.name} and {other.name} {problem}: that would be one copy",
        path=display(other.root),
        hint="Give each a folder of its own, on a device of its own",
    )


def _refuse_one_device(settings: Settings, volumes: dict[str, Volume]) -> None:
    separate = separate_devices(volume.devices for volume in volumes.values())
    if separate < settings.gate.devices:
        names = " and ".join(volumes)
        raise DestinationRefused(
            f"{names} stand on {separate} physical device{'s' if separate > 1 else ''} in all,"
            f" and the settings ask for {settings.gate.devices}: two folders of one disk are one copy",
            hint="Use a second drive or the NAS. For a trial only: [gate] devices = 1 in the settings",
        )


def admit_all(
    connection: sqlite3.Connection, destinations: Sequence[Destination], emit: Emit, now: float
) -> tuple[list[OpenDestination], dict[str, int], dict[str, str]]:
    """Open every destination that can take copies; gives them, their ledger ids, and why the others cannot.

    Raises:
        DestinationError: none of them can (the first one's reason).
    """
    places: list[OpenDestination] = []
    ids: dict[str, int] = {}
    absent: dict[str, str] = {}
    first_error: DestinationError | None = None
    for destination in destinations:
        marker = known_marker(connection, destination.name)
        try:
            place = admit(destination, marker)
        except DestinationError as error:
            first_error = first_error or error
            absent[destination.name] = error.message.removeprefix(f"{destination.name}: ")
            emit(DestinationProblem(destination.name, absent[destination.name], error.hint))
            continue
        with transaction(connection):
            ids[place.name] = remember_destination(connection, destination, place.volume, place.marker, now)
        places.append(place)
        devices = tuple(sorted(place.volume.devices))
        emit(DestinationReady(place.name, destination.kind, destination.root, place.volume.free, devices, not marker))
    if not places:
        hint = "Add two [[destinations]] to the settings"
        raise first_error or DestinationMissing("No destination is set up", hint=hint)
    return places, ids, absent


def sweep_leftovers(
    connection: sqlite3.Connection,
    card_id: int,
    run_id: int,
    places: Sequence[OpenDestination],
    ids: dict[str, int],
    keep: Mapping[str, Set[bytes]],
) -> int:
    """Remove the temporary files that earlier, killed sessions of this card intended; gives how many were there.

    keep: by destination, beginnings of large files that this session goes on with; what begins like them stays known.
    """
    removed = 0
    found = leftovers(connection, card_id, run_id)
    for place in places:
        tags, kept = found.get(place.name, []), keep.get(place.name, frozenset())
        for name in map(os.fsencode, os.listdir(place.incoming_fd) if tags else ()):
            if name.startswith(tuple(tags)) and name not in kept:
                os.unlink(name, dir_fd=place.incoming_fd)
                removed += 1
        with transaction(connection):
            done = [tag for tag in tags if not any(name.startswith(tag) for name in kept)]
            forget_intents(connection, ids[place.name], done)
    return removed


def boot_id() -> str:
    """This start of the machine; "" where the system tells none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
