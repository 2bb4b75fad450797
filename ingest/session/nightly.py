"""What a night does, in the order in which it matters: a step that fails is told and stops no other."""

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingest.cloud.open_store import open_store
from ingest.cloud.uploader import run_queue
from ingest.config import Settings
from ingest.disk.atomic import write_durably
from ingest.errors import CatalogError, DestinationError, Exit, SafelightError
from ingest.ledger.drills import holds_since, last_passed
from ingest.ledger.nights import record_night
from ingest.ledger.shoots import all_shoots
from ingest.model.nights import Night, Outcome, Step
from ingest.plan.drill import DrillDue
from ingest.plan.nights import report
from ingest.session.backup import back_up_ledger
from ingest.session.drill import run_drill
from ingest.session.drill_places import Request
from ingest.session.hands import Hands, words_of
from ingest.session.tags import read_catalog, tag_from

FOLDER = "nights"

Answer = tuple[Outcome, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every step works with. now: when the night began, seconds since 1970 UTC."""

    home: Path
    settings: Settings
    ledger: sqlite3.Connection
    now: float
    stop: threading.Event


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


STEPS: Sequence[tuple[str, Callable[[Desk], Answer]]]


def _steps(desk: Desk) -> Iterator[Step]:
    for name, work in STEPS:
        try:
            outcome, words = work(desk)
            yield Step(name, outcome, words, int(Exit.CARE_FAILED) if outcome is Outcome.FAILED else 0)
        except SafelightError as error:
            yield Step(name, Outcome.FAILED, f"{error.message}. {error.hint}".strip(), int(error.exit_code))
        except (OSError, sqlite3.Error) as error:
            yield Step(name, Outcome.FAILED, str(error), int(Exit.UNEXPECTED))


def _catalogs(desk: Desk) -> Answer:
    """Tags as the editors know them now, and with them the order of the uploads."""
    problems, tagged = [], 0
    for entry in desk.settings.catalogs:
        try:
            catalog = read_catalog(entry)
        except CatalogError as error:
            problems.append(f"{error.path}: {error.message}")
            continue
        tagged += sum(1 for _ in tag_from(desk.ledger, desk.settings, catalog, all_shoots(desk.ledger)))
    if problems:
        raise CatalogError("; ".join(problems))
    if not desk.settings.catalogs:
        return Outcome.NOTHING, "no catalog is set up"
    return Outcome.DONE, f"{tagged:,} shoots tagged"


def _cloud(desk: Desk) -> Answer:
    cloud = desk.settings.cloud
    if cloud is None:
        return Outcome.NOTHING, "no off-site copy is set up"
    roots = {place.name: place.root for place in desk.settings.places() if os.path.isdir(place.root)}
    done = run_queue(open_store(cloud), desk.ledger, cloud.bucket, roots, stop=desk.stop, on_event=lambda _: None)
    words = f"{done.sent:,} sent, {done.checked:,} checked in the bucket, {done.waiting:,} wait"
    if done.problem:
        raise type(done.problem)(f"{words}; {done.problem.message}", hint=done.problem.hint)
    if done.needs_you:
        return Outcome.FAILED, f"{words}; {done.needs_you:,} need you: safelight cloud status"
    return (Outcome.LATER if done.waiting else Outcome.DONE), words


def _drill(desk: Desk) -> Answer:
    """Only when it is due: it brings files back from the bucket, which costs."""
    due = DrillDue(last_passed(desk.ledger), holds_since(desk.ledger), desk.now)
    if not due.is_overdue:
        return Outcome.NOTHING, "not due"
    made, certificate = run_drill(
        desk.home, desk.settings, desk.ledger, Request(secrets.token_hex(4), desk.home), time.time()
    )
    words = f"{sum(place.equal for place in made.places):,} files came back equal; {certificate.name}"
    if made.passed:
        return Outcome.DONE, words
    places = ", ".join(place.place for place in made.places if not place.passed)
    return Outcome.FAILED, f"not passed at {places}; {certificate.name}"


def _ledger(desk: Desk) -> Answer:
    """The last step, so that the backup knows of all the others."""
    with Hands(desk.settings.copying.patience) as hands:
        found = back_up_ledger(desk.home, desk.settings, desk.ledger, desk.settings.places(), hands, time.time())
    away = [words_of(name, each) for name, each in found.items() if isinstance(each, DestinationError)]
    here = [name for name, each in found.items() if not isinstance(each, DestinationError)]
    if not here:
        return Outcome.FAILED, "; ".join(away)
    later = f"; not on those that are away: {'; '.join(away)}" if away else ""
    return (Outcome.LATER if away else Outcome.DONE), f"backed up to {', '.join(here)}{later}"


STEPS = (
    ("catalogs", _catalogs),
    ("cloud", _cloud),
    ("drill", _drill),
    ("ledger", _ledger),
)
