"""The night's work on the terminal or in the system's log: a line for each step, then where the report lies."""

import contextlib
import os
import time

from filelock import FileLock, Timeout

from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, shape
from ingest.cli.do_cloud import stopped_by_signals
from ingest.cli.heralding import call_if_due
from ingest.cli.home import Home
from ingest.errors import CardBusy, Exit
from ingest.ledger.nights import last_night
from ingest.model.names import display
from ingest.model.nights import Outcome, Step
from ingest.night.night import run_night
from ingest.night.steps import STEPS, Desk
from ingest.plan.nights import sentence

_SIGNS = {
    Outcome.DONE: ("safe", "green"), Outcome.NOTHING: ("safe", "green"), Outcome.LATER: ("not_yet", "yellow"),
    Outcome.FAILED: ("do_not_format", "red"),
}  # fmt: skip


def run_nightly(home: Home, console: Console) -> int:
    """Gives 0 where nothing failed, else the code of the first step that did; 12 where a night is under way."""
    (home.folder / "locks").mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.folder / "locks" / "nightly.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CardBusy("Another night's work is under way", path=str(home.folder), hint="Wait for its end") from error

    names = [name for name, _ in STEPS]
    bars = Bars.on(console)

    def told(step: Step) -> None:
        bars.close()
        sign, colour = _SIGNS[step.outcome]
        console.say(f"{paint(shape(sign), colour)} {step.name:<10} {step.words or step.outcome.value}")
        words = {"step": step.name, "outcome": step.outcome.value, "words": step.words, "exit": step.exit}
        console.line({"schema": 1, "type": "step", **words})
        for name in names[names.index(step.name) + 1 :][:1]:
            bars.busy(f"Now: {name}")

    with lock, contextlib.closing(bars), stopped_by_signals() as stop:
        bars.busy(f"Now: {names[0]}")
        night, path = run_night(Desk(home.folder, home.settings, home.ledger, time.time(), stop, home.drives), told)
    call_if_due(home, console)
    code = int(Exit.INTERRUPTED) if stop.is_set() else night.failed[0].exit if night.failed else int(Exit.OK)
    console.line(
        {
            "schema": 1, "type": "summary", "steps": len(night.steps), "failed": len(night.failed),
            "report": str(path), "exit": code,
        }
    )  # fmt: skip
    console.say(f"{sentence(night)[0].upper()}{sentence(night)[1:]}. Report: {display(os.fsencode(path))}")
    return code


def show_last(home: Home, console: Console) -> int:
    """The last night's report; 11 where there was none yet."""
    last = last_night(home.ledger)
    if last is None:
        console.line({"schema": 1, "type": "summary", "began": None, "failed": 0, "report": ""})
        console.say("There was no night's work yet. Run: safelight nightly")
        return int(Exit.NOT_YET)
    console.line({"schema": 1, "type": "summary", "began": last.began, "failed": last.failed, "report": last.report})
    for line in last.report.rstrip().splitlines():
        console.say(line)
    return int(Exit.OK)
