"""What a session says of its progress: by destination, never back, whole only when every copy is proven."""

import errno
import itertools
import os
import time

import pytest

from ingest.copying.proving import Prover
from ingest.copying.writing import Writer
from ingest.session import copy
from ingest.session import run as session_run
from ingest.session.meter import Meter
from ingest.session.reread import SecondRead


@pytest.fixture
def every_tick(monkeypatch):
    """JSON lines without their pause, so that a short ingest tells all it knows."""
    monkeypatch.setattr("ingest.session.meter._EVERY", 0.0)
    monkeypatch.setattr("ingest.cli.face_ingest._NEXT_PROGRESS", 0.0)


def copying(run):
    """The progress of each copying stage."""
    stages, found = [], None
    for line in run.lines:
        if line["type"] == "phase":
            found = [] if line["name"] == "copying" else None
            stages += [found] if found is not None else []
        elif line["type"] == "progressed" and found is not None:
            found.append(line)
    return stages


def check(steps, totals):
    for line in steps:
        for name, total in totals.items():
            assert line["proven"][name] <= line["copied"][name] <= total
    for before, after in itertools.pairwise(steps):
        assert before["percent"] <= after["percent"]
        for what in ("copied", "proven", "files"):
            assert all(before[what][name] <= after[what][name] for name in totals)


def test_the_stage_tells_what_each_destination_is_to_get_and_ends_with_all_of_it_proven(studio, every_tick):
    studio.shoot(5, size=3000)
    slow = studio.base / "slow"
    slow.mkdir()
    studio.configure(extra=f'[[destinations]]\nname = "slow"\nkind = "nas"\nroot = "{slow}"\nlimit = "50 MB/s"\n')
    run = studio.ingest()
    [phase] = [line for line in run.events("phase") if line["name"] == "copying"]
    totals = dict.fromkeys(("ssd", "nas", "slow"), 15_000)
    assert (phase["total"], phase["totals"]) == (15_000, totals)
    assert (phase["files"], phase["files_by"]) == (5, dict.fromkeys(totals, 5))
    assert phase["limits"] == {"slow": 50_000_000}
    [steps] = copying(run)
    check(steps, totals)
    end = steps[-1]
    assert (end["copied"], end["proven"], end["files"]) == (totals, totals, dict.fromkeys(totals, 5))
    assert (end["percent"], end["left"], end["stopped"]) == (100, 0.0, [])


def test_a_copy_that_fails_once_and_is_made_anew_is_counted_once(studio, every_tick, in_threads, sabotage):
    studio.shoot(4, size=3000)
    publish, failed = Prover._publish, []

    def failing(self, file, path):
        if self.place.name == "nas" and path.endswith(b"0002.JPG") and not failed:
            failed.append(path)
            raise OSError(5, os.strerror(5))
        publish(self, file, path)

    sabotage.setattr(Prover, "_publish", failing)
    run = studio.ingest()
    assert failed
    assert run.level == "safe"
    [steps] = copying(run)
    check(steps, {"ssd": 12_000, "nas": 12_000})
    assert all(line["percent"] < 100 for line in steps if line["files"]["nas"] < 4)  # on a slow machine there is none
    assert (steps[-1]["percent"], steps[-1]["files"]) == (100, {"ssd": 4, "nas": 4})


def test_a_destination_that_dies_is_named_and_the_stage_is_never_whole(studio, every_tick, in_threads, sabotage):
    studio.shoot(4, size=3000)
    fd_of = Writer._fd

    def full(self, file):
        if self.place.name == "nas":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return fd_of(self, file)

    sabotage.setattr(Writer, "_fd", full)
    run = studio.ingest()
    [steps] = copying(run)
    assert steps[-1]["stopped"] == ["nas"]
    assert steps[-1]["proven"] == {"ssd": 12_000, "nas": 0}
    assert steps[-1]["percent"] < 100


def test_the_engine_is_heard_at_most_ten_times_a_second(studio, sabotage):
    studio.shoot(2)
    clock, told = [100.0], []
    sabotage.setattr("ingest.session.meter.time.monotonic", lambda: clock[0])
    tick = Meter.tick

    def many(self, progress, stopped):
        before = self._session.emit
        self._session.emit = told.append
        for _ in range(1000):
            clock[0] += 0.001
            tick(self, progress, stopped)
        self._session.emit = before
        sabotage.setattr(Meter, "tick", tick)

    sabotage.setattr(Meter, "tick", many)
    studio.ingest()
    assert 5 <= len(told) <= 11


def test_what_the_second_read_found_wrong_is_copied_in_a_stage_of_its_own(studio, every_tick, sabotage):
    studio.shoot(3, size=3000)
    real, flipped = os.readv, []

    def readv(fd, buffers):
        count = real(fd, buffers)
        if count and not flipped and os.readlink(f"/proc/self/fd/{fd}").endswith("IMG_0002.JPG"):
            flipped.append(fd)
            buffers[0][0] ^= 1
        return count

    sabotage.setattr(os, "readv", readv)
    run = studio.ingest()
    assert run.level == "safe"
    names = [phase["name"] for phase in run.events("phase")]
    assert names[1:5] == ["copying", "reading again", "copying", "reading again"]
    all_of_it, anew = copying(run)
    check(all_of_it, {"ssd": 9000, "nas": 9000})
    check(anew, {"ssd": 3000, "nas": 3000})
    assert (all_of_it[-1]["percent"], anew[-1]["percent"]) == (100, 100)


def test_a_long_clip_that_is_read_again_moves_the_bar_before_its_end(studio, every_tick, sabotage):
    count = SecondRead._count
    sabotage.setattr(SecondRead, "_count", lambda self, size: (count(self, size), time.sleep(0.15)))
    sabotage.setattr(session_run, "copying", lambda session, recorded, _: copy.copying(session, recorded))
    studio.put("PRIVATE/M4ROOT/CLIP/C0001.MP4", b"clip" * (5 << 20))
    run = studio.ingest()
    start = next(n for n, line in enumerate(run.lines) if line.get("name") == "reading again")
    read = [line["read"] for line in run.lines[start:] if line["type"] == "progressed"]
    assert len(set(read)) > 2
    assert read == sorted(read)
    assert read[-1] == 20 << 20


# -- off a terminal -------------------------------------------------------------------------------------------------
def test_a_log_gets_a_line_a_minute_and_what_each_stage_has_done(studio, monkeypatch):
    studio.shoot(3, size=3000)
    quiet = studio.run("ingest", studio.card, "--no-input").err
    assert "Copying: " not in quiet
    assert "  ssd: 3 files, 9 kB, copied and proven" in quiet
    assert "  Reading the card a second time: 9 kB read" in quiet
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"one more")
    monkeypatch.setattr("ingest.cli.face_ingest._NEXT_LINE", 0.0)
    told = studio.run("ingest", studio.card, "--no-input").err.splitlines()
    assert "Copying: 100 % proven, ssd 8 of 8 B, nas 8 of 8 B" in told
    assert "Looking what is safe already: 9 of 9 kB" in told


def test_json_lines_have_a_pause_between_them_but_no_stage_ends_without_its_last(studio):
    studio.shoot(30, size=3000)
    run = studio.ingest()
    assert copying(run)[0][-1]["percent"] == 100
    reread = [line for line in run.lines[run.lines.index(copying(run)[0][-1]) :] if line["type"] == "progressed"][1:]
    assert reread[-1]["read"] == 90_000
    assert len(reread) < 30
