"""What `verify` and `repair` did: a row for each that came to its end, and one for each copy that was healed."""

import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields

from ingest.ledger.copies import NewCopy, prove
from ingest.model.names import display
from ingest.model.standing import Standing


@dataclass(frozen=True, slots=True)
class CareRun:
    """One verify or repair. started, ended: seconds since 1970 UTC. copies: all there were; the rest counts."""

    verb: str
    started: float
    ended: float
    copies: int
    looked_at: int
    bytes: int = 0
    matched: int = 0
    unproven: int = 0
    differs: int = 0
    gone: int = 0
    unread: int = 0
    healed: int = 0
    waiting: int = 0
    failed: int = 0


_COLUMNS = ", ".join(field.name for field in fields(CareRun))


def record_care(connection: sqlite3.Connection, run: CareRun) -> None:
    """Append what a verify or a repair did."""
    marks = ", ".join("?" * len(fields(CareRun)))
    connection.execute(f"INSERT INTO care_run ({_COLUMNS}) VALUES ({marks})", astuple(run))


def care_runs(connection: sqlite3.Connection, verb: str, limit: int) -> list[CareRun]:
    """The last runs of a verb, the newest first; with "" of all of them."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM care_run WHERE ?1 IN ('', verb) ORDER BY id DESC LIMIT ?2", (verb, limit)
    )
    return [CareRun(*row) for row in rows]


def oldest_proof(connection: sqlite3.Connection) -> float | None:
    """When the copy that was looked at longest ago was; None without copies. 0.0: one never was."""
    [at] = connection.execute(
        "SELECT min(coalesce((SELECT at FROM proof WHERE copy_id = c.id ORDER BY id DESC LIMIT 1), 0))"
        " FROM copy c WHERE c.state <> 'lost'"
    ).fetchone()
    return None if at is None else float(at)


def count_copies(connection: sqlite3.Connection) -> int:
    """How many copies stand, at all destinations that were ever used."""
    return int(connection.execute("SELECT count(*) FROM copy WHERE state <> 'lost'").fetchone()[0])


_STANDING = (
    "SELECT c.id, c.asset_id, d.name, c.path, c.state, c.inode, c.mtime_ns, a.size, a.xxh128, a.sha1, a.mtime_ns,"
    " (SELECT count(DISTINCT path) FROM shoot_asset WHERE asset_id = c.asset_id) AS names"
    " FROM copy c JOIN destination d ON d.id = c.destination_id JOIN asset a ON a.id = c.asset_id"
)


def broken_assets(connection: sqlite3.Connection) -> Iterator[list[Standing]]:
    """All copies, lost ones too, of each content of a shoot that has a suspect or a lost one; by content and age."""
    rows = connection.execute(
        f"{_STANDING} WHERE c.asset_id IN (SELECT asset_id FROM copy WHERE state IN ('suspect', 'lost'))"
        " AND names > 0 AND c.id NOT IN (SELECT copy_id FROM released) ORDER BY c.asset_id, c.id"
    ).fetchall()
    for _, copies in itertools.groupby(map(Standing._make, rows), key=lambda copy: copy.asset_id):
        yield list(copies)


def released_standings(connection: sqlite3.Connection, shoot_id: int) -> list[Standing]:
    """The copies of a shoot that were let go, where none of the same content stands at that place by now; by path."""
    rows = connection.execute(
        f"{_STANDING} JOIN released r ON r.copy_id = c.id"
        " WHERE c.asset_id IN (SELECT asset_id FROM shoot_asset WHERE shoot_id = ?) AND NOT EXISTS (SELECT 1 FROM copy"
        " later WHERE later.asset_id = c.asset_id AND later.destination_id = c.destination_id AND later.path = c.path"
        " AND later.id > c.id) ORDER BY c.path",
        (shoot_id,),
    )
    return [Standing._make(row) for row in rows]


def standings(connection: sqlite3.Connection, asset_id: int) -> list[Standing]:
    """All copies of one content as they are by now, lost ones too."""
    return [Standing._make(row) for row in connection.execute(f"{_STANDING} WHERE c.asset_id = ?", (asset_id,))]


def paths_ever(connection: sqlite3.Connection) -> Iterator[tuple[int, str, bytes]]:
    """(asset id, destination, path below its root) of every copy, lost ones too."""
    yield from connection.execute(
        "SELECT c.asset_id, d.name, c.path FROM copy c JOIN destination d ON d.id = c.destination_id"
    )


def record_healed(
    connection: sqlite3.Connection, old_id: int, boot_id: str, new: NewCopy, source: str, aside: str
) -> int:
    """The old copy is lost, a new one stands and is proven; gives its id. Call inside a transaction.

    What else the ledger thought to stand under the new name is lost as well: ours could not have got it otherwise.
    """
    asset_id, run_id = connection.execute("SELECT asset_id, run_id FROM copy WHERE id = ?", (old_id,)).fetchone()
    connection.execute(
        "UPDATE copy SET state = 'lost' WHERE id = ? OR (destination_id = ? AND path = ? AND state <> 'lost')",
        (old_id, new.destination_id, new.path),
    )
    cursor = connection.execute(
        "INSERT INTO copy (asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)"
        " VALUES (?, ?, ?, ?, 'written', ?, ?, ?)",
        (asset_id, new.destination_id, new.path, display(new.path), new.inode, new.mtime_ns, run_id),
    )
    new_id = int(cursor.lastrowid or 0)
    prove(connection, new_id, None, boot_id, new)
    _event(connection, new.at, old_id, "healed", source, new_id, aside)
    return new_id


def record_right(connection: sqlite3.Connection, copy_id: int, boot_id: str, looks: list[NewCopy]) -> bool:
    """A suspect copy that reads right: each look is a proof like any other. Gives whether it is proven by the last."""
    is_proven = [prove(connection, copy_id, None, boot_id, look) for look in looks][-1]
    _event(connection, looks[-1].at, copy_id, "right after all", "", None, "")
    return is_proven


def record_wrong_source(connection: sqlite3.Connection, copy_id: int, at: float) -> None:
    """A copy that others were to be healed from gave other bytes: it is suspect itself. Call inside a transaction."""
    connection.execute("UPDATE copy SET state = 'suspect' WHERE id = ? AND state <> 'lost'", (copy_id,))
    _event(connection, at, copy_id, "wrong as a source", "", None, "")


def _event(
    connection: sqlite3.Connection, at: float, copy_id: int, what: str, source: str, new_id: int | None, aside: str
) -> None:
    connection.execute(
        "INSERT INTO care_event (at, copy_id, what, source, new_copy_id, aside) VALUES (?, ?, ?, ?, ?, ?)",
        (at, copy_id, what, source, new_id, aside),
    )
