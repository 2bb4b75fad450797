"""What `verify`, `repair` and drills did, told in one line each for every face."""

import sqlite3

from ingest.ledger.care_log import CareRun, care_runs
from ingest.ledger.drills import holds_since, last_passed
from ingest.plan.drill import DrillDue
from ingest.words import clock, day


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


def oldest_line(oldest: float | None, now: float) -> list[str]:
    """When the copy that was looked at longest ago was."""
    if oldest is None:
        return []
    return [f"The oldest proof is of {day(oldest, now)}." if oldest else "Some copies were never read back."]


def drill_words(ledger: sqlite3.Connection, now: float) -> tuple[bool, str]:
    """(whether one is overdue, when the way back was last tried); "" where there is nothing yet."""
    due = DrillDue(last_passed(ledger), holds_since(ledger), now)
    if due.next is None:
        return False, ""
    last = f"the last one passed {day(due.last, now)}" if due.last is not None else "none has passed yet"
    if due.is_overdue:
        return True, f"Drill OVERDUE: {last}. Run: safelight drill"
    return False, f"Drill: {last}; the next one is due {day(due.next, now)}"
