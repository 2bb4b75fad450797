"""The steps of a night: each says what it did, or raises what is wrong."""

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.cloud.open_store import open_store
from ingest.cloud.uploader import run_queue
from ingest.config import Settings
from ingest.errors import CatalogError, DestinationError, DestinationMissing
from ingest.ledger.drills import holds_since, last_passed
from ingest.ledger.shoots import all_shoots
from ingest.model.nights import Outcome
from ingest.plan.drill import DrillDue
from ingest.session.backup import back_up_ledger
from ingest.session.catalog_snapshots import snapshot_catalogs
from ingest.session.drill import run_drill
from ingest.session.drill_places import Request
from ingest.session.edits import sync_edits
from ingest.session.hands import Hands, words_of
from ingest.session.tags import read_catalog, tag_from

Answer = tuple[Outcome, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every step works with. now: when the night began, seconds since 1970 UTC."""

    home: Path
    settings: Settings
    ledger: sqlite3.Connection
    now: float
    stop: threading.Event


def _edits(desk: Desk) -> Answer:
    """What the editors wrote beside the pictures."""
    try:
        done = sync_edits(desk.home, desk.settings, desk.ledger, all_shoots(desk.ledger), lambda _: None)
    except DestinationMissing as error:  # a disk that is at home with its owner
        return Outcome.LATER, error.message
    counts = done.counts
    words = f"{counts.new:,} new, {counts.changed:,} changed"
    wrong = [f"{name}: {place.problem}" for name, place in done.places.items() if place.problem]
    wrong += [f"{name}: {place.failed:,} not made" for name, place in done.places.items() if place.failed]
    wrong += [f"{counts.unread:,} could not be read"] * bool(counts.unread)
    if any(place.failed for place in done.places.values()) or counts.unread:
        return Outcome.FAILED, f"{words}; {'; '.join(wrong)}"
    return (Outcome.LATER if wrong or counts.waiting else Outcome.DONE), "; ".join((words, *wrong))


def _tags(desk: Desk) -> Answer:
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
    return Outcome.DONE, f"{tagged:,} shoot{'s' * (tagged != 1)} tagged"


def _catalogs(desk: Desk) -> Answer:
    """The catalogs themselves, where they changed."""
    if not desk.settings.catalogs:
        return Outcome.NOTHING, "no catalog is set up"
    with Hands(desk.settings.copying.patience) as hands:
        found = [*snapshot_catalogs(desk.home, desk.settings, desk.ledger, hands, time.time())]
    wrong = [f"{each.catalog}: {each.problem}" for each in found if each.problem]
    nowhere = [each.catalog for each in found if each.code and not each.problem]
    made = sum(each.counts is not None for each in found)
    if wrong:
        return Outcome.FAILED, "; ".join(wrong)
    if nowhere:
        return Outcome.LATER, f"not at every destination: {', '.join(nowhere)}"
    return Outcome.DONE, f"{made:,} of {len(found):,} copied anew" if made else "unchanged"


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


STEPS: Sequence[tuple[str, Callable[[Desk], Answer]]] = (
    ("edits", _edits),
    ("tags", _tags),
    ("catalogs", _catalogs),
    ("cloud", _cloud),
    ("drill", _drill),
    ("ledger", _ledger),
)
