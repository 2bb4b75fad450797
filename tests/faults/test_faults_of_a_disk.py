"""A disk that fails beneath a real file system: what it says, what it does, and what it only says it does."""

import mmap
import multiprocessing
import os
import subprocess

import pytest
from loops import needs_loops
from nothing_false import is_not_safe, nothing_is_false, photographs, sample, the_same_command_makes_it_safe
from rigs import faulty_disk, needs_fuse, rot
from xxhash import xxh3_128_digest

from ingest.copying.proving import Prover
from ingest.copying.writing import Writer

pytestmark = [pytest.mark.root, needs_loops, needs_fuse]

SECOND = "IMG_0002.JPG"


@pytest.mark.parametrize("action", ["flip", "drop", "zero"])
def test_bytes_that_are_spoilt_on_their_way_to_the_medium_are_found_and_written_again(studio, bad_disk, action):
    """F020, F021. Once: the copy is made again from the card. The disk said that all is well."""
    pictures = photographs(studio)
    bad_disk.fail("write", action, holds=sample(pictures[SECOND]), times=1)
    answer = studio.ingest()
    assert bad_disk.fired() == 1
    assert (answer.code, answer.level) == (0, "safe")
    bad_disk.plug_in_again()  # the cache still holds what was meant to be written
    nothing_is_false(studio, pictures)
    assert studio.holds_everything()
    assert studio.leftovers() == []


@pytest.mark.parametrize("action", ["flip", "drop"])
def test_a_disk_that_always_spoils_a_photograph_never_holds_it_under_its_name(studio, bad_disk, action):
    """F020, F021. Always: that file is named, with what to do; no other is concerned."""
    pictures = photographs(studio)
    bad_disk.fail("write", action, holds=sample(pictures[SECOND]))
    answer = studio.ingest()
    assert bad_disk.fired() >= 2
    is_not_safe(answer, "do_not_format")
    assert answer.names("mismatch") == [f"DCIM/100CANON/{SECOND}"]
    assert answer.counts["proven"] == 3
    nothing_is_false(studio, pictures)
    bad_disk.repair()
    the_same_command_makes_it_safe(studio, pictures)


def test_a_bit_that_is_flipped_only_while_it_is_read_back_costs_another_copy(studio, bad_disk):
    """F022. The copy on the medium was good, but nobody can know that."""
    pictures = photographs(studio)
    bad_disk.fail("read", "flip", holds=sample(pictures[SECOND]), times=1)
    answer = studio.ingest()
    assert bad_disk.fired() == 1
    assert (answer.code, answer.level) == (0, "safe")
    nothing_is_false(studio, pictures)
    assert studio.holds_everything()
    assert studio.leftovers() == []


def test_a_disk_that_refuses_to_write_a_photograph_is_told_and_the_other_copies_are_made(studio, bad_disk):
    """F016. EIO of the device; the kernel tells it at the barrier."""
    pictures = photographs(studio)
    bad_disk.fail("write", "errno:EIO", holds=sample(pictures[SECOND]))
    answer = studio.ingest()
    assert bad_disk.fired() >= 1
    is_not_safe(answer)
    nothing_is_false(studio, pictures)
    assert studio.contents(studio.ssd) == studio.on_card()
    bad_disk.repair()
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("times", [1, 1000])
def test_bytes_that_the_disk_refuses_in_the_background_are_not_forgotten_by_the_barrier(studio, tmp_path, times):
    """F030. Large enough to be written back while the copy still goes on; the root was opened before that."""
    with faulty_disk(tmp_path / "bad-disk", size_mb=120) as disk:
        studio.configure(nas=disk.mnt)
        pictures = photographs(studio, count=1, size=24 << 20)
        disk.fail("write", "errno:EIO", holds=sample(pictures["IMG_0001.JPG"]), times=times)
        answer = studio.ingest()
        assert disk.fired() >= min(times, 2)
        if times > 1:
            is_not_safe(answer)
        nothing_is_false(studio, pictures)
        assert studio.contents(studio.ssd) == studio.on_card()
        disk.repair()
        the_same_command_makes_it_safe(studio, pictures)


def test_a_disk_that_lies_about_its_flushes_is_found_out_when_it_is_plugged_in_again(studio, bad_disk):
    """F027. At copy time nobody can know it. Afterwards the verdict is withdrawn and the copies are made anew."""
    pictures = photographs(studio, count=2)
    assert studio.ingest().level == "safe"  # marked while the disk was still honest
    pictures = photographs(studio, count=4)
    bad_disk.start_log()
    bad_disk.tell("lieflush", on=True)
    assert studio.ingest().level == "safe"

    def plugged_in_again(at):
        studio.configure(nas=at)
        check = studio.check()
        is_not_safe(check)
        assert len(check.names("unproven")) == 2
        nothing_is_false(studio, pictures, away=["nas"])
        the_same_command_makes_it_safe(studio, pictures)

    bad_disk.cut(plugged_in_again)


