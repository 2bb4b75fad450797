"""Shoots and what the editor's catalog said about them."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ShootRow:
    """A shoot. day, last_day: ISO dates of its first and last shoot day. folder: below each destination's root."""

    id: int
    name: str
    day: str
    last_day: str
    folder: bytes
    named_by_user: bool


_COLUMNS = "id, name, day, last_day, folder, named_by_user"


def all_shoots(connection: sqlite3.Connection) -> list[ShootRow]:
    """Every shoot, newest day first."""
    return [_row(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM shoot ORDER BY day DESC, id DESC")]


def shoots_between(connection: sqlite3.Connection, first: str, last: str) -> list[ShootRow]:
    """Shoots that touch the days first..last (ISO dates)."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM shoot WHERE day <= ? AND last_day >= ? ORDER BY id", (last, first)
    )
    return [_row(row) for row in rows]


def find_shoots(connection: sqlite3.Connection, text: str) -> list[ShootRow]:
    """Shoots whose id, name or folder is `text`, else those that contain it, case ignored."""
    every = all_shoots(connection)
    wanted = text.casefold()
    exact = [
        s for s in every if wanted in (s.name.casefold(), str(s.id), s.folder.decode("utf-8", "replace").casefold())
    ]
    return exact or [
        s for s in every if wanted in s.name.casefold() or wanted in s.folder.decode("utf-8", "replace").casefold()
    ]


def add_shoot(
    connection: sqlite3.Connection,
    *,
    name: str,
    day: str,
    last_day: str,
    folder: bytes,
    named_by_user: bool,
    now: float,
) -> int:
    """A new shoot; one whose folder exists already is that shoot."""
    connection.execute(
        "INSERT INTO shoot (name, day, last_day, folder, named_by_user, created) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (folder) DO UPDATE SET last_day = max(last_day, excluded.last_day)",
        (name, day, last_day, folder, int(named_by_user), now),
    )
    return int(connection.execute("SELECT id FROM shoot WHERE folder = ?", (folder,)).fetchone()[0])


def extend_shoot(connection: sqlite3.Connection, shoot_id: int, day: str, last_day: str) -> None:
    """A card brought pictures of further days."""
    connection.execute(
        "UPDATE shoot SET day = min(day, ?), last_day = max(last_day, ?) WHERE id = ?", (day, last_day, shoot_id)
    )


def paths_in_folder(connection: sqlite3.Connection, folder: bytes) -> list[tuple[bytes, int, bytes, str | None, str]]:
    """(path, size, xxh128, capture time, serial) of every copy below a shoot's folder: the names that are taken."""
    low, high = folder + b"/", folder + b"0"  # "0" follows "/" in ASCII
    rows = connection.execute(
        "SELECT DISTINCT c.path, a.size, a.xxh128, a.capture_local, a.serial FROM destination d"
        " CROSS JOIN copy c ON c.destination_id = d.id"
        " JOIN asset a ON a.id = c.asset_id WHERE c.path > ? AND c.path < ? AND c.state <> 'lost'",
        (low, high),
    )
    return [(bytes(path), size, bytes(digest), taken, serial) for path, size, digest, taken, serial in rows]


def save_tags(
    connection: sqlite3.Connection, shoot_id: int, catalog: str, as_of: float, settled: bool, facts: dict[str, Any]
) -> None:
    """What a catalog said about a shoot; the newest observation stands."""
    connection.execute(
        "INSERT INTO shoot_tag (shoot_id, catalog, as_of, settled, facts) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (shoot_id, catalog) DO UPDATE SET as_of = excluded.as_of, settled = excluded.settled,"
        " facts = excluded.facts",
        (shoot_id, catalog, as_of, int(settled), json.dumps(facts, ensure_ascii=False)),
    )


def tags_of(connection: sqlite3.Connection, shoot_id: int) -> list[tuple[str, float, bool, dict[str, Any]]]:
    """(catalog, as_of, settled, facts) of a shoot, newest first."""
    rows = connection.execute(
        "SELECT catalog, as_of, settled, facts FROM shoot_tag WHERE shoot_id = ? ORDER BY as_of DESC", (shoot_id,)
    )
    return [(str(name), as_of, bool(settled), json.loads(facts)) for name, as_of, settled, facts in rows]


def _row(row: tuple[Any, ...]) -> ShootRow:
    return ShootRow(row[0], row[1], row[2], row[3], bytes(row[4]), bool(row[5]))


def shoots_tagged(connection: sqlite3.Connection, text: str) -> list[ShootRow]:
    """Shoots whose name, or whose keywords, collections or labels in some catalog, contain `text`, case ignored."""
    wanted = text.casefold()
    return [
        shoot
        for shoot in all_shoots(connection)
        if wanted in shoot.name.casefold()
        or any(wanted in word.casefold() for _, _, _, facts in tags_of(connection, shoot.id) for word in _words(facts))
    ]


def _words(facts: dict[str, Any]) -> list[str]:
    """What a catalog calls a shoot: names of its keywords, collections and labels, and the name it proposes."""
    paths = [item["path"] for key in ("keywords", "collections") for item in facts.get(key, ())]
    name = facts.get("name") or {}
    return [str(step) for path in paths for step in path] + list(facts.get("labels", ())) + [str(name.get("name", ""))]


def name_shoot(connection: sqlite3.Connection, shoot_id: int, name: str) -> None:
    """Call a shoot by another name; its folder stays, since the files lie there."""
    connection.execute("UPDATE shoot SET name = ? WHERE id = ?", (name, shoot_id))
