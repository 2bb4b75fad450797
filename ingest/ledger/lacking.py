"""What destinations lack of the shoots: those that were away at an ingest, or that are new."""

import contextlib
import math
import sqlite3
from typing import NamedTuple

from ingest.ledger.db import transaction
from ingest.ledger.runs import CATCH_UP
from ingest.model.copies import Digest
from ingest.model.lacking import At, Name


class Lack(NamedTuple):
    """How many copies a destination lacks, of how many shoots, in bytes."""

    files: int
    shoots: int
    bytes: int


# Of the contents that shoot ?3 holds: those that have more names than places where they ever stood at destination ?1,
# as `plan.behind` has it. ?2: NULL, or since when it is worked at. Whether nothing stands there an index alone tells.
_HAD = "FROM copy c WHERE c.asset_id = a.id AND c.destination_id = ?1"
_NAMES = "FROM shoot_asset WHERE asset_id = a.id"
_MISSED = (
    "(SELECT started >= ?2 FROM run WHERE id = a.first_run)"
    " AND NOT EXISTS (SELECT 1 FROM copy c JOIN released r ON r.copy_id = c.id WHERE c.asset_id = a.id)"
)
_LACKING = (
    f"SELECT a.size, (SELECT count(DISTINCT path) {_NAMES}) - (SELECT count(DISTINCT c.path) {_HAD}) AS files,"
    f" (SELECT min(shoot_id) {_NAMES}) = ?3 AS is_first"
    " FROM asset a WHERE a.id IN (SELECT asset_id FROM shoot_asset WHERE shoot_id = ?3)"
    f" AND (NOT EXISTS (SELECT 1 {_HAD}) OR (SELECT count(*) {_NAMES}) > 1) AND (?2 IS NULL OR ({_MISSED}))"
)
_OF_SHOOT = (
    "SELECT coalesce(sum(files * is_first), 0), coalesce(sum(files * size * is_first), 0), count(*) > 0"
    f" FROM ({_LACKING}) WHERE files > 0"
)

# The same of all shoots in one pass, which reads each index once from end to end. Most contents have one name.
_EVERY = (
    "WITH several AS MATERIALIZED (SELECT asset_id FROM shoot_asset GROUP BY asset_id HAVING count(*) > 1),"
    " lacking AS MATERIALIZED (SELECT a.id, a.size, count(DISTINCT sa.path) - (SELECT count(DISTINCT c.path)"
    f" {_HAD}) AS files FROM shoot_asset sa JOIN asset a ON a.id = sa.asset_id"
    f" WHERE (NOT EXISTS (SELECT 1 {_HAD}) OR a.id IN several) AND (?2 IS NULL OR ({_MISSED}))"
    " GROUP BY a.id HAVING files > 0),"
    " held AS (SELECT DISTINCT sa.shoot_id, l.id, l.size, l.files,"
    " sa.shoot_id = (SELECT min(shoot_id) FROM shoot_asset WHERE asset_id = l.id) AS is_first"
    " FROM lacking l JOIN shoot_asset sa ON sa.asset_id = l.id)"
    " SELECT shoot_id, sum(files * is_first), sum(files * size * is_first), 1 FROM held GROUP BY shoot_id"
)
_MANY = 20  # shoots; from there on all of them are faster


def lack_at(connection: sqlite3.Connection, destination: str, *, is_working: bool) -> Lack:
    """What a destination lacks. is_working: pictures are worked on there, so that nothing older than it is missed.

    A content that several shoots hold is counted once, and makes each of them a shoot that lacks something.
    """
    rows = _by_shoot(connection, *_place(connection, destination, is_working))
    return Lack(sum(row[1] for row in rows), sum(row[3] for row in rows), sum(row[2] for row in rows))


def shoots_lacking(connection: sqlite3.Connection, destination: str, *, is_working: bool) -> set[int]:
    """Shoots that hold something which a destination lacks."""
    rows = _by_shoot(connection, *_place(connection, destination, is_working))
    return {shoot for shoot, _, _, holds in rows if holds}


_Row = tuple[int, int, int, int]  # shoot id, files, bytes, holds: as `lack_known` has them


def _by_shoot(connection: sqlite3.Connection, key: int, since: float | None) -> list[_Row]:
    """What is lacked shoot by shoot: as the ledger remembers it, and counted anew where something came since."""
    if since == math.inf:
        return []
    version = _version(connection)
    known = connection.execute(
        "SELECT shoot_id, files, bytes, holds FROM lack_known WHERE destination_id = ? AND since IS ?", (key, since)
    ).fetchall()
    missing = {int(row[0]) for row in connection.execute("SELECT id FROM shoot")} - {row[0] for row in known}
    counted = _counted(connection, key, since, missing)
    if counted:
        _remember(connection, version, key, since, counted)
    return [*known, *counted]


