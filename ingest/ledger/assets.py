"""Content and its copies: written in one transaction a batch, with the proofs and the upload jobs born from them."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.ledger.uploads import enqueue
from ingest.model.cards import Capture, CardFile
from ingest.model.copies import Digest, Method, SourceRead
from ingest.model.names import base_of, display


@dataclass(frozen=True, slots=True)
class NewCopy:
    """A copy as it was read back. path below the destination's root; matched False makes the copy suspect."""

    destination_id: int
    path: bytes
    inode: int
    mtime_ns: int
    method: Method
    matched: bool
    xxh128: bytes
    at: float


@dataclass(frozen=True, slots=True)
class NewFile:
    """A card file whose content is known. object_key: its DCF unit. shoot_id: None leaves its shoot as it is."""

    file: CardFile
    digest: Digest
    head: bytes
    first: SourceRead
    copies: tuple[NewCopy, ...]
    capture: Capture | None = None
    shoot_id: int | None = None
    path: bytes = b""
    object_key: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """Where the third copies go. keys: card path -> object name."""

    bucket: str
    keys: dict[bytes, str]


def record(
    connection: sqlite3.Connection,
    *,
    run_id: int,
    card_id: int,
    boot_id: str,
    files: Iterable[NewFile],
    upload: Upload | None,
    now: float,
) -> None:
    """Write what a batch became; call inside a transaction."""
    for new in files:
        asset_id = remember_asset(connection, run_id, new)
        proven = [_record_copy(connection, run_id, boot_id, asset_id, copy) for copy in new.copies]
        if new.shoot_id is not None:
            connection.execute(
                "INSERT INTO shoot_asset (shoot_id, asset_id, path, object) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (shoot_id, path) DO UPDATE SET asset_id = excluded.asset_id",
                (new.shoot_id, asset_id, new.path, new.object_key),
            )
        record_source_read(connection, run_id, card_id, new.file, new.first)
        _remember_card_file(connection, run_id, card_id, new, asset_id)
        if upload and any(proven) and new.file.path in upload.keys:
            enqueue(connection, asset_id, upload.bucket, upload.keys[new.file.path], now)


def add_copies(
    connection: sqlite3.Connection, *, run_id: int, boot_id: str, copies: Iterable[tuple[Digest, NewCopy]]
) -> None:
    """Further copies of content that the ledger knows, each with its proof; call inside a transaction.

    Raises:
        LookupError: the content is not known.
    """
    for digest, copy in copies:
        asset_id = asset_id_of(connection, digest)
        if asset_id is None:
            raise LookupError("a copy of unknown content")
        _record_copy(connection, run_id, boot_id, asset_id, copy)


def remember_asset(connection: sqlite3.Connection, run_id: int, new: NewFile) -> int:
    """Insert or find the content; gives its id."""
    found = asset_id_of(connection, new.digest)
    if found is not None:
        return found
    capture = new.capture
    cursor = connection.execute(
        "INSERT INTO asset (size, xxh128, sha1, head, original_name, mtime_ns, capture_local, capture_source,"
        " offset_minutes, make, model, serial, first_run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.digest.size, new.digest.xxh128, new.digest.sha1, new.head, base_of(new.file.path), new.file.mtime_ns,
            capture.local.isoformat() if capture else None, capture.source if capture else None,
            capture.offset_minutes if capture else None, capture.make if capture else "",
            capture.model if capture else "", capture.serial if capture else "", run_id,
        ),
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


def asset_id_of(connection: sqlite3.Connection, digest: Digest) -> int | None:
    """The asset of exactly this content: size, xxh128 and sha1."""
    row = connection.execute(
        "SELECT id FROM asset WHERE size = ? AND xxh128 = ? AND sha1 = ?", (digest.size, digest.xxh128, digest.sha1)
    ).fetchone()
    return int(row[0]) if row else None


