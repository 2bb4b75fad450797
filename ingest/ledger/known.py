"""What the ledger already knows about a card's files and their copies: the questions of planning and of the verdict."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from ingest.ledger.many import ask
from ingest.ledger.runs import OF_PHOTOGRAPHS
from ingest.model.cards import Capture
from ingest.model.copies import Digest, Method, Proof

_METHODS = {method.value: method for method in Method}
_IDS = 900  # in one statement
_new = tuple.__new__  # a named tuple from all its values, in half the time: a card has ten thousand copies


class KnownCopy(NamedTuple):
    """A copy that is not lost, with its newest proof. inode and mtime_ns: as they were when it was read back."""

    id: int
    asset_id: int
    destination: str
    path: bytes
    state: str
    size: int
    inode: int
    mtime_ns: int
    proof: Proof | None


class KnownCardFile(NamedTuple):
    """A card file as last ingested."""

    path: bytes
    size: int
    mtime_ns: int
    asset_id: int
    reads: int
    xxh128: bytes
    head: bytes
    run_id: int


def sizes_known(connection: sqlite3.Connection, sizes: Iterable[int]) -> set[int]:
    """Those of `sizes` that some asset has: the first, free filter."""
    having = "SELECT column1 FROM asked WHERE EXISTS (SELECT 1 FROM asset WHERE size = column1)"
    return {row[0] for row in ask(connection, having, [(size,) for size in set(sizes)])}


def heads_known(connection: sqlite3.Connection, heads: Iterable[tuple[int, bytes]]) -> set[tuple[int, bytes]]:
    """Those of (size, head) with which some asset begins: a reason to read a file before copying it, never more."""
    having = (
        "SELECT column1, column2 FROM asked WHERE EXISTS (SELECT 1 FROM asset WHERE size = column1 AND head = column2)"
    )
    return set(ask(connection, having, list(set(heads))))


def card_files(connection: sqlite3.Connection, card_id: int) -> dict[bytes, KnownCardFile]:
    """Path -> what that file of the card was when it was last read whole."""
    rows = connection.execute(
        "SELECT f.path, f.size, f.mtime_ns, f.asset_id, f.reads, a.xxh128, a.head, f.run_id"
        " FROM card_file f JOIN asset a ON a.id = f.asset_id WHERE f.card_id = ?",
        (card_id,),
    )
    return {row[0]: KnownCardFile(*row) for row in rows}


def card_files_at(connection: sqlite3.Connection, card_id: int, paths: Iterable[bytes]) -> dict[bytes, KnownCardFile]:
    """As `card_files`, of these paths alone: all files of a large card need not be held at once."""
    rows = ask(
        connection,
        "SELECT f.path, f.size, f.mtime_ns, f.asset_id, f.reads, a.xxh128, a.head, f.run_id FROM asked"
        " CROSS JOIN card_file f ON f.card_id = column2 AND f.path = column1 CROSS JOIN asset a ON a.id = f.asset_id",
        [(path, card_id) for path in paths],
    )
    return {row[0]: KnownCardFile._make(row) for row in rows}


def card_file(connection: sqlite3.Connection, card_id: int, path: bytes) -> tuple[int, bytes] | None:
    """(size, head) of one file of a card as it was last read whole; None for one that never was."""
    row = connection.execute(
        "SELECT f.size, a.head FROM card_file f JOIN asset a ON a.id = f.asset_id WHERE f.card_id = ? AND f.path = ?",
        (card_id, path),
    ).fetchone()
    return (int(row[0]), bytes(row[1])) if row else None


def assets_of_card(connection: sqlite3.Connection, card_id: int) -> list[int]:
    """The contents that this card's files were, each once, in order."""
    rows = connection.execute("SELECT DISTINCT asset_id FROM card_file WHERE card_id = ? ORDER BY asset_id", (card_id,))
    return [int(row[0]) for row in rows]


def copies_of_asset(connection: sqlite3.Connection, asset_id: int) -> list[KnownCopy]:
    """The copies of one asset that are not lost."""
    return _copies(connection, "c.asset_id = ?", (asset_id,)).get(asset_id, [])


def copies_of_assets(connection: sqlite3.Connection, asset_ids: Iterable[int]) -> dict[int, list[KnownCopy]]:
    """Asset id -> its copies that are not lost; an asset without any is left out."""
    found: dict[int, list[KnownCopy]] = {}
    wanted = sorted(set(asset_ids))
    for start in range(0, len(wanted), _IDS):
        part = tuple(wanted[start : start + _IDS])
        found |= _copies(connection, f"c.asset_id IN ({','.join('?' * len(part))})", part)
    return found


def copies_at(connection: sqlite3.Connection, destination: str) -> list[KnownCopy]:
    """Every copy at a destination that is not lost, the one proven longest ago first."""
    found = _copies(connection, "c.destination_id = (SELECT id FROM destination WHERE name = ?)", (destination,))
    copies = [copy for group in found.values() for copy in group]
    return sorted(copies, key=lambda copy: copy.proof.at if copy.proof else 0.0)


