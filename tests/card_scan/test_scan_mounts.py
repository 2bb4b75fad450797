"""Another file system mounted in the card's folder is not the card. Needs root and a memory disk."""

import os
import shutil
import subprocess

import pytest

from ingest.card.scan import scan
from ingest.model.cards import EntryKind

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="mounting needs root and `mount`"),
]


@pytest.fixture
def card_with_a_mount(tmp_path):
    inner = tmp_path / "DCIM" / "mounted"
    inner.mkdir(parents=True)
    (tmp_path / "DCIM" / "a.jpg").write_bytes(b"x")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", inner], check=True)
    (inner / "not-on-the-card.jpg").write_bytes(b"x")
    yield tmp_path
    subprocess.run(["umount", inner], check=True)


def test_a_mount_within_the_card_is_not_entered_and_not_passed_over_in_silence(card_with_a_mount):
    listing = scan(bytes(card_with_a_mount))
    assert {file.path: file.kind for file in listing.files} == {
        b"DCIM/a.jpg": EntryKind.FILE,
        b"DCIM/mounted": EntryKind.UNLISTABLE,
    }
    assert listing.empty_folders == ()
