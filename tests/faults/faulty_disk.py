"""A block device that fails by rule, lies about its flushes and can lose its power, without device-mapper.

A program of its own: `faulty_disk.py IMAGE MOUNTPOINT SOCKET`; the disk is the file MOUNTPOINT/disk, to be attached as
a loop device, whose driver makes an fsync of every flush. Unmounting ends it. Commands beside those of `fault_rules`:
lieflush (on), startlog (base), powercut (out, mode, seed). Needs libfuse3 by FUSE_LIBRARY_NAME=fuse3, and mfusepy.
"""

import logging
import os
import random
import stat
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from fault_rules import SECTOR, Rules, damaged, serve
from mfusepy import FUSE, Operations

_FLUSH = None  # in the log, among the (offset, bytes) of the writes
Entry = tuple[int, bytes] | None
_MIB = 1 << 20


class FaultyDisk(Operations):
    """Calls are those of FUSE, on the one file."""

    use_ns = True

    def __init__(self, image: str) -> None:
        self.image, self.fd = image, os.open(image, os.O_RDWR)
        self.size = os.fstat(self.fd).st_size
        self.rules, self.is_lying = Rules(), False
        self._base, self._log = "", list[Entry]()
        self._guard = threading.RLock()

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path == "/disk":
            return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": self.size}
        raise FileNotFoundError(2, path)

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", "disk"]

    def open(self, path: str, flags: int) -> int:
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        return {"f_bsize": 4096, "f_blocks": _MIB, "f_bfree": _MIB, "f_bavail": _MIB}

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        data = os.pread(self.fd, size, offset).ljust(min(size, max(0, self.size - offset)), b"\0")
        return damaged(self.rules.apply("read", path, offset, size, data), data)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        rule = self.rules.apply("write", path, offset, len(data), data)
        self._put(offset, damaged(rule, bytes(data), lambda: os.pread(self.fd, len(data), offset)))
        return len(data)

    def _put(self, offset: int, data: bytes) -> None:
        with self._guard:
            if self._base:
                self._log.append((offset, data))
            os.pwrite(self.fd, data, offset)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        if self.rules.apply("flush", path) or self.is_lying:
            return
        with self._guard:
            if self._base:
                self._log.append(_FLUSH)

    def flush(self, path: str, fh: int) -> None:
        """A close of the disk file says nothing about the disk."""

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        """A disk keeps its size."""

    def fallocate(self, path: str, mode: int, offset: int, length: int, fh: int) -> None:
        """Discards and zeroing: zeros are written, so that the log holds them."""
        for start in range(offset, offset + length, _MIB):
            self._put(start, bytes(min(_MIB, offset + length - start)))

    # -- the log --------------------------------------------------------------------------------------------------
    def start_log(self, base: str) -> None:
        """From now on every write is remembered; `base` becomes the disk as it is."""
        with self._guard:
            _clone(self.image, base)
            self._base, self._log = base, []

    def power_cut(self, out: str, mode: str, seed: int = 0) -> dict[str, int]:
        """The disk after a cut now, as the image `out`: what no flush covers is lost, or torn at "random"."""
        with self._guard:
            last = max((place for place, entry in enumerate(self._log) if entry is _FLUSH), default=-1)
            kept, tail = ([one for one in part if one] for part in (self._log[: last + 1], self._log[last + 1 :]))
            _clone(self._base, out)
            fd = os.open(out, os.O_RDWR)
            for offset, data in (*kept, *(_torn(tail, random.Random(seed)) if mode == "random" else ())):
                os.pwrite(fd, data, offset)
            os.close(fd)
            return {"durable": len(kept), "volatile": len(tail)}

    def control(self, message: dict[str, Any]) -> object:
        match message:
            case {"cmd": "lieflush", "on": bool(on)}:
                self.is_lying = on
            case {"cmd": "startlog", "base": str(base)}:
                self.start_log(base)
            case {"cmd": "powercut", "out": str(out), "mode": str(mode), **rest}:
                return self.power_cut(out, mode, int(rest.get("seed", 0)))
            case _:
                return self.rules.control(message)
        return "ok"


def _clone(source: str, target: str) -> None:
    subprocess.run(["cp", "--sparse=always", source, target], check=True)


def _torn(tail: Iterable[tuple[int, bytes]], dice: random.Random) -> Iterator[tuple[int, bytes]]:
    for offset, data in tail:
        draw = dice.random()
        if draw < 0.5:
            yield offset, data
        elif draw < 0.6:
            yield offset, data[: dice.randrange(len(data) // SECTOR + 1) * SECTOR]


def main() -> None:
    image, mountpoint, socket_path = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    served = FaultyDisk(image)
    serve(socket_path, served.control)
    FUSE(served, mountpoint, foreground=True, nothreads=False, direct_io=True, fsname="faulty-disk")


if __name__ == "__main__":
    main()
