"""When the way back was last tried, in one line."""

import sqlite3

from ingest.care.words import drill_words
from ingest.cli.console import shape


def drill_line(ledger: sqlite3.Connection, now: float) -> str:
    """When the way back was last tried, for `status`; "" where there is nothing yet."""
    is_overdue, text = drill_words(ledger, now)
    return f"{shape('warn')} {text}" if is_overdue else text
