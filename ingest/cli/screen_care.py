"""What `verify` and `repair` did, told in one line each."""

import sqlite3
import time
from dataclasses import asdict

from ingest.cli.console import Console
from ingest.errors import Exit
from ingest.ledger.care_log import CareRun, care_runs, oldest_proof
from ingest.words import clock, day, size

_MOST = 30


def care_line(run: CareRun, now: float) -> str:
    """`verify 3 Nov: 1,200 of 48,000 copies, all match`."""
    told = [
        f"{count:,} {words}"
        for count, words in (
            (run.differs, "with OTHER BYTES"),
            (run.gone, "gone"),
            (run.unread, "not readable"),
            (run.unproven, "read from the cache alone"),
        )
        if count
    ]
    when = f"{day(run.ended, now)}{'' if day(run.ended, now) != 'today' else ' ' + clock(run.ended)}"
    if run.verb == "verify":
        whole = "all match" if run.matched and not told else ", ".join(told) or "nothing was read"
        return f"verify {when}: {run.looked_at:,} of {run.copies:,} copies, {whole}"
    rest = [f"{run.waiting:,} wait for their destination"] * bool(run.waiting)
    rest += [f"{run.failed:,} NOT healed"] * bool(run.failed)
    right = [f"{run.matched:,} right after all"] * bool(run.matched)
    return f"repair {when}: {', '.join([f'{run.healed:,} of {run.copies:,} copies healed', *right, *rest])}"


def last_lines(ledger: sqlite3.Connection, now: float) -> list[str]:
    """The last verify and the last repair, each in a line; none where there was none."""
    return [f"last {care_line(run, now)}" for verb in ("verify", "repair") for run in care_runs(ledger, verb, 1)]


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


def oldest_line(oldest: float | None, now: float) -> list[str]:
    """When the copy that was looked at longest ago was."""
    if oldest is None:
        return []
    return [f"The oldest proof is of {day(oldest, now)}." if oldest else "Some copies were never read back."]
