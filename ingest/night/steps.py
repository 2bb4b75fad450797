"""The steps of a night: each says what it did, or raises what is wrong."""

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.away.catch_up import catch_up
from ingest.away.context import told
from ingest.away.drives import Located, advice, observe
from ingest.away.working import working_since
from ingest.cloud.apart import run_apart
from ingest.cloud.line import Line
from ingest.cloud.open_store import open_store
from ingest.cloud.rules import LiveRules
from ingest.cloud.store import Store
from ingest.cloud.uploader import run_queue
from ingest.config import Settings
from ingest.config.live import LiveSettings
from ingest.edits.sync import sync_edits
from ingest.errors import CatalogError, DestinationError, DestinationMissing
from ingest.ledger.drills import holds_since, last_passed
from ingest.ledger.shoots import all_shoots
from ingest.model.nights import Outcome
from ingest.night.drill import run_drill
from ingest.night.drill_places import Request
from ingest.plan.drill import DrillDue
from ingest.plan.rounds import Budget
from ingest.session.backup import back_up_ledger
from ingest.session.hands import Hands, words_of
from ingest.session.records import RecordsSent, send_records
from ingest.session.tags import read_catalog, tag_from
from ingest.session.verify import look_at_copies, tasks_at
from ingest.snapshots.make import snapshot_catalogs

SLICE = 20 * 60.0  # seconds of reading copies again
CATCH_UP = 4 * 3600.0  # seconds of bringing what was missed

Answer = tuple[Outcome, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every step works with. now: when the night began, seconds since 1970 UTC. drives: None without any."""

    home: Path
    settings: Settings
    ledger: sqlite3.Connection
    now: float
    stop: threading.Event
    drives: Located | None = None


def _catch_up(desk: Desk) -> Answer:
    """What a destination missed while it was away; before the edits, whose older versions lie beside it."""
    working = working_since(desk.settings, desk.ledger)
    try:
        done = catch_up(
            desk.home, desk.settings, desk.ledger, all_shoots(desk.ledger), desk.settings.places(), lambda _: None,
            budget=Budget(CATCH_UP), working=working,
        )  # fmt: skip
    except DestinationMissing as error:  # none is here
        return Outcome.LATER, error.message
    if not done.places:
        return Outcome.NOTHING, "every destination has every shoot"
    words = [f"{name}: {told(place)}" for name, place in done.places.items()]
    failed = any(place.failed or place.full for place in done.places.values())
    later = any(place.brought < place.files for place in done.places.values())
    return Outcome.FAILED if failed else Outcome.LATER if later else Outcome.DONE, "; ".join(words)


def _drives(desk: Desk) -> Answer:
    """Which drives are at home, and whose turn it is."""
    if desk.drives is None:
        return Outcome.NOTHING, "no drive is set up"
    observe(desk.drives, desk.ledger, desk.now)
    said = [word.text for word in advice(desk.drives, desk.ledger, desk.now)]
    names = ", ".join(place.name for place in desk.drives.here)
    return Outcome.LATER if said else Outcome.DONE, "; ".join(said) or (f"here: {names}" if names else "all are away")


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
            catalog = read_catalog(desk.settings, entry)
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
    """Within the hours of the settings, which may be later this night: the next one goes on."""
    cloud = desk.settings.cloud
    if cloud is None:
        return Outcome.NOTHING, "no off-site copy is set up"
    roots = {place.name: place.root for place in desk.settings.places() if os.path.isdir(place.root)}
    line = Line(connections=cloud.parallel)
    rules = LiveRules(LiveSettings(desk.home, desk.settings), line, lambda _: None)
    store = open_store(cloud, line, home=desk.home)
    done = run_queue(
        store, desk.ledger, cloud.bucket, roots, stop=desk.stop, on_event=lambda _: None, line=line, rules=rules
    )
    words = f"{done.sent:,} sent, {done.checked:,} checked in the bucket, {done.waiting:,} wait"
    lost = (("vanished", done.vanished), ("hidden", done.hidden), ("replaced", done.replaced))
    words += "".join(f", {count:,} found {what} there" for what, count in lost if count)
    if done.problem:
        raise type(done.problem)(f"{words}; {done.problem.message}", hint=done.problem.hint)
    if done.vanished or done.hidden or done.replaced:
        return Outcome.FAILED, f"{words}: safelight cloud status"
    if done.needs_you:
        return Outcome.FAILED, f"{words}; {done.needs_you:,} need you: safelight cloud status"
    if done.closed:
        words += f"; {done.closed}"
    records = _records(desk, store) if done.is_through and rules(time.time()).allowed else RecordsSent()
    words += "".join(f"; {problem}" for problem in records.problems)
    return (Outcome.LATER if done.waiting or records.problems else Outcome.DONE), words


def _records(desk: Desk, store: Store) -> RecordsSent:
    """What a new computer would need beside the photographs: it never fails the step."""
    with Hands(desk.settings.copying.patience) as hands:
        return send_records(
            desk.home, desk.settings, desk.ledger, store, hands,
            lambda work: run_apart(work, desk.stop.is_set, lambda: None), time.time(),
        )  # fmt: skip


def _verify(desk: Desk) -> Answer:
    """A slice, so that some weeks of nights go round everything."""
    tasks = tasks_at(desk.ledger, desk.settings.places())
    if not any(task.copies for task in tasks):
        return Outcome.NOTHING, "there is no copy yet"
    reports = look_at_copies(desk.settings, desk.ledger, tasks, Budget(SLICE))
    looked, ok = sum(report.looked_at for report in reports), sum(report.ok for report in reports)
    wrong = sum(len(report.differs) + len(report.gone) + len(report.unread) for report in reports)
    unproven = sum(report.unproven for report in reports)
    away = [report.destination for report in reports if report.problem]
    words = f"{ok:,} of {looked:,} copies read back and equal"
    words += f"; {unproven:,} could only be read from memory" * bool(unproven)
    words += f"; not looked at: {', '.join(away)}" * bool(away)
    if wrong:
        return Outcome.FAILED, f"{words}; {wrong:,} wrong: safelight verify, then safelight repair"
    return (Outcome.LATER if away else Outcome.DONE), words


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
    ("catch-up", _catch_up),
    ("drives", _drives),
    ("edits", _edits),
    ("tags", _tags),
    ("catalogs", _catalogs),
    ("cloud", _cloud),
    ("verify", _verify),
    ("drill", _drill),
    ("ledger", _ledger),
)
