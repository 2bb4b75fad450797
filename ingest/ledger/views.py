"""What the faces list: cards with their last verdict, shoots with their copies. Counts add up by construction."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.ledger.runs import REBUILT_CARD


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as it was last seen. level: of its last verdict, "" when there was none.

    unsteady: sessions in which two reads of a file disagreed, the last of them at `unsteady_at` in `reader`.
    """

    id: int
    label: str
    uuid: str
    size: int
    last_seen: float
    level: str
    verdict_at: float
    files: int
    unsteady: int = 0
    unsteady_at: float = 0.0
    reader: str = ""


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A shoot's copies at one destination: proven + written + suspect + released + missing = files of the shoot.

    released: let go on purpose while others stand; last_proof: seconds since 1970 UTC, as is released_at.
    """

    name: str
    kind: str
    proven: int
    written: int
    suspect: int
    missing: int
    last_proof: float
    released: int = 0
    released_at: float = 0.0


@dataclass(frozen=True, slots=True)
class ShootView:
    """A shoot in numbers. finding: pictures whose own health is in doubt."""

    id: int
    name: str
    day: str
    last_day: str
    folder: bytes
    files: int
    size: int
    findings: int
    places: tuple[PlaceView, ...] = field(default=())


def card_views(connection: sqlite3.Connection) -> list[CardView]:
    """Every card, the last seen first; what stands for a rebuild of the ledger is none."""
    rows = connection.execute(
        "SELECT c.id, c.label, c.uuid, c.size, c.last_seen, coalesce(v.level, ''), coalesce(v.at, 0),"
        " coalesce(v.files, 0), (SELECT count(DISTINCT run_id) FROM unsteady_read WHERE card_id = c.id),"
        " coalesce(u.at, 0), coalesce(u.reader, '') FROM card c"
        " LEFT JOIN verdict v ON v.id = (SELECT max(id) FROM verdict WHERE card_id = c.id)"
        " LEFT JOIN unsteady_read u ON u.id = (SELECT max(id) FROM unsteady_read WHERE card_id = c.id)"
        " WHERE c.uuid <> ? ORDER BY c.last_seen DESC",
        (REBUILT_CARD,),
    )
    return [CardView(*row) for row in rows]


def shoot_view(connection: sqlite3.Connection, shoot_id: int) -> ShootView:
    """One shoot with its copies at every destination that was ever used."""
    key, name, day, last_day, folder = connection.execute(
        "SELECT id, name, day, last_day, folder FROM shoot WHERE id = ?", (shoot_id,)
    ).fetchone()
    files, size = connection.execute(
        "SELECT count(*), coalesce(sum(a.size), 0) FROM shoot_asset sa JOIN asset a ON a.id = sa.asset_id"
        " WHERE sa.shoot_id = ?",
        (shoot_id,),
    ).fetchone()
    [findings] = connection.execute(
        "SELECT count(*) FROM (SELECT DISTINCT asset_id FROM finding) f"
        " CROSS JOIN shoot_asset sa ON sa.asset_id = f.asset_id WHERE sa.shoot_id = ?",
        (shoot_id,),
    ).fetchone()
    places = _places(connection, shoot_id, files)
    return ShootView(key, name, day, last_day, bytes(folder), files, size, findings, places)


# For each file and destination the best state there and the newest proof: read in the order of two indices, so that
# nothing is sorted.
_NEWEST_PROOF = ", max((SELECT max(id) FROM proof WHERE copy_id = c.id)) AS newest"
_BEST = (
    "SELECT c.destination_id AS place,"
    " max(CASE c.state WHEN 'proven' THEN 3 WHEN 'written' THEN 2 WHEN 'suspect' THEN 1 ELSE 0 END) AS best"
    f"{_NEWEST_PROOF}"
    " FROM shoot_asset sa CROSS JOIN copy c ON c.asset_id = sa.asset_id WHERE sa.shoot_id = ?"
    " GROUP BY sa.path, c.destination_id"
)


def _places(connection: sqlite3.Connection, shoot_id: int, files: int) -> tuple[PlaceView, ...]:
    """For each destination the best state of each file there: proven outweighs written outweighs suspect."""
    every = connection.execute("SELECT id, name, kind FROM destination ORDER BY id").fetchall()
    if not every:
        return ()
    sums = ", ".join(
        f"total(place = {key} AND best = 3), total(place = {key} AND best = 2), total(place = {key} AND best = 1),"
        f" max(CASE place WHEN {key} THEN newest END)"
        for key, _, _ in every
    )
    sums_of_all = connection.execute(f"SELECT {sums} FROM ({_BEST})", (shoot_id,)).fetchone()
    found = []
    for number, (_, name, kind) in enumerate(every):
        proven, written, suspect, newest = sums_of_all[4 * number : 4 * number + 4]
        missing = files - int(proven + written + suspect)
        at = connection.execute("SELECT at FROM proof WHERE id = ?", (newest,)).fetchone()
        released, released_at = _released(connection, shoot_id, every[number][0]) if missing else (0, 0.0)
        parts = (int(proven), int(written), int(suspect), missing - released, at[0] if at else 0)
        found.append(PlaceView(name, kind, *parts, released, released_at))
    return tuple(found)


def shoot_views(connection: sqlite3.Connection, shoot_ids: Sequence[int] | None = None) -> dict[int, ShootView]:
    """As `shoot_view`, of these shoots (None: of all) in a few questions; when a copy was last proven is not asked."""
    some = "" if shoot_ids is None else f" AND sa.shoot_id IN ({', '.join(str(int(key)) for key in shoot_ids)})"
    kinds = connection.execute("SELECT id, name, kind FROM destination ORDER BY id").fetchall()
    has_released = connection.execute("SELECT EXISTS (SELECT 1 FROM released)").fetchone()[0]
    best = _BEST.replace(_NEWEST_PROOF, "").replace("SELECT c.dest", "SELECT sa.shoot_id AS shoot, c.dest")
    best = best.replace("sa.shoot_id = ?", f"1{some}").replace("GROUP BY sa.path", "GROUP BY sa.shoot_id, sa.path")
    sums: dict[tuple[int, int], tuple[int, int, int]] = {
        (shoot, place): (int(proven), int(written), int(suspect))
        for shoot, place, proven, written, suspect in connection.execute(
            "SELECT shoot, place, total(best = 3), total(best = 2), total(best = 1)"
            f" FROM ({best}) GROUP BY shoot, place"
        )
    }
    findings: dict[int, int] = dict(
        connection.execute(
            "SELECT sa.shoot_id, count(*) FROM (SELECT DISTINCT asset_id FROM finding) f"
            f" CROSS JOIN shoot_asset sa ON sa.asset_id = f.asset_id WHERE 1{some} GROUP BY sa.shoot_id"
        ).fetchall()
    )
    found = {}
    for row in connection.execute(
        "SELECT s.id, s.name, s.day, s.last_day, s.folder, count(a.id), coalesce(sum(a.size), 0) FROM shoot s"
        " LEFT JOIN shoot_asset sa ON sa.shoot_id = s.id LEFT JOIN asset a ON a.id = sa.asset_id"
        f" WHERE 1{some.replace('sa.shoot_id', 's.id')} GROUP BY s.id"
    ):
        key, files = int(row[0]), int(row[5])
        places = []
        for place, name, kind in kinds:
            proven, written, suspect = sums.get((key, place), (0, 0, 0))
            missing = files - proven - written - suspect
            released, at = _released(connection, key, place) if missing and has_released else (0, 0.0)
            places.append(PlaceView(name, kind, proven, written, suspect, missing - released, 0.0, released, at))
        found[key] = ShootView(
            key, row[1], row[2], row[3], bytes(row[4]), files, row[6], findings.get(key, 0), tuple(places)
        )
    return found


def _released(connection: sqlite3.Connection, shoot_id: int, destination_id: int) -> tuple[int, float]:
    """(files of a shoot that were let go at a destination and do not stand there, when the last of them was)."""
    count, at = connection.execute(
        "SELECT count(*), coalesce(max(at), 0) FROM (SELECT sa.path, max(r.at) AS at FROM shoot_asset sa"
        " JOIN copy c ON c.asset_id = sa.asset_id JOIN released r ON r.copy_id = c.id"
        " WHERE sa.shoot_id = ?1 AND c.destination_id = ?2 AND NOT EXISTS (SELECT 1 FROM copy there"
        " WHERE there.asset_id = sa.asset_id AND there.destination_id = ?2 AND there.state <> 'lost')"
        " GROUP BY sa.path)",
        (shoot_id, destination_id),
    ).fetchone()
    return int(count), float(at)


@dataclass(frozen=True, slots=True)
class ShootFile:
    """One file of a shoot, for restore and tags. path: below each destination's root."""

    asset_id: int
    path: bytes
    original_name: bytes
    size: int
    xxh128: bytes
    sha1: bytes
    mtime_ns: int
    capture_local: str | None
    capture_source: str | None


