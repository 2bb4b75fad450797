"""What the pictures of shoots are and where a proven copy of each lies, for those who show them."""

import sqlite3
from typing import NamedTuple

# Local media answer soonest. Of one kind the copy that was proven last comes first.
_COPIES = (
    "SELECT d.name, d.root, d.marker, c.path FROM copy c JOIN destination d ON d.id = c.destination_id"
    " WHERE c.asset_id = ? AND c.state = 'proven' ORDER BY CASE d.kind WHEN 'ssd' THEN 0 WHEN 'hdd' THEN 1"
    " WHEN 'drive' THEN 2 ELSE 3 END, (SELECT max(id) FROM proof WHERE copy_id = c.id) DESC"
)


class ProvenCopy(NamedTuple):
    """A copy that its newest proof found equal. root: of its destination when it was last used. path: below it."""

    destination: str
    root: bytes
    marker: str
    path: bytes


class Content(NamedTuple):
    """A content of which a picture is to be made. name: as on the card. copies: the one to be asked comes first."""

    name: bytes
    size: int
    xxh128: bytes
    copies: tuple[ProvenCopy, ...]


class ShootPicture(NamedTuple):
    """A file of a shoot. path: below each destination's root. object: the same for what one press of the shutter made.

    capture_local: ISO wall clock. rating, pick, label: the best that some catalog said, None where none did.
    """

    asset_id: int
    path: bytes
    object: str
    size: int
    capture_local: str | None
    offset_minutes: int | None
    rating: int | None
    pick: int | None
    label: str | None


def content_of(connection: sqlite3.Connection, asset_id: int) -> Content | None:
    """One content with its proven copies; None where no such asset is known."""
    row = connection.execute("SELECT original_name, size, xxh128 FROM asset WHERE id = ?", (asset_id,)).fetchone()
    if row is None:
        return None
    copies = [
        ProvenCopy(name, root.encode(), marker, bytes(path))
        for name, root, marker, path in connection.execute(_COPIES, (asset_id,))
    ]
    return Content(bytes(row[0]), row[1], bytes(row[2]), tuple(copies))


def pictures_of_shoot(connection: sqlite3.Connection, shoot_id: int) -> list[ShootPicture]:
    """Every file of a shoot, by path."""
    rows = connection.execute(
        "SELECT a.id, sa.path, sa.object, a.size, a.capture_local, a.offset_minutes, max(t.rating), max(t.pick),"
        " max(t.label) FROM shoot_asset sa CROSS JOIN asset a ON a.id = sa.asset_id"
        " LEFT JOIN asset_tag t ON t.asset_id = a.id WHERE sa.shoot_id = ? GROUP BY sa.path ORDER BY sa.path",
        (shoot_id,),
    )
    return [ShootPicture(row[0], bytes(row[1]), *row[2:]) for row in rows]
