"""A small file that is either wholly there or not at all."""

import contextlib
import os
import re

from ingest.disk.publish import publish

_TEMPORARY = re.compile(rb"\.safelight-[0-9a-f]{32}")


def write_durably(folder: bytes, name: bytes, data: bytes, *, replace: bool) -> None:
    """Write `data` as `folder/name`: temporary name in the same folder, fsync, rename, fsync of the folder.

    folder: absolute path, must exist. replace: False never touches an existing name.

    Raises:
        FileExistsError: the name is taken and `replace` is False.
        OSError: anything else; the temporary file is gone then.
    """
    import secrets  # with OpenSSL, for those who write

    folder_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    temporary = b".safelight-" + secrets.token_hex(16).encode()
    try:
        fd = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder_fd
        )
        try:
            try:
                _write_all(fd, data)
                os.fsync(fd)
            finally:
                os.close(fd)
            if replace:
                os.rename(temporary, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
            else:
                publish(folder_fd, temporary, folder_fd, name)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder_fd)
            raise
        _sync_name(folder_fd, name)
    finally:
        os.close(folder_fd)


def sweep_temporaries(folder_fd: int) -> None:
    """Remove what `write_durably` left in this folder when the power went or it was killed.

    The temporary file of a writer that is alive goes, too, and its `write_durably` raises FileNotFoundError: call it
    under the folder's lock, or where that writer can tell what became of it. What cannot be removed stays as litter.
    """
    with contextlib.suppress(OSError):
        for name in os.listdir(folder_fd):
            if _TEMPORARY.fullmatch(os.fsencode(name)):
                os.unlink(name, dir_fd=folder_fd)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_name(folder_fd: int, name: bytes) -> None:
    """Make the new name durable: by the folder on local file systems and NFS, by the *file*, writable, on SMB."""
    fd = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder_fd)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
    os.fsync(folder_fd)
