"""What is told with a verdict and does not change it: bytes without a file, reads that disagreed, frames never seen.

Writes nothing.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from ingest.disk.usage import usage_of
from ingest.gate.certificate import example_names
from ingest.gate.evidence import Caution
from ingest.ledger.frames import SeenFrame, frames_near, frames_on_card
from ingest.ledger.known import card_files_at
from ingest.ledger.unsteady import Unsteady, unsteady_of
from ingest.model.cards import EntryKind, Listing
from ingest.model.names import base_of
from ingest.plan.accounting import sentence, unaccounted
from ingest.plan.gaps import Camera, Frame, find_gaps, frame_number, sentences, windows
from ingest.session.scene import Card


def cautions_of(
    connection: sqlite3.Connection, card_id: int | None, card: Card, listing: Listing
) -> tuple[Caution, ...]:
    """What to tell of the card as it is listed now. card_id: None for a card that was never ingested."""
    if card_id is None:
        return _bytes_without_a_file(card, listing)
    return (
        *_bytes_without_a_file(card, listing),
        *_unsteady(connection, card_id, card),
        *_frames_never_seen(connection, card_id, listing),
    )


def _bytes_without_a_file(card: Card, listing: Listing) -> tuple[Caution, ...]:
    """A listing may leave out what a damaged folder held, and nothing else would notice."""
    usage = usage_of(card.root, card.volume)
    count = unaccounted(listing, usage.used, usage.cluster, usage.size) if usage else 0
    return (Caution("bytes unaccounted", sentence(count)),) if count else ()


def _unsteady(connection: sqlite3.Connection, card_id: int, card: Card) -> tuple[Caution, ...]:
    """Told from then on, also when the card was formatted since: it may do it again."""
    seen = unsteady_of(connection, card_id)
    if seen is None:
        return ()
    where = f"{card.name}, reader {seen.reader}, {datetime.fromtimestamp(seen.at):%Y-%m-%d}"  # noqa: DTZ006 - for people
    known = card_files_at(connection, card_id, seen.paths)
    settled = sum(path in known and known[path].reads >= 2 for path in seen.paths)
    text = f"{example_names(seen.paths)} came back differently on two reads ({where}): {_settled(settled, seen)}."
    if seen.sessions > 1:
        text += f" Reads of this card disagreed in {seen.sessions:,} sessions by now."
    if seen.other_cards:
        cards = "another card" if seen.other_cards == 1 else f"{seen.other_cards:,} other cards"
        text += f" The same reader did it with {cards} too: it is to blame more likely than the card."
    text += " Try another reader or cable, and do not trust this card with the next job"
    return (Caution("unsteady card", text, seen.paths),)


def _settled(settled: int, seen: Unsteady) -> str:
    if settled == len(seen.paths):
        return "two reads agree and the proven copies equal them"
    return "it is not settled yet which bytes are right"


def _frames_never_seen(connection: sqlite3.Connection, card_id: int, listing: Listing) -> tuple[Caution, ...]:
    """Gaps in the numbers of each camera. What the card lists counts as seen, whatever became of it.

    So does what was taken meanwhile by a camera that does not tell its serial number, unless it is of another model: a
    clip has a number of the same counter, and often no more.
    """
    files = [file for file in listing.files if file.kind is EntryKind.FILE]
    rows = frames_on_card(connection, card_id, files)
    own = _frames(rows)
    if not own:
        return ()
    known = {(row.serial, row.taken, base_of(row.name)) for row in rows}
    spans = [(serial, begin.isoformat(), end.isoformat()) for serial, begin, end in windows(own)]
    near = frames_near(connection, {*spans, *(("", begin, end) for _, begin, end in spans)})
    models = {"", *(frame.camera.model for frame in own)}
    numbers = {frame_number(file.path) for file in files}
    numbers |= {frame_number(row.name) for row in near if not row.serial and row.model in models}
    seen = _frames(row for row in near if row.serial and (row.serial, row.taken, row.name) not in known)
    gaps = find_gaps(own, seen, numbers)
    return tuple(Caution("frames never seen", text) for text in sentences(gaps))


def _frames(rows: Iterable[SeenFrame]) -> list[Frame]:
    return [
        Frame(Camera(row.make, row.model, row.serial), datetime.fromisoformat(row.taken), number)
        for row in rows
        if (number := frame_number(row.name))
    ]
