"""Which physical things stand beneath a mount: two folders of one disk must never count as two copies."""

import os
from pathlib import Path

import pytest

from ingest.disk.devices import devices_of
from ingest.disk.mountinfo import Mount


class FakeSys:
    """A sysfs with the disks of a test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("dev/block", "block", "fs/btrfs"):
            (root / folder).mkdir(parents=True)

    def disk(self, name: str, numbers: str, slaves: tuple[str, ...] = (), backing: str = "") -> Path:
        folder = self.root / "devices" / name
        (folder / "slaves").mkdir(parents=True)
        for slave in slaves:
            (folder / "slaves" / slave).symlink_to(self._find(slave))
        if backing:
            (folder / "loop").mkdir()
            (folder / "loop" / "backing_file").write_text(backing + "\n")
        (self.root / "block" / name).symlink_to(folder)
        return self._number(folder, numbers)

    def partition(self, disk: str, name: str, numbers: str) -> Path:
        folder = self.root / "devices" / disk / name
        folder.mkdir()
        (folder / "partition").write_text("1\n")
        return self._number(folder, numbers)

    def btrfs(self, *members: str) -> None:
        pool = self.root / "fs" / "btrfs" / "0a-1b" / "devices"
        pool.mkdir(parents=True)
        for member in members:
            (pool / member).symlink_to(self._find(member))

    def _find(self, name: str) -> Path:
        return next(path for path in (self.root / "devices").rglob(name) if path.is_dir())

    def _number(self, folder: Path, numbers: str) -> Path:
        (folder / "dev").write_text(numbers + "\n")
        (self.root / "dev" / "block" / numbers).symlink_to(folder)
        return folder


@pytest.fixture
def fake_sys(tmp_path):
    return FakeSys(tmp_path / "sys")


def _mount(fs_type="ext4", source=b"/dev/x", numbers=(0, 77), options=()):
    return Mount(1, os.makedev(*numbers), b"/", b"/mnt/x", fs_type, source, options)


def _devices(fake_sys, mount, st_dev=None):
    return devices_of(mount, mount.st_dev if st_dev is None else st_dev, str(fake_sys.root))


def _on(fake_sys, numbers):
    return _devices(fake_sys, _mount(numbers=numbers))


def test_two_partitions_of_one_disk_are_one_device(fake_sys):
    fake_sys.disk("sda", "8:0")
    fake_sys.partition("sda", "sda1", "8:1")
    fake_sys.partition("sda", "sda2", "8:2")
    assert _on(fake_sys, (8, 1)) == _on(fake_sys, (8, 2)) == {"disk:sda"}


def test_two_disks_are_two_devices(fake_sys):
    fake_sys.disk("sda", "8:0")
    fake_sys.disk("nvme0n1", "259:0")
    assert _on(fake_sys, (8, 0)) == {"disk:sda"}
    assert _on(fake_sys, (259, 0)) == {"disk:nvme0n1"}


def test_an_encrypted_volume_on_a_mirror_stands_on_both_disks_and_shares_them_with_a_partition(fake_sys):
    fake_sys.disk("sda", "8:0")
    fake_sys.partition("sda", "sda1", "8:1")
    fake_sys.partition("sda", "sda2", "8:2")
    fake_sys.disk("sdb", "8:16")
    fake_sys.disk("md0", "9:0", slaves=("sda1", "sdb"))
    fake_sys.disk("dm-0", "253:0", slaves=("md0",))
    assert _on(fake_sys, (253, 0)) == {"disk:sda", "disk:sdb"}
    assert _on(fake_sys, (253, 0)) & _on(fake_sys, (8, 2))


def test_slaves_that_lead_in_a_circle_end_in_an_unknown_disk_and_never_in_none(fake_sys):
    folder = fake_sys.disk("dm-0", "253:0")
    (folder / "slaves" / "dm-0").symlink_to(folder)
    assert _on(fake_sys, (253, 0)) == {"disk:unknown"}


def test_a_btrfs_over_two_disks_stands_on_both_whichever_was_mounted(fake_sys):
    fake_sys.disk("sda", "8:0")
    fake_sys.disk("sdb", "8:16")
    fake_sys.btrfs("sda", "sdb")
    assert _on(fake_sys, (8, 16)) == {"disk:sda", "disk:sdb"}


def test_a_btrfs_whose_device_cannot_be_found_may_stand_on_any_disk(fake_sys):
    fake_sys.disk("sda", "8:0")
    fake_sys.disk("sdb", "8:16")
    found = _devices(fake_sys, _mount("btrfs", b"/dev/no-such-root"))
    assert {"disk:sda", "disk:sdb"} <= found


def test_an_overlay_may_stand_on_any_disk_and_is_no_second_device(fake_sys):
    fake_sys.disk("sda", "8:0")
    fake_sys.disk("zram0", "252:0")
    fake_sys.disk("loop0", "7:0")
    found = _devices(fake_sys, _mount("overlay", b"overlay"))
    assert found & _on(fake_sys, (8, 0))
    assert not any("zram" in name or "loop" in name for name in found)


def test_disks_that_sysfs_does_not_know_are_not_two(fake_sys):
    assert _on(fake_sys, (8, 1)) == _on(fake_sys, (8, 99)) != frozenset()


def test_two_loop_devices_on_one_image_are_one_and_an_image_out_of_sight_is_the_same_as_any_other(fake_sys, tmp_path):
    for name in ("a.img", "b.img"):
        (tmp_path / name).write_bytes(b"")
    for number, image in enumerate(("a.img", "a.img", "b.img", "gone.img (deleted)", "elsewhere.img")):
        fake_sys.disk(f"loop{number}", f"7:{number}", backing=str(tmp_path / image))
    one, again, other, deleted, unseen = (_on(fake_sys, (7, number)) for number in range(5))
    assert one == again
    assert one != other
    assert deleted == unseen


def test_two_exports_of_one_nas_are_one_device_by_whatever_name_and_protocol(fake_sys):
    photos = _mount("nfs4", b"vault.local:/Photos", options=("addr=192.168.1.5",))
    backup = _mount("cifs", b"//VAULT.local./Backup", options=("addr=192.168.1.5",))
    by_address = _mount("nfs", b"192.168.1.5:/Photos", options=("mountaddr=192.168.1.5",))
    other = _mount("nfs4", b"attic.local:/Photos", options=("addr=192.168.1.6",))
    assert _devices(fake_sys, photos) == {"nas:vault.local", "nas:192.168.1.5"} == _devices(fake_sys, backup)
    assert _devices(fake_sys, photos) & _devices(fake_sys, by_address)
    assert not _devices(fake_sys, photos) & _devices(fake_sys, other)


@pytest.mark.parametrize(
    ("fs_type", "source", "host"),
    [
        ("nfs4", b"[fe80::1%eth0]:/x", "nas:fe80::1%eth0"),
        ("fuse.sshfs", b"anna@vault:/Photos", "nas:vault"),
        ("fuse.sshfs", b"anna@[2001:db8::2]:Photos", "nas:2001:db8::2"),
        ("cifs", b"\\\\vault\\share", "nas:vault"),
        ("smb3", b"//10.0.0.2/share/deep", "nas:10.0.0.2"),
        ("cifs", b"", "nas:unknown"),
    ],
)
def test_the_host_of_a_nas_is_read_from_every_way_to_write_it(fake_sys, fs_type, source, host):
    assert _devices(fake_sys, _mount(fs_type, source)) == {host}


def test_a_nas_that_is_this_very_computer_is_no_second_device(fake_sys):
    fake_sys.disk("sda", "8:0")
    for source in (b"localhost:/x", b"127.0.0.1:/x", b"[::1]:/x"):
        assert _devices(fake_sys, _mount("nfs4", source)) & _on(fake_sys, (8, 0))


def test_a_memory_disk_is_a_place_of_its_own_and_not_a_disk(fake_sys):
    fake_sys.disk("sda", "8:0")
    assert _devices(fake_sys, _mount("tmpfs", b"tmpfs")) == {f"fs:{os.makedev(0, 77)}"}
