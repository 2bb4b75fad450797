"""What is told with a verdict and does not change it: frames that were never seen here. Writes nothing."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from ingest.gate.evidence import Caution
from ingest.ledger.frames import SeenFrame, frames_near, frames_on_card
from ingest.model.cards import EntryKind, Listing
from ingest.plan.gaps import Camera, Frame, find_gaps, frame_number, sentences, windows


def cautions_of(connection: sqlite3.Connection, card_id: int | None, listing: Listing) -> tuple[Caution, ...]:
    """What to tell of the card as it is listed now. card_id: None for a card that was never ingested."""
    return () if card_id is None else _frames_never_seen(connection, card_id, listing)


def _frames_never_seen(connection: sqlite3.Connection, card_id: int, listing: Listing) -> tuple[Caution, ...]:
    """Gaps in the numbers of each camera. What the card lists counts as seen, whatever became of it.

    So does what was taken meanwhile by a camera that does not tell its serial number: a clip has a number of the same
    counter, and often no more.
    """
    files = [file for file in listing.files if file.kind is EntryKind.FILE]
    own = _frames(frames_on_card(connection, card_id, files))
    if not own:
        return ()
    spans = [(serial, begin.isoformat(), end.isoformat()) for serial, begin, end in windows(own)]
    near = frames_near(connection, {*spans, *(("", begin, end) for _, begin, end in spans)})
    numbers = {frame_number(file.path) for file in files} | {frame_number(row.name) for row in near if not row.serial}
    gaps = find_gaps(own, _frames(row for row in near if row.serial), numbers)
    return tuple(Caution("frames never seen", text) for text in sentences(gaps))


def _frames(rows: Iterable[SeenFrame]) -> list[Frame]:
    return [
        Frame(Camera(row.make, row.model, row.serial), datetime.fromisoformat(row.taken), number)
        for row in rows
        if (number := frame_number(row.name))
    ]
