"""What happens to real disks: bits that flip beneath a warm cache, cards that are pulled; and what tells the truth."""

import fcntl
import hashlib
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from studio import Run, Studio

PREFIX = "safelight-acceptance-"
_FS_IOC_SHUTDOWN, _WITHOUT_FLUSH = 0x8004587D, 2  # as EXT4_IOC_SHUTDOWN in the kernel's ext4.h; xfs takes it too
_FS_IOC_FIEMAP, _EXTENTS = 0xC020660B, 256
_ONE_BIT = 0x10


# -- the command ------------------------------------------------------------------------------------------------------
def command(studio: Studio, *words: str | Path, seconds: float = 150) -> Run:
    """The command as a process of its own, as it is typed; one that hangs is killed and fails the test."""
    return end_of(studio.start(*words), seconds)


def end_of(process: subprocess.Popen[str], seconds: float = 150) -> Run:
    """What a started command answered in the end."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Run(process.returncode, out, err)


def ingest(studio: Studio, *words: str | Path) -> Run:
    return command(studio, "ingest", studio.card, "--json", *words)


def stopped_when(process: subprocess.Popen[str], moment: Callable[[], bool], seconds: float = 60) -> None:
    """Halt a running command as soon as `moment` has come; the caller lets it go on with SIGCONT."""
    deadline = time.monotonic() + seconds
    while not moment():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the moment never came: {end_of(process)}")
        time.sleep(0.001)
    process.send_signal(signal.SIGSTOP)


def go_on(process: subprocess.Popen[str]) -> Run:
    """Let a halted command go on to its end."""
    process.send_signal(signal.SIGCONT)
    return end_of(process)


def arrived(place: Path) -> int:
    """Files that are being written, or were, and have no name yet."""
    incoming = place / ".safelight" / "incoming"
    return len(os.listdir(incoming)) if incoming.is_dir() else 0


# -- files ------------------------------------------------------------------------------------------------------------
def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def contents(paths: list[Path]) -> Counter[str]:
    """SHA-256 -> how many of these files hold that content."""
    return Counter(map(sha256_of, paths))


def copies_at(place: Path) -> list[Path]:
    """Every file at a destination but Safelight's own, the manifests and the file system's."""
    return sorted(
        path
        for path in place.rglob("*")
        if path.is_file() and not {".safelight", "ascmhl", "lost+found"} & set(path.relative_to(place).parts)
    )


def footprints(place: Path) -> dict[str, tuple[int, int]]:
    """Path -> (inode, change time) of the copies: what a second writing could not leave as it is."""
    return {str(p.relative_to(place)): (p.stat().st_ino, p.stat().st_ctime_ns) for p in copies_at(place)}


# -- the medium -------------------------------------------------------------------------------------------------------
def flip_on_medium(path: Path, image: Path, offset: int) -> None:
    """Flip one bit of a file in the image beneath its mounted file system, whose cache is not told.

    Raises:
        ValueError: the file does not lie there (not flushed yet, or a file system whose addresses are its own).
    """
    with path.open("rb") as file:
        file.seek(offset)
        expected = file.read(64)
    where = _physical_offset(path, offset)
    with image.open("r+b") as medium:
        medium.seek(where)
        if medium.read(len(expected)) != expected:
            raise ValueError(f"{path} does not lie at {where} of {image}")
        _xor(medium.fileno(), where)


def flip_back(path: Path, image: Path, offset: int) -> None:
    """The same bit again; the file must not have moved since."""
    with image.open("r+b") as medium:
        _xor(medium.fileno(), _physical_offset(path, offset))


def _xor(fd: int, where: int) -> None:
    os.pwrite(fd, bytes((os.pread(fd, 1, where)[0] ^ _ONE_BIT,)), where)
    os.fsync(fd)


def _physical_offset(path: Path, offset: int) -> int:
    """Where a byte of a file lies on its device. Source: Documentation/filesystems/fiemap of the kernel."""
    answer = bytearray(struct.pack("=QQLLLL", 0, 2**64 - 1, 1, 0, _EXTENTS, 0) + bytes(56 * _EXTENTS))
    with path.open("rb") as file:
        fcntl.ioctl(file, _FS_IOC_FIEMAP, answer)
    (count,) = struct.unpack_from("=L", answer, 20)
    for number in range(count):
        logical, physical, length = struct.unpack_from("=QQQ", answer, 32 + 56 * number)
        if logical <= offset < logical + length:
            return physical + offset - logical
    raise ValueError(f"{path} has no extent at {offset}")


def pull(mountpoint: Path) -> None:
    """Every I/O on that ext4 or xfs fails from now on, and nothing more reaches it: a card torn out of its reader."""
    fd = os.open(mountpoint, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, _FS_IOC_SHUTDOWN, struct.pack("I", _WITHOUT_FLUSH))
    finally:
        os.close(fd)


# -- tidiness ---------------------------------------------------------------------------------------------------------
def take_down(folder: Path) -> None:
    """Unmount, detach and remove everything below `folder`, whatever state a test left it in."""
    below = f"{folder}/"
    for mounted in reversed([m for m in _mounts() if m.startswith(below)]):
        subprocess.run(["umount", "-l", mounted], capture_output=True, check=False)
    for block in Path("/sys/block").glob("loop*"):
        image = block / "loop" / "backing_file"
        if image.exists() and image.read_text(encoding="utf-8", errors="replace").startswith(below):
            subprocess.run(["losetup", "-d", f"/dev/{block.name}"], capture_output=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)


def take_down_leftovers() -> None:
    """The same for folders of runs that crashed: those whose process is no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            take_down(folder)


def _mounts() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.split()[4] for line in lines]
