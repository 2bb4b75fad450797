"""A night: its steps in the order in which they matter; one that fails is told and stops no other."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ingest.disk.atomic import write_durably
from ingest.errors import Exit, SafelightError
from ingest.ledger.nights import record_night
from ingest.model.nights import Night, Outcome, Step
from ingest.night.steps import STEPS, Desk
from ingest.plan.nights import report

FOLDER = "nights"


def run_night(desk: Desk, told: Callable[[Step], object]) -> tuple[Night, Path]:
    """Do it all and write it down; gives the night and its report's path. told: each step as it ends."""
    steps = []
    for step in _steps(desk):
        steps.append(step)
        told(step)
        if desk.stop.is_set():
            break
    night = Night(desk.now, time.time(), tuple(steps))
    text = report(night, desk.settings.station)
    record_night(desk.ledger, night.began, night.ended, len(night.failed), text)
    folder = desk.home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{datetime.fromtimestamp(desk.now, UTC):%Y-%m-%dT%H%M%S.%fZ}.txt"
    write_durably(os.fsencode(folder), name.encode(), text.encode(), replace=False)
    return night, folder / name


def _steps(desk: Desk) -> Iterator[Step]:
    for name, work in STEPS:
        try:
            outcome, words = work(desk)
            yield Step(name, outcome, words, int(Exit.CARE_FAILED) if outcome is Outcome.FAILED else 0)
        except SafelightError as error:
            yield Step(name, Outcome.FAILED, f"{error.message}. {error.hint}".strip(), int(error.exit_code))
        except (OSError, sqlite3.Error) as error:
            yield Step(name, Outcome.FAILED, str(error), int(Exit.UNEXPECTED))
