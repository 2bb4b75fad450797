"""Files that change after they were copied: each content they had is a version, with copies and an upload of its own.

A version is an asset like any other, so that verify and uploads know it; it is in no `shoot_asset`, for it is no
photograph. What the file's own place holds is no copy: an editor may change it at any moment.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ingest.ledger.copies import NewCopy, record_copies, state_by
from ingest.ledger.many import ask, insert
from ingest.ledger.rebuilding import Content, add_contents
from ingest.ledger.runs import OF_PHOTOGRAPHS
from ingest.ledger.uploads import enqueue_all
from ingest.model.copies import Digest

Kind = Literal["edit", "catalog"]


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A content as it was seen. path: plain name below the roots. head: xxh128 of the first 64 KiB.

    seen: seconds since 1970 UTC. inode, mtime_ns: of the file, as it was when it was read whole.
    """

    path: bytes
    kind: Kind
    shoot_id: int | None
    digest: Digest
    head: bytes
    inode: int
    mtime_ns: int
    seen: float


@dataclass(frozen=True, slots=True)
class Version:
    """A content that a file had. mtime_ns: of the file then. The newest of a path has the highest id."""

    id: int
    path: bytes
    kind: Kind
    shoot_id: int | None
    asset_id: int
    seen: float
    mtime_ns: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Watched:
    """How a file was when it was last read whole, and what it was: one that looks the same is not read again."""

    size: int
    mtime_ns: int
    inode: int
    version_id: int


@dataclass(frozen=True, slots=True)
class VersionCopy:
    """A copy of a version that was read back. key: its name in the bucket, "" for none."""

    version: Version
    copy: NewCopy
    key: str = ""


@dataclass(frozen=True, slots=True)
class LyingCopy:
    """A copy of a version's content that is not lost. is_card: a photograph's own, made by an ingest."""

    asset_id: int
    destination: str
    path: bytes
    state: str
    size: int
    inode: int
    mtime_ns: int
    is_card: bool


_VERSION = (
    "SELECT v.id, v.path, v.kind, v.shoot_id, v.asset_id, v.seen, v.mtime_ns, a.size, a.xxh128, a.sha1"
    " FROM version v JOIN asset a ON a.id = v.asset_id"
)


def remember_versions(connection: sqlite3.Connection, run_id: int, news: Sequence[NewVersion]) -> list[Version]:
    """The newest version of each path, in order: a new row where its content is not what the newest was.

    A file that went back to an older content has a newer version of it. Call inside a transaction.
    """
    ids = add_contents(connection, run_id, [Content(new.digest, new.head, new.path, new.mtime_ns) for new in news])
    found = []
    for new in news:
        last = newest_version(connection, new.path)
        if last is None or last.digest != new.digest:
            connection.execute(
                "INSERT INTO version (path, kind, shoot_id, asset_id, seen, mtime_ns, run_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (new.path, new.kind, new.shoot_id, ids[new.digest], new.seen, new.mtime_ns, run_id),
            )
            last = newest_version(connection, new.path)
        assert last is not None  # the row above
        watch(connection, new.path, Watched(new.digest.size, new.mtime_ns, new.inode, last.id))
        found.append(last)
    return found


def add_version_copies(
    connection: sqlite3.Connection, run_id: int, boot_id: str, copies: Sequence[VersionCopy], bucket: str, now: float
) -> int:
    """Copies as they were read back, a proof of each, and the upload job of what is proven; inside a transaction.

    Gives how many jobs are new.

    What the ledger knew at the same place is lost there, unless it is this content. bucket: "" for no uploads; a
    content that has a job already keeps it, and its key.
    """
    record_copies(connection, run_id, boot_id, [(each.version.asset_id, each.copy) for each in copies])
    proven = [each for each in copies if bucket and each.key and state_by(each.copy) == "proven"]
    return enqueue_all(connection, bucket, [(each.version.asset_id, each.key) for each in proven], now)


def watch(connection: sqlite3.Connection, path: bytes, seen: Watched) -> None:
    """Remember how a file looks whose content is known; call inside a transaction."""
    insert(
        connection,
        "watched (path, size, mtime_ns, inode, version_id)",
        [(path, seen.size, seen.mtime_ns, seen.inode, seen.version_id)],
        "ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode,"
        " version_id = excluded.version_id",
    )


def newest_version(connection: sqlite3.Connection, path: bytes) -> Version | None:
    """What a file was when it was last looked at; None for one that is not known."""
    row = connection.execute(f"{_VERSION} WHERE v.path = ? ORDER BY v.id DESC LIMIT 1", (path,)).fetchone()
    return _version(row) if row else None


def versions_of_shoot(connection: sqlite3.Connection, shoot_id: int) -> dict[bytes, list[Version]]:
    """Path -> every content that this file of a shoot had, the oldest first; paths in order."""
    found: dict[bytes, list[Version]] = {}
    for row in connection.execute(f"{_VERSION} WHERE v.shoot_id = ? ORDER BY v.path, v.id", (shoot_id,)):
        version = _version(row)
        found.setdefault(version.path, []).append(version)
    return found


