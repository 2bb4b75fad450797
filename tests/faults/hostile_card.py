"""A FUSE card whose names are what a test says, even what no file system would hold.

A program of its own: `hostile_card.py MOUNTPOINT NAME...`; every name is a file of five bytes. The kernel itself
answers EIO for the whole listing when a name is empty or holds a slash. Unmounting ends it.
"""

import logging
import stat
import sys

from mfusepy import FUSE, Operations

CONTENT = b"hello"


class HostileCard(Operations):
    """Calls are those of FUSE."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        if path in ("/", "/DCIM"):
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        return {"st_mode": stat.S_IFREG | 0o644, "st_nlink": 1, "st_size": len(CONTENT)}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *(["DCIM"] if path == "/" else self.names)]

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return CONTENT[offset : offset + size]


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    FUSE(HostileCard(sys.argv[2:]), sys.argv[1], foreground=True, fsname="hostile-card")
