"""Puts up and takes down what fails: a faulty file system, a faulty disk with a real file system, a hostile card."""

import contextlib
import ctypes.util
import functools
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fault_rules import command
from loops import LoopDisk, attached, run

T = TypeVar("T")
HERE = Path(__file__).resolve().parent
MKFS = {
    "ext4": ("mkfs.ext4", "-q", "-F", "-m", "0"),
    "xfs": ("mkfs.xfs", "-q", "-f"),
    "btrfs": ("mkfs.btrfs", "-q", "-f"),
}
LEAST = {"ext4": 48, "xfs": 320, "btrfs": 128}  # MiB that these are content with


def _missing() -> str:
    """Why the injectors cannot be used here, "" when they can."""
    if os.geteuid() != 0:
        return "mounting needs root"
    if not os.path.exists("/dev/fuse"):
        return "needs /dev/fuse"
    if not ctypes.util.find_library("fuse3"):
        return "needs libfuse3 (package libfuse3-3)"
    return "" if importlib.util.find_spec("mfusepy") else "needs mfusepy (in the extra dev)"


needs_fuse = pytest.mark.skipif(bool(_missing()), reason=_missing() or "FUSE works")


@dataclass(frozen=True)
class Faulty:
    """Something that fails when it is told to. tell: sends a command to its process, see `fault_rules`."""

    mnt: Path
    tell: Callable[..., Any]

    def fail(self, op: str, action: str, holds: bytes = b"", **rule: object) -> None:
        """From now on `op` does `action`; holds: only with data in which these bytes are; the rest as in a rule."""
        self.tell("add", rule={"op": op, "action": action, **({"holds": holds.hex()} if holds else {}), **rule})

    def repair(self) -> None:
        """Nothing fails any more."""
        self.tell("clear")

    def fired(self) -> int:
        """How often a rule did something; a test whose fault never came is no test."""
        return int(self.tell("fired"))

    def counts(self, op: str) -> int:
        """How many calls of this kind there were."""
        return int(self.tell("counts").get(op, 0))


@dataclass(frozen=True)
class FaultyFileSystem(Faulty):
    """live: the tree as the next mount would find it, to look at after a power cut: the kernel knows the old one."""

    live: Path

    def power_cut(self, mode: str = "all") -> dict[str, int]:
        """Lose what was not synced."""
        answer: dict[str, int] = self.tell("powercut", mode=mode)
        return answer


@dataclass(frozen=True)
class FaultyDisk(Faulty):
    """A real file system on a disk that fails. disk: to unmount and mount it. image: the medium."""

    disk: LoopDisk
    image: Path

    def plug_in_again(self) -> None:
        """Nothing of it is in memory any more; fsck replays the journal of ext4, as a mount may refuse to."""
        self.disk.unmount()
        if self.disk.fs == "ext4":
            subprocess.run(["e2fsck", "-fp", self.disk.device], capture_output=True, check=False)
        self.disk.mount()

    def start_log(self) -> None:
        """Remember every write from now on."""
        self.tell("startlog", base=f"{self.image}.base")

    def cut(self, look: Callable[[Path], T], mode: str = "flushed", seed: int = 0) -> T:
        """What `look` sees in the file system as a power cut now would leave it; its journal is replayed."""
        after, at = Path(f"{self.image}.cut"), self.mnt.with_name(self.mnt.name + "-after")
        self.tell("powercut", out=str(after), mode=mode, seed=seed)
        with attached(after) as device:
            disk = LoopDisk(at, device, after, self.disk.fs)
            disk.mount("nouuid" if disk.fs == "xfs" else "")
            try:
                return look(at)
            finally:
                disk.unmount()


@contextlib.contextmanager
def _injector(folder: Path, mnt: Path, script: str, *words: str | Path, is_up: Callable[[], bool]) -> Iterator[None]:
    """Run an injector until the block ends; then unmount it and wait for its process."""
    log = folder / f"{mnt.name}.log"
    environment = {**os.environ, "FUSE_LIBRARY_NAME": "fuse3"}  # libfuse2 would send 4 KiB at a time
    with log.open("w") as errors:
        process = subprocess.Popen([sys.executable, HERE / script, *words], stderr=errors, env=environment)
    try:
        deadline = time.monotonic() + 20
        while not is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{script} does not mount: {log.read_text()[-500:]}")
            time.sleep(0.02)
        yield
    finally:
        subprocess.run(["umount", "-l", mnt], capture_output=True, check=False)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def steered(folder: Path, mnt: Path, script: str, *words: str | Path) -> Iterator[Callable[..., Any]]:
    """An injector with its socket; gives how to send it a command."""
    mnt.mkdir(parents=True, exist_ok=True)
    socket = folder / f"{mnt.name}.ctl"
    first, *rest = words
    arguments = (first, mnt, socket, *rest)
    with _injector(folder, mnt, script, *arguments, is_up=lambda: os.path.ismount(mnt) and socket.exists()):
        yield functools.partial(command, str(socket))


@contextlib.contextmanager
def faulty_file_system(folder: Path, *options: str) -> Iterator[FaultyFileSystem]:
    """An empty FUSE file system below `folder`, which must be empty. options: of FUSE, as "direct_io"."""
    backing, mnt = folder / "backing", folder / "mnt"
    with steered(folder, mnt, "faulty_fs.py", backing, *options) as tell:
        yield FaultyFileSystem(mnt, tell, backing / "live")


@contextlib.contextmanager
def faulty_disk(folder: Path, fs: str = "ext4", size_mb: int = 0, options: str = "") -> Iterator[FaultyDisk]:
    """A new file system on a faulty disk below `folder`, mounted; it is repaired before it is unmounted."""
    folder.mkdir(parents=True, exist_ok=True)
    image, exported, mnt = folder / "medium.img", folder / "exported", folder / "mnt"
    with image.open("wb") as file:
        file.truncate((size_mb or LEAST[fs]) << 20)
    run(*MKFS[fs], image)
    with steered(folder, exported, "faulty_disk.py", image) as tell, attached(exported / "disk") as device:
        disk = LoopDisk(mnt, device, image, fs)
        disk.mount(options)
        try:
            yield FaultyDisk(mnt, tell, disk, image)
        finally:
            tell("clear")  # or the unmount waits for the faults
            if os.path.ismount(mnt):
                disk.unmount()


@contextlib.contextmanager
def hostile_card(folder: Path, *names: str) -> Iterator[Path]:
    """A card with these names in its DCIM; gives where it is mounted."""
    mnt = folder / "hostile"
    mnt.mkdir(parents=True)
    with _injector(folder, mnt, "hostile_card.py", mnt, *names, is_up=lambda: os.path.ismount(mnt)):
        yield mnt


def rot(image: Path, sample: bytes) -> None:
    """Flip a bit of these bytes on the medium, beneath the mounted file system, whose cache is not told.

    Raises:
        ValueError: they do not lie there once: not flushed yet, or not of random content.
    """
    data = image.read_bytes()
    where = data.find(sample)
    if where < 0 or data.find(sample, where + 1) >= 0:
        raise ValueError("the sample does not lie on the medium, or twice")
    with image.open("r+b") as medium:
        medium.seek(where)
        medium.write(bytes((sample[0] ^ 0x10,)))
        medium.flush()
        os.fsync(medium.fileno())
