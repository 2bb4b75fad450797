"""When the way back was last tried, in one line."""

import sqlite3

from ingest.cli.console import shape
from ingest.ledger.drills import holds_since, last_passed
from ingest.plan.drill import DrillDue
from ingest.words import day


def drill_line(ledger: sqlite3.Connection, now: float) -> str:
    """When the way back was last tried, for `status`; "" where there is nothing yet."""
    due = DrillDue(last_passed(ledger), holds_since(ledger), now)
    if due.next is None:
        return ""
    last = f"the last one passed {day(due.last, now)}" if due.last is not None else "none has passed yet"
    if due.is_overdue:
        return f"{shape('warn')} Drill OVERDUE: {last}. Run: safelight drill"
    return f"Drill: {last}; the next one is due {day(due.next, now)}"
