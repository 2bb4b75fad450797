"""What each kind of file system can prove: a policy that no test may loosen by accident."""

import pytest

from ingest.disk.fs_rules import may_hang, rules_for
from ingest.model.copies import Method
from ingest.model.places import Volume


def _volume(fs_type, *options, source="/dev/sda1"):
    return Volume(
        b"/mnt", fs_type, source, 1, "u", "l", frozenset({"disk:sda"}), 1, 1, read_only=False, options=options
    )


def _rules(fs_type, *options, source="/dev/sda1"):
    return rules_for(_volume(fs_type, *options, source=source))


NETWORK = ["nfs", "nfs4", "cifs", "smb3", "smbfs"]
UNPROVABLE = [
    "fuse",
    "fuseblk",
    "fuse.sshfs",
    "fuse.mergerfs",
    "fuse.exfat",
    "tmpfs",
    "ramfs",
    "ntfs3",
    "zfs",
    "unknown",
    "9p",
    "",
]


@pytest.mark.parametrize("fs_type", ["ext4", "ext3", "xfs", "btrfs"])
def test_syncfs_is_the_barrier_of_local_journaled_file_systems(fs_type):
    rules = _rules(fs_type, "rw")
    assert rules.barrier_is_syncfs
    assert rules.sync_folder
    assert rules.proof_ceiling is Method.DIRECT


@pytest.mark.parametrize("fs_type", [*NETWORK, *UNPROVABLE, "vfat", "exfat", "ext2", "f2fs", "overlay"])
def test_syncfs_is_never_trusted_anywhere_else(fs_type):
    assert not _rules(fs_type).barrier_is_syncfs


@pytest.mark.parametrize("fs_type", NETWORK)
def test_a_nas_can_only_serve_and_never_prove_its_own_disks(fs_type):
    assert _rules(fs_type).proof_ceiling is Method.SERVED


@pytest.mark.parametrize("fs_type", ["cifs", "smb3"])
def test_a_renamed_file_on_smb_is_flushed_again_by_itself(fs_type):
    assert _rules(fs_type).sync_file_after_rename


@pytest.mark.parametrize("fs_type", ["vfat", "exfat"])
def test_on_fat_both_the_file_and_its_folder_are_flushed(fs_type):
    rules = _rules(fs_type)
    assert rules.sync_file_after_rename
    assert rules.sync_folder


def test_on_btrfs_the_staging_folder_is_flushed_too():
    assert _rules("btrfs").sync_staging


@pytest.mark.parametrize("fs_type", UNPROVABLE)
def test_what_cannot_be_read_around_its_cache_proves_nothing(fs_type):
    rules = _rules(fs_type)
    assert rules.proof_ceiling is None
    assert not rules.refused


@pytest.mark.parametrize("fs_type", ["fuse.rclone", "davfs", "fuse.s3fs", "fuse.gcsfuse"])
def test_a_mount_with_a_cache_of_its_own_holds_no_copies(fs_type):
    assert "cache" in _rules(fs_type).refused


def test_a_webdav_mount_that_calls_itself_fuse_is_known_by_its_address():
    assert "WebDAV" in _rules("fuse", source="https://cloud.example/dav").refused


@pytest.mark.parametrize(
    ("fs_type", "option"),
    [
        ("cifs", "nostrictsync"),
        ("ext4", "nobarrier"),
        ("ext4", "barrier=0"),
        ("btrfs", "nobarrier"),
        ("overlay", "volatile"),
    ],
)
def test_a_mount_that_ignores_flushes_is_refused_and_the_option_named(fs_type, option):
    rules = _rules(fs_type, "rw", option)
    assert option in rules.refused
    assert rules.proof_ceiling is None


def test_a_client_that_caches_a_nas_on_its_own_disk_proves_nothing():
    assert _rules("nfs4", "rw", "fsc").proof_ceiling is None


@pytest.mark.parametrize("fs_type", [*NETWORK, "fuse.sshfs", "fuse", "davfs", "autofs"])
def test_a_mount_behind_another_program_is_not_looked_at_unasked(fs_type):
    assert may_hang(fs_type)


@pytest.mark.parametrize("fs_type", ["ext4", "exfat", "fuseblk", "fusectl", "btrfs"])
def test_a_plugged_in_drive_is_looked_at(fs_type):
    assert not may_hang(fs_type)
