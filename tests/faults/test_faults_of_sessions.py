"""Sessions that meet one another, their own remains, or a second fault while they recover from the first."""

import os
import signal

import pytest
from acceptance_tools import end_of
from loops import loop_disk, needs_loops
from nothing_false import nothing_is_false, photographs, the_same_command_makes_it_safe
from rigs import faulty_file_system, needs_fuse
from studio import Studio

from ingest.copying.proving import Prover
from ingest.disk.readback import Buffer, read_around_cache
from ingest.model.copies import Method

NOBODY = 65534


@pytest.mark.root
@needs_fuse
def test_power_that_is_cut_again_while_it_recovers_loses_nothing(studio, tmp_path, like_a_nas):
    """F010. Three cuts, each behind another step; the fourth session needs no help."""
    pictures = photographs(studio)
    for step in ("_prove_all", "_publish_all", "_make_names_durable"):
        with faulty_file_system(tmp_path / "nas") as nas:
            studio.configure(nas=nas.mnt)
            run = studio.run_apart(killed_behind(step), "ingest", studio.card, "--json")
            assert run.code == -signal.SIGKILL
            nas.power_cut("random")
    with faulty_file_system(tmp_path / "nas") as nas:
        studio.configure(nas=nas.mnt)
        nothing_is_false(studio, pictures)
        the_same_command_makes_it_safe(studio, pictures)


def killed_behind(step):
    """A sabotage: the session dies when the NAS's worker has done this once."""

    def sabotage():
        session, real = os.getpid(), getattr(Prover, step)

        def function(prover, *words):
            real(prover, *words)
            if prover.place.name == "nas":
                os.kill(session, signal.SIGKILL)
                signal.pause()

        setattr(Prover, step, function)

    return sabotage


def test_two_stations_that_bring_one_card_home_at_once_are_both_safe_and_nothing_is_there_twice(studio):
    """F080. Each with a ledger of its own, to the same destinations."""
    pictures = photographs(studio, count=12)
    assert studio.run("doctor").code == 0  # the destinations are marked by the first who comes
    other = Studio(studio.base / "other station")
    other.configure(card=studio.card, ssd=studio.ssd, nas=studio.nas)
    running = [one.start("ingest", one.card, "--json") for one in (studio, other)]
    answers = [end_of(process) for process in running]
    for one, answer in zip((studio, other), answers, strict=True):
        assert answer.last["type"] in ("verdict", "error"), answer.err
        nothing_is_false(one, pictures)
        the_same_command_makes_it_safe(one, pictures)


def test_a_temporary_name_that_is_taken_already_is_never_written_into(studio, sabotage):
    """F086. The dice gave the same name twice: what lies there belongs to somebody."""
    pictures = photographs(studio)
    assert studio.ingest().level == "safe"
    more = photographs(studio, count=6)
    sabotage.setattr("ingest.session.copy.secrets.token_hex", lambda _: "the-same")
    incoming = studio.nas / ".safelight" / "incoming"
    taken = [incoming / f"r2-the-same-{batch}-{number}" for batch in range(3) for number in range(8)]
    for path in taken:
        path.write_bytes(b"somebody's")
    studio.ingest()
    assert {path.read_bytes() for path in taken if path.exists()} <= {b"somebody's"}
    nothing_is_false(studio, more)
    assert pictures.items() <= more.items()
    sabotage.undo()
    the_same_command_makes_it_safe(studio, more)


@pytest.mark.root
@needs_loops
def test_a_file_of_somebody_else_whose_cache_cannot_be_looked_into_proves_nothing(tmp_path):
    """F108. For a file that one neither owns nor may write, mincore says that all of it is in memory."""
    with loop_disk(tmp_path / "disks", 32) as disk:
        path = disk.mnt / "IMG_0001.JPG"
        path.write_bytes(os.urandom(100_000))
        os.sync()
        fd = os.open(path, os.O_RDONLY)
        child = os.fork()
        if child == 0:
            code = 99
            try:
                os.setresuid(NOBODY, NOBODY, NOBODY)
                code = 0 if read_around_cache(fd, (), Buffer(), Method.DIRECT).method is Method.CACHED else 1
            finally:
                os._exit(code)
        os.close(fd)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
