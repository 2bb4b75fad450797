"""From *sent* to *checked*: objects found in a later listing of the bucket with our size and SHA-1.

A small object is checked by the SHA-1 that the service itself computed. A large one carries its uploader's word for
the whole; it is checked when it is the very version (by file id) whose every part our driver sent and the service
verified. An object that was lost or replaced in the bucket is queued again, and told.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ingest.cloud.errors import Interrupted
from ingest.cloud.events import UploadNeedsYou, UploadPostponed, UploadsChecked
from ingest.cloud.sending import Apart
from ingest.cloud.store import ShouldStop, Store, StoredObject
from ingest.events import Event
from ingest.ledger import uploads
from ingest.ledger.db import transaction
from ingest.model.uploads import UploadJob

DOUBT = "it was in the bucket already; the SHA-1 of so large an object is its uploader's word"
_LOST = "it is not in the bucket any more, or has other content there"
_FEW = 3
_TRIES = 3


@dataclass(slots=True)
class CheckReport:
    """Objects looked at: checked + doubtful + lost."""

    checked: int = 0
    doubtful: int = 0
    lost: int = 0


def check_sent(
    connection: sqlite3.Connection,
    bucket: str,
    store: Store,
    apart: Apart,
    *,
    clock: Callable[[], float],
    emit: Callable[[Event], object],
) -> CheckReport:
    """List what was sent, folder by folder, and settle each job.

    Raises:
        CloudError: the listing failed; what was settled before stays settled.
    """
    report = CheckReport()
    for folder, group in groupby(uploads.to_check(connection, bucket), key=lambda job: job.key.rpartition("/")[0]):
        jobs = list(group)
        found = _listed(store, apart, folder, jobs)
        with transaction(connection):
            for job in jobs:
                _settle(connection, job, found.get(job.key), clock(), emit, report)
    if report.checked:
        emit(UploadsChecked(report.checked))
    return report


def _listed(store: Store, apart: Apart, folder: str, jobs: Sequence[UploadJob]) -> dict[str, StoredObject]:
    """Key -> object. A listing of the folder is one call for 1,000 names; a few single ones are asked for by name."""
    wanted = {job.key for job in jobs}

    def look(should_stop: ShouldStop) -> dict[str, StoredObject]:
        seen: dict[str, StoredObject] = {}
        many = bool(folder) and len(jobs) > _FEW
        for found in store.list(f"{folder}/") if many else map(store.stat, sorted(wanted)):
            if should_stop():  # half a listing would look like lost objects
                raise Interrupted("Stopped")
            if found is not None and found.key in wanted:
                seen[found.key] = found
        return seen

    return apart(look)


def _settle(
    connection: sqlite3.Connection,
    job: UploadJob,
    found: StoredObject | None,
    now: float,
    emit: Callable[[Event], object],
    report: CheckReport,
) -> None:
    if found is None or (found.size, found.sha1) != (job.size, job.sha1):
        report.lost += 1
        uploads.postpone(connection, job.id, next_try=now, error=_LOST, counted=True)
        if job.attempts + 1 >= _TRIES:
            uploads.needs_you(connection, job.id, _LOST)
            emit(UploadNeedsYou(job.key, _LOST))
        else:
            emit(UploadPostponed(job.key, _LOST))
    elif found.verified or found.file_id == job.file_id:
        report.checked += 1
        uploads.finish_checked(connection, job.id, at=now)
    else:
        report.doubtful += 1
        uploads.finish_sent(connection, job.id, file_id=found.file_id, at=now, doubt=DOUBT)
