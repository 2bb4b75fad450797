"""Mounted file systems and what they stand on (Linux; elsewhere by `foreign_volumes`, with a weaker identity)."""

import os
import sys
from collections.abc import Iterable
from dataclasses import replace

from ingest.disk.devices import NUMBERLESS, block_numbers, devices_of
from ingest.disk.fs_rules import may_hang
from ingest.disk.labels import uuid_and_label
from ingest.disk.mountinfo import Mount, mount_of, read_mounts
from ingest.model.names import base_of, display
from ingest.model.places import Volume

_MOUNTINFO = "/proc/self/mountinfo"


def volume_of(path: bytes, *, named: bool = True) -> Volume:
    """The volume on which `path` lies. A link is followed: the caller chose that path.

    named: also find its uuid and label, for which another program may have to be asked; else both are "".

    Raises:
        OSError: there is no such path, or the medium or server does not answer.
    """
    if sys.platform != "linux":
        from ingest.disk.foreign_volumes import foreign_volume_of  # psutil is not needed on Linux

        return foreign_volume_of(path)
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        st_dev, room = os.fstat(fd).st_dev, os.fstatvfs(fd)
        mount = mount_of(_mounts(), os.path.realpath(path), _mount_id(fd), st_dev)
    finally:
        os.close(fd)
    return _volume(mount or _not_told(st_dev), st_dev, room, named=named)


def list_volumes(*, ask_network: bool = False, before: Iterable[Volume] | None = None) -> list[Volume]:
    """Every mounted volume that holds files on a medium or a server, each file system once, in mount order.

    ask_network: also ask network and FUSE mounts for their room, which may hang on a dead one; otherwise their size
    and free are 0. A medium that does not answer is left out.
    before: what the last look gave, for who looks again and again. One that does not tell its name in time is then what
    it was; a new one is left out, so that it does not seem to be another one as soon as it tells.
    """
    if sys.platform != "linux":
        from ingest.disk.foreign_volumes import foreign_volumes

        return foreign_volumes()
    found = []
    for mount in _once_each(_mounts()):
        try:
            room = None if may_hang(mount.fs_type) and not ask_network else os.statvfs(mount.mount)
        except OSError:
            continue
        try:
            found.append(_volume(mount, mount.st_dev, room, in_time=before is not None))
        except TimeoutError:
            found += [
                replace(_volume(mount, mount.st_dev, room, named=False), uuid=known.uuid, label=known.label)
                for known in before or ()
                if (known.mount, known.st_dev) == (mount.mount, mount.st_dev)
            ]
    return found


def _once_each(mounts: Iterable[Mount]) -> list[Mount]:
    """The mounts that a person would call a drive: the widest one of each file system, none that is covered."""
    on_top = {mount.mount: mount for mount in mounts}  # a later mount covers an earlier one at the same place
    chosen: dict[int, Mount] = {}
    for mount in on_top.values():
        known = chosen.get(mount.st_dev)
        if _holds_files(mount) and (known is None or len(mount.root) < len(known.root)):
            chosen[mount.st_dev] = mount
    return list(chosen.values())


def _holds_files(mount: Mount) -> bool:
    return bool(os.major(mount.st_dev)) or mount.fs_type in NUMBERLESS or may_hang(mount.fs_type)


def _mounts() -> list[Mount]:
    try:
        with open(_MOUNTINFO, "rb") as file:
            return read_mounts(file.read())
    except OSError:  # no /proc: nothing can be known, so nothing will be proven
        return []


def _mount_id(fd: int) -> int | None:
    """The mount of an open descriptor. Source: proc_pid_fdinfo(5)."""
    try:
        with open(f"/proc/self/fdinfo/{fd}", "rb") as file:
            fields = dict(line.split(b":", 1) for line in file.read().splitlines() if b":" in line)
        return int(fields[b"mnt_id"])
    except (OSError, KeyError, ValueError):
        return None


def _not_told(st_dev: int) -> Mount:
    return Mount(0, st_dev, b"/", b"/", "unknown", b"", ())


def _volume(
    mount: Mount, st_dev: int, room: os.statvfs_result | None, *, named: bool = True, in_time: bool = False
) -> Volume:
    numbers = block_numbers(mount, st_dev) if named else ()
    uuid, label = "", None if named else ""
    if numbers:
        fsid = room.f_fsid if room else 0
        uuid, label = uuid_and_label(numbers[0], mount.source, mount.fs_type, fsid, in_time=in_time)
    return Volume(
        mount=mount.mount,
        fs_type=mount.fs_type,
        source=display(mount.source),
        st_dev=st_dev,
        uuid=uuid,
        label=display(base_of(mount.mount)) if label is None else label,
        devices=devices_of(mount, st_dev),
        size=room.f_blocks * room.f_frsize if room else 0,
        free=room.f_bavail * room.f_frsize if room else 0,
        read_only="ro" in mount.options,
        options=mount.options,
    )