@pytest.mark.parametrize("moment", ["first write", "barrier", "read-back", "names"])
def test_a_drive_that_is_pulled_at_any_moment_is_named_and_catches_up(studio, bad_disk, sabotage, moment):
    """F029. Every call fails from then on; the other destination completes."""
    pictures = photographs(studio)
    owner, name = MOMENTS[moment]
    real = getattr(owner, name)

    def pull(worker, *words):
        if worker.place.name == "nas":
            bad_disk.tell("gone")
        return real(worker, *words)

    sabotage.setattr(owner, name, pull)
    answer = studio.ingest()
    is_not_safe(answer)
    assert "nas" in " ".join(reason["text"] for reason in answer.last["reasons"])
    assert studio.contents(studio.ssd) == studio.on_card()
    nothing_is_false(studio, pictures, away=["nas"])
    sabotage.undo()
    bad_disk.repair()
    bad_disk.plug_in_again()
    the_same_command_makes_it_safe(studio, pictures)


MOMENTS = {
    "first write": (Writer, "_write"),
    "barrier": (Writer, "_barrier"),
    "read-back": (Prover, "_prove"),
    "names": (Prover, "_make_names_durable"),
}


@pytest.mark.parametrize("mode", ["flushed", "random"])
@pytest.mark.parametrize("fs", ["ext4", "xfs", "btrfs"])
def test_a_drive_that_loses_its_power_right_after_the_verdict_holds_every_photograph(
    studio, tmp_path, without_a_history, fs, mode
):
    """F006, F007. What lies behind its last flush is lost, or torn and in another order."""
    with faulty_disk(tmp_path / "bad-disk", fs) as disk:
        studio.configure(nas=disk.mnt)
        pictures = photographs(studio)
        disk.start_log()
        assert studio.ingest().level == "safe"

        def after(at):
            studio.configure(nas=at)
            assert studio.contents(at) == sorted(pictures.values())
            nothing_is_false(studio, pictures)

        disk.cut(after, mode=mode, seed=1)


def test_copies_that_lost_their_power_before_their_names_were_durable_are_not_in_the_ledger(studio, bad_disk, sabotage):
    """F003, F004. Cut between the rename and the flush of the folder; the next session finds what there is."""
    pictures = photographs(studio)
    bad_disk.start_log()
    sabotage.setattr("ingest.session.record.record", lambda *_words, **_named: 1 / 0)
    assert studio.ingest().code == 1

    def after(at):
        studio.configure(nas=at)
        nothing_is_false(studio, pictures)
        sabotage.undo()
        the_same_command_makes_it_safe(studio, pictures)

    bad_disk.cut(after, mode="random", seed=2)


@pytest.mark.parametrize("fs", ["ext4", "xfs", "btrfs"])
def test_a_medium_that_changes_behind_a_good_cache_is_found_by_the_read_back(studio, tmp_path, fs):
    """F023, F025, F109. A bit flips after the barrier; every plain read still gives the good bytes."""
    with faulty_disk(tmp_path / "bad-disk", fs) as disk:
        studio.configure(nas=disk.mnt)
        pictures = photographs(studio)
        rotten, real = sample(pictures[SECOND]), Prover._prove_all
        flipped = multiprocessing.get_context("fork").Value("i")

        def flip(prover, batch):
            if prover.place.name == "nas" and not flipped.value:
                [held] = [file for file in batch.durable if file.xxh128 == xxh3_128_digest(pictures[SECOND])]
                warm = os.open(held.name, os.O_RDONLY, dir_fd=prover.place.incoming_fd)
                assert rotten in os.pread(warm, len(pictures[SECOND]), 0)
                os.close(warm)
                rot(disk.image, rotten)
                flipped.value = 1
            real(prover, batch)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Prover, "_prove_all", flip)
            answer = studio.ingest()
        assert flipped.value == 1
        assert (answer.code, answer.level) == (0, "safe")  # made again, elsewhere on the medium
        nothing_is_false(studio, pictures)
        disk.disk.unmount()
        disk.disk.mount()
        assert studio.contents(studio.nas) == sorted(pictures.values())


def test_a_copy_that_another_program_keeps_in_memory_is_not_called_proven(studio, bad_disk):
    """F024. Its pages stay in the cache as long as it is mapped, so that no read can show what the medium holds."""
    pictures = photographs(studio, count=2)
    real = Prover._prove_all

    def prove_all(prover, batch):
        mapped = []
        for file in batch.durable if prover.place.name == "nas" else ():
            fd = os.open(file.name, os.O_RDONLY, dir_fd=prover.place.incoming_fd)
            mapped.append(mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ))
            os.close(fd)
            assert mapped[-1][::4096]
        real(prover, batch)
        for one in mapped:
            one.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prover, "_prove_all", prove_all)
        answer = studio.ingest()
    is_not_safe(answer)
    assert len(answer.names("unproven")) == 2
    nothing_is_false(studio, pictures)
    the_same_command_makes_it_safe(studio, pictures)


def test_a_file_system_that_turns_read_only_in_the_middle_is_told(studio, bad_disk, sabotage):
    """F028. As the kernel does after an error of the medium."""
    pictures = photographs(studio)
    real = Writer._write

    def write(writer, *words):
        if writer.place.name == "nas":
            subprocess.run(["mount", "-o", "remount,abort", bad_disk.mnt], check=True)
        real(writer, *words)

    sabotage.setattr(Writer, "_write", write)
    answer = studio.ingest()
    is_not_safe(answer)
    assert "nas: " in " ".join(reason["text"] for reason in answer.last["reasons"])
    assert studio.contents(studio.ssd) == studio.on_card()
    nothing_is_false(studio, pictures)
    sabotage.undo()
    bad_disk.plug_in_again()
    the_same_command_makes_it_safe(studio, pictures)
