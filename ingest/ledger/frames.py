"""Which frames of which camera were seen here: by the camera's serial number and its own clock."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.ledger.many import ask
from ingest.model.cards import CardFile


class SeenFrame(NamedTuple):
    """One picture that was ingested. name: as on its card. taken: ISO 8601 by the camera's clock, without a zone."""

    name: bytes
    taken: str
    make: str
    model: str
    serial: str


def frames_on_card(connection: sqlite3.Connection, card_id: int, files: Sequence[CardFile]) -> list[SeenFrame]:
    """Those of `files` that were ingested from this card as they are, and whose camera tells its serial number."""
    as_listed = {(file.path, file.size, file.mtime_ns) for file in files}
    rows = ask(
        connection,
        "SELECT f.size, f.mtime_ns, f.path, a.capture_local, a.make, a.model, a.serial FROM asked"
        " CROSS JOIN card_file f ON f.card_id = column2 AND f.path = column1 CROSS JOIN asset a ON a.id = f.asset_id"
        " WHERE a.capture_local IS NOT NULL AND a.serial <> ''",
        [(file.path, card_id) for file in files],
    )
    return [SeenFrame._make(row[2:]) for row in rows if (row[2], row[0], row[1]) in as_listed]


def frames_near(connection: sqlite3.Connection, spans: Iterable[tuple[str, str, str]]) -> list[SeenFrame]:
    """All that was ever ingested of (serial, from, to), times as in `SeenFrame`; "" is no camera's serial.

    One search of an index a span: the cost is that of what lies in it, whatever the ledger holds.
    """
    rows = ask(
        connection,
        "SELECT original_name, capture_local, make, model, serial FROM asked CROSS JOIN asset"
        " ON serial = column1 AND capture_local >= column2 AND capture_local <= column3",
        list(spans),
    )
    return [SeenFrame._make(row) for row in rows]
