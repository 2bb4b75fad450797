"""Drives in the ledger: what they are known by, when they came and went, when they had everything."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from ingest.ledger.db import transaction

What = Literal["here", "away", "current"]


@dataclass(frozen=True, slots=True)
class KnownDrive:
    """As it was added last. uuid: of its file system, "" for none. below: its root, below where it is mounted."""

    marker: str
    uuid: str
    below: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """what: "here" or "away", "" for never. since: when it was first seen so, without a break. current: as in Drive."""

    what: str = ""
    since: float | None = None
    current: float | None = None


def add_drive(connection: sqlite3.Connection, destination_id: int, uuid: str, below: bytes, at: float) -> None:
    """What a drive is known by from now on; call inside a transaction."""
    connection.execute(
        "INSERT INTO drive (destination_id, uuid, below, at) VALUES (?, ?, ?, ?)", (destination_id, uuid, below, at)
    )


def known_drives(connection: sqlite3.Connection) -> dict[str, KnownDrive]:
    """Name -> how a drive is known, of those that were added."""
    rows = connection.execute(
        "SELECT n.name, n.marker, d.uuid, d.below FROM drive d JOIN destination n ON n.id = d.destination_id"
        " WHERE d.id = (SELECT max(id) FROM drive WHERE destination_id = d.destination_id)"
    )
    return {str(name): KnownDrive(marker, uuid, bytes(below)) for name, marker, uuid, below in rows}


def saw(connection: sqlite3.Connection, name: str, what: What, at: float) -> None:
    """Write down that a drive is here or away, where that has changed, or that it has everything now."""
    row = connection.execute("SELECT id FROM destination WHERE name = ?", (name,)).fetchone()
    if row is None or (what != "current" and seen(connection, name).what == what):
        return
    with transaction(connection):
        connection.execute("INSERT INTO sighting (destination_id, at, what) VALUES (?, ?, ?)", (row[0], at, what))


def seen(connection: sqlite3.Connection, name: str) -> Seen:
    """When a drive was last seen to come or go, and when it last had everything."""
    ask = (
        "SELECT s.what, s.at FROM sighting s JOIN destination d ON d.id = s.destination_id WHERE d.name = ?"
        " AND (s.what = 'current') = ? ORDER BY s.id DESC LIMIT 1"
    )
    place = connection.execute(ask, (name, 0)).fetchone()
    current = connection.execute(ask, (name, 1)).fetchone()
    return Seen(place[0] if place else "", place[1] if place else None, current[1] if current else None)


def oldest_proof_at(connection: sqlite3.Connection, name: str) -> float | None:
    """When the copy at a destination that was read back longest ago was; None without copies, 0.0: one never was."""
    [at] = connection.execute(
        "SELECT min(coalesce((SELECT at FROM proof WHERE copy_id = c.id ORDER BY id DESC LIMIT 1), 0)) FROM copy c"
        " WHERE c.state <> 'lost' AND c.destination_id = (SELECT id FROM destination WHERE name = ?)",
        (name,),
    ).fetchone()
    return None if at is None else float(at)
