"""Real file systems on loop devices, three at a time: a card, an SSD and a NAS, each a device of its own."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from acceptance_tools import PREFIX, take_down, take_down_leftovers
from loops import LoopDisk, attached, loop_disk
from studio import Studio

Plug = Callable[..., LoopDisk]
_PROGRAMS = {
    "ext4": ("mkfs.ext4", "package e2fsprogs"),
    "xfs": ("mkfs.xfs", "package xfsprogs"),
    "btrfs": ("mkfs.btrfs", "package btrfs-progs"),
    "exfat-fuse": ("mount.exfat-fuse", "package exfat-fuse, with exfatprogs"),
}


@dataclass
class Desk:
    """A photographer's desk, and the settings that name what stands on it."""

    card: LoopDisk
    ssd: LoopDisk
    nas: LoopDisk
    studio: Studio


def desk_with(card: LoopDisk, ssd: LoopDisk, nas: LoopDisk, **settings: object) -> Desk:
    """The settings name the SSD by a folder on it and the NAS by its mount point."""
    (ssd.mnt / "Photos").mkdir()
    studio = Studio(card.mnt.parent, devices=2)
    studio.configure(card=card.mnt, ssd=ssd.mnt / "Photos", nas=nas.mnt, **settings)
    return Desk(card, ssd, nas, studio)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """The folder of all disks of this run, removed at the end; what crashed runs left is removed first.

    Skips the test, with the reason, where loop devices cannot be had.
    """
    problem = _why_no_loops()
    if problem:
        pytest.skip(problem)
    take_down_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        _try_one(folder / "trial.img")
        yield folder
    finally:
        take_down(folder)


def _why_no_loops() -> str:
    if os.geteuid() != 0:
        return "real file systems on loop devices need root"
    absent = [tool for tool in ("losetup", "mount", "umount", "mkfs.ext4") if not shutil.which(tool)]
    return f"real file systems on loop devices need {', '.join(absent)}" if absent else ""


def _try_one(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(1 << 20)
    try:
        with attached(image):
            pass
    except RuntimeError as error:  # root of a container that may not have them
        pytest.skip(f"loop devices cannot be attached here: {error}")


@contextmanager
def plugging(scratch: Path) -> Iterator[Plug]:
    """Gives `plug(megabytes, fs="ext4", label="")`: a new mounted disk; all are taken down at the end."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    with ExitStack() as stack:
        stack.callback(take_down, folder)

        def plug(megabytes: int, fs: str = "ext4", label: str = "") -> LoopDisk:
            program, package = _PROGRAMS[fs]
            if not shutil.which(program):
                pytest.skip(f"{program} is not installed ({package})")
            return stack.enter_context(loop_disk(folder, megabytes, fs, label))

        yield plug
