"""Destinations that are missing, full, read-only, unmarked or taken: the others go on, nothing is lost."""

import errno
import os
import shutil
from dataclasses import replace

import pytest
from studio import tree_of

from ingest.copying import destination
from ingest.copying.destination import OpenDestination
from ingest.copying.proving import Prover
from ingest.errors import DestinationMissing
from ingest.session import record


def take_away(place):
    """Unplug a destination; gives how to plug it in again."""
    away = place.with_name(place.name + " unplugged")
    place.rename(away)
    return lambda: away.rename(place)


@pytest.fixture
def writes_fail(sabotage):
    """Let every write below a folder end in an error, from the nth on; gives how to say which, and how to end it."""
    write, broken = os.write, {}

    def failing(fd, data):
        target = os.readlink(f"/proc/self/fd/{fd}")
        for folder, state in broken.items():
            if target.startswith(f"{folder}/"):
                state["left"] -= 1
                if state["left"] < 0:
                    raise OSError(state["error"], os.strerror(state["error"]))
        return write(fd, data)

    sabotage.setattr(os, "write", failing)

    def fail(folder, error, after=0):
        broken[folder / ".safelight" / "incoming"] = {"error": error, "left": after}
        return broken.clear

    return fail


def test_a_destination_that_was_absent_catches_up_with_only_what_it_lacks(studio):
    studio.shoot(4)
    plug_in = take_away(studio.nas)
    run = studio.ingest()
    assert (run.code, run.level) == (13, "not_yet")
    assert "destination" in run.codes
    assert run.counts == {"files": 4, "open": 4}
    assert studio.contents(studio.ssd) == studio.on_card()
    assert not studio.nas.exists()
    [problem] = run.events("destination_problem")
    assert (problem["name"], "there is no folder" in problem["problem"]) == ("nas", True)
    plug_in()
    before = tree_of(studio.ssd / "2025")
    again = studio.ingest()
    assert (again.code, again.level) == (0, "safe")
    assert studio.holds_everything()
    after = tree_of(studio.ssd / "2025")
    assert {path: info for path, info in after.items() if "ascmhl" not in path} == {
        path: info for path, info in before.items() if "ascmhl" not in path
    }
    assert again.counts == {"files": 4, "proven": 4, "new": 4}  # none of them was safe before
    assert studio.ask("SELECT count(*), count(DISTINCT asset_id) FROM copy WHERE state = 'proven'") == [(8, 4)]


def test_a_known_destination_that_is_absent_leaves_the_verdict_at_not_yet_and_check_says_so_at_once(studio):
    studio.shoot()
    assert studio.ingest().code == 0
    plug_in = take_away(studio.nas)
    run = studio.check()
    assert (run.code, run.level, "destination" in run.codes) == (11, "not_yet", True)
    plug_in()
    assert studio.check().level == "safe"


def test_when_no_destination_is_there_nothing_is_begun(studio):
    studio.shoot()
    for place in (studio.ssd, studio.nas):
        take_away(place)
    run = studio.ingest()
    assert (run.code, run.last["type"]) == (13, "error")
    assert "there is no folder" in run.last["message"]
    assert not studio.ssd.exists()


def test_a_destination_without_room_is_told_before_the_first_byte_and_the_other_goes_on(studio, sabotage):
    studio.shoot()
    statvfs, full = os.fstatvfs, {str(studio.nas)}

    def answer(fd):
        state = list(statvfs(fd))
        if os.readlink(f"/proc/self/fd/{fd}") in full:
            state[4] = 10  # f_bavail
        return os.statvfs_result(state)

    sabotage.setattr("ingest.session.room.os.fstatvfs", answer)
    run = studio.ingest()
    assert (run.code, run.level) == (13, "not_yet")
    assert any("full: 17 MB are needed, 1 MB are free" in reason["text"] for reason in run.last["reasons"])
    assert studio.copies(studio.nas) == {}
    assert studio.contents(studio.ssd) == studio.on_card()
    full.add(str(studio.ssd))
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"one more")
    both = studio.ingest()
    assert (both.code, both.last["type"]) == (13, "error")
    assert "No destination has room" in both.last["message"]
    full.clear()
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()


@pytest.mark.parametrize(
    ("error", "words"), [(errno.ENOSPC, "No space left"), (errno.EROFS, "Read-only"), (errno.ESTALE, "Stale")]
)
def test_a_destination_that_ends_in_the_middle_is_given_up_and_the_other_completes(studio, writes_fail, error, words):
    studio.shoot(5)
    repair = writes_fail(studio.nas, error, after=2)
    run = studio.ingest()
    assert (run.code, run.level) == (13, "not_yet")
    assert any(words in reason["text"] for reason in run.last["reasons"])
    assert studio.contents(studio.ssd) == studio.on_card()
    assert set(studio.copies(studio.nas).values()) <= set(studio.on_card())
    assert studio.leftovers() == []
    repair()
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()


def test_a_write_error_that_passes_is_tried_again(studio, in_threads, sabotage, writes_fail):
    studio.shoot()
    repair, batches = writes_fail(studio.nas, errno.EIO), []
    real = record.record
    sabotage.setattr(record, "record", lambda *words, **named: batches.append(repair()) or real(*words, **named))
    run = studio.ingest()
    assert len(batches) == 2
    assert (run.code, run.level) == (0, "safe")
    assert studio.holds_everything()
    assert studio.leftovers() == []


