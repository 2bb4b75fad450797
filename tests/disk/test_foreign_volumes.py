"""macOS and Windows by psutil: weaker identities, but two slices of one disk are still one device."""

import os
from types import SimpleNamespace

import pytest

from ingest.disk import foreign_volumes as foreign
from ingest.disk.fs_rules import rules_for


def _part(device, mountpoint, fstype="apfs", opts="rw,local"):
    return SimpleNamespace(device=device, mountpoint=mountpoint, fstype=fstype, opts=opts)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    for name in ("Card", "SSD", "Gone"):
        (tmp_path / name).mkdir()
    parts = [
        _part("/dev/disk1s1", "/"),
        _part("/dev/disk4s1", str(tmp_path / "Card"), "exfat", "ro,nosuid"),
        _part("/dev/disk4s2", str(tmp_path / "SSD"), "HFS"),
        _part("/dev/disk9", str(tmp_path / "Gone")),
    ]

    def usage(path):
        if path.endswith("Gone"):
            raise OSError(6, "Device not configured")
        return SimpleNamespace(total=1000, free=10)

    monkeypatch.setattr(foreign.psutil, "disk_partitions", lambda **_: parts)
    monkeypatch.setattr(foreign.psutil, "disk_usage", usage)
    return tmp_path


def test_slices_of_one_disk_are_one_device(machine):
    found = {volume.mount: volume for volume in foreign.foreign_volumes()}
    card, ssd = (found[os.fsencode(machine / name)] for name in ("Card", "SSD"))
    assert card.devices == ssd.devices == {"disk:disk4"}
    assert (card.label, card.read_only, card.size, card.free) == ("Card", True, 1000, 10)


def test_a_volume_that_does_not_answer_is_left_out(machine):
    assert os.fsencode(machine / "Gone") not in [volume.mount for volume in foreign.foreign_volumes()]


def test_a_path_belongs_to_the_deepest_volume_above_it(machine):
    (machine / "Card" / "DCIM").mkdir()
    assert foreign.foreign_volume_of(bytes(machine / "Card" / "DCIM")).label == "Card"
    assert foreign.foreign_volume_of(bytes(machine)).mount == b"/"
    with pytest.raises(FileNotFoundError):
        foreign.foreign_volume_of(bytes(machine / "Cardx"))


def test_nothing_is_called_proven_on_a_system_that_nobody_measured(machine):
    apfs = next(volume for volume in foreign.foreign_volumes() if volume.fs_type == "apfs")
    assert rules_for(apfs).proof_ceiling is None
