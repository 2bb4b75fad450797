"""Sessions, and the temporary names that they may leave behind."""

import sqlite3
from collections.abc import Iterable

from ingest.ledger.db import transaction
from ingest.ledger.shoots import ShootRow, all_shoots

# A run of a card belongs to it; that of a rebuild belongs to this one, which no reader ever holds.
REBUILT_CARD = "ledger-rebuild"
CATCH_UP = "catch-up"  # the command of a session that brings photographs to a destination that was away
OF_PHOTOGRAPHS = f"(r.card_id IS NOT NULL OR r.command = '{CATCH_UP}')"  # of a run r: its copies are no edits

_LEFT = (
    "SELECT d.name, i.temporary FROM intent i JOIN run r ON r.id = i.run_id"
    " JOIN destination d ON d.id = i.destination_id"
)


def open_run(connection: sqlite3.Connection, card_id: int | None, started: float, boot_id: str, command: str) -> int:
    """A new session of a card; 'open' until its verdict. card_id: None for a session without one, as of the edits.

    Raises:
        sqlite3.IntegrityError: an ingest without a card.
    """
    cursor = connection.execute(
        "INSERT INTO run (card_id, started, boot_id, command) VALUES (?, ?, ?, ?)", (card_id, started, boot_id, command)
    )
    return int(cursor.lastrowid or 0)


def end_run(connection: sqlite3.Connection, run_id: int, ended: float, *, interrupted: bool) -> None:
    """Close a session."""
    state = "interrupted" if interrupted else "ended"
    connection.execute("UPDATE run SET ended = ?, state = ? WHERE id = ?", (ended, state, run_id))


def intend(
    connection: sqlite3.Connection, run_id: int, ids: dict[str, int], names: Iterable[tuple[str, bytes, bytes]]
) -> None:
    """Record (destination, how its temporary names begin, b"") before the first byte is written."""
    with transaction(connection):
        connection.executemany(
            "INSERT INTO intent (run_id, destination_id, temporary, source) VALUES (?, ?, ?, ?)",
            [(run_id, ids[name], temporary, source) for name, temporary, source in names],
        )


def leftovers(
    connection: sqlite3.Connection, card_id: int, before_run: int, stale: float = 0.0
) -> dict[str, list[bytes]]:
    """Destination -> how names begin that earlier sessions of this card may have left; its lock is held.

    stale: sessions of other cards that began before it are over too; that card may have been formatted since.
    """
    return _by_destination(
        connection.execute(f"{_LEFT} WHERE r.id < ? AND (r.card_id = ? OR r.started < ?)", (before_run, card_id, stale))
    )


def leftovers_of(connection: sqlite3.Connection, command: str, before_run: int) -> dict[str, list[bytes]]:
    """As `leftovers`, of the sessions without a card that this command had; its lock is held."""
    return _by_destination(
        connection.execute(f"{_LEFT} WHERE r.id < ? AND r.card_id IS NULL AND r.command = ?", (before_run, command))
    )


def _by_destination(rows: Iterable[tuple[str, bytes]]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for name, temporary in rows:
        found.setdefault(str(name), []).append(bytes(temporary))
    return found


def forget_intents(connection: sqlite3.Connection, destination_id: int, names: Iterable[bytes]) -> None:
    """The temporary names are gone from the destination."""
    connection.executemany(
        "DELETE FROM intent WHERE destination_id = ? AND temporary = ?", [(destination_id, name) for name in names]
    )


def event(connection: sqlite3.Connection, run_id: int | None, at: float, kind: str, body: str) -> None:
    """Append to the stream that the faces read; body is JSON."""
    connection.execute("INSERT INTO event (run_id, at, type, body) VALUES (?, ?, ?, ?)", (run_id, at, kind, body))


def shoots_of_run(connection: sqlite3.Connection, run_id: int, card_id: int) -> list[ShootRow]:
    """The shoots that hold files of this card as this session saw them."""
    rows = connection.execute(
        "SELECT DISTINCT sa.shoot_id FROM card_file f JOIN shoot_asset sa ON sa.asset_id = f.asset_id"
        " WHERE f.card_id = ? AND f.run_id = ?",
        (card_id, run_id),
    ).fetchall()
    wanted = {int(row[0]) for row in rows}
    return [shoot for shoot in all_shoots(connection) if shoot.id in wanted]
