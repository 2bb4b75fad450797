"""Beginnings of large files that earlier sessions of this card left: kept, built upon, or forgotten."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ingest.copying.destination import INCOMING
from ingest.copying.jobs import CopyJob, Partial
from ingest.copying.resume import RESUMED_FROM
from ingest.ledger.db import transaction
from ingest.ledger.partials import KnownPartial, forget_partials, partials, remember_chunk
from ingest.model.cards import CardFile
from ingest.model.names import join
from ingest.session.context import Session


def is_resumable(file: CardFile) -> bool:
    """Large enough that its beginning is kept when it is interrupted."""
    return file.size >= RESUMED_FROM


def still_on_the_card(session: Session) -> dict[bytes, KnownPartial]:
    """Card path -> what is known of its beginning; those of files that are not as they were are forgotten."""
    known = partials(session.ledger, session.card_id)
    listed = {file.path: file for file in session.card.listing.files if file.path in known}
    found = {
        path: item
        for path, item in known.items()
        if path in listed and (listed[path].size, listed[path].mtime_ns) == (item.size, item.mtime_ns)
    }
    with transaction(session.ledger):
        forget_partials(session.ledger, session.card_id, [path for path in known if path not in found])
    return found


def kept_temporaries(session: Session, place: str) -> set[bytes]:
    """Names in the staging folder of a destination that no sweep may take."""
    known = partials(session.ledger, session.card_id).values()
    return {item.temporaries[place] for item in known if place in item.temporaries}


def resuming(session: Session, job: CopyJob, known: Mapping[bytes, KnownPartial]) -> CopyJob:
    """The job with what an earlier session left of it at the destinations that are here."""
    item = known.get(job.file.path)
    if item is None or not item.chunks:
        return job
    roots = {place.name: place.place.root for place in session.places if place.name in job.lanes}
    left = tuple(
        Partial(name, temporary, join(roots[name], join(INCOMING, temporary)))
        for name, temporary in sorted(item.temporaries.items())
        if name in roots
    )
    return replace(job, chunks=item.chunks, partials=left)


def note_chunk(session: Session) -> Callable[[CardFile, int, bytes, Mapping[str, bytes]], None]:
    """Writes down each whole chunk of a large file as it was read, with where its copies stand meanwhile."""

    def note(file: CardFile, number: int, xxh128: bytes, temporaries: Mapping[str, bytes]) -> None:
        where = {session.place_ids[name]: temporary for name, temporary in temporaries.items()}
        with transaction(session.ledger):
            remember_chunk(session.ledger, session.card_id, file, number, xxh128, where)

    return note