def copies_of_shoot(connection: sqlite3.Connection, shoot_id: int) -> dict[int, list[KnownCopy]]:
    """Asset id -> copies, for one shoot."""
    return _copies(connection, "c.asset_id IN (SELECT asset_id FROM shoot_asset WHERE shoot_id = ?)", (shoot_id,))


def proven_at(
    connection: sqlite3.Connection, shoot_id: int, destination: str
) -> Iterator[tuple[bytes, int, int, bytes, float]]:
    """(path, size, mtime_ns, xxh128, when it was read back) of a shoot's proven copies at one destination, by path."""
    yield from connection.execute(
        "SELECT c.path, a.size, c.mtime_ns, p.xxh128, p.at FROM copy c JOIN asset a ON a.id = c.asset_id"
        " JOIN proof p ON p.id = (SELECT max(id) FROM proof WHERE copy_id = c.id)"
        f" JOIN run r ON r.id = c.run_id AND {OF_PHOTOGRAPHS}"  # what an edit's version is may be set aside
        " WHERE c.state = 'proven' AND c.destination_id = (SELECT id FROM destination WHERE name = ?)"
        " AND c.asset_id IN (SELECT asset_id FROM shoot_asset WHERE shoot_id = ?) ORDER BY c.path",
        (destination, shoot_id),
    )


def _copies(connection: sqlite3.Connection, where: str, values: tuple[object, ...]) -> dict[int, list[KnownCopy]]:
    places = {
        key: (name, frozenset(device.split("+")))
        for key, name, device in connection.execute("SELECT id, name, device FROM destination")
    }
    rows = connection.execute(
        "SELECT c.id, c.asset_id, c.destination_id, c.path, c.state, a.size, c.inode, c.mtime_ns,"
        " p.method, p.matched, p.at, p.xxh128 FROM copy c JOIN asset a ON a.id = c.asset_id"
        " LEFT JOIN proof p ON p.id = (SELECT max(id) FROM proof WHERE copy_id = c.id)"
        f" WHERE c.state <> 'lost' AND {where}",
        values,
    )
    found: dict[int, list[KnownCopy]] = {}
    same: dict[bytes, bytes] = {}  # copies of one content have one name and one digest: in memory once as well
    for key, asset, place, path, state, size, inode, mtime, method, matched, at, digest in rows:
        name, devices = places[place]
        path, digest = same.setdefault(path, path), same.setdefault(digest, digest)
        proof = _new(Proof, (name, devices, path, digest, _METHODS[method], at, matched == 1)) if method else None
        copy = _new(KnownCopy, (key, asset, name, path, state, size, inode, mtime, proof))
        found.setdefault(asset, []).append(copy)
    return found


def captures_known(connection: sqlite3.Connection, digests: Iterable[Digest]) -> dict[Digest, Capture]:
    """The capture facts of known contents; one without any is left out."""
    rows = ask(
        connection,
        "SELECT size, xxh128, sha1, capture_local, capture_source, offset_minutes, make, model, serial FROM asked"
        " CROSS JOIN asset ON size = column1 AND xxh128 = column2 AND sha1 = column3 WHERE capture_local IS NOT NULL",
        [(digest.size, digest.xxh128, digest.sha1) for digest in digests],
    )
    return {Digest(*row[:3]): Capture(datetime.fromisoformat(row[3]), *row[4:]) for row in rows}


def acknowledged(connection: sqlite3.Connection, card_id: int) -> set[tuple[bytes, int, int]]:
    """(path, size, mtime_ns) of entries of this card that a person said are known and not missed."""
    rows = connection.execute("SELECT path, size, mtime_ns FROM acknowledgement WHERE card_id = ?", (card_id,))
    return {(bytes(path), size, mtime) for path, size, mtime in rows}


def acknowledge(connection: sqlite3.Connection, card_id: int, path: bytes, size: int, mtime_ns: int, at: float) -> None:
    """Remember that a person knows this entry."""
    connection.execute(
        "INSERT OR IGNORE INTO acknowledgement (card_id, path, size, mtime_ns, at) VALUES (?, ?, ?, ?, ?)",
        (card_id, path, size, mtime_ns, at),
    )


def copies_made_by(connection: sqlite3.Connection, run_id: int, asset_id: int) -> list[tuple[int, str, bytes]]:
    """(copy id, destination, path) of an asset's copies that this session itself made."""
    rows = connection.execute(
        "SELECT c.id, d.name, c.path FROM copy c JOIN destination d ON d.id = c.destination_id"
        " WHERE c.run_id = ? AND c.asset_id = ? AND c.state <> 'lost'",
        (run_id, asset_id),
    )
    return [(int(key), str(name), bytes(path)) for key, name, path in rows]


def findings_of_card(connection: sqlite3.Connection, card_id: int) -> dict[str, list[bytes]]:
    """code -> paths of this card's files whose own health is in doubt."""
    rows = connection.execute(
        "SELECT g.code, f.path FROM card_file f JOIN finding g ON g.asset_id = f.asset_id WHERE f.card_id = ?"
        " ORDER BY g.code, f.path",
        (card_id,),
    )
    found: dict[str, list[bytes]] = {}
    for code, path in rows:
        found.setdefault(str(code), []).append(bytes(path))
    return found
