"""A copy as the ledger has it, with the content that it must hold: what healing needs of it."""

from typing import NamedTuple

from ingest.model.copies import Digest


class Standing(NamedTuple):
    """A copy at a destination. inode, seen_mtime_ns: of its file when it was last looked at.

    size, xxh128, sha1: of the content. mtime_ns: the time that a copy's file is given. names: that the content has in
    its shoots.
    """

    id: int
    asset_id: int
    destination: str
    path: bytes
    state: str
    inode: int
    seen_mtime_ns: int
    size: int
    xxh128: bytes
    sha1: bytes
    mtime_ns: int
    names: int

    @property
    def digest(self) -> Digest:
        """The content."""
        return Digest(self.size, self.xxh128, self.sha1)
