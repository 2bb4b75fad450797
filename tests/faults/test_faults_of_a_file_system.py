"""A destination whose calls fail: what it answered once is believed, and never asked again until it says yes."""

import os
import signal

import pytest
from nothing_false import is_not_safe, nothing_is_false, photographs, sample, the_same_command_makes_it_safe
from rigs import faulty_file_system, needs_fuse

from ingest.copying.proving import Prover

pytestmark = [pytest.mark.root, needs_fuse]

INCOMING = "/.safelight/incoming/*"
SECOND = "IMG_0002.JPG"


def reasons(answer):
    return " | ".join(f"{reason['text']} ({reason['next_step']})" for reason in answer.last["reasons"])


def test_a_faulty_file_system_without_a_fault_is_as_good_as_any(studio, faulty_nas):
    """The rig itself: what the other tests of this file find is the fault's doing."""
    the_same_command_makes_it_safe(studio, photographs(studio))


def test_a_file_system_behind_another_program_holds_the_copies_and_proves_nothing(studio, tmp_path):
    """F026. By FUSE: nobody can tell whether a read came from the medium or from that program's memory."""
    pictures = photographs(studio)
    with faulty_file_system(tmp_path / "fuse") as rig:
        studio.configure(nas=rig.mnt)
        answer = studio.ingest()
        is_not_safe(answer)
        assert "unprovable" in answer.codes
        assert studio.holds_everything()
        methods = "SELECT DISTINCT method FROM proof JOIN copy c ON c.id = copy_id JOIN destination d"
        assert studio.ask(f"{methods} ON d.id = destination_id WHERE d.name = 'nas'") == [("cached",)]
        nothing_is_false(studio, pictures)


@pytest.mark.parametrize(
    ("op", "error"), [("write", "ENOSPC"), ("fsync", "ENOSPC"), ("flush", "EDQUOT"), ("create", "EDQUOT")]
)
def test_a_destination_that_is_full_in_whatever_call_is_told_to_be_full(studio, faulty_nas, op, error):
    """F013, F015. NFS tells a full disk or a quota at fsync or close only. The other destination completes."""
    pictures = photographs(studio)
    faulty_nas.fail(op, f"errno:{error}", path=INCOMING)
    answer = studio.ingest()
    assert faulty_nas.fired() >= 1
    is_not_safe(answer)
    assert "nas: full" in reasons(answer)
    nothing_is_false(studio, pictures)
    assert studio.contents(studio.ssd) == studio.on_card()
    assert (studio.copies(studio.nas), studio.leftovers()) == ({}, [])
    faulty_nas.repair()
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("op", ["write", "fsync", "flush"])
def test_an_input_output_error_in_whatever_call_loses_the_copy_and_leaves_nothing(studio, faulty_nas, op):
    """F016, F017, F018. It stays: the files are named, the other destination completes."""
    pictures = photographs(studio)
    faulty_nas.fail(op, "errno:EIO", path=INCOMING)
    answer = studio.ingest()
    assert faulty_nas.fired() >= 1
    is_not_safe(answer)
    assert len(answer.names("unproven")) == 4
    assert "Input/output error" in reasons(answer)
    nothing_is_false(studio, pictures)
    assert studio.contents(studio.ssd) == studio.on_card()
    assert (studio.copies(studio.nas), studio.leftovers()) == ({}, [])
    faulty_nas.repair()
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("op", ["fsync", "flush"])
def test_a_flush_that_failed_once_is_not_rescued_by_one_that_succeeds(studio, faulty_nas, op):
    """F017, F018. After a failed flush the kernel calls the lost pages clean: the bytes are written anew."""
    pictures = photographs(studio, count=1)
    faulty_nas.fail("write", "zero", holds=sample(pictures["IMG_0001.JPG"]), times=1)  # what the failed flush lost
    faulty_nas.fail(op, "errno:EIO", path=INCOMING, times=1)
    answer = studio.ingest()
    assert faulty_nas.fired() == 2
    assert (answer.code, answer.level) == (0, "safe")
    nothing_is_false(studio, pictures)
    assert studio.holds_everything()
    assert studio.leftovers() == []


def test_a_name_that_the_folder_did_not_make_durable_is_no_copy(studio, faulty_nas):
    """F019. EIO of the fsync of the shoot's folder."""
    pictures = photographs(studio)
    faulty_nas.fail("fsyncdir", "errno:EIO", path="/2025/*")
    answer = studio.ingest()
    assert faulty_nas.fired() >= 1
    is_not_safe(answer)
    assert "Input/output error" in reasons(answer)
    nothing_is_false(studio, pictures)
    assert studio.copies(studio.nas) == {}
    faulty_nas.repair()
    the_same_command_makes_it_safe(studio, pictures)


def test_a_folder_whose_flush_failed_once_gets_its_names_anew_before_they_count(studio, faulty_nas, without_a_history):
    """F019. A flush is not asked twice for the same name: what it lost would stay lost while it says yes."""
    pictures = photographs(studio, count=1)
    faulty_nas.fail("fsyncdir", "errno:EIO", path="/2025/*", times=1)
    faulty_nas.fail("rename", "hang:0", path=INCOMING)  # counts them
    answer = studio.ingest()
    assert (faulty_nas.fired(), answer.level) == (1 + 2, "safe")
    faulty_nas.power_cut()
    studio.configure(nas=faulty_nas.live)
    nothing_is_false(studio, pictures)


