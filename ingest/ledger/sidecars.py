"""What the writing of sidecars asks the ledger: which copies of a card lie where, and which are new to it."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple


class CardCopy(NamedTuple):
    """A file of a card and one copy of it. first_run: of its content. copy: below the root, b"" for none."""

    path: bytes
    first_run: int
    copy: bytes


def card_copies(connection: sqlite3.Connection, card_id: int, run_id: int, destination: str) -> Iterator[CardCopy]:
    """The files of a card that this session saw, each with its copies at a destination, by card path."""
    rows = connection.execute(
        "SELECT f.path, a.first_run, c.path FROM card_file f JOIN asset a ON a.id = f.asset_id LEFT JOIN copy c"
        " ON c.asset_id = a.id AND c.state IN ('written', 'proven')"
        " AND c.destination_id = (SELECT id FROM destination WHERE name = ?)"
        " WHERE f.card_id = ? AND f.run_id = ? ORDER BY f.path, c.path",
        (destination, card_id, run_id),
    )
    for path, first_run, copy in rows:
        yield CardCopy(bytes(path), first_run, bytes(copy or b""))


def last_before_the_newest(connection: sqlite3.Connection, card_id: int, run_id: int) -> int:
    """The session behind which came what is newest on a card, 0 for none: what was first seen later came last.

    The newest photographs are those of the last session that brought any, and of those right before it that did not
    come to their end: the same command after a crash means the same photographs.
    """
    newest = connection.execute(
        "SELECT max(a.first_run) FROM card_file f JOIN asset a ON a.id = f.asset_id"
        " WHERE f.card_id = ? AND f.run_id = ?",
        (card_id, run_id),
    ).fetchone()[0]
    found = connection.execute(
        "SELECT max(id) FROM run WHERE card_id = ? AND command = 'ingest' AND state = 'ended' AND id < ?",
        (card_id, newest or 0),
    ).fetchone()[0]
    return int(found or 0)


def recorded_sidecars(connection: sqlite3.Connection, destination: str) -> frozenset[bytes]:
    """The paths of a card's copies at a destination that end like a sidecar, in any case: their bytes were proven."""
    return _sidecars(connection, destination, "IS NOT NULL")


def travelled_sidecars(connection: sqlite3.Connection, destination: str) -> frozenset[bytes]:
    """As `recorded_sidecars`, of those that a sync brought there."""
    return _sidecars(connection, destination, "IS NULL")


def _sidecars(connection: sqlite3.Connection, destination: str, card: str) -> frozenset[bytes]:
    rows = connection.execute(
        f"SELECT c.path FROM copy c JOIN run r ON r.id = c.run_id AND r.card_id {card} WHERE c.state <> 'lost'"
        " AND c.destination_id = (SELECT id FROM destination WHERE name = ?)"
        " AND lower(CAST(substr(c.path, -4) AS TEXT)) = '.xmp'",
        (destination,),
    )
    return frozenset(bytes(row[0]) for row in rows)
