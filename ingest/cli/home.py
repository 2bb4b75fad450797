"""What most verbs open first: the home folder, its settings, its ledger."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.config import Settings, home_folder, load
from ingest.ledger.db import open_ledger

LEDGER = "ledger.sqlite"


@dataclass(frozen=True, slots=True)
class Home:
    """An opened home."""

    folder: Path
    settings: Settings
    ledger: sqlite3.Connection


@contextlib.contextmanager
def opened() -> Iterator[Home]:
    """Settings and ledger, closed again at the end.

    Raises:
        ConfigError, LedgerError: as `load` and `open_ledger` do.
    """
    folder = home_folder()
    settings = load(folder)
    ledger = open_ledger(folder / LEDGER)
    try:
        yield Home(folder, settings, ledger)
    finally:
        ledger.close()


def card_path(text: str | None) -> bytes | None:
    """A card as typed, as absolute bytes."""
    return os.path.abspath(os.fsencode(text)) if text else None
