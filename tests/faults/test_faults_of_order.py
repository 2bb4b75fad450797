"""What comes before what: the barrier before the read-back, the name before the ledger, the ledger before the screen.

The power goes in the very moment between two steps: what the later one builds upon is on the medium by then.
"""

import contextlib
import multiprocessing
import os
import signal
import sqlite3

import pytest
from loops import needs_loops
from nothing_false import is_not_safe, nothing_is_false, photographs, sample, the_same_command_makes_it_safe
from rigs import faulty_disk, faulty_file_system, needs_fuse

from ingest.copying.proving import Prover
from ingest.copying.writing import Writer
from ingest.disk import fs_rules
from ingest.disk.atomic import write_durably
from ingest.disk.barrier import sync_files, sync_filesystem

pytestmark = [pytest.mark.root, needs_loops, needs_fuse]


def end(pid):
    """Kill that process from one of its own, or this one; nothing of it runs any further."""
    os.kill(pid, signal.SIGKILL)
    signal.pause()


def killed_before_it_is_read_back():
    session = os.getpid()

    def prove_all(prover, batch):
        if prover.place.name == "nas":
            end(session)

    Prover._prove_all = prove_all


def killed_when_the_copies_are_recorded():
    from ingest.session import copy

    real = copy.record_outcomes

    def record_outcomes(session, outcomes):
        real(session, outcomes)
        end(os.getpid())

    copy.record_outcomes = record_outcomes


def killed_when_the_verdict_is_recorded():
    from ingest.session import judge

    real = judge.record_verdict

    def record_verdict(*words, **named):
        real(*words, **named)
        end(os.getpid())

    judge.record_verdict = record_verdict


@pytest.mark.parametrize("fs", ["ext4", "xfs", "btrfs"])
def test_what_passed_the_barrier_outlives_a_power_cut_before_it_is_even_read_back(studio, tmp_path, fs):
    """F003. What is read back must be what a cut leaves; and beginnings of large files are built upon."""
    with faulty_disk(tmp_path / "bad-disk", fs) as disk:
        studio.configure(nas=disk.mnt)
        pictures = photographs(studio)
        disk.start_log()
        run = studio.run_apart(killed_before_it_is_read_back, "ingest", studio.card, "--json")
        assert run.code == -signal.SIGKILL

        def after(at):
            temporaries = (at / ".safelight" / "incoming").iterdir()
            assert sorted(path.read_bytes() for path in temporaries) == sorted(pictures.values())

        disk.cut(after)


@pytest.mark.parametrize("fs", ["ext4", "xfs", "btrfs"])
def test_what_the_ledger_calls_proven_outlives_a_power_cut_in_that_very_moment(studio, tmp_path, fs):
    """F004, F005. A row is written when its name is on the medium, not before."""
    with faulty_disk(tmp_path / "bad-disk", fs) as disk:
        studio.configure(nas=disk.mnt)
        pictures = photographs(studio)
        disk.start_log()
        run = studio.run_apart(killed_when_the_copies_are_recorded, "ingest", studio.card, "--json")
        assert run.code == -signal.SIGKILL

        def after(at):
            studio.configure(nas=at)
            nothing_is_false(studio, pictures)
            assert len(studio.copies(at)) == len(pictures)
            the_same_command_makes_it_safe(studio, pictures)

        disk.cut(after)


def test_a_verdict_that_is_about_to_be_shown_outlives_a_power_cut_of_the_ledgers_disk(studio, tmp_path):
    """F006. Nothing is shown that is not committed, and committed is what a cut leaves."""
    with faulty_disk(tmp_path / "own-disk") as disk:
        photographs(studio)
        studio.configure(home=disk.mnt)
        disk.start_log()
        run = studio.run_apart(killed_when_the_verdict_is_recorded, "ingest", studio.card, "--json")
        assert run.code == -signal.SIGKILL

        def after(at):
            with contextlib.closing(sqlite3.connect(at / "ledger.sqlite")) as ledger:
                assert ledger.execute("SELECT level FROM verdict").fetchall() == [("safe",)]
                assert ledger.execute("SELECT count(*) FROM copy WHERE state = 'proven'").fetchone() == (8,)

        disk.cut(after)


def test_a_file_whose_flush_failed_is_asked_once(faulty_nas):
    """F017. The next flush would say yes: the kernel has called the lost pages clean."""
    fds = [os.open(faulty_nas.mnt / name, os.O_CREAT | os.O_WRONLY) for name in ("A.JPG", "B.JPG", "C.JPG")]
    for fd in fds:
        os.write(fd, b"picture")
    faulty_nas.fail("fsync", "errno:EIO", times=1)
    errors = sync_files(fds)
    for fd in fds:
        os.close(fd)
    assert sorted(error.strerror if error else "" for error in errors) == ["", "", "Input/output error"]
    assert faulty_nas.counts("fsync") == 3


def test_an_error_that_another_program_was_told_first_is_still_told_to_the_barrier(studio, bad_disk, sabotage):
    """F030. A descriptor that is opened behind the error hears nothing of it; ours was open before the first write."""
    pictures = photographs(studio)
    bad_disk.fail("write", "errno:EIO", holds=sample(pictures["IMG_0002.JPG"]))
    real_barrier, real_prove = Writer._barrier, Prover._prove
    read_back = multiprocessing.get_context("fork").Value("i")

    def barrier(writer, written):
        if writer.place.name == "nas":
            theirs = os.open(bad_disk.mnt, os.O_RDONLY)
            with contextlib.suppress(OSError):
                sync_filesystem(theirs)
            os.close(theirs)
        real_barrier(writer, written)

    def prove(prover, file):
        read_back.value += prover.place.name == "nas"
        real_prove(prover, file)

    sabotage.setattr(Writer, "_barrier", barrier)
    sabotage.setattr(Prover, "_prove", prove)
    answer = studio.ingest()
    assert bad_disk.fired() >= 1
    is_not_safe(answer)
    assert read_back.value == 0  # the barrier lost them all; the read-back would have found one
    nothing_is_false(studio, pictures)
    sabotage.undo()
    bad_disk.repair()
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("mode", ["all", "random"])
def test_a_nas_by_smb_that_loses_its_power_right_after_the_verdict_holds_every_photograph(
    studio, faulty_nas, monkeypatch, without_a_history, mode
):
    """F042, F105. There a name is durable by a flush of the renamed file, through a descriptor that can write."""
    monkeypatch.setitem(fs_rules._RULES, "fuse.faulty", fs_rules._SMB)
    faulty_nas.tell("smb")
    pictures = photographs(studio)
    assert studio.ingest().level == "safe"
    faulty_nas.power_cut(mode)
    studio.configure(nas=faulty_nas.live)
    nothing_is_false(studio, pictures)
    assert studio.contents(studio.nas) == sorted(pictures.values())


@pytest.mark.parametrize("is_smb", [True, False])
def test_a_marker_or_a_manifest_outlives_a_power_cut_right_behind_it_also_on_smb(tmp_path, is_smb):
    """F042. New, and in the place of an older one; small files are written by a way of their own."""
    with faulty_file_system(tmp_path / "nas") as nas:
        if is_smb:
            nas.tell("smb")
        root = os.fsencode(nas.mnt)
        write_durably(root, b"marker", b"new", replace=False)
        write_durably(root, b"chain", b"first", replace=False)
        write_durably(root, b"chain", b"second", replace=True)
        nas.power_cut("all")
        left = {path.name: path.read_bytes() for path in nas.live.iterdir() if not path.name.startswith(".")}
        assert left == {"marker": b"new", "chain": b"second"}  # by SMB the temporary names may come back beside them
