"""Card files that came back differently on two reads: written with the reads, told with the card from then on."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from ingest.ledger.many import insert


class Unsteady(NamedTuple):
    """The newest session in which reads of a card disagreed. at: seconds since 1970 UTC, of the last of them.

    paths: of the files, sorted. sessions: how many there were with this card in all. other_cards: how many others
    came back differently from the same reader; 0 for one that does not tell its name.
    """

    paths: tuple[bytes, ...]
    reader: str
    at: float
    sessions: int
    other_cards: int = 0


def record_unsteady(
    connection: sqlite3.Connection,
    *,
    run_id: int,
    card_id: int,
    reader: str,
    files: Sequence[tuple[bytes, int]],
    now: float,
) -> None:
    """(path, how often it was read) of files whose reads disagreed; call inside the transaction of their reads."""
    rows = [(run_id, card_id, path, reads, reader, now) for path, reads in files]
    insert(connection, "unsteady_read (run_id, card_id, path, reads, reader, at)", rows)


def unsteady_of(connection: sqlite3.Connection, card_id: int) -> Unsteady | None:
    """What was seen of a card; None for one whose reads always agreed."""
    sessions, run_id = connection.execute(
        "SELECT count(DISTINCT run_id), max(run_id) FROM unsteady_read WHERE card_id = ?", (card_id,)
    ).fetchone()
    if not sessions:
        return None
    rows = connection.execute(
        "SELECT DISTINCT path FROM unsteady_read WHERE card_id = ? AND run_id = ? ORDER BY path", (card_id, run_id)
    ).fetchall()
    reader, at = connection.execute(
        "SELECT reader, at FROM unsteady_read WHERE card_id = ? ORDER BY id DESC LIMIT 1", (card_id,)
    ).fetchone()
    others = 0
    if not reader.startswith("/"):  # a path alone says where, not which
        [others] = connection.execute(
            "SELECT count(DISTINCT card_id) FROM unsteady_read WHERE reader = ? AND card_id <> ?", (reader, card_id)
        ).fetchone()
    return Unsteady(tuple(bytes(path) for (path,) in rows), str(reader), float(at), int(sessions), int(others))
