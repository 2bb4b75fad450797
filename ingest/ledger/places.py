"""Cards and destinations as the ledger knows them."""

import sqlite3
from dataclasses import dataclass

from ingest.model.cards import CardIdentity
from ingest.model.places import Destination, Volume


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card seen before. first_seen, last_seen: seconds since 1970 UTC."""

    id: int
    identity: CardIdentity
    fs_type: str
    first_seen: float
    last_seen: float


def find_card(connection: sqlite3.Connection, identity: CardIdentity) -> CardRow | None:
    """The row of a card, None when it was never ingested here."""
    row = connection.execute(
        "SELECT id, fs_type, first_seen, last_seen FROM card WHERE uuid = ? AND label = ? AND size = ? AND subpath = ?",
        (identity.uuid, identity.label, identity.size, identity.subpath),
    ).fetchone()
    return CardRow(row[0], identity, row[1], row[2], row[3]) if row else None


def remember_card(connection: sqlite3.Connection, identity: CardIdentity, fs_type: str, now: float) -> int:
    """Insert or touch the card; gives its id."""
    connection.execute(
        "INSERT INTO card (uuid, label, size, subpath, fs_type, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (uuid, label, size, subpath) DO UPDATE SET last_seen = excluded.last_seen",
        (identity.uuid, identity.label, identity.size, identity.subpath, fs_type, now, now),
    )
    found = find_card(connection, identity)
    if found is None:
        raise sqlite3.IntegrityError("a card that was just written is not there")
    return found.id


def known_marker(connection: sqlite3.Connection, name: str) -> str:
    """The marker of the destination of this name, "" when it was never used."""
    row = connection.execute("SELECT marker FROM destination WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def name_of_marker(connection: sqlite3.Connection, marker: str) -> str:
    """The destination that bears this marker, "" for none that is known."""
    row = connection.execute("SELECT name FROM destination WHERE marker = ?", (marker,)).fetchone()
    return str(row[0]) if row else ""


def known_device(connection: sqlite3.Connection, name: str) -> frozenset[str]:
    """The physical devices on which a destination stood when it was last there."""
    row = connection.execute("SELECT device FROM destination WHERE name = ?", (name,)).fetchone()
    return frozenset(str(row[0]).split("+")) if row else frozenset()


def remember_destination(
    connection: sqlite3.Connection, place: Destination, volume: Volume, marker: str, now: float
) -> int:
    """Insert or update a destination by its marker (a renamed one stays the same); gives its id."""
    values = (
        place.name,
        place.kind.value,
        place.root.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode(),
        volume.device_key,
        volume.fs_type,
        volume.uuid,
        now,
    )
    row = connection.execute("SELECT id FROM destination WHERE marker = ?", (marker,)).fetchone()
    if row:
        connection.execute(
            "UPDATE destination SET name = ?, kind = ?, root = ?, device = ?, fs_type = ?, fs_uuid = ?, last_seen = ?"
            " WHERE id = ?",
            (*values, row[0]),
        )
        return int(row[0])
    cursor = connection.execute(
        "INSERT INTO destination (name, kind, root, device, fs_type, fs_uuid, last_seen, marker, first_seen)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, marker, now),
    )
    return int(cursor.lastrowid or 0)


def destination_ids(connection: sqlite3.Connection) -> dict[str, int]:
    """Name -> id of every destination ever used."""
    return {str(name): int(key) for key, name in connection.execute("SELECT id, name FROM destination")}
