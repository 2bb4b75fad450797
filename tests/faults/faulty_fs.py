"""A FUSE file system that hands everything to a folder, fails by rule, and can lose its power.

A program of its own: `faulty_fs.py BACKING MOUNTPOINT SOCKET [OPTION...]`; unmounting ends it. Commands beside those of
`fault_rules`: space (bytes), powercut (mode, seed), smb (from now on as a NAS by SMB: a flush of a folder says yes and
does nothing, that of a file through a writable descriptor makes its name durable too). Needs libfuse3 by
FUSE_LIBRARY_NAME=fuse3, and mfusepy. An attribute called `lock` would be taken for the callback of that name. The flags
of renameat2 get lost: that nothing is replaced is seen to by the kernel's lookup alone.
"""

import errno
import fcntl
import logging
import os
import sys
from pathlib import Path
from typing import Any

from after_power_cut import Durable
from fault_rules import Rules, damaged, serve
from mfusepy import FUSE, Operations

_STAT = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid", "st_ino", "st_blocks")
_ROOM = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_frsize", "f_namemax")


class FaultyFs(Operations):
    """Calls are those of FUSE; paths begin with a slash."""

    use_ns = True

    def __init__(self, durable: Durable) -> None:
        self.durable, self.rules = durable, Rules()
        self.space: int | None = None  # bytes that may still be written
        self.is_smb = False

    def _real(self, path: str) -> str:
        return self.durable.live + path

    # -- names ----------------------------------------------------------------------------------------------------
    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        self.rules.apply("getattr", path)
        info = os.lstat(self._real(path))
        times = {"st_mtime": info.st_mtime_ns, "st_atime": info.st_atime_ns, "st_ctime": info.st_ctime_ns}
        return {**{name: getattr(info, name) for name in _STAT}, **times}

    def readdir(self, path: str, fh: int) -> list[str]:
        self.rules.apply("readdir", path)
        return [".", "..", *os.listdir(self._real(path))]

    def readlink(self, path: str) -> str:
        return os.readlink(self._real(path))

    def mkdir(self, path: str, mode: int) -> None:
        self.rules.apply("mkdir", path)
        os.mkdir(self._real(path), mode)

    def rmdir(self, path: str) -> None:
        os.rmdir(self._real(path))

    def unlink(self, path: str) -> None:
        self.rules.apply("unlink", path)
        os.unlink(self._real(path))

    def symlink(self, target: str, source: str) -> None:
        os.symlink(source, self._real(target))

    def link(self, target: str, source: str) -> None:
        self.rules.apply("link", target)
        os.link(self._real(source), self._real(target))

    def rename(self, old: str, new: str) -> None:
        if not self.rules.apply("rename", old):
            os.rename(self._real(old), self._real(new))

    def chmod(self, path: str, mode: int) -> None:
        os.chmod(self._real(path), mode)

    def chown(self, path: str, uid: int, gid: int) -> None:
        os.chown(self._real(path), uid, gid, follow_symlinks=False)

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> None:
        self.rules.apply("utimens", path)
        if times:
            os.utime(self._real(path), ns=times, follow_symlinks=False)
        else:
            os.utime(self._real(path), follow_symlinks=False)

    def statfs(self, path: str) -> dict[str, int]:
        room = os.statvfs(self.durable.live)
        answer = {name: getattr(room, name) for name in _ROOM}
        if self.space is not None:
            answer["f_bavail"] = answer["f_bfree"] = self.space // room.f_frsize
        return answer

    # -- bytes ----------------------------------------------------------------------------------------------------
    def open(self, path: str, flags: int) -> int:
        self.rules.apply("open", path)
        flags &= ~(os.O_DIRECT | os.O_APPEND | os.O_NOFOLLOW)
        if flags & os.O_ACCMODE == os.O_WRONLY:  # the kernel reads the rest of a page that is written in part
            flags = (flags & ~os.O_ACCMODE) | os.O_RDWR
        fd = os.open(self._real(path), flags)
        if flags & os.O_TRUNC:
            self.durable.dirty(fd)
        return fd

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        self.rules.apply("create", path)
        fd = os.open(self._real(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        self.durable.forget(fd)
        return fd

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        data = os.pread(fh, size, offset)
        return damaged(self.rules.apply("read", path, offset, size, data), data)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        rule = self.rules.apply("write", path, offset, len(data), data)
        length, data = len(data), damaged(rule, data, lambda: os.pread(fh, len(data), offset))
        if self.space is not None:
            if not self.space and data:
                raise OSError(errno.ENOSPC, "scripted")
            data = data[: self.space]
            length = len(data)
            self.space -= length
        self.durable.dirty(fh)
        os.pwrite(fh, data, offset)
        return length

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        self.rules.apply("truncate", path)
        fd = os.open(self._real(path), os.O_WRONLY)
        try:
            self.durable.dirty(fd)
            os.ftruncate(fd, length)
        finally:
            os.close(fd)

    def flush(self, path: str, fh: int) -> None:
        """What it raises is what close() answers."""
        self.rules.apply("flush", path)

    def release(self, path: str, fh: int) -> None:
        os.close(fh)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        if self.rules.apply("fsync", path):
            return
        is_writable = fcntl.fcntl(fh, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
        if not self.is_smb or is_writable:
            self.durable.sync_file(self._real(path))
        if self.is_smb and is_writable:
            self.durable.sync_name(self._real(path))

    def fsyncdir(self, path: str, datasync: int, fh: int) -> None:
        if not self.rules.apply("fsyncdir", path) and not self.is_smb:
            self.durable.sync_folder(self._real(path))

    # -- commands -------------------------------------------------------------------------------------------------
    def control(self, message: dict[str, Any]) -> object:
        match message:
            case {"cmd": "space", "bytes": count}:
                self.space = count
                return "ok"
            case {"cmd": "smb"}:
                self.is_smb = True
                return "ok"
            case {"cmd": "powercut", "mode": mode, **rest}:
                return self.durable.power_cut(mode, rest.get("seed"))
            case {"cmd": "clear"}:
                self.space = None
        return self.rules.control(message)


def main() -> None:
    backing, mountpoint, socket_path, *options = sys.argv[1:]
    logging.disable(logging.CRITICAL)
    served = FaultyFs(Durable(Path(backing), seed=1))
    serve(socket_path, served.control)
    wanted = {name: value or True for name, _, value in (option.partition("=") for option in options)}
    FUSE(
        served, mountpoint, foreground=True, nothreads=False, default_permissions=True, fsname="faulty",
        subtype="faulty", **wanted,
    )  # fmt: skip


if __name__ == "__main__":
    main()
