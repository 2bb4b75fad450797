"""What each kind of file system needs to make a copy durable, and the strongest proof it can honestly give.

Measured for ext4, xfs, btrfs, vfat, NFS, SMB, the FUSE kinds and overlay on ext4; by reasoning only for exFAT in the
kernel, f2fs, FS-Cache and the barrier options. What is not in the table is treated with every care and proves nothing.
"""

from dataclasses import dataclass, replace

from ingest.model.copies import Method
from ingest.model.places import Volume


@dataclass(frozen=True, slots=True)
class FsRules:
    """How to write to a file system and what reading back from it proves.

    barrier_is_syncfs: one syncfs makes a whole batch durable; else each file is fsynced. A renamed file's name is
    durable by fsync of its folder (sync_folder), of the file again through a writable descriptor
    (sync_file_after_rename), or both; sync_staging: the folder it came from needs it too.
    proof_ceiling: the strongest method a read-back may claim, None where the cache cannot be bypassed.
    refused: why it must not hold copies at all, "" when it may.
    """

    barrier_is_syncfs: bool = False
    sync_folder: bool = True
    sync_file_after_rename: bool = True
    sync_staging: bool = False
    proof_ceiling: Method | None = None
    refused: str = ""


_CAREFUL = FsRules()
_JOURNALED = FsRules(barrier_is_syncfs=True, sync_file_after_rename=False, proof_ceiling=Method.DIRECT)
_ALONE = FsRules(sync_file_after_rename=False, proof_ceiling=Method.DIRECT)
_FAT = FsRules(proof_ceiling=Method.DIRECT)
_NFS = FsRules(sync_file_after_rename=False, proof_ceiling=Method.SERVED)
_SMB = FsRules(sync_folder=False, proof_ceiling=Method.SERVED)
_FUSE = FsRules(sync_file_after_rename=False)

_RULES = {
    "ext4": _JOURNALED,
    "ext3": _JOURNALED,  # the same driver
    "xfs": _JOURNALED,
    "btrfs": replace(_JOURNALED, sync_staging=True),
    "ext2": _ALONE,
    "f2fs": _ALONE,
    "overlay": _ALONE,  # hands every call to the file system of its upper layer, which decides what it can prove
    "vfat": _FAT,
    "msdos": _FAT,
    "exfat": _FAT,
    "nfs": _NFS,
    "nfs4": _NFS,
    "cifs": _SMB,
    "smb3": _SMB,
    "smbfs": _SMB,
    "fuseblk": _FUSE,
}

_CACHES_OF_ITS_OWN = frozenset(
    {
        "davfs",
        "fuse.davfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.gcsfuse",
        "fuse.goofys",
        "fuse.gvfsd-fuse",
        "fuse.onedriver",
    }
)
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "davfs", "afs", "ceph", "9p", "ncpfs", "lustre", "glusterfs", "autofs"}
)
_NO_FLUSH = {
    "nostrictsync": "every flush is ignored",
    "nobarrier": "a flush does not reach the disk",
    "barrier=0": "a flush does not reach the disk",
    "volatile": "nothing is ever flushed",
}


def rules_for(volume: Volume) -> FsRules:
    """The rules of a mounted file system, by its type and its mount options."""
    fs_type, source = volume.fs_type, volume.source
    if fs_type in _CACHES_OF_ITS_OWN or (fs_type == "fuse" and source.startswith(("http://", "https://"))):
        kind = "WebDAV" if "dav" in fs_type or fs_type == "fuse" else fs_type.removeprefix("fuse.")
        return replace(
            _FUSE, refused=f"{kind} keeps files in a cache of its own: what it calls written may not be there yet"
        )
    for option in volume.options:
        if option in _NO_FLUSH:
            return replace(_CAREFUL, refused=f"it is mounted with the option {option}: {_NO_FLUSH[option]}")
    rules = _RULES.get(fs_type, _FUSE if may_hang(fs_type) else _CAREFUL)
    if "fsc" in volume.options:  # FS-Cache: the client's own disk may answer instead of the server
        return replace(rules, proof_ceiling=None)
    return rules


def may_hang(fs_type: str) -> bool:
    """Whether merely looking at a mount can wait for another computer or program: network and FUSE, not `fuseblk`."""
    return fs_type in _NETWORK or fs_type == "fuse" or fs_type.startswith("fuse.")
