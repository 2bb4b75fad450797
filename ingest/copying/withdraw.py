"""Take back a copy of ours that holds wrong bytes: it leaves its final name and is kept aside, never deleted."""

import os
import secrets

from ingest.copying.destination import PRIVATE, Admitted, open_destination
from ingest.disk.folders import FolderCache, open_folder
from ingest.disk.publish import publish
from ingest.model.names import base_of, parent_of

SUSPECT = PRIVATE + b"/suspect"


def withdraw(admitted: Admitted, path: bytes) -> bytes:
    """Move `path` to `.safelight/suspect/` of its destination, durably; gives the new relative path.

    Raises:
        DestinationError: the destination is not there any more.
        OSError: the copy is not there or cannot be moved.
    """
    place = open_destination(admitted)
    try:
        return set_aside(place.root_fd, path)
    finally:
        place.close()


def set_aside(root_fd: int, path: bytes) -> bytes:
    """As `withdraw`, below a root that is open."""
    name = secrets.token_hex(4).encode() + b"-" + base_of(path)[-200:]
    aside_fd = open_folder(root_fd, SUSPECT)
    folders = FolderCache(root_fd)
    try:
        folder_fd = folders.open(parent_of(path))
        publish(folder_fd, base_of(path), aside_fd, name)
        os.fsync(aside_fd)
        os.fsync(folder_fd)
    finally:
        folders.close()
        os.close(aside_fd)
    return SUSPECT + b"/" + name
