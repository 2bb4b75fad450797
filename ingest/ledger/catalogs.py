"""Snapshots of the editors' catalogs: which there are, in which state each took its catalog, and what was let go."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.ledger.copies import NewCopy, set_copy_state
from ingest.ledger.many import insert
from ingest.ledger.uploads import enqueue_all, take_back
from ingest.ledger.versions import NewVersion, VersionCopy, add_version_copies, remember_versions
from ingest.model.copies import Digest
from ingest.model.names import base_of

_RELEASED = "released (copy_id, at, why)"


@dataclass(frozen=True, slots=True)
class NewSnapshot:
    """A snapshot that lies at a destination at least. folder: of its generations, below each destination's root.

    head: xxh128 of its first 64 KiB. at: seconds since 1970 UTC, when it was taken. inode, mtime_ns: of the catalog.
    state: how all of the catalog's files looked, b"" where one never stood still. key: in the bucket, "" for none.
    """

    folder: bytes
    catalog: str
    state: bytes
    facts: Mapping[str, object]
    digest: Digest
    head: bytes
    at: float
    inode: int
    mtime_ns: int
    copies: tuple[NewCopy, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class StandingSnapshot:
    """A generation as it should lie at a destination. name: of its file."""

    copy_id: int
    asset_id: int
    name: str
    size: int
    at: float
    state: bytes
    copy_state: str


@dataclass(frozen=True, slots=True)
class LastSnapshot:
    """The newest snapshot of a catalog. places: where it is proven. sent: whether it lies in the bucket too."""

    catalog: str
    at: float
    places: tuple[str, ...]
    sent: bool


def save_snapshot(
    connection: sqlite3.Connection, run_id: int, boot_id: str, new: NewSnapshot, bucket: str, now: float
) -> None:
    """Its version, what it is of, its copies with their proofs, and its upload; call inside a transaction."""
    version = NewVersion(new.folder, "catalog", None, new.digest, new.head, new.inode, new.mtime_ns, new.at)
    [known] = remember_versions(connection, run_id, [version])
    connection.execute(
        "INSERT INTO catalog_snapshot (version_id, catalog, state, facts) VALUES (?, ?, ?, ?)",
        (known.id, new.catalog, new.state, json.dumps(new.facts)),
    )
    copies = [VersionCopy(known, copy, new.key) for copy in new.copies]
    add_version_copies(connection, run_id, boot_id, copies, bucket, now)


def queue_snapshots(
    connection: sqlite3.Connection,
    standing: Iterable[StandingSnapshot],
    bucket: str,
    keys: Mapping[str, str],
    now: float,
) -> bool:
    """Uploads of generations that have none yet, since the bucket came later; whether there are any. In a transaction.

    keys: name of the file -> in the bucket.
    """
    proven = {each.asset_id: keys[each.name] for each in standing if each.copy_state == "proven"}
    return enqueue_all(connection, bucket, list(proven.items()), now) > 0


def standing_snapshots(connection: sqlite3.Connection, folder: bytes) -> dict[str, list[StandingSnapshot]]:
    """Destination -> the generations of a catalog that should lie there, the newest first."""
    rows = connection.execute(
        "SELECT d.name, c.id, c.asset_id, c.path, a.size, v.seen, s.state, c.state FROM version v"
        " JOIN catalog_snapshot s ON s.version_id = v.id JOIN asset a ON a.id = v.asset_id"
        " JOIN copy c ON c.asset_id = v.asset_id JOIN destination d ON d.id = c.destination_id"
        " WHERE v.path = ? AND c.state <> 'lost' ORDER BY v.id DESC",
        (folder,),
    )
    found: dict[str, list[StandingSnapshot]] = {}
    for name, copy_id, asset_id, path, size, at, state, copy_state in rows:
        file = base_of(bytes(path)).decode()
        standing = StandingSnapshot(copy_id, asset_id, file, size, at, bytes(state), copy_state)
        found.setdefault(str(name), []).append(standing)
    return found


def let_go(connection: sqlite3.Connection, gone: Sequence[StandingSnapshot], at: float, why: str) -> None:
    """Generations that we removed ourselves: nobody is to look for them, or to send them; inside a transaction.

    An upload that waits is taken back where the content lies nowhere any more. What is in the bucket stays there.
    """
    for each in gone:
        set_copy_state(connection, each.copy_id, "lost")
    insert(connection, _RELEASED, [(each.copy_id, at, why) for each in gone])
    for asset_id in {each.asset_id for each in gone}:
        take_back(connection, asset_id)


def last_snapshots(connection: sqlite3.Connection) -> list[LastSnapshot]:
    """The newest snapshot of each catalog, by its path."""
    rows = connection.execute(
        "SELECT s.catalog, v.seen, v.asset_id FROM catalog_snapshot s JOIN version v ON v.id = s.version_id"
        " WHERE v.id = (SELECT max(w.id) FROM version w WHERE w.path = v.path AND w.kind = 'catalog')"
        " ORDER BY s.catalog"
    ).fetchall()
    return [
        LastSnapshot(str(catalog), at, tuple(_places(connection, asset_id)), _is_sent(connection, asset_id))
        for catalog, at, asset_id in rows
    ]


def _places(connection: sqlite3.Connection, asset_id: int) -> Iterable[str]:
    rows = connection.execute(
        "SELECT d.name FROM copy c JOIN destination d ON d.id = c.destination_id"
        " WHERE c.asset_id = ? AND c.state = 'proven' ORDER BY d.name",
        (asset_id,),
    )
    return [str(row[0]) for row in rows]


def _is_sent(connection: sqlite3.Connection, asset_id: int) -> bool:
    question = "SELECT 1 FROM upload_job WHERE asset_id = ? AND state IN ('sent', 'checked')"
    return connection.execute(question, (asset_id,)).fetchone() is not None
