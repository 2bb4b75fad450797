"""Real file systems on loop devices for tests: each one is a physical device of its own to Safelight."""

import contextlib
import ctypes
import os
import select
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

_MKFS = {
    "ext4": (["mkfs.ext4", "-q", "-F", "-m", "0"], "-L"),
    "xfs": (["mkfs.xfs", "-q", "-f"], "-L"),
    "btrfs": (["mkfs.btrfs", "-q", "-f"], "-L"),
    "vfat": (["mkfs.vfat", "-F", "32"], "-n"),
    "exfat-fuse": (["mkfs.exfat"], "-L"),
}


def _missing() -> str:
    """Why loop devices cannot be used here, "" when they can."""
    if os.geteuid() != 0:
        return "loop devices need root"
    absent = [tool for tool in ("losetup", "mount", "umount", "mkfs.ext4") if not shutil.which(tool)]
    if absent:
        return f"needs {', '.join(absent)}"
    return "" if Path("/dev/loop-control").exists() else "needs /dev/loop-control"


needs_loops = pytest.mark.skipif(bool(_missing()), reason=_missing() or "loop devices work")


@dataclass(frozen=True, slots=True)
class LoopDisk:
    """mnt: where it is mounted. device: "/dev/loop3". image: the file that holds it. fs: as it was asked for."""

    mnt: Path
    device: str
    image: Path
    fs: str

    def mount(self, options: str = "") -> None:
        """Plug it in, as a card or a drive."""
        self.mnt.mkdir(parents=True, exist_ok=True)
        wanted = ["-o", options] if options else []
        if self.fs == "exfat-fuse":
            run("mount.exfat-fuse", *wanted, self.device, self.mnt)
        else:
            self._mount_when_free("mount", "-t", self.fs, *wanted, self.device, self.mnt)

    @staticmethod
    def _mount_when_free(*command: str | Path) -> None:
        """A program with mounts of its own, a browser, may hold for a moment what is mounted here no more."""
        for _ in range(100):
            try:
                return run(*command)
            except RuntimeError as error:
                if "busy" not in str(error):
                    raise
                time.sleep(0.1)
        return run(*command)

    def unmount(self) -> None:
        """Pull it; whoever still has files open there keeps them, the path is an ordinary folder again."""
        if subprocess.run(["umount", self.mnt], capture_output=True, check=False).returncode:
            run("umount", "-l", self.mnt)


@contextlib.contextmanager
def loop_disk(folder: Path, size_mb: int, fs: str = "ext4", label: str = "") -> Iterator[LoopDisk]:
    """An empty file system of `size_mb` MiB below `folder`, mounted; everything is taken down again at the end.

    Several may share one folder. Raises RuntimeError with the tool's words where one fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = sum(1 for _ in folder.glob("disk*.img"))
    image, mnt = folder / f"disk{number}.img", folder / f"mnt{number}"
    with image.open("wb") as file:
        file.truncate(size_mb << 20)
    make, label_option = _MKFS[fs]
    run(*make, *([label_option, label] if label else []), image)
    with attached(image) as device:
        disk = LoopDisk(mnt, device, image, fs)
        disk.mount()
        try:
            yield disk
        finally:
            if os.path.ismount(mnt):
                disk.unmount()


@contextlib.contextmanager
def attached(image: Path, *options: str) -> Iterator[str]:
    """A loop device over `image`; gives its name. options: of losetup, e.g. "--offset=1048576"."""
    device = _attach(image, options)
    try:
        yield device
    finally:
        subprocess.run(["losetup", "-d", device], capture_output=True, check=False)


def _attach(image: Path, options: Sequence[str]) -> str:
    for _ in range(20):  # another process may take the free device that losetup has just found
        done = subprocess.run(["losetup", "-f", "--show", *options, image], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
        time.sleep(0.1)
    raise RuntimeError(f"losetup: {done.stderr.strip()}")


def run(*command: str | Path) -> None:
    """Run a system tool; RuntimeError with its words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


@contextlib.contextmanager
def frozen(disk: LoopDisk) -> Iterator[None]:
    """Within it every write to the disk waits for ever, and cannot be killed: as on a NAS that hangs."""
    run("fsfreeze", "-f", disk.mnt)
    try:
        yield
    finally:
        run("fsfreeze", "-u", disk.mnt)


class SilentMount:
    """A FUSE mount that takes every question and answers none: whoever looks at it cannot even be killed."""

    _OPCODE_INIT, _ANSWER = 26, struct.Struct("<IiQIIIIHHIIHHI7I")

    def __init__(self, mnt: Path) -> None:
        mnt.mkdir(parents=True, exist_ok=True)
        self.mnt = mnt
        self._fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self._fd},rootmode=40000,user_id=0,group_id=0,allow_other"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"silent", os.fsencode(mnt), b"fuse", 0, options.encode()):
            os.close(self._fd)
            raise RuntimeError(f"mount: {os.strerror(ctypes.get_errno())}")
        self._ends = threading.Event()
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()

    def _listen(self) -> None:
        while not self._ends.is_set():
            if not select.select([self._fd], [], [], 0.1)[0]:
                continue
            _, opcode, unique = struct.unpack_from("<IIQ", os.read(self._fd, 1 << 20))
            if opcode == self._OPCODE_INIT:
                answer = (self._ANSWER.size, 0, unique, 7, 31, 0, 0, 12, 10, 4096, 1, 1, 0, 0, *[0] * 7)
                os.write(self._fd, self._ANSWER.pack(*answer))

    def close(self) -> None:
        """Everybody who waits gets an error, as when the server is given up."""
        self._ends.set()
        self._ear.join()
        os.close(self._fd)
        run("umount", "-l", self.mnt)
