"""Ctrl-C, an ordinary kill, a closed terminal, kill -9: no false word, no torn file, and the same command goes on."""

import os
import signal
import sqlite3
import time

import pytest

from ingest.session.reread import SecondRead

FILES = 60


def fill(studio):
    """A card that takes a second or two; gives what is on it."""
    for number in range(FILES):
        studio.put(f"DCIM/100CANON/IMG_{number:04d}.JPG", os.urandom(1_500_000))
    return {path.name: path.read_bytes() for path in studio.card.rglob("*.JPG")}


def started(studio):
    """An ingest as a process of its own that has begun to copy."""
    process = studio.start("ingest", studio.card, "--json", "--no-input")
    for line in process.stdout:
        if '"phase", "name": "copying"' in line:
            return process
    raise AssertionError(process.stderr.read())


def only_whole_files(studio, on_card):
    """Whatever has a final name has all its bytes."""
    for place in (studio.ssd, studio.nas):
        for path, data in studio.copies(place).items():
            assert data == on_card[path.rpartition("/")[2]], path


def ledger_is_sound(studio):
    with sqlite3.connect(studio.home / "ledger.sqlite") as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        safe = ledger.execute("SELECT count(*) FROM verdict WHERE level = 'safe'").fetchone()[0]
    ledger.close()
    return safe


def becomes_safe(studio, on_card):
    run = studio.ingest()
    assert (run.code, run.last["level"]) == (0, "safe"), run.out + run.err
    assert run.last["counts"]["proven"] == FILES
    for place in (studio.ssd, studio.nas):
        copies = studio.copies(place)
        assert {path.rpartition("/")[2]: data for path, data in copies.items()} == on_card
        assert len(copies) == FILES  # nothing lies there twice under a second name
    assert studio.leftovers() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_session_that_is_asked_to_end_says_not_yet_and_tidies_up(studio, number):
    on_card = fill(studio)
    process = started(studio)
    time.sleep(0.1)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    if process.returncode == 0:  # it was quicker than the signal: then it is safe, and rightly so
        pytest.fail("the card was too small for this machine: make it larger")
    assert process.returncode == 130, out + err
    assert '"level": "not_yet"' in out.splitlines()[-1]
    assert '"code": "interrupted"' in out.splitlines()[-1]
    assert studio.leftovers() == []
    only_whole_files(studio, on_card)
    assert ledger_is_sound(studio) == 0
    becomes_safe(studio, on_card)


@pytest.mark.parametrize("after", [0.0, 0.3, 0.8])
def test_a_session_that_is_killed_anywhere_leaves_nothing_false_and_goes_on(studio, after):
    on_card = fill(studio)
    process = started(studio)
    time.sleep(after)
    process.kill()
    process.communicate(timeout=60)
    only_whole_files(studio, on_card)
    ledger_is_sound(studio)
    becomes_safe(studio, on_card)


def test_a_second_session_on_the_same_card_is_told_to_wait(studio):
    on_card = fill(studio)
    first = started(studio)
    second = studio.ingest()
    assert second.code == 12
    assert "Another session is working on the card" in second.last["message"]
    out, err = first.communicate(timeout=120)
    assert first.returncode == 0, out + err
    becomes_safe(studio, on_card)


def test_ctrl_c_does_not_wait_until_a_clip_is_read_a_second_time_to_its_end(studio, sabotage):
    studio.put("DCIM/100CANON/MVI_0001.MP4", os.urandom(24 << 20))
    real, seen = SecondRead._count, []

    def count(self, size):
        if not seen:
            seen.append(self)
            os.kill(os.getpid(), signal.SIGINT)
            self._stop.wait(20)
        real(self, size)

    sabotage.setattr(SecondRead, "_count", count)
    run = studio.ingest()
    assert (run.code, run.level) == (130, "not_yet")
    assert 0 < seen[0].read < 24 << 20
    sabotage.undo()
    assert studio.ingest().level == "safe"
