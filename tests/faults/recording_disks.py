"""Several block devices with one clock: each write and flush of any of them is remembered in the order it came.

A program of its own: `recording_disks.py IMAGES MOUNTPOINT SOCKET`; each file of the folder IMAGES is a disk of that
name below MOUNTPOINT, to be attached as a loop device. Commands: start (base: a folder that becomes the disks as they
are), points, save (out). Unmounting ends it. `replay` makes the disks as they were when all lost power at one moment.
"""

import logging
import os
import pickle
import random
import stat
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fault_rules import SECTOR, serve
from mfusepy import FUSE, Operations

Event = tuple[str, int, bytes | None]  # (disk, offset, bytes); None for a flush
_MIB = 1 << 20


class RecordingDisks(Operations):
    """Calls are those of FUSE; paths are a slash and the name of a disk."""

    use_ns = True

    def __init__(self, images: Path) -> None:
        self._images = images
        self._fds = {path.name: os.open(path, os.O_RDWR) for path in sorted(images.iterdir())}
        self._log: list[Event] | None = None
        self._guard = threading.RLock()

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path[1:] not in self._fds:
            raise FileNotFoundError(2, path)
        size = os.fstat(self._fds[path[1:]]).st_size
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": size}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *self._fds]

    def open(self, path: str, flags: int) -> int:
        return self._fds[path[1:]]

    def statfs(self, path: str) -> dict[str, int]:
        return {"f_bsize": 4096, "f_blocks": _MIB, "f_bfree": _MIB, "f_bavail": _MIB}

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        with self._guard:
            os.pwrite(fh, data, offset)
            self._note(path, offset, bytes(data))
        return len(data)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        with self._guard:
            self._note(path, 0, None)

    def flush(self, path: str, fh: int) -> None:
        """A close of a disk says nothing about the disk."""

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        """A disk keeps its size."""

    def fallocate(self, path: str, mode: int, offset: int, length: int, fh: int) -> None:
        """Discards and zeroing: zeros are written, so that the log holds them."""
        for start in range(offset, offset + length, _MIB):
            self.write(path, bytes(min(_MIB, offset + length - start)), start, fh)

    def _note(self, path: str, offset: int, data: bytes | None) -> None:
        if self._log is not None:
            self._log.append((path[1:], offset, data))

    def control(self, message: dict[str, Any]) -> object:
        with self._guard:
            match message:
                case {"cmd": "start", "base": str(base)}:
                    subprocess.run(["cp", "-r", "--sparse=always", self._images, base], check=True)
                    self._log = []
                    return "ok"
                case {"cmd": "points"}:
                    return len(self._log or ())
                case {"cmd": "save", "out": str(out)}:
                    Path(out).write_bytes(pickle.dumps(self._log))
                    return "ok"
        return None


def replay(
    base: Path, events: list[Event], out: Path, mode: str, seed: int, lies: Mapping[str, int] | None = None
) -> None:
    """The disks as a cut behind these events leaves them, as a new folder `out`.

    mode: what no flush covers is "lost", or a seeded part of it is there at "random", in whole or to a sector, or it
    is all there ("kept"). lies: disk -> the event from which on its flushes did nothing.
    """
    subprocess.run(["cp", "-r", "--sparse=always", base, out], check=True)
    lies = lies or {}
    flushes = ((place, disk) for place, (disk, _, data) in enumerate(events) if data is None)
    flushed = {disk: place for place, disk in flushes if place < lies.get(disk, len(events))}
    dice = random.Random(seed)
    fds = {path.name: os.open(path, os.O_RDWR) for path in out.iterdir()}
    for place, (disk, offset, data) in enumerate(events):
        if data is None:
            continue
        if place > flushed.get(disk, -1) and mode != "kept":
            data = _what_is_left(data, dice) if mode == "random" else b""
        os.pwrite(fds[disk], data, offset)
    for fd in fds.values():
        os.close(fd)


def _what_is_left(data: bytes, dice: random.Random) -> bytes:
    draw = dice.random()
    if draw < 0.5:
        return data
    return data[: dice.randrange(len(data) // SECTOR + 1) * SECTOR] if draw < 0.6 else b""


def main() -> None:
    images, mountpoint, socket_path = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    served = RecordingDisks(Path(images))
    serve(socket_path, served.control)
    FUSE(served, mountpoint, foreground=True, nothreads=False, direct_io=True, fsname="recording-disks")


if __name__ == "__main__":
    main()
