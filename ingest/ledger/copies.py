"""Copies as they were read back: a row for each place, a proof appended for each look, the state by the newest one."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.ledger.many import ask, insert, update
from ingest.model.copies import Method
from ingest.model.names import display

_PROOF = "proof (copy_id, run_id, at, boot_id, method, matched, xxh128)"


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


def record_copies(
    connection: sqlite3.Connection, run_id: int, boot_id: str, copies: Sequence[tuple[int, NewCopy]]
) -> None:
    """The rows of (asset id, copy), a proof of each, then their states; call inside a transaction.

    No place may be asked for two contents.
    """
    seen = _copy_rows(connection, run_id, copies)
    insert(connection, _PROOF, [_proof_row(key, run_id, boot_id, copy) for key, copy in seen])
    states = {key: state_by(copy) for key, copy in seen}
    for state in sorted(set(states.values())):
        update(connection, "copy", "state", state, [key for key, becomes in states.items() if becomes == state])


def _copy_rows(
    connection: sqlite3.Connection, run_id: int, copies: Sequence[tuple[int, NewCopy]]
) -> list[tuple[int, NewCopy]]:
    """Insert or find; gives (copy id, copy)."""
    here = _standing(connection, [(copy.destination_id, copy.path) for _, copy in copies])
    free = free_id(connection, "copy")
    seen, lost, again = [], [], []
    rows: list[tuple[object, ...]] = []
    for asset_id, copy in copies:
        place = (copy.destination_id, copy.path)
        found = here.get(place)
        if found is None or found[1] != asset_id:
            if found:  # another content stood there once; its file is gone, or ours could not have got the name
                lost.append(found[0])
            found = here[place] = (free + len(rows), asset_id)
            rows.append((found[0], asset_id, *place, display(copy.path), "written", copy.inode, copy.mtime_ns, run_id))
        else:
            again.append((copy.inode, copy.mtime_ns, found[0]))
        seen.append((found[0], copy))
    update(connection, "copy", "state", "lost", lost)
    insert(connection, "copy (id, asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)", rows)
    connection.executemany("UPDATE copy SET inode = ?, mtime_ns = ? WHERE id = ?", again)
    return seen


def _standing(
    connection: sqlite3.Connection, places: Iterable[tuple[int, bytes]]
) -> dict[tuple[int, bytes], tuple[int, int]]:
    """(destination id, path) -> (copy id, asset id) of what stands there and is not lost."""
    rows = ask(
        connection,
        "SELECT column1, column2, id, asset_id FROM asked"
        " CROSS JOIN copy ON destination_id = column1 AND path = column2 AND state <> 'lost'",
        places,
    )
    return {(place, path): (copy_id, asset_id) for place, path, copy_id, asset_id in rows}


def free_id(connection: sqlite3.Connection, table: str) -> int:
    """The id that the next row would get; it stays free while the transaction lasts."""
    return int(connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])


def prove(connection: sqlite3.Connection, copy_id: int, run_id: int | None, boot_id: str, seen: NewCopy) -> bool:
    """Append a proof and set the copy's state by it: proven, suspect, or still written when the cache answered."""
    insert(connection, _PROOF, [_proof_row(copy_id, run_id, boot_id, seen)])
    state = state_by(seen)
    connection.execute(
        "UPDATE copy SET state = ?, inode = ?, mtime_ns = ? WHERE id = ?", (state, seen.inode, seen.mtime_ns, copy_id)
    )
    return state == "proven"


def _proof_row(copy_id: int, run_id: int | None, boot_id: str, seen: NewCopy) -> tuple[object, ...]:
    return copy_id, run_id, seen.at, boot_id, seen.method.value, int(seen.matched), seen.xxh128


def state_by(seen: NewCopy) -> str:
    """What this look makes of its copy: suspect, still written where the cache answered, or proven."""
    if not seen.matched:
        return "suspect"
    return "written" if seen.method is Method.CACHED else "proven"


def set_copy_state(connection: sqlite3.Connection, copy_id: int, state: str) -> None:
    """'lost' for a copy that is gone, 'suspect' for one that cannot be trusted until it was read again."""
    connection.execute("UPDATE copy SET state = ? WHERE id = ?", (state, copy_id))
