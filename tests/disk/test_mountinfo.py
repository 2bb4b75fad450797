"""The kernel's mount table: every verdict on "is this the NAS or a local folder" begins here."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.disk.mountinfo import is_inside, mount_of, read_mounts

TABLE = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
30 27 8:1 / /media/anna/NIKON\040D780 ro,nosuid,nodev,relatime shared:9 master:2 - exfat /dev/sda1 rw,fmask=0022
31 27 0:50 / /mnt/nas rw,relatime - nfs4 vault.local:/Photos rw,vers=4.2,addr=192.168.1.5
32 27 8:1 /DCIM /mnt/bind rw,relatime - exfat /dev/sda1 rw
33 27 0:61 /@home /home rw - btrfs /dev/nvme0n1p2 rw,space_cache=v2,subvol=/@home
34 27 8:33 / /mnt/a\134b\012c\011d\043\303\244 rw - vfat /dev/sdc1 rw
35 27 8:49 / /mnt/nas rw - ext4 /dev/sdd1 rw
"""


def _by_mount():
    return {mount.mount: mount for mount in read_mounts(TABLE)}


def test_a_card_with_a_space_in_its_name_is_found_at_its_real_path():
    card = _by_mount()[b"/media/anna/NIKON D780"]
    assert (card.fs_type, card.source, card.st_dev) == ("exfat", b"/dev/sda1", os.makedev(8, 1))


def test_newlines_tabs_backslashes_and_other_bytes_of_a_mount_point_are_kept():
    assert b"/mnt/a\\b\nc\td#\xc3\xa4" in _by_mount()


def test_read_only_by_the_mount_and_options_of_the_file_system_are_both_seen():
    card = _by_mount()[b"/media/anna/NIKON D780"]
    assert "ro" in card.options
    assert "fmask=0022" in card.options
    assert read_mounts(TABLE)[3].option("addr") == "192.168.1.5"
    assert card.option("addr") == ""


def test_optional_fields_of_any_number_do_not_shift_the_type():
    assert [mount.fs_type for mount in read_mounts(TABLE)] == [
        "proc", "ext4", "exfat", "nfs4", "exfat", "btrfs", "vfat", "ext4",
    ]  # fmt: skip


def test_a_source_that_is_empty_is_no_shift_either():
    (mount,) = read_mounts(b"40 27 0:70 / /mnt/x rw - tmpfs  rw,size=4k\n")
    assert (mount.source, mount.options) == (b"", ("rw", "size=4k"))


@pytest.mark.parametrize(
    "line", [b"", b"garbage", b"1 2 3", b"x 27 8:1 / /a rw - ext4 /dev/sda1 rw", b"1 2 8 / /a rw - e s rw"]
)
def test_lines_that_are_none_are_left_out_and_the_others_stay(line):
    assert len(read_mounts(line + b"\n" + TABLE)) == 8


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(text):
    assert len(read_mounts(text)) <= text.count(b"\n") + 1


def test_a_path_belongs_to_the_mount_that_the_kernel_names():
    mounts = read_mounts(TABLE)
    assert mount_of(mounts, b"/mnt/nas/x", 31, 0).fs_type == "nfs4"
    assert mount_of(mounts, b"/mnt/nas/x", 35, 0).fs_type == "ext4"


def test_without_the_kernel_s_word_the_covering_mount_wins_and_one_of_the_right_device_before_others():
    mounts = read_mounts(TABLE)
    assert mount_of(mounts, b"/mnt/nas/Photos", None, os.makedev(8, 49)).source == b"/dev/sdd1"
    assert mount_of(mounts, b"/mnt/nasty", None, os.makedev(254, 0)).mount == b"/"
    assert mount_of(mounts, b"/home/anna", None, os.makedev(0, 99)).fs_type == "btrfs"  # its files have another st_dev
    assert mount_of([], b"/x", None, 1) is None


def test_a_folder_is_not_inside_one_whose_name_only_begins_alike():
    assert is_inside(b"/mnt/nas/x", b"/mnt/nas")
    assert is_inside(b"/mnt/nas", b"/mnt/nas")
    assert not is_inside(b"/mnt/nas2", b"/mnt/nas")
    assert is_inside(b"/x", b"/")