def test_names_that_a_killed_session_gave_are_made_durable_before_they_count(studio, faulty_nas, without_a_history):
    """F004, F005. Killed between the rename and the flush of the folder; the next one finds equal files there."""
    pictures = photographs(studio)
    run = studio.run_apart(killed_before_names_are_durable, "ingest", studio.card, "--json")
    assert run.code == -signal.SIGKILL
    assert len(studio.copies(studio.nas)) + len(studio.copies(studio.ssd)) >= 4
    assert studio.ingest().level == "safe"
    faulty_nas.power_cut()
    studio.configure(nas=faulty_nas.live)
    nothing_is_false(studio, pictures)
    assert studio.contents(studio.nas) == sorted(pictures.values())


@pytest.mark.parametrize("folder", ["/", "/2025"])
def test_a_new_folder_that_could_not_be_made_durable_is_made_anew(studio, faulty_nas, without_a_history, folder):
    """F019. EIO of the flush above a new folder: with it go all names in it, however well they were flushed."""
    pictures = photographs(studio)
    faulty_nas.fail("mkdir", "hang:0", path="/2025*")  # counts them
    faulty_nas.fail("fsyncdir", "errno:EIO", path=folder, nth=2 if folder == "/" else 1)
    answer = studio.ingest()
    assert (faulty_nas.fired(), answer.level) == (1 + 3, "safe")
    faulty_nas.power_cut()
    studio.configure(nas=faulty_nas.live)
    nothing_is_false(studio, pictures)


def test_a_folder_that_a_killed_session_made_is_durable_before_its_files_count(studio, faulty_nas, without_a_history):
    """F004. Killed between making a folder and flushing the one above it; the next session finds the folder there."""
    pictures = photographs(studio)
    run = studio.run_apart(killed_before_a_folder_is_durable, "ingest", studio.card, "--json")
    assert run.code == -signal.SIGKILL
    assert (faulty_nas.mnt / "2025").is_dir()
    assert studio.ingest().level == "safe"
    faulty_nas.power_cut()
    studio.configure(nas=faulty_nas.live)
    nothing_is_false(studio, pictures)


def killed_before_a_folder_is_durable():
    session, real = os.getpid(), os.fsync

    def fsync(fd):
        path = os.readlink(f"/proc/self/fd/{fd}")
        if os.path.isdir(os.path.join(path, "2025")) and "faulty-nas" in path:
            os.kill(session, signal.SIGKILL)
            signal.pause()
        real(fd)

    os.fsync = fsync


def killed_before_names_are_durable():
    session, real = os.getpid(), Prover._make_names_durable

    def make_durable(prover):
        if prover.place.name == "nas":
            os.kill(session, signal.SIGKILL)
            signal.pause()
        real(prover)

    Prover._make_names_durable = make_durable


def test_a_rename_that_says_yes_and_does_nothing_is_found_by_the_last_look(studio, faulty_nas):
    """F032. Every call succeeded; only the file is not there."""
    pictures = photographs(studio)
    faulty_nas.fail("rename", "drop", path=INCOMING, nth=2)
    answer = studio.ingest()
    assert faulty_nas.fired() == 1
    is_not_safe(answer)
    assert len(answer.names("unproven")) == 1
    faulty_nas.repair()
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("error", ["EACCES", "ESTALE", "EHOSTDOWN", "ENOTCONN"])
def test_a_server_that_turns_its_client_away_in_the_middle_is_named(studio, faulty_nas, error):
    """F045. The login expired, the export is gone, the server does not answer."""
    pictures = photographs(studio)
    faulty_nas.fail("write", f"errno:{error}", path=INCOMING, nth=3)
    faulty_nas.fail("create", f"errno:{error}", path=INCOMING, nth=3)
    answer = studio.ingest()
    assert faulty_nas.fired() >= 1
    if answer.level != "safe":  # EACCES once is tried again
        is_not_safe(answer)
        assert "nas" in reasons(answer)
    nothing_is_false(studio, pictures)
    assert studio.contents(studio.ssd) == studio.on_card()
    faulty_nas.repair()
    the_same_command_makes_it_safe(studio, pictures)


def test_a_file_too_large_for_the_file_system_is_named_and_all_others_are_copied(studio, faulty_nas):
    """F036. FAT32 ends at 4 GiB: EFBIG, here from 256 KiB on."""
    pictures = photographs(studio)
    for name in pictures:
        if name != SECOND:
            pictures[name] = pictures[name][:100_000]
            studio.put(f"DCIM/100CANON/{name}", pictures[name])
    faulty_nas.fail("write", "errno:EFBIG", path=INCOMING, off_min=256 << 10)
    answer = studio.ingest()
    assert faulty_nas.fired() >= 1
    is_not_safe(answer)
    assert answer.names("unproven") == [f"DCIM/100CANON/{SECOND}"]
    assert "File too large" in reasons(answer)
    nothing_is_false(studio, pictures)
    assert len(studio.copies(studio.nas)) == 3
    faulty_nas.repair()
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("mode", ["all", "random"])
def test_a_nas_that_loses_its_power_right_after_the_verdict_holds_every_photograph(
    studio, faulty_nas, without_a_history, mode
):
    """F006, F042. Whatever POSIX does not promise is lost: only what was flushed, and its names, are there."""
    pictures = photographs(studio)
    assert studio.ingest().level == "safe"
    faulty_nas.power_cut(mode)
    studio.configure(nas=faulty_nas.live)
    nothing_is_false(studio, pictures)
    assert studio.contents(studio.nas) == sorted(pictures.values())