def shoot_files(connection: sqlite3.Connection, shoot_id: int) -> list[ShootFile]:
    """The files of a shoot, by path."""
    rows = connection.execute(
        "SELECT a.id, sa.path, a.original_name, a.size, a.xxh128, a.sha1, a.mtime_ns, a.capture_local, a.capture_source"
        " FROM shoot_asset sa JOIN asset a ON a.id = sa.asset_id WHERE sa.shoot_id = ? ORDER BY sa.path",
        (shoot_id,),
    )
    return [ShootFile(*row) for row in rows]


def digests_at(connection: sqlite3.Connection, destination: str) -> dict[int, bytes]:
    """Copy id -> the xxh128 that the copy must have, for every copy at a destination that is not lost."""
    rows = connection.execute(
        "SELECT c.id, a.xxh128 FROM copy c JOIN asset a ON a.id = c.asset_id"
        " JOIN destination d ON d.id = c.destination_id WHERE d.name = ? AND c.state <> 'lost'",
        (destination,),
    )
    return {int(key): bytes(digest) for key, digest in rows}


def shoot_names_of_card(connection: sqlite3.Connection, card_id: int) -> dict[bytes, bytes]:
    """Card path -> the name that this file's content has in its shoot."""
    rows = connection.execute("SELECT path, dest FROM card_file WHERE card_id = ? AND dest <> x''", (card_id,))
    return {bytes(path): bytes(name) for path, name in rows}
