"""Rows of a ledger that is made anew: nothing in it is proven, and no card counts as read, before it was read again."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.ledger.assets import asset_ids_of
from ingest.ledger.db import transaction
from ingest.ledger.many import insert, update
from ingest.ledger.places import remember_card
from ingest.ledger.runs import REBUILT_CARD, open_run
from ingest.model.cards import CardIdentity
from ingest.model.copies import Digest
from ingest.model.names import base_of, display

REBUILT = CardIdentity(REBUILT_CARD, "", 0)
_ROWS_OF_SESSIONS = ("asset", "copy", "verdict", "card_file")


@dataclass(frozen=True, slots=True)
class Content:
    """Content found at a destination. head: xxh128 of its first 64 KiB. mtime_ns: of the file."""

    digest: Digest
    head: bytes
    path: bytes
    mtime_ns: int


def is_empty(rows: dict[str, int]) -> bool:
    """Whether a ledger with so many rows in its tables has nothing to tell yet."""
    return not any(rows.get(table) for table in _ROWS_OF_SESSIONS)


def distrust(connection: sqlite3.Connection) -> int:
    """Make a ledger that was put back from a backup believe nothing: copies are written, cards unread.

    Gives how many copies it had called proven. Verdicts stay as the history that they are.
    """
    with transaction(connection):
        proven = connection.execute("UPDATE copy SET state = 'written' WHERE state = 'proven'").rowcount
        connection.execute("DELETE FROM card_file")
    return proven


def open_rebuild(connection: sqlite3.Connection, now: float, boot_id: str) -> int:
    """The run that what is taken up belongs to."""
    with transaction(connection):
        return open_run(connection, remember_card(connection, REBUILT, "", now), now, boot_id, "ledger rebuild")


def add_contents(connection: sqlite3.Connection, run_id: int, contents: Iterable[Content]) -> dict[Digest, int]:
    """The assets of these contents, new where they are unknown; call inside a transaction."""
    every = {each.digest: each for each in contents}
    ids = asset_ids_of(connection, every)
    rows = [
        (each.digest.size, each.digest.xxh128, each.digest.sha1, each.head, base_of(each.path), each.mtime_ns, run_id)
        for digest, each in every.items()
        if digest not in ids
    ]
    insert(connection, "asset (size, xxh128, sha1, head, original_name, mtime_ns, first_run)", rows)
    return asset_ids_of(connection, every)


def assets_by_xxh128(connection: sqlite3.Connection, size: int, xxh128: bytes) -> int | None:
    """The one asset of this size and xxh128; None where there is none, or more than one."""
    rows = connection.execute("SELECT id FROM asset WHERE size = ? AND xxh128 = ?", (size, xxh128)).fetchmany(2)
    return int(rows[0][0]) if len(rows) == 1 else None


def add_unread_copies(
    connection: sqlite3.Connection, run_id: int, destination_id: int, copies: Sequence[tuple[int, bytes]]
) -> None:
    """Copies (asset id, path) that nobody has read: written, without any proof; call inside a transaction."""
    rows = [(asset, destination_id, path, display(path), "written", 0, 0, run_id) for asset, path in copies]
    insert(connection, "copy (asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)", rows)


def place_in_shoot(connection: sqlite3.Connection, shoot_id: int, files: Iterable[tuple[int, bytes, str]]) -> None:
    """(asset id, path, DCF unit) of files in a shoot; a path that is taken, and content that is there, stay so.

    Call inside a transaction.
    """
    connection.executemany(
        "INSERT OR IGNORE INTO shoot_asset (shoot_id, asset_id, path, object) SELECT ?1, ?2, ?3, ?4"
        " WHERE NOT EXISTS (SELECT 1 FROM shoot_asset WHERE shoot_id = ?1 AND asset_id = ?2)",
        [(shoot_id, *file) for file in files],
    )


def copies_standing(connection: sqlite3.Connection, destination_id: int) -> dict[bytes, tuple[int, str, Digest]]:
    """Path -> (copy id, state, content that it must have) of every copy at a destination that is not lost."""
    rows = connection.execute(
        "SELECT c.path, c.id, c.state, a.size, a.xxh128, a.sha1 FROM copy c JOIN asset a ON a.id = c.asset_id"
        " WHERE c.destination_id = ? AND c.state <> 'lost'",
        (destination_id,),
    )
    return {row[0]: (row[1], row[2], Digest(*row[3:])) for row in rows}


def lose(connection: sqlite3.Connection, copy_ids: Sequence[int]) -> None:
    """Their files are gone; call inside a transaction."""
    update(connection, "copy", "state", "lost", copy_ids)
