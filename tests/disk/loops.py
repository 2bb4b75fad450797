"""Real file systems on loop devices for tests: each one is a physical device of its own to Safelight."""

import contextlib
import os
import shutil
import subprocess
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
            run("mount", "-t", self.fs, *wanted, self.device, self.mnt)

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
