"""May the editor have this document open? Unknown counts as yes: it only selects the slower, safer way to read."""

import os
from collections.abc import Collection
from pathlib import Path

import psutil

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afpfs", "9p", "afs", "davfs", "webdav", "ceph", "glusterfs"}
)
_LOCK_BYTES = 4096


def may_be_open(document: Path, programs: Collection[str], lock: Path | None = None) -> bool:
    """True when one of `programs` runs here, a live lock stands beside, or another computer could have it open.

    programs: process names as the system shows them. lock: the editor's own lock file, if it writes one.
    """
    if on_share(document) or (lock is not None and lock_is_live(lock, programs)):
        return True
    wanted = {name.casefold() for name in programs}
    try:
        return any((process.info["name"] or "").casefold() in wanted for process in psutil.process_iter(["name"]))
    except (psutil.Error, OSError):
        return True


def on_share(document: Path) -> bool:
    """True for a network or user-space file system: what another computer does there cannot be seen from here."""
    best, kind = -1, ""
    try:
        place = os.path.realpath(document)
        for part in psutil.disk_partitions(all=True):
            if len(part.mountpoint) >= best and _beneath(place, part.mountpoint):
                best, kind = len(part.mountpoint), part.fstype.casefold()
    except (psutil.Error, OSError):
        return True
    return kind in _NETWORK or kind.startswith("fuse.") or place.startswith(("\\\\", "//"))


def _beneath(place: str, mount: str) -> bool:
    return place == mount or place.startswith(mount if mount.endswith(os.sep) else mount + os.sep)


def lock_is_live(lock: Path, programs: Collection[str]) -> bool:
    r"""Whether the process named in a lock file runs here and is one of `programs`.

    Source: Lightroom's `<executable path>\n<pid>\n`, darktable's `<pid>\0`. The file stays
    after a crash, so a dead pid, or one that went to another program since, is no lock. A lock that cannot be
    understood counts as live.
    """
    try:
        # A FIFO of that name is not waited for: it reads as empty, which is not understood.
        with open(os.open(lock, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            text = (file.read(_LOCK_BYTES) or b"").decode("utf-8", "replace")
    except FileNotFoundError:
        return False
    except OSError:
        return True
    lines = text.rstrip("\0").split()
    if not lines or not (lines[-1].isascii() and lines[-1].isdigit()) or len(lines[-1]) > 9:
        return True
    try:
        return psutil.Process(int(lines[-1])).name().casefold() in {name.casefold() for name in programs}
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, OSError):
        return True
