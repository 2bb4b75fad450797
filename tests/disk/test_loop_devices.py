"""Identities on real file systems: what the kernel, sysfs and blkid say together. Needs root and loop devices."""

import errno
import os
import subprocess
from types import SimpleNamespace

import pytest
import xxhash
from loops import attached, loop_disk, needs_loops, run

from ingest.disk import readback
from ingest.disk.fs_rules import rules_for
from ingest.disk.readback import Buffer, read_around_cache
from ingest.disk.volumes import list_volumes, volume_of
from ingest.model.copies import Method

pytestmark = [pytest.mark.root, needs_loops]


def test_a_drive_keeps_its_id_and_label_wherever_it_is_plugged_in_again(tmp_path):
    with loop_disk(tmp_path, 16, label="NIKON D780") as disk:
        first = volume_of(bytes(disk.mnt))
        disk.unmount()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        run("mount", disk.device, elsewhere)
        try:
            second = volume_of(bytes(elsewhere))
        finally:
            run("umount", elsewhere)
        disk.mount()
    assert (first.label, first.fs_type) == ("NIKON D780", "ext4")
    assert len(first.uuid) == 36
    assert (first.uuid, first.label, first.devices, first.size) == (
        second.uuid, second.label, second.devices, second.size,
    )  # fmt: skip


def test_two_drives_are_two_devices_and_neither_is_the_disk_of_this_computer(tmp_path):
    with loop_disk(tmp_path, 16) as ssd, loop_disk(tmp_path, 16) as nas:
        devices = [volume_of(os.fsencode(place)).devices for place in (ssd.mnt, nas.mnt, tmp_path)]
        assert not devices[0] & devices[1]
        assert not devices[2] & (devices[0] | devices[1])


def test_two_partitions_of_one_image_are_one_device(tmp_path):
    with loop_disk(tmp_path, 16) as disk:
        half = 8 << 20
        with attached(disk.image, f"--offset={half}") as again:
            subprocess.run(["mkfs.ext4", "-q", "-F", again, "4M"], check=True, capture_output=True)
            second = tmp_path / "second"
            second.mkdir()
            run("mount", again, second)
            try:
                assert volume_of(bytes(second)).devices == volume_of(bytes(disk.mnt)).devices
            finally:
                run("umount", second)


def test_a_mounted_drive_is_listed_once_although_a_folder_of_it_is_bound_elsewhere(tmp_path):
    with loop_disk(tmp_path, 16) as disk:
        (disk.mnt / "DCIM").mkdir()
        bound = tmp_path / "bound"
        bound.mkdir()
        run("mount", "--bind", disk.mnt / "DCIM", bound)
        try:
            devices = volume_of(bytes(disk.mnt)).devices
            assert volume_of(bytes(bound)).devices == devices
            assert [volume.mount for volume in list_volumes() if volume.devices == devices] == [bytes(disk.mnt)]
        finally:
            run("umount", bound)


def test_when_a_drive_is_pulled_its_place_is_the_disk_beneath_and_no_longer_the_drive(tmp_path):
    with loop_disk(tmp_path, 16) as disk:
        there = volume_of(bytes(disk.mnt))
        disk.unmount()
        left = volume_of(bytes(disk.mnt))
        disk.mount()
    assert not left.devices & there.devices
    assert left.uuid != there.uuid


def test_a_read_only_mount_is_seen(tmp_path):
    with loop_disk(tmp_path, 16) as disk:
        disk.unmount()
        disk.mount("ro")
        assert volume_of(bytes(disk.mnt)).read_only


def _read_back(path):
    content, buffer = xxhash.xxh3_128(), Buffer()
    fd = os.open(path, os.O_RDONLY)
    try:
        back = read_around_cache(fd, (content.update,), buffer, rules_for(volume_of(bytes(path))).proof_ceiling)
    finally:
        os.close(fd)
        buffer.close()
    return back.method, content.digest()


def _flip_one_bit(image, sample):
    """Beneath the mounted file system, so that its cache goes on telling the old bytes."""
    where = image.read_bytes().find(sample)
    assert where >= 0
    with image.open("r+b") as file:
        file.seek(where)
        file.write(bytes((sample[0] ^ 0x10,)))
        file.flush()
        os.fsync(file.fileno())


@pytest.mark.parametrize("kind", ["ext4", "overlay on ext4"])
def test_rot_beneath_a_warm_cache_is_found_where_the_rules_promise_a_direct_read(tmp_path, kind):
    content = os.urandom(3_000_000)
    with loop_disk(tmp_path, 32) as disk:
        place = disk.mnt
        if kind != "ext4":
            upper, work, lower, place = (disk.mnt / "upper", disk.mnt / "work", disk.mnt / "lower", tmp_path / "merged")
            for folder in (upper, work, lower, place):
                folder.mkdir()
            run("mount", "-t", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", "overlay", place)
        try:
            photo = place / "IMG_0001.CR3"
            photo.write_bytes(content)
            assert _read_back(photo) == (Method.DIRECT, xxhash.xxh3_128_digest(content))
            assert photo.read_bytes() == content  # the cache is warm
            _flip_one_bit(disk.image, content[2_000_000:2_000_064])
            assert photo.read_bytes() == content  # and lies
            method, digest = _read_back(photo)
            assert method is Method.DIRECT
            assert digest != xxhash.xxh3_128_digest(content)
        finally:
            if place != disk.mnt:
                run("umount", place)


def test_bytes_that_another_program_brought_back_into_memory_are_not_counted_as_the_mediums(tmp_path, monkeypatch):
    """Between the look at the cache and the read, where O_DIRECT is not offered: the device's count tells."""
    real = readback._drop_from_cache

    def drop(fd, size):
        is_empty = real(fd, size)
        assert len(photo.read_bytes()) == size
        return is_empty

    def not_offered(*_):
        raise OSError(errno.EINVAL, "Invalid argument")

    with loop_disk(tmp_path, 32) as disk:
        photo = disk.mnt / "IMG_0001.CR3"
        photo.write_bytes(os.urandom(3_000_000))
        monkeypatch.setattr(readback, "fcntl", SimpleNamespace(fcntl=not_offered, F_SETFL=0))
        assert _read_back(photo)[0] is Method.DROPPED
        monkeypatch.setattr(readback, "_drop_from_cache", drop)
        assert _read_back(photo)[0] is Method.CACHED


def test_a_memory_disk_never_gives_a_proof_even_if_the_rules_allowed_one(tmp_path):
    place = tmp_path / "ram"
    place.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place)
    try:
        (place / "a").write_bytes(os.urandom(1_000_000))
        fd = os.open(place / "a", os.O_RDONLY)
        back = read_around_cache(fd, (), Buffer(), Method.DIRECT)
        os.close(fd)
        assert back.method is Method.CACHED
        assert rules_for(volume_of(bytes(place))).proof_ceiling is None
    finally:
        run("umount", place)
