"""Volumes of this very machine, and mount tables of others: nothing dead is touched, nothing is listed twice."""

import os
from types import SimpleNamespace

import pytest

from ingest.disk import volumes
from ingest.disk.volumes import list_volumes, volume_of

TABLE = b"""27 1 254:0 / / rw - ext4 /dev/vda rw
22 27 0:21 / /proc rw - proc proc rw
23 27 0:22 / /run rw - tmpfs tmpfs rw
30 27 8:1 / /media/CARD ro - exfat /dev/sda1 rw
31 27 0:50 / /mnt/dead-nas rw - nfs4 vault:/Photos rw,addr=10.0.0.5
32 27 8:1 /DCIM /mnt/bind rw - exfat /dev/sda1 rw
33 27 0:51 / /mnt/dead-ssh rw - fuse.sshfs anna@vault:/ rw
34 27 8:17 / /mnt/covered rw - ext4 /dev/sdb1 rw
35 34 8:33 / /mnt/covered rw - vfat /dev/sdc1 rw
36 27 8:49 / /mnt/broken rw - vfat /dev/sdd1 rw
"""


@pytest.fixture
def other_machine(tmp_path, monkeypatch):
    """Another machine's mount table; gives the mounts that were asked for their room."""
    (tmp_path / "mountinfo").write_bytes(TABLE)
    asked = []

    def statvfs(path):
        asked.append(path)
        if path == b"/mnt/broken":
            raise OSError(5, "Input/output error")
        return SimpleNamespace(f_blocks=1000, f_frsize=512, f_bavail=10, f_fsid=0)

    monkeypatch.setattr(volumes, "_MOUNTINFO", tmp_path / "mountinfo")
    monkeypatch.setattr(os, "statvfs", statvfs)
    return asked


def test_a_volume_whose_names_nobody_wants_is_found_without_asking_for_them(tmp_path, monkeypatch):
    whole = volume_of(os.fsencode(tmp_path))

    def ask(*_):
        raise AssertionError("somebody asked for the names")

    monkeypatch.setattr(volumes, "uuid_and_label", ask)
    found = volume_of(os.fsencode(tmp_path), named=False)
    assert (found.uuid, found.label) == ("", "")
    assert (found.mount, found.fs_type, found.devices) == (whole.mount, whole.fs_type, whole.devices)


def test_a_dead_nas_is_listed_without_being_touched(other_machine):
    found = {volume.mount: volume for volume in list_volumes()}
    assert found[b"/mnt/dead-nas"].size == 0
    assert found[b"/mnt/dead-nas"].devices == {"nas:vault", "nas:10.0.0.5"}
    assert not {b"/mnt/dead-nas", b"/mnt/dead-ssh"} & set(other_machine)


def test_a_nas_is_asked_for_its_room_when_that_is_wanted(other_machine):
    found = {volume.mount: volume for volume in list_volumes(ask_network=True)}
    assert (found[b"/mnt/dead-nas"].size, found[b"/mnt/dead-nas"].free) == (512_000, 5_120)


def test_a_card_that_is_bound_to_a_second_place_is_one_card_and_pseudo_file_systems_are_none(other_machine):
    mounts = [volume.mount for volume in list_volumes()]
    assert mounts == [b"/", b"/media/CARD", b"/mnt/dead-nas", b"/mnt/dead-ssh", b"/mnt/covered"]


def test_of_two_mounts_at_one_place_the_one_that_can_be_reached_is_listed(other_machine):
    assert [volume.fs_type for volume in list_volumes() if volume.mount == b"/mnt/covered"] == ["vfat"]


def test_a_write_protected_card_is_seen_as_read_only(other_machine):
    found = {volume.mount: volume for volume in list_volumes()}
    assert found[b"/media/CARD"].read_only
    assert not found[b"/"].read_only


def test_a_volume_without_a_known_label_is_called_by_its_place(other_machine):
    found = {volume.mount: volume for volume in list_volumes()}
    assert (found[b"/media/CARD"].label, found[b"/media/CARD"].uuid) == ("CARD", "")


def test_two_folders_of_one_disk_are_one_device(tmp_path):
    first, second = tmp_path / "ssd", tmp_path / "nas" / "deep"
    first.mkdir()
    second.mkdir(parents=True)
    one, other = volume_of(bytes(first)), volume_of(bytes(second))
    assert one.devices == other.devices != frozenset()
    assert (one.mount, one.st_dev) == (other.mount, os.stat(tmp_path).st_dev)
    assert one.size > one.free > 0


def test_a_linked_folder_stands_where_the_link_leads(tmp_path):
    (tmp_path / "link").symlink_to("/dev/shm")
    assert volume_of(bytes(tmp_path / "link")).fs_type == volume_of(b"/dev/shm").fs_type == "tmpfs"


def test_a_missing_place_is_an_error_and_never_the_disk_above_it(tmp_path):
    with pytest.raises(FileNotFoundError):
        volume_of(bytes(tmp_path / "not-mounted"))


def test_without_a_mount_table_the_file_system_is_unknown_and_no_guess(tmp_path, monkeypatch):
    monkeypatch.setattr(volumes, "_MOUNTINFO", tmp_path / "none")
    assert volume_of(bytes(tmp_path)).fs_type == "unknown"
    assert list_volumes() == []


def test_who_looks_again_and_again_takes_no_medium_for_another_one_that_tells_its_name_late(other_machine, monkeypatch):
    def names(*_words, in_time):
        if is_late and in_time:
            raise TimeoutError
        return ("", None) if is_late else ("1A2B-3C4D", "EOS")

    def card(found):
        return [(volume.uuid, volume.label) for volume in found if volume.mount == b"/mnt/covered"]

    monkeypatch.setattr(volumes, "uuid_and_label", names)
    is_late = True
    assert card(list_volumes(before=[])) == []
    assert card(list_volumes()) == [("", "covered")]
    is_late = False
    told = list_volumes(before=[])
    assert card(told) == [("1A2B-3C4D", "EOS")]
    is_late = True
    assert card(list_volumes(before=told)) == [("1A2B-3C4D", "EOS")]
