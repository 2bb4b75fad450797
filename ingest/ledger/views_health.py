"""Destinations and drills as *Health* shows them."""

import sqlite3
from typing import NamedTuple

_LATELY = 100_000  # proofs that are looked through


class SeenPlace(NamedTuple):
    """A destination as it was last used. last_seen, last_proof: seconds since 1970 UTC; 0.0: none among the newest."""

    name: str
    marker: str
    device: str
    fs_type: str
    last_seen: float
    last_proof: float


def places_seen(connection: sqlite3.Connection) -> dict[str, SeenPlace]:
    """Name -> destination, of all that were ever used."""
    proofs: dict[int, float] = dict(
        connection.execute(
            "SELECT c.destination_id, max(p.at) FROM"
            f" (SELECT copy_id, at FROM proof ORDER BY id DESC LIMIT {_LATELY}) p"
            " CROSS JOIN copy c ON c.id = p.copy_id GROUP BY c.destination_id"
        ).fetchall()
    )
    rows = connection.execute("SELECT id, name, marker, device, fs_type, last_seen FROM destination").fetchall()
    return {row[1]: SeenPlace._make((*row[1:], proofs.get(row[0], 0.0))) for row in rows}


class DrillOf(NamedTuple):
    """The newest drill of a place. tried, equal: files."""

    place: str
    at: float
    tried: int
    equal: int
    passed: bool


def last_drills(connection: sqlite3.Connection) -> list[DrillOf]:
    """The newest drill of each place, by name."""
    rows = connection.execute(
        "SELECT place, at, tried, equal, passed FROM drill WHERE id IN (SELECT max(id) FROM drill GROUP BY place)"
        " ORDER BY place"
    )
    return [DrillOf(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]
