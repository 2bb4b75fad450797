"""Where card and destinations stand: an ext4 file system on a loop device each for root, else plain folders."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PREFIX = "safelight-bench-"


@dataclass(frozen=True, slots=True)
class Disks:
    """Empty places. apart: each is a device of its own. words: what they are, for the results."""

    card: Path
    ssd: Path
    nas: Path
    apart: bool
    words: str


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    """A folder for everything that a benchmark makes, removed at the end; what crashed ones left goes first."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            _take_down(folder)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        _take_down(folder)


@contextlib.contextmanager
def three_disks(work: Path, card_mb: int) -> Iterator[Disks]:
    """A card of `card_mb` MiB and two destinations with a third more room."""
    folder = Path(tempfile.mkdtemp(dir=work))
    try:
        problem = _make_loops(folder, card_mb) if os.geteuid() == 0 else "this user is not root"
        where = "three ext4 loop devices on one disk"
        if problem:
            where = f"three folders of one file system ({problem})"
            for name in ("card", "ssd", "nas"):
                (folder / name).mkdir(exist_ok=True)
        yield Disks(folder / "card", folder / "ssd", folder / "nas", not problem, where)
    finally:
        _take_down(folder)


def _make_loops(folder: Path, card_mb: int) -> str:
    """Mount three; "" when it worked, else why not, with nothing left mounted."""
    try:
        for name, megabytes in (("card", card_mb), ("ssd", card_mb * 4 // 3), ("nas", card_mb * 4 // 3)):
            image, place = folder / f"{name}.img", folder / name
            with image.open("wb") as file:
                file.truncate(megabytes << 20)
            place.mkdir()
            subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", image], check=True, capture_output=True)
            subprocess.run(["mount", "-o", "loop", image, place], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        _unmount(folder)
        return f"loop devices cannot be used: {error}"
    return ""


def empty(place: Path) -> None:
    """Remove everything in a place, and have the removal written."""
    for entry in place.iterdir():
        if entry.name != "lost+found":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    subprocess.run(["sync", "-f", place], check=False)


def _take_down(folder: Path) -> None:
    _unmount(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _unmount(folder: Path) -> None:
    """Unmount what is mounted below `folder`; a loop device that mount(8) made goes with its mount."""
    with contextlib.suppress(OSError):
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        for place in reversed([line.split()[4] for line in mounts]):
            if place.startswith(f"{folder}/"):
                subprocess.run(["umount", "-l", place], check=False, capture_output=True)
