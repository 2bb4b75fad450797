"""The barrier: after it returned, what was written is on the medium; what it refuses is lost and never asked again.

`syncfs` is a barrier on local ext4, xfs and btrfs only (measured: on NFS and SMB it returns success and flushes
nothing). Its descriptor must be open before the first write, since the error mark is sampled at open.
"""

import ctypes
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

_libc = ctypes.CDLL(None, use_errno=True)
_POOL = 16


def sync_filesystem(root_fd: int) -> None:
    """One `syncfs(2)` for everything written through that file system.

    Raises:
        OSError: a write-back since the descriptor was opened failed: every file of the batch is to be thrown away.
    """
    if _libc.syncfs(root_fd):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def sync_files(fds: Sequence[int]) -> list[OSError | None]:
    """Fsync of each descriptor, 16 at a time; for each the error or None. A failed one must not be asked again."""
    if len(fds) < 2:
        return [_sync(fd) for fd in fds]
    with ThreadPoolExecutor(min(_POOL, len(fds)), thread_name_prefix="fsync") as pool:
        return list(pool.map(_sync, fds))


def _sync(fd: int) -> OSError | None:
    try:
        os.fsync(fd)
    except OSError as error:
        return error
    return None
