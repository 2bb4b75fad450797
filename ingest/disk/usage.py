"""How much of a card's file system is taken, where it can be said which files it should be taken by."""

import os
from dataclasses import dataclass

from ingest.model.places import Volume

# The inode of a file system's own root: a folder of it that is bound elsewhere as a mount has another one, and there
# what is used belongs to more than the folder. Kernel: EXT4_ROOT_INO, MSDOS_ROOT_INO, EXFAT_ROOT_INO, FUSE_ROOT_ID
# (exfat-fuse; ntfs-3g tells 5, NTFS' own, and is left out: NTFS keeps more for itself than is allowed for).
_ROOTS = {"ext4": 2, "vfat": 1, "exfat": 1, "fuseblk": 1}


@dataclass(frozen=True, slots=True)
class Usage:
    """used: bytes that the file system has given away. cluster: bytes that it gives at once. size: bytes in all."""

    used: int
    cluster: int
    size: int


def usage_of(root: bytes, volume: Volume) -> Usage | None:
    """What is used of a card that is a whole volume; None for any other and where it is not known. Never raises."""
    if root != volume.mount or volume.fs_type not in _ROOTS:
        return None
    try:
        room, info = os.statvfs(root), os.stat(root)
    except OSError:
        return None
    if info.st_ino != _ROOTS[volume.fs_type] or room.f_frsize <= 0 or room.f_bfree > room.f_blocks:
        return None
    return Usage((room.f_blocks - room.f_bfree) * room.f_frsize, room.f_frsize, room.f_blocks * room.f_frsize)