def contents_of_versions(connection: sqlite3.Connection, shoot_id: int) -> set[int]:
    """The assets that files beside a shoot's pictures were."""
    return {row[0] for row in connection.execute("SELECT asset_id FROM version WHERE shoot_id = ?", (shoot_id,))}


def version_paths(connection: sqlite3.Connection) -> set[bytes]:
    """The plain names of all files that have versions."""
    return {bytes(row[0]) for row in connection.execute("SELECT DISTINCT path FROM version")}


def watched_files(connection: sqlite3.Connection, paths: Iterable[bytes]) -> dict[bytes, Watched]:
    """Path -> how it looked, of those that are known."""
    rows = ask(
        connection,
        "SELECT w.path, w.size, w.mtime_ns, w.inode, w.version_id FROM asked CROSS JOIN watched w ON w.path = column1",
        [(path,) for path in paths],
    )
    return {bytes(row[0]): Watched(*row[1:]) for row in rows}


def copies_of_versions(connection: sqlite3.Connection, shoot_id: int) -> list[LyingCopy]:
    """Where the contents of a shoot's versions lie."""
    rows = connection.execute(
        f"SELECT c.asset_id, d.name, c.path, c.state, a.size, c.inode, c.mtime_ns, {OF_PHOTOGRAPHS}"
        " FROM (SELECT DISTINCT asset_id FROM version WHERE shoot_id = ?) v CROSS JOIN copy c"
        " ON c.asset_id = v.asset_id AND c.state <> 'lost' JOIN destination d ON d.id = c.destination_id"
        " JOIN asset a ON a.id = c.asset_id JOIN run r ON r.id = c.run_id ORDER BY c.id",
        (shoot_id,),
    )
    return [LyingCopy(row[0], row[1], bytes(row[2]), row[3], row[4], row[5], row[6], bool(row[7])) for row in rows]


def card_copies_below(
    connection: sqlite3.Connection, destination: str, folder: bytes
) -> dict[bytes, tuple[int, int, int]]:
    """Path -> (size, mtime_ns, inode) of the copies of card files below a folder of a destination."""
    rows = connection.execute(
        "SELECT c.path, a.size, c.mtime_ns, c.inode FROM copy c JOIN asset a ON a.id = c.asset_id"
        " JOIN run r ON r.id = c.run_id WHERE c.destination_id = (SELECT id FROM destination WHERE name = ?)"
        f" AND c.path > ? AND c.path < ? AND c.state <> 'lost' AND {OF_PHOTOGRAPHS}",
        (destination, folder + b"/", folder + b"0"),  # "0" follows "/" in ASCII
    )
    return {bytes(row[0]): (row[1], row[2], row[3]) for row in rows}


def lose_version_copies(connection: sqlite3.Connection, destination_id: int, paths: Iterable[bytes]) -> None:
    """What sessions without a card copied to these places is not there any more; call inside a transaction.

    What is suspect stays so.
    """
    connection.executemany(  # the index wants its own words: state <> 'lost'
        "UPDATE copy SET state = 'lost' WHERE destination_id = ? AND path = ? AND state <> 'lost'"
        f" AND state <> 'suspect' AND NOT (SELECT {OF_PHOTOGRAPHS} FROM run r WHERE r.id = copy.run_id)",
        [(destination_id, path) for path in paths],
    )


def doubt_copy(connection: sqlite3.Connection, asset_id: int, destination_id: int) -> None:
    """A proven copy was read for another destination and was not as proven; call inside a transaction."""
    connection.execute(
        "UPDATE copy SET state = 'suspect' WHERE asset_id = ? AND destination_id = ? AND state = 'proven'",
        (asset_id, destination_id),
    )


def not_queued(connection: sqlite3.Connection, shoot_id: int, bucket: str) -> list[Version]:
    """Versions of a shoot that are proven somewhere and have no upload job, the oldest of each content."""
    rows = connection.execute(
        f"{_VERSION} WHERE v.shoot_id = ? AND NOT EXISTS (SELECT 1 FROM upload_job WHERE asset_id = v.asset_id"
        " AND bucket = ?) AND EXISTS (SELECT 1 FROM copy WHERE asset_id = v.asset_id AND state = 'proven')"
        " ORDER BY v.id",
        (shoot_id, bucket),
    )
    found: dict[int, Version] = {}
    for row in rows:
        found.setdefault(row[4], _version(row))
    return list(found.values())


def queue_versions(connection: sqlite3.Connection, bucket: str, jobs: Sequence[tuple[int, str]], now: float) -> int:
    """Upload jobs of (asset id, key), each content once; gives how many are new. Call inside a transaction."""
    return enqueue_all(connection, bucket, jobs, now)


def _version(row: Any) -> Version:
    return Version(row[0], bytes(row[1]), row[2], row[3], row[4], row[5], row[6], Digest(row[7], row[8], row[9]))
