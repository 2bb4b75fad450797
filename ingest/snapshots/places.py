"""A catalog's generations at the destinations: which place takes one, what lies there already, what is let go.

No destination on the disk of the catalog gets one: what takes the catalog would take it too.
"""

import errno
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import xxhash

from ingest.care import keeping
from ingest.config import CatalogSettings
from ingest.copying.destination import PRIVATE
from ingest.errors import DestinationError, DestinationFull
from ingest.ledger.backups import identity_of
from ingest.ledger.catalogs import StandingSnapshot
from ingest.ledger.places import known_marker
from ingest.model.names import join
from ingest.model.places import Destination, Volume
from ingest.plan.generations import CatalogSeries, Snapshot, catalog_folder, kept, parse_snapshot
from ingest.session.hands import Hands, words_of

FOLDER = PRIVATE + b"/catalogs"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class AtPlace:
    """One destination. state: "stored", "unchanged", or with the problem "same disk" or "failed".

    name: of the file there. method: how it was read back. removed: names of older generations that no rule keeps.
    """

    destination: str
    state: str
    name: str = ""
    at: float = 0.0
    method: str = ""
    removed: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a catalog's generations lie, below each destination's root."""

    folder: bytes
    word: str
    series: CatalogSeries


def shelf_of(ledger: sqlite3.Connection, entry: CatalogSettings, station: str) -> Shelf:
    """By the catalog's path and this ledger: two computers of one name, or two catalogs, never share a series."""
    path = os.fsencode(os.path.realpath(entry.path))
    told = b"\0".join((entry.kind.encode(), path, identity_of(ledger).encode()))
    word = catalog_folder(os.fsdecode(os.path.basename(path)), xxhash.xxh3_64_hexdigest(told)[:8])
    return Shelf(join(FOLDER, word.encode()), word, CatalogSeries(station))


def standings(
    ledger: sqlite3.Connection, places: Sequence[Destination], hands: Hands, shelf: Shelf, here: Volume
) -> dict[str, AtPlace | keeping.Standing]:
    """What each destination holds of a catalog, or why it takes none of it. here: the volume of the catalog."""
    asked = {place.name: (place, known_marker(ledger, place.name), shelf.folder, shelf.series) for place in places}
    found: dict[str, AtPlace | keeping.Standing] = {}
    for name, answer in hands.ask_all(keeping.standing, asked).items():
        if isinstance(answer, DestinationError):
            found[name] = AtPlace(name, "failed", problem=words_of(name, answer))
        elif answer.st_dev == here.st_dev or answer.devices & here.devices:
            found[name] = AtPlace(name, "same disk", problem="it is on the disk of the catalog")
        else:
            found[name] = answer
    return found


def same_state(known: Sequence[StandingSnapshot], state: bytes, there: keeping.Standing) -> StandingSnapshot | None:
    """The newest generation at a destination, where it took the catalog as it is now and still lies there."""
    newest = known[0] if known else None
    if newest is None or newest.state != state or newest.copy_state == "suspect":
        return None
    return newest if there.sizes.get(newest.name) == newest.size else None


def store(
    ledger: sqlite3.Connection, places: Sequence[Destination], hands: Hands, shelf: Shelf, parcel: keeping.Parcel
) -> dict[str, keeping.Kept | DestinationError]:
    """Keep a snapshot at several destinations at once; for each what lies there now, or why nothing new does."""
    markers = {place.name: known_marker(ledger, place.name) for place in places}
    asked = {
        place.name: (place, markers[place.name], shelf.folder, shelf.series, parcel, parcel.at) for place in places
    }
    return hands.ask_all(keep_there, asked)


def keep_there(
    place: Destination, marker: str, folder: bytes, series: CatalogSeries, parcel: keeping.Parcel, now: float
) -> keeping.Kept:
    """`keeping.keep`, with what the system answers as the error that it is of a destination; asked there."""
    try:
        return keeping.keep(place, marker, folder, series, parcel, now)
    except OSError as error:
        full = error.errno in _FULL
        raise (DestinationFull if full else DestinationError)(
            f"{place.name}: {error.strerror or error}",
            path=place.name,
            hint="Make room there; nothing older was removed" if full else "Nothing older was removed",
        ) from error


def at_place(name: str, answer: keeping.Kept | DestinationError) -> AtPlace:
    """What a destination answered, for people."""
    if isinstance(answer, DestinationError):
        return AtPlace(name, "failed", problem=words_of(name, answer))
    return AtPlace(name, "stored", answer.name, answer.at, answer.method.value, answer.removed)


def gone_from(known: Sequence[StandingSnapshot], there: keeping.Kept, now: float) -> list[StandingSnapshot]:
    """Of what should lie there, what does not and need not: also what an earlier, killed snapshot had removed.

    What is missing although a rule keeps it was not removed by us: `verify` is to find that.
    """
    names = [snapshot for each in known if (snapshot := parse_snapshot(each.name))]
    stay = kept([*names, Snapshot(there.name, "", there.at)], now)
    return [
        each for each in known if each.name not in there.lying and (each.name in there.removed or each.name not in stay)
    ]
