"""What a shoot holds and where it ever stood: what catching up needs of it."""

from typing import NamedTuple

from ingest.model.copies import Digest


class Name(NamedTuple):
    """A content under one of its names in a shoot. mtime_ns: that its copies' files are given.

    worth: what editors think of it, higher goes first. came: when it was first ingested, seconds since 1970 UTC.
    """

    asset_id: int
    path: bytes
    digest: Digest
    mtime_ns: int
    worth: int
    came: float


class At(NamedTuple):
    """A copy that there is or was at a destination. is_released: it was let go on purpose."""

    place: str
    path: bytes
    state: str
    is_released: bool = False
