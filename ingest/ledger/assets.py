"""What a batch became: content, its copies, its place in a shoot and its upload jobs, written in one transaction."""

import itertools
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ingest.ledger.copies import NewCopy, free_id, record_copies, state_by
from ingest.ledger.many import ask, insert
from ingest.ledger.uploads import enqueue_all
from ingest.model.cards import Capture, CardFile
from ingest.model.copies import Digest, SourceRead
from ingest.model.names import base_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A card file whose content is known. copies: one a destination at most. object_key: its DCF unit.

    shoot_id: None leaves its shoot as it is.
    """

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
    keys: Mapping[bytes, str]


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
    for part in _in_turn(files, _places_of):
        pairs = _remember_assets(connection, run_id, part)
        record_copies(connection, run_id, boot_id, [(key, copy) for key, new in pairs for copy in new.copies])
        _place_in_shoots(connection, card_id, pairs)
        record_reads(connection, run_id, card_id, [(new.file, new.first) for new in part])
        _remember_card_files(connection, run_id, card_id, pairs)
        if upload:
            proven = ((key, new.file.path) for key, new in pairs if any(state_by(c) == "proven" for c in new.copies))
            jobs = [(asset_id, upload.keys[path]) for asset_id, path in proven if path in upload.keys]
            enqueue_all(connection, upload.bucket, jobs, now)


def add_copies(
    connection: sqlite3.Connection, *, run_id: int, boot_id: str, copies: Iterable[tuple[Digest, NewCopy]]
) -> None:
    """Further copies of content that the ledger knows, each with its proof; call inside a transaction.

    Raises:
        LookupError: the content is not known.
    """
    every = list(copies)
    ids = asset_ids_of(connection, {digest for digest, _ in every})
    if any(digest not in ids for digest, _ in every):
        raise LookupError("a copy of unknown content")
    for part in _in_turn(every, lambda item: [(item[1].destination_id, item[1].path)]):
        record_copies(connection, run_id, boot_id, [(ids[digest], copy) for digest, copy in part])


def queue_third_copies(
    connection: sqlite3.Connection, upload: Upload, proven: Iterable[tuple[Digest, bytes]], now: float
) -> None:
    """Upload jobs, where there are none yet, for content of these card paths; call inside the proof's transaction.

    Raises:
        sqlite3.IntegrityError: a content has no proven copy.
    """
    wanted = [(digest, upload.keys[path]) for digest, path in proven if path in upload.keys]
    ids = asset_ids_of(connection, {digest for digest, _ in wanted})
    enqueue_all(connection, upload.bucket, [(ids[digest], key) for digest, key in wanted if digest in ids], now)


def _places_of(new: NewFile) -> list[tuple[int, bytes]]:
    """Where its copies stand, and its name in its shoot as that of a place which no destination has."""
    in_shoot = [] if new.shoot_id is None else [(-new.shoot_id, new.path)]
    return [(copy.destination_id, copy.path) for copy in new.copies] + in_shoot


def _in_turn(items: Iterable[T], places_of: Callable[[T], list[tuple[int, bytes]]]) -> Iterator[list[T]]:
    """What may be written side by side; where a place comes again, what stood there before is written first."""
    part: list[T] = []
    taken: set[tuple[int, bytes]] = set()
    for item in items:
        places = places_of(item)
        if not taken.isdisjoint(places):
            yield part
            part, taken = [], set()
        part.append(item)
        taken.update(places)
    if part:
        yield part


def _remember_assets(
    connection: sqlite3.Connection, run_id: int, files: Sequence[NewFile]
) -> list[tuple[int, NewFile]]:
    """Insert or find the contents; gives each file with the id of its content, the same where two are equal."""
    ids = asset_ids_of(connection, {new.digest for new in files})
    free = free_id(connection, "asset")
    rows: list[tuple[object, ...]] = []
    for new in files:
        if new.digest not in ids:
            ids[new.digest] = free + len(rows)
            rows.append(_asset_row(run_id, ids[new.digest], new))
    # Row by row: two indices are hit at random, and a statement of many rows first copies each page that it changes.
    connection.executemany(
        "INSERT INTO asset (id, size, xxh128, sha1, head, original_name, mtime_ns, capture_local, capture_source,"
        " offset_minutes, make, model, serial, first_run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    return [(ids[new.digest], new) for new in files]


def _asset_row(run_id: int, asset_id: int, new: NewFile) -> tuple[object, ...]:
    digest, capture = new.digest, new.capture
    facts = (
        (capture.local.isoformat(), capture.source, capture.offset_minutes, capture.make, capture.model, capture.serial)
        if capture
        else (None, None, None, "", "", "")
    )
    name = base_of(new.file.path)
    return asset_id, digest.size, digest.xxh128, digest.sha1, new.head, name, new.file.mtime_ns, *facts, run_id


def asset_ids_of(connection: sqlite3.Connection, digests: Iterable[Digest]) -> dict[Digest, int]:
    """The assets of exactly these contents: size, xxh128 and sha1; what is not known is left out."""
    rows = ask(
        connection,
        "SELECT column1, column2, column3, id FROM asked"
        " CROSS JOIN asset ON size = column1 AND xxh128 = column2 AND sha1 = column3",
        [(digest.size, digest.xxh128, digest.sha1) for digest in digests],
    )
    return {Digest(size, xxh128, sha1): asset_id for size, xxh128, sha1, asset_id in rows}


def asset_id_of(connection: sqlite3.Connection, digest: Digest) -> int | None:
    """The asset of exactly this content."""
    return asset_ids_of(connection, [digest]).get(digest)


def record_reads(
    connection: sqlite3.Connection, run_id: int, card_id: int, reads: Iterable[tuple[CardFile, SourceRead]]
) -> None:
    """Append complete reads of card files."""
    insert(
        connection,
        "source_read (run_id, card_id, path, size, mtime_ns, nth, xxh128, method, at)",
        [
            (run_id, card_id, file.path, file.size, file.mtime_ns, read.nth, read.xxh128, read.method.value, read.at)
            for file, read in reads
        ],
    )


_InShoot = tuple[int | None, int, bytes, str, bytes]  # shoot, asset, path, object, and the file of the card that it was


def _place_in_shoots(connection: sqlite3.Connection, card_id: int, files: Iterable[tuple[int, NewFile]]) -> None:
    rows: list[_InShoot] = [
        (new.shoot_id, asset_id, new.path, new.object_key, new.file.path)
        for asset_id, new in files
        if new.shoot_id is not None
    ]
    taken = set(_taken(connection, card_id, rows))
    used = {row[2] for row in rows}
    free = [_with_free_path(connection, card_id, row, used) if row[:3] in taken else row for row in rows]
    insert(
        connection,
        "shoot_asset (shoot_id, asset_id, path, object)",
        [row[:4] for row in free],
        "ON CONFLICT (shoot_id, path) DO UPDATE SET asset_id = excluded.asset_id",
    )


def _taken(connection: sqlite3.Connection, card_id: int, rows: Iterable[_InShoot]) -> Iterator[tuple[int, int, bytes]]:
    """Of these rows those whose path a content has that is another file, of another card or of this one.

    Two cards came home at once, and no plan saw it; what one of them was numbered to is then a name of the other's.
    """
    return ask(
        connection,
        "SELECT asked.column1, asked.column2, asked.column3 FROM asked CROSS JOIN shoot_asset sa"
        " ON sa.shoot_id = asked.column1 AND sa.path = asked.column3 WHERE sa.asset_id <> asked.column2"
        " AND EXISTS (SELECT 1 FROM card_file f WHERE f.asset_id = sa.asset_id"
        f" AND (f.card_id <> {card_id:d} OR f.path <> asked.column5))",
        rows,
    )


def _with_free_path(connection: sqlite3.Connection, card_id: int, row: _InShoot, used: Collection[bytes]) -> _InShoot:
    """The row by a path that no other content has. used: by this batch."""
    shoot_id, asset_id, path, key, of_card = row
    others = ((shoot_id, asset_id, _numbered(path, number), key, of_card) for number in itertools.count(2))
    return next(other for other in others if other[2] not in used and not any(_taken(connection, card_id, [other])))


def _numbered(path: bytes, number: int) -> bytes:
    """As copies are: `-2` before the ending."""
    stem, dot, ending = path.rpartition(b".")
    return b"%b-%d.%b" % (stem, number, ending) if dot and b"/" not in ending else b"%b-%d" % (path, number)


def _remember_card_files(
    connection: sqlite3.Connection, run_id: int, card_id: int, files: Iterable[tuple[int, NewFile]]
) -> None:
    insert(
        connection,
        "card_file (card_id, path, size, mtime_ns, asset_id, dest, run_id, reads)",
        [
            (card_id, new.file.path, new.file.size, new.file.mtime_ns, asset_id, new.path, run_id, 1)
            for asset_id, new in files
        ],
        "ON CONFLICT (card_id, path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,"
        " dest = CASE WHEN excluded.dest <> x'' THEN excluded.dest"
        "   WHEN excluded.asset_id = card_file.asset_id THEN card_file.dest ELSE x'' END,"
        " asset_id = excluded.asset_id, run_id = excluded.run_id, reads = 1",
    )


def agreed(connection: sqlite3.Connection, card_id: int, reads: Iterable[tuple[bytes, int]]) -> None:
    """(path, how many complete reads of this card file agreed)."""
    connection.executemany(
        "UPDATE card_file SET reads = ? WHERE card_id = ? AND path = ?",
        [(count, card_id, path) for path, count in reads],
    )


def record_finding(connection: sqlite3.Connection, asset_id: int, code: str, detail: str, at: float) -> None:
    """Something about a picture's own health; said once for each content."""
    connection.execute(
        "INSERT OR IGNORE INTO finding (asset_id, code, detail, at) VALUES (?, ?, ?, ?)", (asset_id, code, detail, at)
    )
