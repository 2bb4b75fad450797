"""What a ledger that came back knows of files that do not lie here yet, and of the bucket that they come from."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.ledger.db import transaction
from ingest.ledger.many import ask
from ingest.ledger.uploads import enqueue_all, finish_checked, finish_sent
from ingest.model.copies import Digest


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it belongs below a destination's root. shoot_id: None for what belongs to no shoot."""

    path: bytes
    digest: Digest
    mtime_ns: int
    asset_id: int
    shoot_id: int | None


_LOST = "it was not in the bucket after a recovery"
_ASSET = "a.size, a.xxh128, a.sha1"
_STANDING = (  # what stood there
    f"SELECT c.path, {_ASSET}, a.mtime_ns, a.id, (SELECT min(shoot_id) FROM shoot_asset WHERE asset_id = a.id)"
    " FROM copy c JOIN asset a ON a.id = c.asset_id WHERE c.destination_id = ?1 AND c.state <> 'lost'"
)
_AWAY = (  # what belongs there and did not stand there, but for what was let go
    f"SELECT sa.path, {_ASSET}, a.mtime_ns, a.id, sa.shoot_id FROM shoot_asset sa JOIN asset a ON a.id = sa.asset_id"
    " WHERE NOT EXISTS (SELECT 1 FROM copy c WHERE c.asset_id = a.id AND c.destination_id = ?1 AND"
    " (c.state <> 'lost' OR EXISTS (SELECT 1 FROM released WHERE copy_id = c.id)))"
)
_NEWEST = (  # of edits, whose plain name is the editors' own, and of catalogs
    f"SELECT v.path, {_ASSET}, v.mtime_ns, a.id, v.shoot_id FROM version v JOIN asset a ON a.id = v.asset_id"
    " WHERE v.kind = ?1 AND v.id = (SELECT max(id) FROM version w WHERE w.path = v.path)"
)


def files_known_at(connection: sqlite3.Connection, destination: str) -> list[KnownFile]:
    """What belongs below the root of a destination by this ledger: what stood there, then what only belongs there."""
    row = connection.execute("SELECT id FROM destination WHERE name = ?", (destination,)).fetchone()
    place = row[0] if row else -1
    return [*_files(connection, _STANDING, place), *_files(connection, _AWAY, place)]


def newest_of(connection: sqlite3.Connection, kind: str) -> list[KnownFile]:
    """The newest version of each file of a kind, "edit" or "catalog"; a catalog's path is its folder."""
    return _files(connection, _NEWEST, kind)


def _files(connection: sqlite3.Connection, question: str, value: object) -> list[KnownFile]:
    rows = connection.execute(f"{question} ORDER BY 1", (value,))
    return [KnownFile(bytes(row[0]), Digest(row[1], bytes(row[2]), bytes(row[3])), *row[4:]) for row in rows]


def released_shoots(connection: sqlite3.Connection, destination: str) -> list[str]:
    """The names of shoots whose photographs were let go at a destination and do not stand there."""
    rows = connection.execute(
        "SELECT DISTINCT s.name FROM shoot s JOIN shoot_asset sa ON sa.shoot_id = s.id JOIN copy c"
        " ON c.asset_id = sa.asset_id AND c.destination_id = (SELECT id FROM destination WHERE name = ?)"
        " JOIN released r ON r.copy_id = c.id WHERE NOT EXISTS (SELECT 1 FROM copy t WHERE t.asset_id = sa.asset_id"
        " AND t.destination_id = c.destination_id AND t.state <> 'lost') ORDER BY s.name",
        (destination,),
    )
    return [str(row[0]) for row in rows]


def contents_known(connection: sqlite3.Connection, contents: Iterable[tuple[int, bytes]]) -> set[tuple[int, bytes]]:
    """Those of (size, sha1) that some asset has."""
    known = "EXISTS (SELECT 1 FROM asset WHERE size = column1 AND sha1 = column2)"
    return set(ask(connection, f"SELECT column1, column2 FROM asked WHERE {known}", list(set(contents))))


def paths_known(connection: sqlite3.Connection, paths: Iterable[bytes]) -> set[bytes]:
    """Those of these paths that files of shoots have."""
    known = "EXISTS (SELECT 1 FROM shoot s JOIN shoot_asset f ON f.shoot_id = s.id AND f.path = column1)"
    return {bytes(row[0]) for row in ask(connection, f"SELECT column1 FROM asked WHERE {known}", [(p,) for p in paths])}


