"""Before the first byte: the card, its lock, the destinations, the ledger's rows, what an earlier crash left behind."""

import contextlib
import hashlib
import itertools
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.config import Settings
from ingest.copying.destination import Admitted, admit, inspect, open_destination, read_marker
from ingest.disk.apart import alive
from ingest.errors import (
    CardBusy,
    DestinationError,
    DestinationMissing,
    DestinationReadOnly,
    DestinationRefused,
)
from ingest.events import DestinationProblem, DestinationReady
from ingest.ledger.db import transaction
from ingest.ledger.partials import forget_abandoned
from ingest.ledger.places import known_marker, remember_destination
from ingest.ledger.runs import forget_intents, leftovers
from ingest.model.names import display
from ingest.model.places import Destination, Volume, separate_devices
from ingest.session.context import Emit, Session
from ingest.session.hands import Hands, words_of
from ingest.session.scene import Card

_STALE = 30 * 86400.0  # seconds


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


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a destination stands. root: links resolved. identity: its (st_dev, st_ino). marker: "" for none.

    volume: None, as identity, where it cannot take copies now; `admit` tells that with its reason.
    """

    root: bytes
    identity: tuple[int, int] | None = None
    volume: Volume | None = None
    marker: str = ""


def refuse_indistinct(
    settings: Settings, destinations: Sequence[Destination], card: Card | None, hands: Hands
) -> dict[str, Volume]:
    """Look at every destination before anything is written; gives the volumes of those that are there.

    card: None where none is read.

    Raises:
        DestinationRefused: a destination on the card or the card on a destination, one place named twice or one in
            another, or fewer devices than `[gate] devices` although all are there.
    """
    volumes: dict[str, Volume] = {}
    markers: dict[str, str] = {}
    stands: list[tuple[Destination, _Stand]] = []
    answers = hands.ask_all(_stand, {place.name: (place,) for place in destinations})
    for place in destinations:
        stand = answers[place.name]
        if isinstance(stand, DestinationRefused):
            raise stand
        if isinstance(stand, DestinationError):  # told later; the others go on without it
            continue
        if card is not None:
            _refuse_overlap(place, stand, card)
        if stand.volume is None:
            continue
        volumes[place.name] = stand.volume
        stands.append((place, stand))
        if stand.marker and stand.marker in markers:
            raise DestinationRefused(
                f"{markers[stand.marker]} and {place.name} are one and the same place", path=display(place.root)
            )
        markers[stand.marker] = place.name
    for (one, first), (other, second) in itertools.combinations(stands, 2):
        _refuse_entangled(one, first, other, second)
    if len(volumes) == len(destinations):
        _refuse_one_device(settings, volumes)
    return volumes


def _stand(place: Destination) -> _Stand:
    """Asked at the destination. Raises DestinationRefused as `inspect` does."""
    root = os.path.realpath(place.root)
    try:
        volume = inspect(place)[0]
        info = os.stat(root)
    except (DestinationMissing, DestinationReadOnly, OSError):
        return _Stand(root)
    try:
        marker = read_marker(place.root)
    except OSError:
        marker = ""
    return _Stand(root, (info.st_dev, info.st_ino), volume, marker)


def _refuse_overlap(place: Destination, stand: _Stand, card: Card) -> None:
    card_root = os.path.realpath(card.root)
    if _inside(stand.root, card_root) or _inside(card_root, stand.root):
        raise DestinationRefused(
            f"{place.name} ({display(place.root)}) and the card ({display(card.root)}) lie within one another",
            path=display(place.root),
            hint="A card is only read. Name another folder as destination, or another card",
        )


def _inside(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def _refuse_entangled(one: Destination, first: _Stand, other: Destination, second: _Stand) -> None:
    """Links and bind mounts give one folder two names, which the settings' own check cannot see."""
    if first.identity == second.identity:
        problem = "are one and the same place"
    elif _inside(first.root, second.root) or _inside(second.root, first.root):
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
    connection: sqlite3.Connection, destinations: Sequence[Destination], hands: Hands, emit: Emit, now: float
) -> tuple[list[Admitted], dict[str, int], dict[str, str]]:
    """Admit every destination that can take copies; gives them, their ledger ids, and why the others cannot.

    Raises:
        DestinationError: none of them can (the first one's reason).
    """
    places: list[Admitted] = []
    ids: dict[str, int] = {}
    absent: dict[str, str] = {}
    first_error: DestinationError | None = None
    markers = {place.name: known_marker(connection, place.name) for place in destinations}
    answers = hands.ask_all(admit, {place.name: (place, markers[place.name]) for place in destinations})
    for destination in destinations:
        place = answers[destination.name]
        if isinstance(place, DestinationError):
            first_error = first_error or place
            absent[destination.name] = words_of(destination.name, place)
            emit(DestinationProblem(destination.name, absent[destination.name], place.hint))
            continue
        with transaction(connection):
            ids[place.name] = remember_destination(connection, destination, place.volume, place.marker, now)
        places.append(place)
        devices, is_new = tuple(sorted(place.volume.devices)), not markers[place.name]
        emit(DestinationReady(place.name, destination.kind, destination.root, place.volume.free, devices, is_new))
    if not places:
        hint = "Add two [[destinations]] to the settings"
        raise first_error or DestinationMissing("No destination is set up", hint=hint)
    return places, ids, absent


def sweep_leftovers(session: Session, keep: Mapping[str, Set[bytes]]) -> None:
    """Remove the temporary files that earlier, killed sessions of this card intended, or of any card a month ago.

    keep: by destination, beginnings of large files that this session goes on with; what begins like them stays known.
    """
    found = leftovers(session.ledger, session.card_id, session.run_id, time.time() - _STALE)
    for place in session.places:
        tags, kept = found.get(place.name, []), keep.get(place.name, frozenset())
        if place.name in session.absent:
            continue
        try:
            if tags:
                session.hands.ask(place.name, sweep, place, tuple(tags), frozenset(kept))
        except (DestinationError, OSError) as error:
            session.leave_out(place.name, error)
            continue
        with transaction(session.ledger):
            done = [tag for tag in tags if not any(name.startswith(tag) for name in kept)]
            forget_intents(session.ledger, session.place_ids[place.name], done)
            forget_abandoned(session.ledger)


def sweep(admitted: Admitted, beginnings: tuple[bytes, ...], kept: frozenset[bytes]) -> None:
    """Remove what begins so from a staging folder, durably, but the names that are kept; asked at the destination.

    Raises:
        DestinationError: it is not there.
        OSError: what it answers.
    """
    place = open_destination(admitted)
    try:
        swept = False
        for name in map(os.fsencode, os.listdir(place.incoming_fd)):
            if name.startswith(beginnings) and name not in kept:
                os.unlink(name, dir_fd=place.incoming_fd)
                swept = True
            alive()
        if swept:  # its intent is forgotten next: what a power cut brought back would lie there for ever
            os.fsync(place.incoming_fd)
    finally:
        place.close()


def boot_id() -> str:
    """This start of the machine; "" where the system tells none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
