"""Bytes of a card that no file accounts for, on real file systems of cards."""

import os
import shutil
from pathlib import Path

import pytest
from loops import loop_disk, needs_loops

from ingest.disk.usage import Usage, usage_of
from ingest.disk.volumes import volume_of

_CHUNK = 4 << 20


def lost(run):
    return [caution["text"] for caution in run.last["cautions"] if caution["code"] == "bytes unaccounted"]


def test_a_card_with_more_used_than_listed_is_told_and_stays_safe(studio, sabotage):
    studio.shoot()
    sabotage.setattr("ingest.session.cautions.usage_of", lambda *_: Usage(3_200_000_000, 1 << 17, 64 << 30))
    assert lost(studio.check())[0].startswith("the card holds 3.2 GB that no file accounts for")
    run = studio.ingest()
    assert (run.level, lost(run)) == ("safe", lost(studio.check()))
    assert "look at it in the camera" in studio.run("check", studio.card).out


def test_a_folder_that_is_taken_for_a_card_has_no_used_bytes_of_its_own(studio):
    studio.shoot()
    assert usage_of(os.fsencode(studio.card), volume_of(os.fsencode(studio.card))) is None
    assert lost(studio.ingest()) == []


def forget_vfat(image):
    """The name is taken from the folder, its clusters stay given away."""
    return _overwrite(image, b"IMG_0002JPG", {0: 0xE5})


def forget_exfat(image):
    """The same: the entry of the file and its two companions are no longer in use."""
    return _overwrite(image, "IMG_0002.JPG".encode("utf-16-le"), {-66: 0x05, -34: 0x40, -2: 0x41})


def _overwrite(image, name, values):
    with image.open("r+b") as file:
        place, window = 0, file.read(16 << 20)
        at = window.find(name)
        assert at > 0, "the folder lies elsewhere"
        for offset, value in values.items():
            file.seek(place + at + offset)
            file.write(bytes([value]))


WAYS = [("exfat-fuse", forget_exfat), ("ext4", None)]
if "vfat" in Path("/proc/filesystems").read_text(encoding="ascii"):  # not every kernel has it
    WAYS.append(("vfat", forget_vfat))


@pytest.mark.root
@needs_loops
@pytest.mark.parametrize(("fs", "forget"), WAYS)
def test_what_a_damaged_folder_no_longer_shows_is_noticed_on_the_file_systems_of_cards(studio, tmp_path, fs, forget):
    if fs == "exfat-fuse" and not shutil.which("mount.exfat-fuse"):
        pytest.skip("needs exfat-fuse, with exfatprogs")
    with loop_disk(tmp_path / "disks", 160, fs, label="EOS") as disk:
        studio.card = disk.mnt
        for number, megabytes in ((1, 1), (2, 72), (3, 1)):
            path = studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", b"%d" % number * 1000)
            with path.open("ab") as file:
                for _ in range(megabytes << 20, 0, -_CHUNK):
                    file.write(os.urandom(min(_CHUNK, megabytes << 20)))
        assert lost(studio.check()) == []
        if forget is None:  # here it is only shown that nothing is told without a reason
            return
        disk.unmount()
        forget(disk.image)
        disk.mount()
        assert sorted(path.name for path in (disk.mnt / "DCIM/100CANON").iterdir()) == ["IMG_0001.JPG", "IMG_0003.JPG"]
        [text] = lost(studio.check())
        assert text.startswith(("the card holds 7", "the card holds 8"))
        assert " MB that no file accounts for" in text


@pytest.mark.root
@needs_loops
def test_of_a_folder_that_is_bound_as_a_mount_nobody_knows_what_is_used(tmp_path):
    from loops import run

    with loop_disk(tmp_path / "disks", 32) as disk:
        (disk.mnt / "DCIM").mkdir()
        bound = tmp_path / "bound"
        bound.mkdir()
        run("mount", "--bind", disk.mnt / "DCIM", bound)
        try:
            assert usage_of(bytes(bound), volume_of(bytes(bound))) is None
            assert usage_of(bytes(disk.mnt), volume_of(bytes(disk.mnt))) is not None
        finally:
            run("umount", bound)
