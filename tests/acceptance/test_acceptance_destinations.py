"""Destinations that are one device, gone, full or read-only: refused or told, and caught up when they are back."""

import contextlib
import os
import subprocess
from pathlib import Path

import pytest
from acceptance_cards import MB, files_on, fill, pairs
from acceptance_desk import Desk
from acceptance_tools import arrived, contents, copies_at, footprints, go_on, ingest, pull, stopped_when
from loops import needs_loops, run

pytestmark = [pytest.mark.root, needs_loops]

PAIRS = pairs(6, raw=8, jpeg=2)
MORE = pairs(3, raw=8, jpeg=2, folder="102CANON")


def everything_is_home(desk: Desk) -> None:
    on_card = contents(files_on(desk.studio.card))
    assert contents(copies_at(desk.studio.ssd)) == on_card
    assert contents(copies_at(desk.studio.nas)) == on_card
    assert not desk.studio.leftovers()


@pytest.mark.parametrize("how", ["two folders", "a bind mount", "mounted twice"])
def test_two_destinations_on_one_device_are_refused_as_two(desk, tmp_path, how):
    fill(desk.card.mnt, PAIRS)
    second = desk.ssd.mnt / "Archive"
    second.mkdir()
    if how != "two folders":
        inside, second = second, desk.ssd.mnt.parent / "looks-like-another-disk"
        second.mkdir()
        run("mount", *(["--bind", inside] if how == "a bind mount" else [desk.ssd.device]), second)
    desk.studio.configure(nas=second)
    refused = ingest(desk.studio)
    assert refused.code == 13
    assert (refused.last["type"], refused.last["exit"]) == ("error", 13)
    assert "1 physical device" in refused.last["message"]
    assert not copies_at(desk.ssd.mnt)
    assert not list(desk.ssd.mnt.rglob(".safelight"))  # not even marked


def test_a_nas_that_is_not_mounted_gets_nothing_below_its_mount_point_and_catches_up_later(desk):
    studio = desk.studio
    fill(desk.card.mnt, PAIRS)
    assert ingest(studio).code == 0
    before = {place: footprints(place) for place in (studio.ssd, studio.nas)}
    fill(desk.card.mnt, MORE)
    desk.nas.unmount()

    alone = ingest(studio)
    assert (alone.code, alone.last["level"]) == (13, "not_yet")
    assert "destination" in alone.codes
    assert os.listdir(studio.nas) == []
    ssd = footprints(studio.ssd)
    assert {path: ssd[path] for path in before[studio.ssd]} == before[studio.ssd]
    assert len(ssd) == len(PAIRS) + len(MORE)

    desk.nas.mount()
    together = ingest(studio)
    assert (together.code, together.last["level"]) == (0, "safe")
    assert footprints(studio.ssd) == ssd  # only the copies of the NAS were made
    nas = footprints(studio.nas)
    assert {path: nas[path] for path in before[studio.nas]} == before[studio.nas]
    everything_is_home(desk)


def test_a_full_nas_is_told_before_the_first_byte_and_catches_up_when_it_has_room(desk):
    studio = desk.studio
    fill(desk.card.mnt, PAIRS)
    ballast = studio.nas / "holiday.mov"
    occupy(ballast, leave=40 * MB)

    answer = ingest(studio)
    assert (answer.code, answer.last["level"]) == (13, "not_yet")
    [reason] = [r for r in answer.last["reasons"] if r["code"] == "destination"]
    assert reason["text"].startswith("nas: full")
    assert copies_at(studio.nas) == [ballast]
    assert contents(copies_at(studio.ssd)) == contents(files_on(studio.card))
    ssd = footprints(studio.ssd)

    ballast.unlink()
    assert ingest(studio).code == 0
    assert footprints(studio.ssd) == ssd
    everything_is_home(desk)


def test_a_nas_that_fills_up_in_the_middle_costs_its_own_copies_alone(desk):
    studio = desk.studio
    fill(desk.card.mnt, PAIRS)
    running = studio.start("ingest", studio.card, "--json")
    stopped_when(running, lambda: arrived(studio.nas) >= 2)
    ballast = studio.nas / "somebody-else.mov"
    occupy(ballast, leave=0)
    answer = go_on(running)
    assert (answer.code, answer.last["level"]) == (13, "not_yet")
    [reason] = [r for r in answer.last["reasons"] if r["code"] == "destination"]
    assert reason["text"].startswith("nas: ")
    assert len(copies_at(studio.nas)) - 1 < len(PAIRS)
    assert contents(copies_at(studio.ssd)) == contents(files_on(studio.card))
    ssd = footprints(studio.ssd)

    ballast.unlink()
    assert ingest(studio).code == 0
    assert footprints(studio.ssd) == ssd
    everything_is_home(desk)


def occupy(path: Path, leave: int) -> None:
    """A file that takes all room of a file system but about `leave` bytes."""
    with contextlib.suppress(OSError), path.open("xb", buffering=0) as file:
        for piece in (1 * MB, 4096):
            while free_at(path.parent) > leave and file.write(bytes(piece)) == piece:
                pass
        os.fsync(file.fileno())


def free_at(place: Path) -> int:
    room = os.statvfs(place)
    return room.f_bavail * room.f_frsize


def test_a_nas_that_was_mounted_read_only_is_told_and_left_as_it_is(desk):
    studio = desk.studio
    fill(desk.card.mnt, PAIRS[:4])
    assert ingest(studio).code == 0
    fill(desk.card.mnt, MORE[:2])
    run("mount", "-o", "remount,ro", studio.nas)
    before = footprints(studio.nas)

    answer = ingest(studio)
    assert (answer.code, answer.last["level"]) == (13, "not_yet")
    [reason] = [r for r in answer.last["reasons"] if r["code"] == "destination"]
    assert "read-only" in reason["text"]
    assert footprints(studio.nas) == before

    run("mount", "-o", "remount,rw", studio.nas)
    assert ingest(studio).code == 0
    everything_is_home(desk)


def test_a_nas_that_loses_power_in_the_middle_is_not_counted_and_catches_up(desk):
    studio = desk.studio
    fill(desk.card.mnt, PAIRS)
    running = studio.start("ingest", studio.card, "--json")
    stopped_when(running, lambda: arrived(studio.nas) >= 4)
    pull(studio.nas)
    answer = go_on(running)
    assert answer.code in (11, 13)
    assert answer.last["level"] == "not_yet"
    assert contents(copies_at(studio.ssd)) == contents(files_on(studio.card))

    desk.nas.unmount()
    subprocess.run(["e2fsck", "-fp", desk.nas.device], capture_output=True, check=False)
    desk.nas.mount()
    assert ingest(studio).code == 0
    everything_is_home(desk)
