"""`ledger check`: what SQLite finds wrong, whether the ledger still guards itself, what its rows claim of one another.

Reads only, and reads everything: seconds for each gigabyte.
"""

import contextlib
import os
import sqlite3
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import LedgerError
from ingest.ledger.db import check, migrations, refuse_network, refuse_newer, schema_of, statements

_COUNTED = "SELECT bucket, state, files, bytes FROM upload_total WHERE files > 0"
_JOBS = (
    "SELECT j.bucket, j.state, count(*), sum(a.size) FROM upload_job j JOIN asset a ON a.id = j.asset_id"
    " GROUP BY j.bucket, j.state"
)

# Each counts rows that must not exist. Words for people, then the question.
_CLAIMS = (
    (
        "copies called proven whose newest proof does not prove them",
        "SELECT count(*) FROM copy c JOIN asset a ON a.id = c.asset_id WHERE c.state = 'proven' AND NOT EXISTS ("
        "SELECT 1 FROM proof p WHERE p.id = (SELECT max(id) FROM proof WHERE copy_id = c.id)"
        " AND p.matched = 1 AND p.method <> 'cached' AND p.xxh128 = a.xxh128)",
    ),
    (
        "proofs that matched although their digest is another one",
        "SELECT count(*) FROM proof p JOIN copy c ON c.id = p.copy_id JOIN asset a ON a.id = c.asset_id"
        " WHERE p.matched = 1 AND p.xxh128 <> a.xxh128",
    ),
    (
        "verdicts SAFE that do not name every file",
        "SELECT count(*) FROM verdict v WHERE v.level = 'safe' AND (v.files = 0"
        " OR v.files <> (SELECT count(*) FROM verdict_file f WHERE f.verdict_id = v.id)"
        " OR NOT EXISTS (SELECT 1 FROM verdict_file f WHERE f.verdict_id = v.id AND f.asset_id IS NOT NULL))",
    ),
    (
        "verdicts that name more files than the card had",
        "SELECT count(*) FROM verdict v WHERE v.files < (SELECT count(*) FROM verdict_file WHERE verdict_id = v.id)",
    ),
    (
        "files of a verdict SAFE that were never proven at two destinations",
        "SELECT count(*) FROM verdict v JOIN verdict_file f ON f.verdict_id = v.id WHERE v.level = 'safe'"
        " AND f.asset_id IS NOT NULL AND (SELECT count(DISTINCT c.destination_id) FROM copy c WHERE c.asset_id ="
        " f.asset_id AND EXISTS (SELECT 1 FROM proof p WHERE p.copy_id = c.id AND p.matched = 1"
        " AND p.method <> 'cached')) < 2",
    ),
    (
        "files of verdicts that do not exist",
        "SELECT count(*) FROM verdict_file f WHERE NOT EXISTS (SELECT 1 FROM verdict v WHERE v.id = f.verdict_id)",
    ),
    (
        "verdicts about another card than their session's",
        "SELECT count(*) FROM verdict v JOIN run r ON r.id = v.run_id WHERE r.card_id IS NOT v.card_id",
    ),
    (
        "files of shoots that lie outside their shoot's folder",
        "SELECT count(*) FROM shoot_asset f JOIN shoot s ON s.id = f.shoot_id"
        " WHERE substr(f.path, 1, length(s.folder) + 1) <> CAST(s.folder || x'2f' AS BLOB)",
    ),
)
_COUNTED_SINCE = 17  # the schema that counts them
_MISCOUNTED = (
    "states of the upload queue that were counted wrongly",
    f"SELECT count(*) FROM (SELECT * FROM ({_COUNTED} EXCEPT {_JOBS}) UNION ALL"
    f" SELECT * FROM ({_JOBS} EXCEPT {_COUNTED}))",
)


@dataclass(frozen=True, slots=True)
class Soundness:
    """What a check found. schema: number of its last migration. rows: table -> how many, {} where nobody can count."""

    schema: int
    problems: tuple[str, ...]
    rows: dict[str, int]


@contextlib.contextmanager
def opened_to_look(path: Path) -> Iterator[sqlite3.Connection]:
    """The ledger for reading alone, at whatever schema it is: nothing is created, migrated or repaired.

    Raises:
        LedgerError: not there, newer than this program, on a network file system, or not to be opened at all.
    """
    if not path.exists():
        raise LedgerError(
            f"There is no ledger at {path}", path=str(path), hint="Bring it back with: safelight ledger rebuild"
        )
    refuse_network(path)
    address = urllib.parse.quote(os.fsencode(path.absolute()))
    with contextlib.closing(sqlite3.connect(f"file:{address}?mode=ro", uri=True, isolation_level=None)) as connection:
        connection.execute("PRAGMA trusted_schema=OFF")
        try:
            refuse_newer(connection, path)
        except sqlite3.Error as error:
            hint = "Keep the file and run: safelight ledger rebuild"
            raise LedgerError(f"The ledger is damaged: {error}", path=str(path), hint=hint) from error
        yield connection


def look(connection: sqlite3.Connection) -> Soundness:
    """Everything that can be asked of a ledger; never raises for what is damaged in it."""
    try:
        schema = schema_of(connection)
        problems = [*check(connection, thorough=True), *_unlike_its_migrations(connection, schema)]
        if not problems:  # questions to damaged pages would only say so again
            problems = [*_without_their_rows(connection), *_claims(connection, schema)]
        return Soundness(schema, tuple(problems), row_counts(connection))
    except sqlite3.DatabaseError as error:
        return Soundness(0, (str(error),), {})


def row_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Table -> rows in it."""
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def _unlike_its_migrations(connection: sqlite3.Connection, schema: int) -> Iterator[str]:
    """Tables, indices and triggers that are missing, changed, or nobody's."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        for number, sql in migrations():
            for statement in statements(sql) if number <= schema else ():
                model.execute(statement)
        wanted, found = _objects(model), _objects(connection)
    for (kind, name), sql in wanted.items():
        if (kind, name) not in found:
            yield f"the {kind} {name} is missing"
        elif found[kind, name] != sql:
            yield f"the {kind} {name} is not as Safelight made it"
    yield from (f"the {kind} {name} is not Safelight's" for kind, name in found.keys() - wanted.keys())


def _objects(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema")
    return {(kind, name): sql for kind, name, sql in rows if not name.startswith("sqlite_stat")}


def _without_their_rows(connection: sqlite3.Connection) -> list[str]:
    """Foreign keys that lead nowhere, by table."""
    counts: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        counts[table, parent] = counts.get((table, parent), 0) + 1
    return [f"{count:,} rows of {table} belong to no {parent}" for (table, parent), count in counts.items()]


def _claims(connection: sqlite3.Connection, schema: int) -> Iterator[str]:
    for words, question in (*_CLAIMS, *[_MISCOUNTED] * (schema >= _COUNTED_SINCE)):
        [count] = connection.execute(question).fetchone()
        if count:
            yield f"{count:,} {words}"
