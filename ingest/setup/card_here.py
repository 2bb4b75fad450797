"""A few names of the card that is in the reader, for examples."""

import contextlib
import os
from datetime import datetime

from ingest.card.find import is_card
from ingest.disk.fs_rules import may_hang
from ingest.disk.volumes import list_volumes
from ingest.plan.preview import Sample

_MOST = 3


def samples_here() -> tuple[str, tuple[Sample, ...]]:
    """The first card's label, and some of its pictures with the time of their file system; "" and () for none."""
    for volume in list_volumes():
        with contextlib.suppress(OSError):
            if volume.mount == b"/" or may_hang(volume.fs_type) or not is_card(volume):
                continue
            found = _pictures(volume.mount)
            if found:
                return volume.label or "the card", found
    return "", ()


def _pictures(mount: bytes) -> tuple[Sample, ...]:
    found: list[Sample] = []
    dcim = next((name for name in os.listdir(mount) if name.upper() == b"DCIM"), b"")
    for folder in sorted(os.listdir(os.path.join(mount, dcim))) if dcim else ():
        with contextlib.suppress(NotADirectoryError), os.scandir(os.path.join(mount, dcim, folder)) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith(b"."):
                    taken = datetime.fromtimestamp(entry.stat().st_mtime)  # noqa: DTZ006 - a wall clock is meant
                    found.append((os.path.join(dcim, folder, entry.name), taken, ""))
                if len(found) == _MOST:
                    return tuple(found)
    return tuple(found)
