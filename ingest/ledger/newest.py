"""The newest pictures that are proven somewhere, for who watches them arrive."""

import sqlite3
from dataclasses import dataclass

from ingest.model.names import display, suffix_of

_LOOKED_AT = 8  # assets looked at for each picture that is wanted
_NO_PICTURES = frozenset(b"xmp wav xml thm bim txt mif ctg dat db cos pp3".split())


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture that came. name: as the camera named it, for people. captured: local time of the camera, "" unknown."""

    asset_id: int
    name: str
    captured: str


def newest_pictures(connection: sqlite3.Connection, most: int = 24) -> list[NewPicture]:
    """The last assets with a proven copy, the newest first; sidecars and other files without a picture are left out."""
    rows = connection.execute(
        "SELECT a.id, a.original_name, coalesce(a.capture_local, '') FROM"
        " (SELECT * FROM asset ORDER BY id DESC LIMIT ?) a"
        " WHERE EXISTS (SELECT 1 FROM shoot_asset WHERE asset_id = a.id)"
        " AND EXISTS (SELECT 1 FROM copy WHERE asset_id = a.id AND state = 'proven') ORDER BY a.id DESC",
        (most * _LOOKED_AT,),
    )
    found = [NewPicture(key, display(name), at) for key, name, at in rows if suffix_of(name) not in _NO_PICTURES]
    return found[:most]
