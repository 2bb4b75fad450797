"""The rehearsal's stage: of its own on the real disks, and gone behind it, whatever happened."""

import contextlib
import os
import time

import pytest
from loops import needs_loops
from studio import Studio

from ingest.config import load
from ingest.errors import SafelightError
from ingest.setup.rehearsal import stage
from ingest.setup.sample_card import PICTURES


def settings_of(tmp_path, disks, extra=""):
    studio = Studio(tmp_path / "studio", devices=2, extra=extra)
    for disk in disks:
        (disk / "Rehearsed").mkdir(exist_ok=True)
    studio.configure(ssd=disks[0] / "Rehearsed", nas=disks[1] / "Rehearsed")
    return load(studio.home)


def everything(disks):
    return sorted(path for disk in disks for path in (disk / "Rehearsed").rglob("*"))


@needs_loops
def test_a_rehearsal_that_breaks_off_leaves_nothing(disks, tmp_path):
    settings = settings_of(tmp_path, disks)
    with contextlib.suppress(KeyboardInterrupt), stage(tmp_path, settings, time.time()) as played:
        assert len(list(played.card.rglob("*.JPG"))) == PICTURES
        for place in played.settings.destinations:
            assert os.path.isdir(place.root)
        raise KeyboardInterrupt
    assert everything(disks) == []
    assert not played.home.exists()
    assert not played.card.exists()


@needs_loops
def test_what_a_killed_rehearsal_left_goes_with_the_next_and_nothing_else_does(disks, tmp_path):
    settings = settings_of(tmp_path, disks)
    old = disks[0] / "Rehearsed" / ".safelight-rehearsal-0123456789ab"
    mine, young = old.with_name(".safelight-rehearsal-notes"), old.with_name(".safelight-rehearsal-ba9876543210")
    for folder in (old, mine, young):
        folder.mkdir()
    for folder in (old, mine):
        os.utime(folder, (1_700_000_000, 1_700_000_000))
    with stage(tmp_path, settings, time.time()):
        pass
    assert everything(disks) == sorted([mine, young])
    mine.rmdir()
    young.rmdir()


@needs_loops
def test_a_drive_that_is_carried_away_takes_no_part(disks, tmp_path):
    away = '[[destinations]]\nname = "drive-a"\nkind = "drive"\nroot = "/media/nobody/a"\n'
    with stage(tmp_path, settings_of(tmp_path, disks, away), time.time()) as played:
        assert [place.name for place in played.settings.destinations] == ["ssd", "nas"]


def test_a_destination_that_is_away_ends_it_before_it_began(tmp_path):
    studio = Studio(tmp_path / "studio")
    settings = load(studio.home)
    studio.nas.rmdir()
    with pytest.raises(SafelightError, match="cannot begin"), stage(tmp_path, settings, time.time()):
        raise AssertionError("it began")
    assert list(studio.ssd.iterdir()) == []
