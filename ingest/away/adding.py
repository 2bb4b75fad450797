"""A drive is added knowingly: whatever lies at a drive's place and bears no mark of ours is somebody's disk."""

import os
import sqlite3
from collections.abc import Sequence

from ingest.copying.destination import Admitted, adopt, inspect, read_marker
from ingest.disk.mountinfo import is_inside
from ingest.errors import DestinationError, DestinationRefused
from ingest.ledger.db import transaction
from ingest.ledger.places import known_device, known_marker, name_of_marker, remember_destination
from ingest.ledger.sightings import add_drive, saw
from ingest.model.names import display
from ingest.model.places import Destination
from ingest.session.hands import Hands


def add(
    ledger: sqlite3.Connection,
    hands: Hands,
    place: Destination,
    others: Sequence[Destination],
    now: float,
    *,
    is_trial: bool,
) -> Admitted:
    """Mark what lies at a drive's root as this drive. others: the destinations that are no drives.

    is_trial: by the settings one device is enough, as where everything lies on one disk.

    Raises:
        DestinationError: nothing is there, it cannot be written, it is another drive, or no device of its own.
    """
    marker, devices = hands.ask(place.name, look, place)
    known = known_marker(ledger, place.name)
    owner = name_of_marker(ledger, marker) if marker else ""
    if owner and owner != place.name:
        text = f"{place.name}: what lies at {display(place.root)} is {owner}"
        raise DestinationRefused(text, path=display(place.root), hint=f"Plug {place.name} in")
    if known and marker != known:
        raise DestinationRefused(
            f"{place.name} is another drive, which was added before",
            path=display(place.root),
            hint="Give this one a [[destinations]] table with a name of its own; the root may be the same",
        )
    answers = hands.ask_all(devices_of, {other.name: (other,) for other in others})
    for other in others:
        told = answers[other.name]
        theirs = known_device(ledger, other.name) if isinstance(told, DestinationError) else told
        if not is_trial and devices & theirs:
            raise DestinationRefused(
                f"{place.name}: {display(place.root)} lies on the disk of {other.name}; is the drive mounted?",
                path=display(place.root),
                hint="Plug it in and mount it, then run the same command; nothing was written",
            )
    found, below = hands.ask(place.name, take, place)
    with transaction(ledger):
        key = remember_destination(ledger, place, found.volume, found.marker, now)
        add_drive(ledger, key, found.volume.uuid, below, now)
    saw(ledger, place.name, "here", now)
    return found


def devices_of(place: Destination) -> frozenset[str]:
    """What it stands on; asked there. Raises DestinationError."""
    return inspect(place)[0].devices


def look(place: Destination) -> tuple[str, frozenset[str]]:
    """Its mark, "" for none, and its devices; asked at the drive. Raises DestinationError, OSError."""
    return read_marker(place.root), devices_of(place)


def take(place: Destination) -> tuple[Admitted, bytes]:
    """Mark it, if it is not marked, and tell where its root lies below its mount; asked at the drive."""
    found = adopt(place)
    root, mount = os.path.realpath(place.root), found.volume.mount
    below = root[len(mount) :].lstrip(b"/") if is_inside(root, mount) else b""
    return found, below
