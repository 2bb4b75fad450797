"""Give a finished file its final name without ever replacing another one.

Which call works depends on the file system (measured: ext4, xfs, btrfs, SMB take renameat2; NFS and FUSE need link;
exFAT by FUSE has neither). "Not offered" means the next way is tried; EEXIST is an answer.
"""

import contextlib
import ctypes
import errno
import os

_libc = ctypes.CDLL(None, use_errno=True)
_RENAME_NOREPLACE = 1
_NOT_OFFERED = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EIO})


def publish(from_fd: int, temporary: bytes, to_fd: int, name: bytes) -> None:
    """Rename `temporary` (in folder `from_fd`) to `name` (in folder `to_fd`); both on one file system.

    Raises:
        FileExistsError: the name is taken, whatever is there is untouched and `temporary` still exists.
        OSError: any other failure; EXDEV when the folders are not on one file system.
    """
    for way in (_rename_noreplace, _link_then_unlink, _look_then_rename):
        try:
            way(from_fd, temporary, to_fd, name)
        except OSError as error:
            if error.errno in _NOT_OFFERED and way is not _look_then_rename:
                continue
            raise
        return


def _rename_noreplace(from_fd: int, temporary: bytes, to_fd: int, name: bytes) -> None:
    renameat2 = getattr(_libc, "renameat2", None)
    if renameat2 is None:
        raise OSError(errno.ENOSYS, "no renameat2")
    if renameat2(from_fd, temporary, to_fd, name, _RENAME_NOREPLACE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), name)


def _link_then_unlink(from_fd: int, temporary: bytes, to_fd: int, name: bytes) -> None:
    os.link(temporary, name, src_dir_fd=from_fd, dst_dir_fd=to_fd, follow_symlinks=False)
    with contextlib.suppress(OSError):  # the photograph has its name: a leftover temporary name is litter, not failure
        os.unlink(temporary, dir_fd=from_fd)


def _look_then_rename(from_fd: int, temporary: bytes, to_fd: int, name: bytes) -> None:
    """Last resort (exFAT by FUSE): the window between look and rename is covered by the session's final sweep."""
    try:
        os.stat(name, dir_fd=to_fd, follow_symlinks=False)
    except FileNotFoundError:
        ours = os.stat(temporary, dir_fd=from_fd, follow_symlinks=False)
        os.rename(temporary, name, src_dir_fd=from_fd, dst_dir_fd=to_fd)
        now = os.stat(name, dir_fd=to_fd, follow_symlinks=False)
        if now.st_size != ours.st_size:
            raise OSError(errno.EIO, "after the rename another file carries the name", name) from None
        return
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
