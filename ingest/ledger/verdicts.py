"""The verdict's row: append-only, and SAFE only with the evidence that the database itself can count."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.ledger.copies import set_copy_state
from ingest.ledger.db import transaction


@dataclass(frozen=True, slots=True)
class VerdictFile:
    """What carried one file of the card: an asset, or the excuse for having none."""

    path: bytes
    asset_id: int | None
    excused: str = ""


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict as it was given. body: JSON of its words and counts."""

    id: int
    card_id: int
    level: str
    at: float
    fingerprint: bytes
    files: int
    body: str


def record_verdict(
    connection: sqlite3.Connection,
    *,
    run_id: int,
    card_id: int,
    level: str,
    at: float,
    fingerprint: bytes,
    devices_required: int,
    files: Iterable[VerdictFile],
    total: int,
    body: str,
    states: Mapping[int, str] | None = None,
) -> int:
    """Files and verdict in one transaction, before anything is shown.

    states: copy id -> what the look at it showed, "lost" or "suspect"; written first, so that SAFE cannot rest on it.

    Raises:
        sqlite3.IntegrityError: SAFE that the ledger's own rows do not carry.
    """
    with transaction(connection):
        for copy_id, state in (states or {}).items():
            set_copy_state(connection, copy_id, state)
        verdict_id = int(connection.execute("SELECT coalesce(max(id), 0) + 1 FROM verdict").fetchone()[0])
        connection.executemany(
            "INSERT INTO verdict_file (verdict_id, path, asset_id, excused) VALUES (?, ?, ?, ?)",
            ((verdict_id, file.path, file.asset_id, file.excused) for file in files),
        )
        connection.execute(
            "INSERT INTO verdict (id, run_id, card_id, level, at, fingerprint, devices_required, files, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (verdict_id, run_id, card_id, level, at, fingerprint, devices_required, total, body),
        )
    return verdict_id


def last_verdict(connection: sqlite3.Connection, card_id: int) -> VerdictRow | None:
    """The newest verdict of a card."""
    row = connection.execute(
        "SELECT id, card_id, level, at, fingerprint, files, body FROM verdict WHERE card_id = ?"
        " ORDER BY id DESC LIMIT 1",
        (card_id,),
    ).fetchone()
    return VerdictRow(row[0], row[1], row[2], row[3], bytes(row[4]), row[5], row[6]) if row else None