def _record_copy(connection: sqlite3.Connection, run_id: int, boot_id: str, asset_id: int, copy: NewCopy) -> bool:
    """The copy's row and one proof; True when it is proven now."""
    copy_id = _copy_row(connection, run_id, asset_id, copy)
    return prove(connection, copy_id, run_id, boot_id, copy)


def _copy_row(connection: sqlite3.Connection, run_id: int, asset_id: int, copy: NewCopy) -> int:
    row = connection.execute(
        "SELECT id, asset_id FROM copy WHERE destination_id = ? AND path = ? AND state <> 'lost'",
        (copy.destination_id, copy.path),
    ).fetchone()
    if row and int(row[1]) == asset_id:
        return int(row[0])
    if row:  # another content stood there once; its file is gone, or ours could not have got the name
        connection.execute("UPDATE copy SET state = 'lost' WHERE id = ?", (row[0],))
    cursor = connection.execute(
        "INSERT INTO copy (asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)"
        " VALUES (?, ?, ?, ?, 'written', ?, ?, ?)",
        (asset_id, copy.destination_id, copy.path, display(copy.path), copy.inode, copy.mtime_ns, run_id),
    )
    return int(cursor.lastrowid or 0)


def prove(connection: sqlite3.Connection, copy_id: int, run_id: int | None, boot_id: str, seen: NewCopy) -> bool:
    """Append a proof and set the copy's state by it: proven, suspect, or still written when the cache answered."""
    connection.execute(
        "INSERT INTO proof (copy_id, run_id, at, boot_id, method, matched, xxh128) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (copy_id, run_id, seen.at, boot_id, seen.method.value, int(seen.matched), seen.xxh128),
    )
    if not seen.matched:
        state = "suspect"
    elif seen.method is Method.CACHED:
        state = "written"
    else:
        state = "proven"
    connection.execute(
        "UPDATE copy SET state = ?, inode = ?, mtime_ns = ? WHERE id = ?", (state, seen.inode, seen.mtime_ns, copy_id)
    )
    return state == "proven"


def set_copy_state(connection: sqlite3.Connection, copy_id: int, state: str) -> None:
    """'lost' for a copy that is gone, 'suspect' for one that cannot be trusted until it was read again."""
    connection.execute("UPDATE copy SET state = ? WHERE id = ?", (state, copy_id))


def record_source_read(
    connection: sqlite3.Connection, run_id: int, card_id: int, file: CardFile, read: SourceRead
) -> None:
    """Append one complete read of a card file."""
    connection.execute(
        "INSERT INTO source_read (run_id, card_id, path, size, mtime_ns, nth, xxh128, method, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (run_id, card_id, file.path, file.size, file.mtime_ns, read.nth, read.xxh128, read.method.value, read.at),
    )


def _remember_card_file(connection: sqlite3.Connection, run_id: int, card_id: int, new: NewFile, asset_id: int) -> None:
    file = new.file
    connection.execute(
        "INSERT INTO card_file (card_id, path, size, mtime_ns, asset_id, dest, run_id, reads)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (card_id, path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,"
        " dest = CASE WHEN excluded.dest <> x'' THEN excluded.dest"
        "   WHEN excluded.asset_id = card_file.asset_id THEN card_file.dest ELSE x'' END,"
        " asset_id = excluded.asset_id, run_id = excluded.run_id, reads = 1",
        (card_id, file.path, file.size, file.mtime_ns, asset_id, new.path, run_id),
    )


def reads_agreed(connection: sqlite3.Connection, card_id: int, path: bytes, reads: int) -> None:
    """So many complete reads of this card file agreed."""
    connection.execute("UPDATE card_file SET reads = ? WHERE card_id = ? AND path = ?", (reads, card_id, path))


def record_finding(connection: sqlite3.Connection, asset_id: int, code: str, detail: str, at: float) -> None:
    """Something about a picture's own health; said once for each content."""
    connection.execute(
        "INSERT OR IGNORE INTO finding (asset_id, code, detail, at) VALUES (?, ?, ?, ?)", (asset_id, code, detail, at)
    )
