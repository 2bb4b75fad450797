"""Volumes on macOS and Windows, by psutil: a weaker identity, and said so. Nobody has measured these systems yet.

There is no file system id, so a card is known by its label and size alone; a device is the name that the system gives
it, on macOS without the number of the slice. Two APFS containers of one disk therefore look like two devices there.
"""

import os
import re

import psutil

from ingest.disk.mountinfo import is_inside
from ingest.model.names import base_of, display
from ingest.model.places import Volume

_SLICE = re.compile(r"^/dev/(r?disk[0-9]+)(s[0-9]+)*$")


def foreign_volumes() -> list[Volume]:
    """Every mounted volume that psutil calls physical; one that does not answer is left out."""
    found = []
    for part in psutil.disk_partitions(all=False):
        try:
            usage = psutil.disk_usage(part.mountpoint)
        except OSError:
            continue
        found.append(_volume(part.device, part.mountpoint, part.fstype, part.opts, usage.total, usage.free))
    return found


def foreign_volume_of(path: bytes) -> Volume:
    """The volume on which `path` lies; one that is not listed (a network drive) has a device of its own.

    Raises:
        OSError: there is no such path.
    """
    real = os.path.realpath(path)
    os.stat(real)
    above = [volume for volume in foreign_volumes() if is_inside(_slashes(real), _slashes(volume.mount))]
    if above:
        return max(above, key=lambda volume: len(volume.mount))
    usage = psutil.disk_usage(os.fsdecode(real))
    root = os.path.splitdrive(os.fsdecode(real))[0] or "/"
    return _volume(root, root, "unknown", "", usage.total, usage.free)


def _slashes(path: bytes) -> bytes:
    """Windows: one kind of separator and one case; nothing changes elsewhere."""
    return os.path.normcase(path).replace(b"\\", b"/") if os.name == "nt" else path


def _volume(device: str, mount: str, fs_type: str, options: str, size: int, free: int) -> Volume:
    given = tuple(filter(None, options.split(",")))
    slice_of = _SLICE.match(device)
    return Volume(
        mount=os.fsencode(mount),
        fs_type=fs_type.lower(),
        source=device,
        st_dev=os.stat(mount).st_dev,
        uuid="",
        label=display(base_of(_slashes(os.fsencode(mount)).rstrip(b"/"))),
        devices=frozenset({f"disk:{slice_of[1] if slice_of else device}"}),
        size=size,
        free=free,
        read_only="ro" in given,
        options=given,
    )
