"""The last looks and repairs on the screen."""

import sqlite3
import time
from dataclasses import asdict

from ingest.care.words import care_line, oldest_line
from ingest.cli.console import Console
from ingest.errors import Exit
from ingest.ledger.care_log import care_runs, oldest_proof
from ingest.words import size

_MOST = 30


def show_history(console: Console, ledger: sqlite3.Connection) -> int:
    """The last looks and repairs, the newest first; gives the exit code."""
    now, runs, oldest = time.time(), care_runs(ledger, "", _MOST), oldest_proof(ledger)
    for run in runs:
        console.line({"schema": 1, "type": "care", **asdict(run)})
        console.say(f"{care_line(run, now)}, {size(run.bytes)} read")
    if not runs:
        console.say("Nothing was verified or repaired yet.")
    for line in oldest_line(oldest, now):
        console.say(line)
    console.line({"schema": 1, "type": "summary", "runs": len(runs), "oldest_proof": oldest})
    return int(Exit.OK)
