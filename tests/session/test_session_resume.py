"""A large file that was interrupted is gone on with where it stood, and still proven whole."""

import os
import shutil
import signal
import sqlite3
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest.copying import resume
from ingest.copying.reader import Reader
from ingest.session import room, run

MIB = 1 << 20
CLIP = "DCIM/100CANON/MVI_0001.MP4"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """A file is large from 8 MiB on, and its chunks are of 1 MiB: what is interrupted costs the tests less."""
    for part in ("copying.resume", "copying.reading", "copying.reader", "session.partial"):
        monkeypatch.setattr(f"ingest.{part}.RESUMED_FROM", 8 * MIB)
    monkeypatch.setattr("ingest.copying.resume.CHUNK", MIB)


@pytest.fixture
def clip(studio):
    """A clip of 24 MiB and a picture."""
    studio.shoot(1)
    data = os.urandom(24 * MIB)
    studio.put(CLIP, data)
    return data


def _chunks(studio):
    with sqlite3.connect(studio.home / "ledger.sqlite", timeout=10) as ledger:
        return ledger.execute("SELECT count(*) FROM chunk").fetchone()[0]


def _beginnings(studio):
    """What the staging folders hold of the clip, once it is 8 MiB."""
    return [path for path in studio.leftovers() if path.stat().st_size >= 8 * MIB]


def at_two_thirds(studio, action):
    """A sabotage: when 16 MiB of the clip were read and 8 are written and in the ledger, something happens."""

    def sabotage():
        real = Reader._add

        def add(self, file, number, count):
            real(self, file, number, count)
            if self.read >= 16 * MIB and file.job.file.size > 8 * MIB:
                self._hand_over()
                end = time.monotonic() + 20
                while (_chunks(studio) < 8 or len(_beginnings(studio)) < 2) and time.monotonic() < end:
                    time.sleep(0.02)
                action()

        Reader._add = add

    return sabotage


@pytest.fixture
def read_in(sabotage):
    """Bytes that the copying room read from the card from now on, by card path."""
    real, found = Reader._add, {}

    def add(self, file, number, count):
        found[file.job.file.path] = found.get(file.job.file.path, 0) + count
        real(self, file, number, count)

    sabotage.setattr(Reader, "_add", add)
    return found


def interrupt(studio, how):
    """End an ingest in the middle of the clip."""
    if how == "pulled":
        away = studio.base / "in a pocket"

        def pull():
            studio.card.rename(away)
            raise OSError(5, "Input/output error")

        run = studio.run_apart(at_two_thirds(studio, pull), "ingest", studio.card, "--json")
        assert (run.level, "card gone" in run.codes) == ("not_yet", True)
        away.rename(studio.card)
        return
    number = {"killed": signal.SIGKILL, "interrupted": signal.SIGINT}[how]

    def end():
        os.kill(os.getpid(), number)
        time.sleep(1)

    run = studio.run_apart(at_two_thirds(studio, end), "ingest", studio.card, "--json")
    assert run.code in (-signal.SIGKILL, 130)


@pytest.mark.parametrize("how", ["killed", "interrupted", "pulled"])
def test_a_large_file_goes_on_where_it_was_interrupted(studio, clip, read_in, how):
    interrupt(studio, how)
    assert not [name for name in {**studio.copies(studio.ssd), **studio.copies(studio.nas)} if name.endswith("MP4")]
    assert len(_beginnings(studio)) == 2
    assert studio.check().level == "not_yet"
    answer = studio.ingest()
    assert answer.level == "safe"
    assert 0 < read_in[CLIP.encode()] <= 16 * MIB  # 8 of 24 were kept at least
    assert studio.copy_of(studio.ssd, "MVI_0001.MP4").read_bytes() == clip
    assert studio.holds_everything()
    assert studio.leftovers() == []
    assert studio.ask("SELECT (SELECT count(*) FROM chunk), (SELECT count(*) FROM partial)") == [(0, 0)]
    assert studio.ask("SELECT count(*) FROM intent") == [(0,)]


def test_a_beginning_that_rotted_meanwhile_is_not_built_upon(studio, clip, read_in):
    interrupt(studio, "killed")
    for path in _beginnings(studio):
        with path.open("r+b") as file:
            file.seek(2 * MIB + 5)
            byte = file.read(1)
            file.seek(2 * MIB + 5)
            file.write(bytes([byte[0] ^ 1]))
    assert studio.ingest().level == "safe"
    assert read_in[CLIP.encode()] >= 22 * MIB
    assert studio.copy_of(studio.nas, "MVI_0001.MP4").read_bytes() == clip
    assert studio.leftovers() == []


