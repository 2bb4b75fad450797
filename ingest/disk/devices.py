"""The physical things beneath a file system: what can fail, burn or be stolen as one.

Two places count as two only when their sets have nothing in common, so a set holds every name under which a thing may
be met (a NAS by name and by address), and what cannot be known is said to be any of this computer's disks. Wrong in
that direction costs a question; wrong in the other costs photographs.

A disk image on a loop device is a device of its own, as `loop:<st_dev>:<inode>` of the image: two images on one disk
count as two. Only people who know why use them (tests, and Safelight's own).
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterable

from ingest.disk.mountinfo import Mount

NUMBERLESS = frozenset({"btrfs", "bcachefs", "zfs"})  # on disks, although their st_dev names none
_RAM = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_HERE = re.compile(r"localhost|127\.[0-9.]+|::1|ip6-localhost")
_NO_DISK = re.compile(r"(loop|ram|zram|dm-|md|sr|fd|nbd)[0-9]")  # not physical, or none that can hold copies
UNKNOWN_DISK = "disk:unknown"


def devices_of(mount: Mount, st_dev: int, sys_root: str = "/sys") -> frozenset[str]:
    """What stands beneath a mount, e.g. {"disk:nvme0n1"}, {"nas:vault.local", "nas:192.168.1.5"}; never empty.

    st_dev: as stat tells it for the path in question. Nothing is asked of the file system itself.
    """
    blocks = Blocks(sys_root)
    hosts = nas_hosts(mount)
    if hosts:
        near = blocks.any_disk() if any(_HERE.fullmatch(host) for host in hosts) else frozenset()
        return frozenset(f"nas:{host}" for host in hosts) | near
    if mount.fs_type in _RAM:
        return frozenset({f"fs:{st_dev}"})
    numbers = block_numbers(mount, st_dev)
    if numbers:
        return frozenset().union(*(blocks.beneath(number) for number in blocks.with_btrfs_members(numbers)))
    return blocks.any_disk() | {f"fs:{st_dev}"}


def block_numbers(mount: Mount, st_dev: int) -> tuple[int, ...]:
    """The block devices that carry a mount: that of its files, or of its source where st_dev is anonymous (btrfs)."""
    for number in (st_dev, mount.st_dev):
        if os.major(number):
            return (number,)
    found = []
    for source in mount.source.split(b":") if mount.fs_type in NUMBERLESS else ():  # bcachefs names all its members
        with contextlib.suppress(OSError):
            info = os.stat(source)
            if stat.S_ISBLK(info.st_mode):
                found.append(info.st_rdev)
    return tuple(found)


def nas_hosts(mount: Mount) -> frozenset[str]:
    """The server of an NFS, SMB or SSH mount, by name and by address, in lower case; empty for all others."""
    source = mount.source.decode("utf-8", "backslashreplace")
    if mount.fs_type in ("nfs", "nfs4"):
        host = _before_colon(source)
    elif mount.fs_type == "fuse.sshfs":
        host = _before_colon(source.rpartition("@")[2])
    elif mount.fs_type in ("cifs", "smb3", "smbfs"):
        host = re.split(r"[/\\]", source.lstrip("/\\"))[0].rpartition("@")[2]
    else:
        return frozenset()
    names = (host, mount.option("addr"), mount.option("mountaddr"))
    return frozenset(name.strip("[]").rstrip(".").casefold() for name in names if name) or frozenset({"unknown"})


def _before_colon(source: str) -> str:
    return source[: source.find("]") + 1] if source.startswith("[") else source.partition(":")[0]


class Blocks:
    """The tree of block devices in sysfs. Source: sysfs-block and dm, md and loop documentation of the kernel."""

    def __init__(self, sys_root: str = "/sys") -> None:
        self._root = os.fsencode(sys_root)

    def beneath(self, number: int) -> frozenset[str]:
        """The disks beneath block device `number`: partitions, device-mapper, RAID and loop devices seen through."""
        found: set[str] = set()
        pending, seen = [self._folder(number)], set[bytes]()
        while pending:
            folder = pending.pop()
            if folder in seen:
                continue
            seen.add(folder)
            if os.path.exists(folder + b"/partition"):
                folder = os.path.dirname(folder)
            slaves = [os.path.realpath(folder + b"/slaves/" + name) for name in _entries(folder + b"/slaves")]
            pending += slaves
            if not slaves:
                found.add(self._name(folder))
        return frozenset(found or {UNKNOWN_DISK})

    def _folder(self, number: int) -> bytes:
        return os.path.realpath(self._root + b"/dev/block/%d:%d" % (os.major(number), os.minor(number)))

    @staticmethod
    def _name(folder: bytes) -> str:
        """One disk. All that sysfs does not know share a name, since they may be the same."""
        if not os.path.isdir(folder):
            return UNKNOWN_DISK
        image = _read(folder + b"/loop/backing_file")
        if not image:
            return "disk:" + os.path.basename(folder).decode("ascii", "backslashreplace")
        try:
            info = os.stat(image)
        except OSError:  # deleted, or where this process cannot see it
            return "loop:unknown"
        return f"loop:{info.st_dev}:{info.st_ino}"

    def any_disk(self) -> frozenset[str]:
        """Every physical disk of this computer: the answer where it cannot be known which one it is."""
        names = [name.decode("ascii", "backslashreplace") for name in _entries(self._root + b"/block")]
        return frozenset(f"disk:{name}" for name in names if not _NO_DISK.match(name)) or frozenset({UNKNOWN_DISK})

    def with_btrfs_members(self, numbers: Iterable[int]) -> set[int]:
        """The numbers, and those of all other members where one belongs to a btrfs over several devices."""
        wanted = set(numbers)
        pools = self._root + b"/fs/btrfs"
        for pool in _entries(pools):
            members = pools + b"/" + pool + b"/devices"
            texts = [_read(members + b"/" + name + b"/dev") for name in _entries(members)]
            devices = {os.makedev(*map(int, text.split(b":"))) for text in texts if text}
            if devices & wanted:
                wanted |= devices
        return wanted


def _entries(folder: bytes) -> list[bytes]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read(path: bytes) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read().removesuffix(b"\n")
    except OSError:
        return b""
