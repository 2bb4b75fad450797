"""Large files that were interrupted: how far they were read, and where their beginnings lie."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.model.cards import CardFile


@dataclass(frozen=True, slots=True)
class KnownPartial:
    """What earlier sessions left of one card file. size in bytes and mtime_ns: of the whole file on the card.

    chunks: xxh128 of each chunk from the first on, without a gap. temporaries: destination -> name in its staging
    folder; how much of the file it holds, the file itself must tell.
    """

    path: bytes
    size: int
    mtime_ns: int
    chunks: tuple[bytes, ...]
    temporaries: dict[str, bytes]


def remember_chunk(
    connection: sqlite3.Connection,
    card_id: int,
    file: CardFile,
    number: int,
    xxh128: bytes,
    temporaries: Mapping[int, bytes],
) -> None:
    """Chunk `number` (0 is the first) was read whole from the card; call inside a transaction.

    temporaries: destination id -> the temporary name under which that destination writes this file now. What is known
    of another file at this path (another size or time) is forgotten.
    """
    whole = (card_id, file.path, file.size, file.mtime_ns)
    for table in ("chunk", "partial"):
        connection.execute(
            f"DELETE FROM {table} WHERE card_id = ? AND path = ? AND (size <> ? OR mtime_ns <> ?)", whole
        )
    connection.execute(
        "INSERT INTO chunk (card_id, path, size, mtime_ns, number, xxh128) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (card_id, path, number) DO UPDATE SET xxh128 = excluded.xxh128",
        (*whole, number, xxh128),
    )
    connection.executemany(
        "INSERT INTO partial (card_id, path, size, mtime_ns, destination_id, temporary) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (card_id, path, destination_id) DO UPDATE SET temporary = excluded.temporary",
        [(*whole, destination_id, temporary) for destination_id, temporary in temporaries.items()],
    )


def partials(connection: sqlite3.Connection, card_id: int) -> dict[bytes, KnownPartial]:
    """Path -> what is known of that interrupted file of a card."""
    found: dict[bytes, KnownPartial] = {}
    rows = connection.execute(
        "SELECT p.path, p.size, p.mtime_ns, d.name, p.temporary FROM partial p"
        " JOIN destination d ON d.id = p.destination_id WHERE p.card_id = ? ORDER BY p.path, d.name",
        (card_id,),
    )
    for path, size, mtime_ns, name, temporary in rows:
        known = found.setdefault(path, KnownPartial(path, size, mtime_ns, _chunks(connection, card_id, path), {}))
        known.temporaries[name] = temporary
    return found


def _chunks(connection: sqlite3.Connection, card_id: int, path: bytes) -> tuple[bytes, ...]:
    """From the first on, as far as there is no gap."""
    rows = connection.execute(
        "SELECT number, xxh128 FROM chunk WHERE card_id = ? AND path = ? ORDER BY number", (card_id, path)
    )
    chunks: list[bytes] = []
    for number, xxh128 in rows:
        if number != len(chunks):
            break
        chunks.append(xxh128)
    return tuple(chunks)


def forget_partials(connection: sqlite3.Connection, card_id: int, paths: Iterable[bytes]) -> None:
    """These files are whole now, or their beginnings are gone; call inside a transaction."""
    keys = [(card_id, path) for path in paths]
    for table in ("chunk", "partial"):
        connection.executemany(f"DELETE FROM {table} WHERE card_id = ? AND path = ?", keys)


def forget_abandoned(connection: sqlite3.Connection) -> None:
    """Beginnings that no session intends any more: they were swept; call inside a transaction."""
    connection.execute(
        "DELETE FROM partial WHERE NOT EXISTS (SELECT 1 FROM intent i WHERE i.destination_id = partial.destination_id"
        " AND substr(partial.temporary, 1, length(i.temporary)) = i.temporary)"
    )
    connection.execute(
        "DELETE FROM chunk WHERE NOT EXISTS"
        " (SELECT 1 FROM partial p WHERE p.card_id = chunk.card_id AND p.path = chunk.path)"
    )