def test_a_beginning_of_a_file_that_was_changed_on_the_card_is_thrown_away(studio, clip, read_in):
    interrupt(studio, "killed")
    other = os.urandom(24 * MIB)
    studio.put(CLIP, other, 1_700_000_000_000_000_000)
    assert studio.ingest().level == "safe"
    assert read_in[CLIP.encode()] == 24 * MIB
    assert studio.copy_of(studio.ssd, "MVI_0001.MP4").read_bytes() == other
    assert studio.leftovers() == []
    assert studio.ask("SELECT count(*) FROM intent") == [(0,)]


def test_a_destination_that_lost_its_beginning_is_fed_by_the_other_one(studio, clip, read_in):
    interrupt(studio, "killed")
    for path in studio.leftovers():
        if studio.nas in path.parents:
            path.unlink()
    assert studio.ingest().level == "safe"
    assert read_in[CLIP.encode()] <= 16 * MIB
    assert studio.holds_everything()
    assert studio.leftovers() == []


def test_the_beginning_outlives_a_session_without_that_destination(studio, clip, read_in):
    interrupt(studio, "killed")
    away = studio.nas.with_name("nas unplugged")
    studio.nas.rename(away)
    assert studio.ingest().level == "not_yet"
    away.rename(studio.nas)
    answer = studio.ingest()
    assert answer.level == "safe"
    assert studio.holds_everything()
    assert studio.leftovers() == []


def test_a_large_file_that_is_interrupted_in_its_first_chunk_leaves_nothing_behind(studio, clip):
    def sabotage():
        real = Reader._add

        def add(self, file, number, count):
            real(self, file, number, count)
            if file.job.file.size > 8 * MIB:
                self._hand_over()
                while len(studio.leftovers()) < 2:
                    time.sleep(0.02)
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(1)

        Reader._add = add
        resume.CHUNK = 16 * MIB

    ended = studio.run_apart(sabotage, "ingest", studio.card, "--json")
    assert (ended.code, ended.level) == (130, "not_yet")
    assert studio.leftovers() == []
    assert studio.ingest().level == "safe"
    assert studio.ask("SELECT count(*) FROM intent") == [(0,)]


def test_a_large_file_that_is_interrupted_while_the_plan_is_made_is_gone_on_with_or_swept(studio, clip, read_in):
    def sabotage():
        real, reached = Reader._add, threading.Event()

        def add(self, file, number, count):
            real(self, file, number, count)
            if self.read >= 16 * MIB and file.job.file.size > 8 * MIB:
                self._hand_over()
                while len(_beginnings(studio)) < 2:
                    time.sleep(0.02)
                reached.set()
                self._live.__self__._stop.wait(20)

        def captures_of(*_):
            reached.wait(20)
            raise KeyboardInterrupt

        Reader._add, run.captures_of = add, captures_of

    ended = studio.run_apart(sabotage, "ingest", studio.card, "--json")
    assert (ended.code, ended.level) == (130, "not_yet")
    assert len(_beginnings(studio)) == 2
    assert studio.ingest().level == "safe"
    assert 0 < read_in[CLIP.encode()] <= 16 * MIB
    assert studio.leftovers() == []
    assert studio.ask("SELECT count(*) FROM intent") == [(0,)]


def test_the_room_that_a_beginning_holds_is_room_for_its_file(studio, clip, read_in, sabotage):
    interrupt(studio, "killed")
    real = os.fstatvfs

    def small_disk(fd):
        """A disk of 42 MiB: the card, what is held in reserve, and little more."""
        state = real(fd)
        used = sum(path.stat().st_blocks * 512 for path in Path(f"/proc/self/fd/{fd}/").rglob("*") if path.is_file())
        return SimpleNamespace(f_bavail=(42 * MIB - used) // state.f_frsize, f_frsize=state.f_frsize)

    sabotage.setattr(room, "os", SimpleNamespace(**{**vars(os), "fstatvfs": small_disk}))
    answer = studio.ingest()
    assert answer.level == "safe", answer.last
    assert 0 < read_in[CLIP.encode()] <= 16 * MIB
    assert studio.holds_everything()


def test_a_beginning_of_content_that_is_safe_by_now_is_swept(studio, clip):
    interrupt(studio, "killed")
    other = studio.base / "OTHER CARD"
    shutil.copytree(studio.card, other)
    assert studio.run("ingest", other, "--json").level == "safe"
    assert len(_beginnings(studio)) == 2
    assert studio.ingest().level == "safe"
    assert studio.leftovers() == []
    assert studio.ask("SELECT (SELECT count(*) FROM chunk), (SELECT count(*) FROM intent)") == [(0, 0)]