def elsewhere(connection: sqlite3.Connection, asset_ids: Iterable[int], here: str, bucket: str) -> dict[int, list[str]]:
    """Asset id -> where else it lay, as this ledger has it: other destinations than `here`, other buckets."""
    rows = [(asset_id, here, bucket) for asset_id in asset_ids]
    found: dict[int, list[str]] = {}
    for question in (
        "SELECT DISTINCT column1, d.name FROM asked CROSS JOIN copy c ON c.asset_id = column1 AND c.state <> 'lost'"
        " JOIN destination d ON d.id = c.destination_id AND d.name <> column2",
        "SELECT DISTINCT column1, 'the bucket ' || j.bucket FROM asked CROSS JOIN upload_job j ON j.asset_id = column1"
        " AND j.state IN ('sent', 'checked') AND j.bucket <> column3",
    ):
        for asset_id, name in ask(connection, question, rows):
            found.setdefault(asset_id, []).append(str(name))
    return found


def keys_of(connection: sqlite3.Connection, asset_ids: Iterable[int]) -> dict[int, list[str]]:
    """Asset id -> its names in whatever bucket, sent or not."""
    found: dict[int, list[str]] = {}
    question = "SELECT column1, key FROM asked CROSS JOIN upload_job ON asset_id = column1"
    for asset_id, key in ask(connection, question, [(asset_id,) for asset_id in asset_ids]):
        found.setdefault(asset_id, []).append(str(key))
    return found


def destinations_known(connection: sqlite3.Connection) -> list[dict[str, str]]:
    """Name, kind and root of each destination, as settings have them."""
    rows = connection.execute("SELECT name, kind, root FROM destination ORDER BY id")
    return [{"name": str(name), "kind": str(kind), "root": str(root)} for name, kind, root in rows]


def name_of_marker(connection: sqlite3.Connection, marker: str) -> str:
    """The destination of a marker, "" for an unknown one."""
    row = connection.execute("SELECT name FROM destination WHERE marker = ?", (marker,)).fetchone()
    return str(row[0]) if row else ""


@dataclass(frozen=True, slots=True)
class InBucket:
    """A visible object. sha1: hex. verified: the service computed it itself."""

    key: str
    size: int
    sha1: str
    file_id: str
    verified: bool


def settle_uploads(
    connection: sqlite3.Connection, bucket: str, objects: Sequence[InBucket], doubt: str, now: float
) -> tuple[int, int]:
    """Make the queue agree with a listing of the bucket; gives (contents that lie there, uploads to be made again).

    doubt: what is written down of an object whose SHA-1 is its uploader's word alone.
    """
    there: dict[tuple[str, int, str], InBucket] = {(each.key, each.size, each.sha1): each for each in objects}
    by_content = {(each.size, each.sha1): each for each in objects}
    held = again = 0
    with transaction(connection):
        _queue_what_lies_there(connection, bucket, by_content, now)
        rows = connection.execute(
            "SELECT j.id, j.key, a.size, lower(hex(a.sha1)), j.state, j.file_id FROM upload_job j"
            " JOIN asset a ON a.id = j.asset_id WHERE j.bucket = ?",
            (bucket,),
        ).fetchall()
        for key, name, size, sha1, state, file_id in rows:
            found = there.get((name, size, sha1))
            if found is not None:
                held += 1
                is_sure = found.verified or found.file_id == file_id
                connection.execute(
                    "UPDATE upload_job SET state = 'waiting', checked_at = NULL, last_error = '' WHERE id = ?", (key,)
                )
                finish_sent(connection, key, file_id=found.file_id, at=now, doubt="" if is_sure else doubt)
                if is_sure:
                    finish_checked(connection, key, at=now)
            elif state in ("sent", "checked"):
                again += 1
                connection.execute(
                    "UPDATE upload_job SET state = 'waiting', file_id = '', sent_at = NULL, checked_at = NULL,"
                    " next_try = 0, attempts = 0, last_error = ? WHERE id = ?",
                    (_LOST, key),
                )
    return held, again


def _queue_what_lies_there(
    connection: sqlite3.Connection, bucket: str, by_content: Mapping[tuple[int, str], InBucket], now: float
) -> None:
    """Contents that were proven here and have no job in the bucket, though they lie in it."""
    rows = connection.execute(
        "SELECT a.id, a.size, lower(hex(a.sha1)) FROM asset a WHERE EXISTS"
        " (SELECT 1 FROM copy c WHERE c.asset_id = a.id AND c.state = 'proven')"
        " AND NOT EXISTS (SELECT 1 FROM upload_job j WHERE j.asset_id = a.id AND j.bucket = ?)",
        (bucket,),
    ).fetchall()
    jobs = [(asset_id, by_content[size, sha1].key) for asset_id, size, sha1 in rows if (size, sha1) in by_content]
    enqueue_all(connection, bucket, jobs, now)
