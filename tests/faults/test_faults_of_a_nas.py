"""A NAS that hangs, stalls, goes or answers with other bytes, as its client meets it in the middle of a session."""

import os
import threading

import pytest
from acceptance_tools import pull
from loops import attached, loop_disk, needs_loops, run
from nothing_false import is_not_safe, nothing_is_false, photographs, sample, the_same_command_makes_it_safe
from rigs import needs_fuse

from ingest.copying.proving import Prover
from ingest.copying.writing import Writer

pytestmark = [pytest.mark.root, needs_loops, needs_fuse]

INCOMING = "/.safelight/incoming/*"
SECOND = "IMG_0002.JPG"


def told(answer):
    return " | ".join(reason["text"] for reason in answer.last["reasons"])


def when_at_the_nas(sabotage, owner, name, action):
    """Do something each time before the NAS's worker does this."""
    real = getattr(owner, name)

    def function(worker, *words):
        if worker.place.name == "nas":
            action()
        return real(worker, *words)

    sabotage.setattr(owner, name, function)


@pytest.mark.parametrize("moment", ["_write", "_barrier", "_prove_all", "_publish_all"])
def test_a_mount_that_goes_in_the_middle_leaves_a_local_folder_and_nothing_is_written_there(
    studio, tmp_path, sabotage, moment
):
    """F037. Whoever writes by the path from then on fills the system disk."""
    with loop_disk(tmp_path / "disks", 64) as disk:
        studio.configure(nas=disk.mnt)
        pictures = photographs(studio)
        owner = Writer if hasattr(Writer, moment) else Prover
        when_at_the_nas(sabotage, owner, moment, lambda: os.path.ismount(disk.mnt) and run("umount", "-l", disk.mnt))
        answer = studio.ingest()
        is_not_safe(answer)
        assert "nas: " in told(answer)
        assert os.listdir(disk.mnt) == []
        assert studio.contents(studio.ssd) == studio.on_card()
        nothing_is_false(studio, pictures, away=["nas"])
        sabotage.undo()
        disk.mount()
        nothing_is_false(studio, pictures)
        the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("op", ["write", "fsync", "read", "rename"])
def test_a_server_that_hangs_is_given_up_after_the_patience_and_catches_up(studio, faulty_nas, op):
    """F039. Calls that do not come back; the other destination is proven, and everything ends."""
    studio.configure(extra="[copying]\npatience = 1\n")
    pictures = photographs(studio)
    faulty_nas.fail(op, "hang:100", path=INCOMING)
    answer = studio.ingest()
    is_not_safe(answer)
    assert "nas: gone (it did not answer for 1 s)" in told(answer)
    assert "hear nas" not in [thread.name for thread in threading.enumerate()]  # it would hear the next one's
    assert studio.contents(studio.ssd) == studio.on_card()
    faulty_nas.repair()
    nothing_is_false(studio, pictures)
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("op", ["write", "fsync"])
def test_a_server_that_stalls_for_less_than_the_patience_costs_nothing(studio, faulty_nas, op):
    """F040. It was slow once, and answered."""
    studio.configure(extra="[copying]\npatience = 20\n")
    pictures = photographs(studio)
    faulty_nas.fail(op, "hang:2", path=INCOMING, times=1)
    the_same_command_makes_it_safe(studio, pictures)
    assert faulty_nas.fired() == 1


@pytest.mark.parametrize("error", ["EIO", "EHOSTDOWN"])
def test_a_server_that_is_gone_before_the_flush_is_not_rescued_when_it_comes_back(studio, faulty_nas, sabotage, error):
    """F038. NFS soft, SMB and SSHFS each with their own word. What was not flushed is copied again from the card."""
    pictures = photographs(studio)
    when_at_the_nas(sabotage, Writer, "_barrier", lambda: faulty_nas.tell("gone", errno=error))
    answer = studio.ingest()
    is_not_safe(answer)
    assert "nas: " in told(answer)
    assert studio.contents(studio.ssd) == studio.on_card()
    nothing_is_false(studio, pictures, away=["nas"])
    sabotage.undo()
    faulty_nas.repair()
    nothing_is_false(studio, pictures)
    the_same_command_makes_it_safe(studio, pictures)


def test_bytes_that_change_on_the_server_behind_the_clients_cache_are_found(studio, faulty_nas, sabotage):
    """F041. The client's memory still holds the good bytes, and a plain read gives those."""
    pictures = photographs(studio)
    rotten, live = sample(pictures[SECOND]), faulty_nas.live / ".safelight/incoming"

    def rot():
        for path in live.iterdir():
            data = path.read_bytes()
            if rotten in data:
                path.write_bytes(data.replace(rotten, bytes((rotten[0] ^ 1,)) + rotten[1:]))

    when_at_the_nas(sabotage, Prover, "_prove_all", rot)
    answer = studio.ingest()
    is_not_safe(answer, "do_not_format")
    assert answer.names("mismatch") == [f"DCIM/100CANON/{SECOND}"]
    nothing_is_false(studio, pictures)
    sabotage.undo()
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("options", [("attr_timeout=0", "entry_timeout=0")])  # a client that remembers no name
def test_a_snapshot_that_is_rolled_back_before_the_verdict_takes_its_copies_out_of_it(studio, faulty_nas, sabotage):
    """F046. The server forgot what it had, and every call had succeeded."""
    pictures = photographs(studio)
    from ingest.session import ending

    real = ending.judge_session

    def rolled_back(session):
        for path in (faulty_nas.live / "2025").rglob("*.JPG"):
            path.unlink()
        return real(session)

    sabotage.setattr(ending, "judge_session", rolled_back)
    answer = studio.ingest()
    is_not_safe(answer)
    assert len(answer.names("unproven")) == 4
    nothing_is_false(studio, pictures, away=["nas"])
    sabotage.undo()
    the_same_command_makes_it_safe(studio, pictures)


@pytest.mark.parametrize("wrong", [3600, -3600, 10 * 365 * 86400])
def test_a_server_whose_clock_is_wrong_changes_no_photograph(studio, faulty_nas, wrong):
    """F047. The times of the files are the card's; those of its folders and its inodes do not matter."""
    pictures = photographs(studio)
    assert studio.ingest().level == "safe"
    for folder in (faulty_nas.live / "2025", *(faulty_nas.live / "2025").iterdir()):
        info = folder.stat()
        os.utime(folder, (info.st_atime + wrong, info.st_mtime + wrong))
    assert studio.check().level == "safe"
    the_same_command_makes_it_safe(studio, pictures)


def test_a_drive_that_comes_back_under_another_number_in_the_middle_is_not_taken_for_itself(studio, tmp_path, sabotage):
    """F008. Suspended and woken: USB gives it a new device, the desktop mounts it where it was."""
    with loop_disk(tmp_path / "disks", 64) as disk, attached(disk.image) as number:
        studio.configure(nas=disk.mnt)
        pictures = photographs(studio)
        woken = tmp_path / "woken"

        def wake():
            if not woken.exists():
                woken.touch()
                pull(disk.mnt)
                run("umount", "-l", disk.mnt)
                run("mount", number, disk.mnt)

        when_at_the_nas(sabotage, Prover, "_prove_all", wake)
        answer = studio.ingest()
        is_not_safe(answer)
        assert "nas" in told(answer)
        assert studio.contents(studio.ssd) == studio.on_card()
        sabotage.undo()
        nothing_is_false(studio, pictures)
        the_same_command_makes_it_safe(studio, pictures)
