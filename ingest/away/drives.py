"""Drives that are carried elsewhere: each is known by its mark wherever it is mounted, and one that is away is no loss.

For one session a drive that is away is no destination at all: nothing waits for it, and nothing of it is counted. One
that is here is a destination like any other, so that no verdict is ever given on less than without drives.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.care.looking import bears
from ingest.config import Settings
from ingest.disk.mountinfo import is_inside
from ingest.disk.volumes import list_volumes
from ingest.errors import NoAnswer
from ingest.ledger.lacking import lack_at
from ingest.ledger.places import known_marker
from ingest.ledger.sightings import KnownDrive, known_drives, oldest_proof_at, saw, seen
from ingest.model.drives import Drive, Word
from ingest.model.names import join
from ingest.model.places import Destination, DestinationKind, Volume
from ingest.plan.rotation import words
from ingest.session.hands import Hands

_PATIENCE = 10.0  # seconds; one that is silent for longer is here, and whoever needs it tells that it hangs
_FRESH = 3600.0  # seconds in which a drive that had everything is not written down to have it again


@dataclass(frozen=True, slots=True)
class Located:
    """The settings as they hold now: drives where they are mounted, without those that are away.

    written: as in the file. here: the drives that are here. away: the others, where they are usually.
    """

    settings: Settings
    written: Settings
    here: tuple[Destination, ...] = ()
    away: tuple[Destination, ...] = ()


def has_drives(settings: Settings) -> bool:
    """Whether any destination is carried elsewhere."""
    return any(place.kind is DestinationKind.DRIVE for place in settings.places())


def locate(settings: Settings, ledger: sqlite3.Connection) -> Located:
    """Look for the drives of the settings: by the file system's own id, then by their mark. Writes nothing."""
    places = settings.places()
    if not has_drives(settings):
        return Located(settings, settings)
    known, volumes = known_drives(ledger), list_volumes()
    roots = {place.name: _root(place, known.get(place.name), volumes) for place in places}
    drives = [place for place in places if place.kind is DestinationKind.DRIVE]
    moved = {place.name: _at(place, roots[place.name]) for place in drives}
    markers = {name: marker for name in moved if (marker := known_marker(ledger, name))}
    with Hands(min(settings.copying.patience, _PATIENCE)) as hands:
        answers = hands.ask_all(bears, {name: (moved[name], marker) for name, marker in markers.items()})
    here = {name for name, answer in answers.items() if answer is True or isinstance(answer, NoAnswer)}
    kept = [each for each in settings.destinations if each.name not in moved or each.name in here]
    return Located(
        settings.at(each if each.name not in moved else each.at(roots[each.name]) for each in kept),
        settings,
        tuple(moved[place.name] for place in drives if place.name in here),
        tuple(place for place in drives if place.name not in here),
    )


def _root(place: Destination, known: KnownDrive | None, volumes: Sequence[Volume]) -> bytes:
    """Where a drive's root is now: as in the settings, unless its file system is mounted elsewhere."""
    found = [volume.mount for volume in volumes if known and known.uuid and volume.uuid == known.uuid]
    if known is None or len(found) != 1 or is_inside(place.root, found[0]):  # two of one id: a clone; the mark tells
        return place.root
    return join(found[0], known.below) if known.below else found[0]


def _at(place: Destination, root: bytes) -> Destination:
    return Destination(place.name, place.kind, root, place.site, place.limit)


def observe(located: Located, ledger: sqlite3.Connection, now: float) -> None:
    """Write down which drives came, went, or have everything now."""
    for place in located.away:
        saw(ledger, place.name, "away", now)
    for place in located.here:
        saw(ledger, place.name, "here", now)
        current = seen(ledger, place.name).current
        if not lack_at(ledger, place.name, is_working=False).files and not (current and 0 <= now - current < _FRESH):
            saw(ledger, place.name, "current", now)


def drives_of(located: Located, ledger: sqlite3.Connection) -> list[Drive]:
    """What is known of each drive of the settings, in their order."""
    here = {place.name for place in located.here}
    found = []
    for place in located.written.places():
        if place.kind is not DestinationKind.DRIVE:
            continue
        name, last = place.name, seen(ledger, place.name)
        is_here = name in here
        since = last.since if last.what == ("here" if is_here else "away") else None
        lack = lack_at(ledger, name, is_working=False).files
        proven = oldest_proof_at(ledger, name)
        is_known = bool(known_marker(ledger, name))
        found.append(Drive(name, is_known, is_here, since, last.current, proven, lack))
    return found


def advice(located: Located, ledger: sqlite3.Connection, now: float) -> list[Word]:
    """What the rotation asks of a person."""
    limits = located.written.drives
    return words(drives_of(located, ledger), now, home_days=limits.home_days, stale_days=limits.stale_days)
