"""The id and the label of a file system: what tells one card from another in the same reader."""

import os

import pytest

from ingest.disk import labels
from ingest.disk.labels import uuid_and_label

NUMBER = os.makedev(8, 1)


@pytest.fixture
def udev(tmp_path, monkeypatch):
    """A /dev/disk of links; which device each leads to is said by `leads_to`."""
    leads_to = {}
    for kind in ("by-uuid", "by-label"):
        (tmp_path / kind).mkdir()
    monkeypatch.setattr(labels, "_LINKS", os.fsencode(tmp_path) + b"/")
    monkeypatch.setattr(labels, "_number", lambda path: leads_to.get(os.path.basename(path)))
    monkeypatch.setattr(labels, "_PROGRAMS", (tmp_path / "blkid",))  # which is not there

    def link(kind, name, number):
        (tmp_path / kind / name).touch()
        leads_to[os.fsencode(name)] = number

    return link


def test_the_links_of_udev_tell_id_and_label_with_their_spaces(udev):
    udev("by-uuid", "9C33-6BBD", NUMBER)
    udev("by-uuid", "AAAA-BBBB", os.makedev(8, 2))
    udev("by-label", r"NIKON\x20D780\x20", NUMBER)
    assert uuid_and_label(NUMBER, b"/dev/sda1", "exfat", 7) == ("9C33-6BBD", "NIKON D780")


def test_a_card_without_a_label_is_known_to_have_none(udev):
    udev("by-uuid", "9C33-6BBD", NUMBER)
    assert uuid_and_label(NUMBER, b"/dev/sda1", "exfat", 7) == ("9C33-6BBD", "")


@pytest.mark.parametrize("fs_type", ["exfat", "vfat", "xfs", "fuseblk"])
def test_the_number_of_the_reader_s_slot_is_never_taken_for_the_card_s_id(udev, fs_type):
    assert uuid_and_label(NUMBER, b"/dev/sda1", fs_type, 0x801) == ("", None)


def test_where_nobody_else_tells_ext4_is_known_by_the_id_that_statvfs_derives_from_its_own(udev):
    assert uuid_and_label(NUMBER, b"/dev/sda1", "ext4", 0xABC) == ("fsid:abc", None)


def _blkid(folder, body):
    (folder / "blkid").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "blkid").chmod(0o755)


def test_blkid_is_asked_where_udev_left_no_links_and_its_names_are_decoded_but_never_obeyed_by_a_terminal(
    udev, tmp_path, monkeypatch
):
    _blkid(tmp_path, r"printf 'ID_FS_LABEL_ENC=EOS\\x20R5\\x1b\nID_FS_UUID_ENC=1a-2b\n'")
    monkeypatch.setattr(labels, "_number", lambda path: NUMBER)
    assert uuid_and_label(NUMBER, b"/dev/null", "ext4", 7) == ("1a-2b", r"EOS R5\x1b")


@pytest.mark.parametrize("body", ["exit 2", "exec sleep 60", "printf '\\xff\\n=\\n'"])
def test_a_blkid_that_fails_hangs_or_babbles_only_means_not_known(udev, tmp_path, monkeypatch, body):
    _blkid(tmp_path, body)
    monkeypatch.setattr(labels, "_number", lambda path: NUMBER)
    monkeypatch.setattr(labels, "_SECONDS", 0.2)
    assert uuid_and_label(NUMBER, b"/dev/null", "vfat", 7) == ("", None)


def test_a_blkid_that_hangs_is_told_to_who_wants_it_in_time(udev, tmp_path, monkeypatch):
    _blkid(tmp_path, "exec sleep 60")
    monkeypatch.setattr(labels, "_number", lambda path: NUMBER)
    monkeypatch.setattr(labels, "_SECONDS", 0.2)
    with pytest.raises(TimeoutError):
        uuid_and_label(NUMBER, b"/dev/null", "vfat", 7, in_time=True)