def test_a_write_error_that_stays_leaves_the_file_unproven_and_named(studio, writes_fail):
    studio.shoot()
    writes_fail(studio.nas, errno.EIO)
    run = studio.ingest()
    assert (run.code, run.level) == (11, "not_yet")
    assert "unproven" in run.codes
    assert len(run.names("unproven")) == 3
    assert studio.contents(studio.ssd) == studio.on_card()
    assert studio.copies(studio.nas) == {}


def test_a_destination_mounted_read_only_is_told_and_the_other_one_gets_its_copies(studio, sabotage):
    real = destination.volume_of
    sabotage.setattr(
        destination,
        "volume_of",
        lambda root, **how: replace(real(root, **how), read_only=root == os.fsencode(studio.nas)),
    )
    studio.shoot()
    run = studio.ingest()
    assert (run.code, run.level) == (13, "not_yet")
    assert any("read-only" in reason["text"] for reason in run.last["reasons"])
    assert studio.contents(studio.ssd) == studio.on_card()
    assert tree_of(studio.nas) == {}


def test_a_dead_mount_leaves_a_folder_without_its_marker_and_nothing_is_written_there(studio):
    studio.shoot()
    assert studio.ingest().code == 0
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"new")
    take_away(studio.nas)
    studio.nas.mkdir()
    run = studio.ingest()
    assert (run.code, run.level) == (13, "not_yet")
    assert any("not the destination that was used before" in reason["text"] for reason in run.last["reasons"])
    assert tree_of(studio.nas) == {}
    assert b"new" in studio.contents(studio.ssd)


def test_another_drive_at_the_same_path_is_refused_and_nothing_is_written_there(studio):
    studio.shoot()
    assert studio.ingest().code == 0
    shutil.copytree(studio.nas, studio.base / "other drive")
    marker = studio.base / "other drive" / ".safelight" / "destination.json"
    marker.write_text(marker.read_text().replace('"marker": "', '"marker": "0'))
    take_away(studio.nas)
    (studio.base / "other drive").rename(studio.nas)
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"new")
    before = tree_of(studio.nas)
    run = studio.ingest()
    assert (run.code, run.level) == (13, "not_yet")
    assert any("another destination lies at" in reason["text"] for reason in run.last["reasons"])
    assert tree_of(studio.nas) == before
    assert studio.check().level == "not_yet"


def test_a_destination_that_is_reached_by_a_link_is_as_good_as_any(studio):
    studio.shoot()
    (studio.base / "archive").symlink_to(studio.nas)
    studio.configure(nas=studio.base / "archive")
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    assert studio.holds_everything()


def test_a_foreign_file_of_the_same_name_stays_as_it_is_and_ours_lies_beside_it(studio):
    studio.shoot()
    assert studio.ingest("--shoot", "Wedding").code == 0
    studio.put("DCIM/101CANON/IMG_0001.JPG", b"of this evening")
    theirs = studio.copy_of(studio.nas, "IMG_0002.JPG").with_name("IMG_0001-2.JPG")
    theirs.write_bytes(b"somebody else's")
    run = studio.ingest("--shoot", "Wedding")
    assert (run.code, run.level) == (0, "safe")
    assert theirs.read_bytes() == b"somebody else's"
    assert studio.copy_of(studio.ssd, theirs.name).read_bytes() == b"of this evening"
    assert studio.contents(studio.ssd) == studio.on_card()
    assert studio.contents(studio.nas) == sorted([*studio.on_card(), b"somebody else's"])


def test_a_link_planted_instead_of_a_shoots_folder_is_not_followed(studio):
    studio.shoot()
    outside = studio.base / "outside"
    outside.mkdir()
    (studio.nas / "2025").symlink_to(outside)
    run = studio.ingest()
    assert run.level != "safe"
    assert list(outside.iterdir()) == []
    assert studio.contents(studio.ssd) == studio.on_card()
    (studio.nas / "2025").unlink()
    assert studio.ingest().level == "safe"


def test_copies_of_a_destination_that_was_away_for_a_moment_do_not_stay_in_its_staging_folder(studio, sabotage):
    studio.shoot()
    real = OpenDestination.check_identity

    def away(self):
        if self.name == "nas":
            raise DestinationMissing("nas is no longer mounted")
        real(self)

    sabotage.setattr(OpenDestination, "check_identity", away)
    assert studio.ingest().level == "not_yet"
    assert (studio.copies(studio.nas), studio.leftovers()) == ({}, [])
    sabotage.undo()
    assert studio.ingest().level == "safe"
    assert studio.ask("SELECT count(*) FROM intent") == [(0,)]


def test_what_lies_in_the_staging_folder_of_a_destination_that_is_away_is_swept_when_it_is_back(studio, sabotage):
    studio.shoot()
    gone, prove = studio.base / "unplugged", Prover._prove_all

    def pull(self, batch):
        prove(self, batch)
        if self.place.name == "nas":
            studio.nas.rename(gone)

    sabotage.setattr(Prover, "_prove_all", pull)
    assert studio.ingest().level == "not_yet"
    gone.rename(studio.nas)
    assert len(studio.leftovers()) == 3
    sabotage.undo()
    assert studio.ingest().level == "safe"
    assert studio.leftovers() == []
