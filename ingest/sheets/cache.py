"""Small pictures that were made once, in the home: by content, bounded, each believed only as long as it is whole.

A picture that is lost is made again, so no flush is waited for. Behind each one stands its xxh128: what a power cut or
a dying disk left of it is noticed and made anew.
"""

import contextlib
import os
import secrets
import threading
import time
from pathlib import Path

import xxhash

LIMIT = 2_000_000_000  # bytes
_KEPT = 0.9  # of the limit, when room is made
_LOOKED_AFTER = 64 << 20  # bytes written here until the folder is measured again
_USED_ANEW = 86_400.0  # seconds; a picture that is used is marked so once a day
_ABANDONED = 3600.0  # seconds after which what was being written is nobody's any more
_DIGEST = 16
_BEING_WRITTEN = ".new-"


class Cache:
    """For several threads and processes at once. folder: made where it is missing. limit: bytes that it may hold."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._written = _LOOKED_AFTER  # measured at the first picture

    def get(self, key: str) -> bytes | None:
        """What was put under this key; None where there is none, or where it is damaged."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            if xxhash.xxh3_128_digest(data[:-_DIGEST]) != data[-_DIGEST:]:
                return None
            if time.time() - path.stat().st_mtime > _USED_ANEW:
                os.utime(path)
        except OSError:
            return None
        return data[:-_DIGEST]

    def put(self, key: str, data: bytes) -> None:
        """Keep it; a home that cannot be written costs the time to make it again, no more."""
        path = self._path(key)
        new = path.with_name(f"{_BEING_WRITTEN}{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.write_bytes(data + xxhash.xxh3_128_digest(data))
            new.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            return
        with self._lock:
            self._written += len(data)
            if self._written >= min(_LOOKED_AFTER, self._limit // 10):
                self._written = 0
                self._make_room()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def _make_room(self) -> None:
        """What was used longest ago goes, until there is room again."""
        found, now = [], time.time()
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                info = path.stat()
                if not path.name.startswith(_BEING_WRITTEN):
                    found.append((info.st_mtime, info.st_size, path))
                elif now - info.st_mtime > _ABANDONED:
                    path.unlink()
        held = sum(size for _, size, _ in found)
        if held <= self._limit:
            return
        for _, size, path in sorted(found):
            with contextlib.suppress(OSError):
                path.unlink()
            held -= size
            if held <= self._limit * _KEPT:
                return
