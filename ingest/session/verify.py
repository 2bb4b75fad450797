"""A look at the copies, wired: which there are, by which places, and what is written down of it."""

import sqlite3
import time
from collections.abc import Callable, Container, Sequence

from ingest.care.verify import Task, VerifyReport, verify
from ingest.config import Settings
from ingest.ledger.care_log import CareRun, count_copies, record_care
from ingest.ledger.known import copies_at
from ingest.ledger.places import destination_ids, known_marker
from ingest.ledger.views import digests_at
from ingest.model.places import Destination
from ingest.plan.rounds import Budget
from ingest.session.prepare import boot_id


def tasks_at(
    ledger: sqlite3.Connection, places: Sequence[Destination], chosen: Container[int] | None = None
) -> list[Task]:
    """What there is to look at. chosen: contents by their id; None: all of them."""
    ids, tasks = destination_ids(ledger), []
    for place in places:
        wanted = digests_at(ledger, place.name)
        copies = [copy for copy in copies_at(ledger, place.name) if chosen is None or copy.asset_id in chosen]
        pairs = [(copy, wanted[copy.id]) for copy in copies]
        tasks.append(Task(place, known_marker(ledger, place.name), ids.get(place.name, 0), pairs))
    return tasks


def look_at_copies(
    settings: Settings,
    ledger: sqlite3.Connection,
    tasks: Sequence[Task],
    budget: Budget,
    *,
    to_the_end: bool = False,
    tick: Callable[[str, int], None] = lambda _name, _bytes: None,
) -> list[VerifyReport]:
    """Look, the oldest proof first, and write down that it was done. tick: told a place and bytes as they are read."""
    started, standing = time.time(), count_copies(ledger)
    reports = verify(
        ledger,
        [task for task in tasks if task.copies],
        patience=settings.copying.patience,
        boot_id=boot_id(),
        tick=tick,
        budget=budget,
        to_the_end=to_the_end,
        bucket=settings.cloud.bucket if settings.cloud else "",
    )
    if any(report.looked_at for report in reports):
        record_care(ledger, _record(reports, standing, started, time.time()))
    return reports


def _record(reports: Sequence[VerifyReport], standing: int, started: float, ended: float) -> CareRun:
    return CareRun(
        "verify",
        started,
        ended,
        copies=standing,
        looked_at=sum(report.looked_at for report in reports),
        bytes=sum(report.bytes_read for report in reports),
        matched=sum(report.ok for report in reports),
        unproven=sum(report.unproven for report in reports),
        differs=sum(len(report.differs) for report in reports),
        gone=sum(len(report.gone) for report in reports),
        unread=sum(len(report.unread) for report in reports),
    )
