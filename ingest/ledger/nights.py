"""Nights in the ledger."""

import sqlite3
from typing import NamedTuple

from ingest.ledger.db import transaction


class LastNight(NamedTuple):
    """The newest one. failed: its steps that a person must look at."""

    began: float
    failed: int
    report: str


def record_night(connection: sqlite3.Connection, began: float, ended: float, failed: int, report: str) -> None:
    """Write a night down, at its end."""
    with transaction(connection):
        connection.execute(
            "INSERT INTO night (began, ended, failed, report) VALUES (?, ?, ?, ?)", (began, ended, failed, report)
        )


def last_night(connection: sqlite3.Connection) -> LastNight | None:
    """None where there was none yet."""
    row = connection.execute("SELECT began, failed, report FROM night ORDER BY id DESC LIMIT 1").fetchone()
    return LastNight(*row) if row else None
