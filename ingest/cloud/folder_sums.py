"""What a folder store knows of its files: the SHA-1 of each, in small files of its own below `.safelight/sums/`.

They are no truth, only what saves reading everything again: one that is lost, torn, or of a file that looks otherwise
by now (size, time of change) is made anew from the file itself.
"""

import contextlib
import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass

from ingest.disk.folders import FolderCache, open_folder

SUMS = b".safelight/sums"
_COARSEST = 2_000_000_000  # ns: FAT keeps a time of change to two seconds, and shows it finer until it is mounted anew


@dataclass(frozen=True, slots=True)
class Sum:
    """Of one file. sha1: hex. verified: computed from what came back around the cache. at: seconds since 1970 UTC."""

    key: str
    size: int
    mtime_ns: int
    sha1: str
    verified: bool
    at: float

    def is_of(self, key: str, info: os.stat_result) -> bool:
        """The file still looks as it did."""
        same_time = abs(info.st_mtime_ns - self.mtime_ns) < _COARSEST
        return self.key == key and self.size == info.st_size and same_time


def read_sum(root_fd: int, key: str) -> Sum | None:
    """What is noted of a key; None where nothing can be read."""
    folder, name = _where(key)
    cache = FolderCache(root_fd)
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=cache.open(folder))
    except OSError:
        return None
    finally:
        cache.close()
    try:
        found = json.loads(os.read(fd, 1 << 16))
        return Sum(**found)
    except (OSError, ValueError, TypeError):
        return None
    finally:
        os.close(fd)


def write_sum(root_fd: int, new: Sum) -> None:
    """Note it; what cannot be written is computed again when it is wanted."""
    folder, name = _where(new.key)
    temporary = b"new-" + secrets.token_hex(8).encode()
    with contextlib.suppress(OSError):
        folder_fd = open_folder(root_fd, folder)
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=folder_fd)
            try:
                os.write(fd, json.dumps(asdict(new)).encode() + b"\n")
            finally:
                os.close(fd)
            os.rename(temporary, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
        finally:
            os.close(folder_fd)


def _where(key: str) -> tuple[bytes, bytes]:
    mark = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest().encode()
    return SUMS + b"/" + mark[:2], mark[2:42] + b".json"
