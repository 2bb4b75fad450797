"""What the copying room is asked for: before the plan is made, and by the plan."""

from collections.abc import Iterator, Mapping

from ingest.copying.jobs import CopyJob, Source
from ingest.ledger.partials import KnownPartial
from ingest.model.cards import Disposition
from ingest.model.names import join
from ingest.plan.planned import IngestPlan
from ingest.session.context import Session
from ingest.session.look import Standing
from ingest.session.partial import resuming


def wanted_room(session: Session, standing: Mapping[bytes, Standing]) -> dict[str, int]:
    """Bytes that each destination needs: what is new to the ledger, and what of the known does not stand there."""
    wanted, files = {}, session.judged.files
    for place in session.places:
        sizes = [
            file.size
            for file in files
            if file.path not in standing or place.name not in standing[file.path].content.proven_at
        ]
        if sizes:
            wanted[place.name] = sum(sizes)
    return wanted


def early_jobs(
    session: Session, standing: Mapping[bytes, Standing], left: Mapping[bytes, KnownPartial]
) -> Iterator[CopyJob]:
    """The files of new content: whatever the plan names them, every destination needs them."""
    here = _here(session)
    files = session.judged.files if here else ()
    return (resuming(session, CopyJob(file, None, here), left) for file in files if file.path not in standing)


def jobs_of(session: Session, plan: IngestPlan, standing: Mapping[bytes, Standing]) -> Iterator[CopyJob]:
    """Files that a destination which is here still needs. Content that stands elsewhere is taken from there.

    Made as they are taken: behind the last one nothing of the plan is held here.
    """
    here = _here(session)
    same: dict[frozenset[str], frozenset[str]] = {}  # 100,000 equal sets are 20 MB
    for file in plan.files:
        lanes = file.missing_at & here
        if file.disposition is Disposition.COPY and lanes:
            known = standing.get(file.source.path)
            job = CopyJob(file.source, file.dest, same.setdefault(lanes, lanes))
            yield _fed(session, job, known) if known else job


def _fed(session: Session, job: CopyJob, known: Standing) -> CopyJob:
    """From the copies that stand under the very name that is wanted: they are this file's own."""
    roots = {place.name: place.place.root for place in session.places if place.name not in session.absent}
    sources = tuple(
        Source(copy.destination, join(roots[copy.destination], copy.path))
        for copy in known.copies
        if copy.path == job.path and copy.destination in roots and copy.destination not in job.lanes
    )
    return CopyJob(job.file, job.path, job.lanes, known.digest, sources) if sources else job


def _here(session: Session) -> frozenset[str]:
    return frozenset(place.name for place in session.places if place.name not in session.absent)