def _counted(connection: sqlite3.Connection, key: int, since: float | None, shoots: set[int]) -> list[_Row]:
    if len(shoots) < _MANY:
        found = (connection.execute(_OF_SHOOT, (key, since, shoot)).fetchone() for shoot in sorted(shoots))
        return [(shoot, row[0], row[1], row[2]) for shoot, row in zip(sorted(shoots), found, strict=True)]
    every = {int(row[0]): row for row in connection.execute(_EVERY, (key, since))}
    return [every.get(shoot, (shoot, 0, 0, 0)) for shoot in sorted(shoots)]


def _remember(
    connection: sqlite3.Connection, version: tuple[int, int], key: int, since: float | None, counted: list[_Row]
) -> None:
    """Keep it, unless somebody wrote since the counting began or writes now: then the next one counts once more."""
    if connection.in_transaction:
        return
    patience = int(connection.execute("PRAGMA busy_timeout").fetchone()[0])
    with contextlib.suppress(sqlite3.OperationalError):
        try:
            connection.execute("PRAGMA busy_timeout=0")
            with transaction(connection):
                if _version(connection) == version:
                    connection.executemany(
                        "INSERT OR REPLACE INTO lack_known VALUES (?, ?, ?, ?, ?, ?)",
                        [(row[0], key, since, *row[1:]) for row in counted],
                    )
        finally:
            connection.execute(f"PRAGMA busy_timeout={patience}")


def _version(connection: sqlite3.Connection) -> tuple[int, int]:
    """Another one when anybody else (the first) or this connection (the second) has written."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0]), connection.total_changes


def _place(connection: sqlite3.Connection, destination: str, is_working: bool) -> tuple[int, float | None]:
    """Its id, no row's for one that never was used; and since when it is worked at, None where that is not asked."""
    row = connection.execute("SELECT id, first_seen FROM destination WHERE name = ?", (destination,)).fetchone()
    key, since = row or (-1, math.inf)
    return key, since if is_working else None


def first_seen(connection: sqlite3.Connection, destination: str) -> float | None:
    """Since when a destination is used; None for one that never was."""
    row = connection.execute("SELECT first_seen FROM destination WHERE name = ?", (destination,)).fetchone()
    return float(row[0]) if row else None


def names_of_shoot(connection: sqlite3.Connection, shoot_id: int) -> list[Name]:
    """Every content of a shoot under each of its names there. worth: a pick before stars before the rest."""
    rows = connection.execute(
        "SELECT a.id, sa.path, a.size, a.xxh128, a.sha1, a.mtime_ns, coalesce((SELECT max(10 * coalesce(t.pick, 0)"
        " + coalesce(t.rating, 0)) FROM asset_tag t WHERE t.asset_id = a.id), 0), r.started"
        " FROM shoot_asset sa JOIN asset a ON a.id = sa.asset_id JOIN run r ON r.id = a.first_run"
        " WHERE sa.shoot_id = ?",
        (shoot_id,),
    )
    return [Name(row[0], bytes(row[1]), Digest(*row[2:5]), *row[5:]) for row in rows]


def all_names(connection: sqlite3.Connection, shoot_id: int) -> dict[int, list[bytes]]:
    """Content of a shoot -> its names in all shoots."""
    found: dict[int, list[bytes]] = {}
    for asset_id, path in connection.execute(
        "SELECT DISTINCT asset_id, path FROM shoot_asset"
        " WHERE asset_id IN (SELECT asset_id FROM shoot_asset WHERE shoot_id = ?)",
        (shoot_id,),
    ):
        found.setdefault(asset_id, []).append(bytes(path))
    return found


def copies_ever(connection: sqlite3.Connection, shoot_id: int) -> dict[int, list[At]]:
    """Content of a shoot -> its copies that there are or were, by age."""
    found: dict[int, list[At]] = {}
    for asset_id, place, path, state, released in connection.execute(
        "SELECT c.asset_id, d.name, c.path, c.state, EXISTS (SELECT 1 FROM released WHERE copy_id = c.id)"
        " FROM copy c JOIN destination d ON d.id = c.destination_id"
        " WHERE c.asset_id IN (SELECT asset_id FROM shoot_asset WHERE shoot_id = ?) ORDER BY c.id",
        (shoot_id,),
    ):
        found.setdefault(asset_id, []).append(At(place, bytes(path), state, bool(released)))
    return found


def unfinished(connection: sqlite3.Connection, before_run: int) -> dict[int, set[tuple[int, str]]]:
    """Earlier sessions that did not come to their end -> (shoot id, destination) of what they copied.

    One that copied nothing has none.
    """
    runs = connection.execute(
        "SELECT id FROM run WHERE command = ? AND state = 'open' AND id < ?", (CATCH_UP, before_run)
    )
    found: dict[int, set[tuple[int, str]]] = {int(row[0]): set() for row in runs}
    for run_id, pairs in found.items():
        rows = connection.execute(
            "SELECT DISTINCT sa.shoot_id, d.name FROM copy c JOIN destination d ON d.id = c.destination_id"
            " JOIN shoot_asset sa ON sa.asset_id = c.asset_id WHERE c.run_id = ?",
            (run_id,),
        )
        pairs.update((int(shoot_id), str(name)) for shoot_id, name in rows)
    return found
