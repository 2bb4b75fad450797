"""Destinations that run out of something in the middle: bytes, inodes, or the disk beneath that promised more."""

import os
import subprocess

import pytest
from loops import LoopDisk, attached, loop_disk, needs_loops, run
from nothing_false import is_not_safe, nothing_is_false, photographs, the_same_command_makes_it_safe

from ingest.copying.writing import Writer

pytestmark = [pytest.mark.root, needs_loops]

MB = 1 << 20


def told(answer):
    return " | ".join(reason["text"] for reason in answer.last["reasons"])


def test_a_disk_without_an_inode_left_is_told_to_be_full_and_the_other_completes(studio, tmp_path):
    """F015. Room enough, and no file can be made."""
    image = tmp_path / "few.img"
    with image.open("wb") as file:
        file.truncate(48 * MB)
    run("mkfs.ext4", "-q", "-F", "-m", "0", "-N", "32", image)
    with attached(image) as device:
        disk = LoopDisk(tmp_path / "few", device, image, "ext4")
        disk.mount()
        try:
            studio.configure(nas=disk.mnt)
            pictures = photographs(studio, count=60, size=5_000)
            answer = studio.ingest()
            is_not_safe(answer)
            assert "nas: full" in told(answer)
            assert studio.contents(studio.ssd) == studio.on_card()
            nothing_is_false(studio, pictures)
            assert studio.leftovers() == []
        finally:
            disk.unmount()


def test_room_that_another_program_takes_in_the_middle_ends_that_destination_alone(studio, tmp_path, sabotage):
    """F013, F014. There was room when it began; ENOSPC of a real ext4, whichever call tells it."""
    with loop_disk(tmp_path / "disks", 64) as disk:
        studio.configure(nas=disk.mnt)
        pictures = photographs(studio, count=4, size=4 * MB)
        real, ballast = Writer._write, disk.mnt / "somebody-else.mov"

        def write(writer, *words):
            if writer.place.name == "nas" and not ballast.exists():
                free = os.statvfs(disk.mnt)
                run("fallocate", "-l", str(free.f_bavail * free.f_frsize - 2 * MB), ballast)
            real(writer, *words)

        sabotage.setattr(Writer, "_write", write)
        answer = studio.ingest()
        is_not_safe(answer)
        assert "nas: full" in told(answer)
        assert studio.contents(studio.ssd) == studio.on_card()
        assert studio.leftovers() == []
        ballast.unlink()
        nothing_is_false(studio, pictures)
        sabotage.undo()
        the_same_command_makes_it_safe(studio, pictures)


def test_a_disk_that_promised_more_than_lies_beneath_it_is_told_at_the_barrier(studio, tmp_path):
    """F031. Thin provisioning: every write returned, and the medium has no room for them."""
    thin = tmp_path / "thin"
    thin.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=40M", "tmpfs", thin)
    try:
        with loop_disk(thin, 160) as disk:
            studio.configure(nas=disk.mnt)
            pictures = photographs(studio, count=4, size=12 * MB)
            answer = studio.ingest()
            is_not_safe(answer)
            assert "nas" in told(answer) or answer.names("unproven")
            assert studio.contents(studio.ssd) == studio.on_card()
            run("mount", "-o", "remount,size=400M", thin)
            disk.unmount()
            subprocess.run(["e2fsck", "-fy", disk.device], capture_output=True, check=False)
            disk.mount()
            nothing_is_false(studio, pictures)
            the_same_command_makes_it_safe(studio, pictures)
    finally:
        run("umount", "-l", thin)
