"""What a certificate tells of a verdict, as it was then: its files, what had proven them until then, reads of the card.

Proofs and reads are append-only, so that the same verdict gives the same answers years later.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class JudgedCard:
    """A verdict with its card. at: seconds since 1970 UTC. body: the record of it. ledger: which one it stands in."""

    id: int
    run_id: int
    level: str
    at: float
    fingerprint: bytes
    devices_required: int
    files: int
    body: dict[str, Any]
    label: str
    uuid: str
    size: int
    fs_type: str
    ledger: str


class JudgedFile(NamedTuple):
    """One file of a verdict: content, or the excuse for having none (then the rest is None)."""

    path: bytes
    excused: str
    size: int | None
    xxh128: bytes | None
    sha1: bytes | None


class ProofThen(NamedTuple):
    """The newest proof of a file at a destination until the verdict. name: of the copy, below the root there."""

    path: bytes
    destination_id: int
    name: bytes
    method: str
    at: float


class ReadThen(NamedTuple):
    """How often files were read from the card in the verdict's session. nth: the first read, the second, ..."""

    nth: int
    method: str
    files: int
    first_at: float
    last_at: float


_VERDICT = (
    "SELECT v.id, v.run_id, v.level, v.at, v.fingerprint, v.devices_required, v.files, v.body,"
    " c.label, c.uuid, c.size, c.fs_type, s.identity"
    " FROM verdict v JOIN card c ON c.id = v.card_id CROSS JOIN ledger_self s WHERE v.id = ?"
)
_FILES = (
    "SELECT vf.path, vf.excused, a.size, a.xxh128, a.sha1 FROM verdict_file vf LEFT JOIN asset a ON a.id = vf.asset_id"
    " WHERE vf.verdict_id = ? ORDER BY vf.path"
)
# The newest proof of each copy until then counts, and of several copies of one content the one that was read last.
# Those of its own session came before the verdict, whatever the clock did.
_PROOFS = (
    "SELECT vf.path, c.destination_id, c.path, p.method, p.at FROM verdict_file vf"
    " CROSS JOIN copy c ON c.asset_id = vf.asset_id CROSS JOIN asset a ON a.id = vf.asset_id"
    " CROSS JOIN proof p ON p.id = (SELECT max(id) FROM proof WHERE copy_id = c.id"
    " AND (run_id = :run OR (at <= :at AND coalesce(run_id, 0) < :run)))"
    " WHERE vf.verdict_id = :verdict AND p.matched = 1 AND p.method <> 'cached' AND p.xxh128 = a.xxh128"
    " ORDER BY vf.path, c.destination_id, p.at, p.id"
)
_READS = (
    "SELECT nth, method, count(DISTINCT path), min(at), max(at) FROM source_read WHERE run_id = ?"
    " GROUP BY nth, method ORDER BY nth, method"
)


def judged_card(connection: sqlite3.Connection, verdict_id: int) -> JudgedCard | None:
    """A verdict by its number; None where there is none."""
    row = connection.execute(_VERDICT, (verdict_id,)).fetchone()
    if row is None:
        return None
    number, run_id, level, at, mark, devices, files, body, label, uuid, size, fs_type, ledger = row
    return JudgedCard(
        number, run_id, level, at, bytes(mark), devices, files, json.loads(body), label, uuid, size, fs_type, ledger
    )


def judged_files(connection: sqlite3.Connection, verdict_id: int) -> Iterator[JudgedFile]:
    """The files that a verdict names, by path. One that was not SAFE does not name those without content."""
    yield from map(JudgedFile._make, connection.execute(_FILES, (verdict_id,)))


def proofs_then(connection: sqlite3.Connection, verdict: JudgedCard) -> dict[bytes, dict[int, ProofThen]]:
    """Card path -> destination id -> what had proven it there."""
    found: dict[bytes, dict[int, ProofThen]] = {}
    values = {"at": verdict.at, "run": verdict.run_id, "verdict": verdict.id}
    for row in connection.execute(_PROOFS, values):
        proof = ProofThen._make(row)
        found.setdefault(proof.path, {})[proof.destination_id] = proof
    return found


def reads_then(connection: sqlite3.Connection, verdict: JudgedCard) -> list[ReadThen]:
    """The reads of the card in the verdict's session."""
    return [ReadThen._make(row) for row in connection.execute(_READS, (verdict.run_id,))]


def places_now(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Each destination as it was last seen. A verdict keeps it: tomorrow the same NAS may stand on another disk."""
    rows = connection.execute("SELECT id, name, kind, device, fs_type, fs_uuid FROM destination ORDER BY id")
    names = ("id", "name", "kind", "device", "fs_type", "fs_uuid")
    return [dict(zip(names, row, strict=True)) for row in rows]


def newest_verdict_of(connection: sqlite3.Connection, card_id: int) -> int | None:
    """The number of a card's last verdict, None before the first."""
    [found] = connection.execute("SELECT max(id) FROM verdict WHERE card_id = ?", (card_id,)).fetchone()
    return None if found is None else int(found)
