"""Two who work at the same time with one card, one ledger, one destination: one waits, or both are whole."""

import json
import os
import random
import signal
import subprocess
import sys

import pytest
from acceptance_tools import end_of
from nothing_false import nothing_is_false, photographs, the_same_command_makes_it_safe
from studio import EVENING, Run, Studio

from ingest.manifest.history import read_history

WATCHING = """
import os, sys
import ingest.cli.do_watch as verb
from ingest.disk.volumes import volume_of
from dataclasses import replace
card = os.fsencode(sys.argv.pop())
verb.list_volumes = lambda before: [replace(volume_of(card), mount=card, label="CARD")]
from ingest.cli.main import run
run()
"""


def at_once(*started: "subprocess.Popen[str]") -> list[Run]:
    return [end_of(process) for process in started]


def another(studio: Studio, name: str, **changes: object) -> Studio:
    """A studio with a card and a home of its own, and the destinations of this one."""
    other = Studio(studio.base / name)
    other.configure(ssd=studio.ssd, nas=studio.nas, **changes)
    return other


def histories_are_whole(studio: Studio) -> None:
    """Every history is believed, and each photograph is in one; what lies there is what it says."""
    for place in (studio.ssd, studio.nas):
        told = set()
        for folder in {path.parent for path in place.rglob("ascmhl") if ".safelight" not in path.parts}:
            history = read_history(os.fsencode(folder))
            for path, known in history.files.items():
                found = folder / os.fsdecode(path)
                assert found.stat().st_size == known.size, found
                told.add(str(found.relative_to(place)))
        assert told == set(studio.copies(place))


def test_two_commands_that_begin_at_the_same_moment_on_a_new_ledger_are_both_safe_or_one_waits(studio):
    """F079. Nothing is there yet: no ledger, no marker, no lock."""
    pictures = photographs(studio, count=8)
    answers = at_once(*(studio.start("ingest", studio.card, "--json") for _ in range(3)))
    codes = sorted(answer.code for answer in answers)
    assert codes[0] == 0, [answer.out + answer.err for answer in answers]
    assert set(codes) <= {0, 12}, [answer.out + answer.err for answer in answers]
    nothing_is_false(studio, pictures)
    the_same_command_makes_it_safe(studio, pictures)
    histories_are_whole(studio)


def test_two_cards_with_the_same_names_come_home_at_once_to_one_ledger_and_nothing_is_mixed(studio):
    """F079. The same camera, the same counter: every name is taken twice."""
    pictures = photographs(studio, count=8)
    second = Studio(studio.base / "second card")
    more = photographs(second, count=8, seed=2)
    answers = at_once(*(studio.start("ingest", card, "--json") for card in (studio.card, second.card)))
    for answer in answers:
        assert answer.last["type"] in ("verdict", "error"), answer.err
    for card in (studio.card, second.card):
        again = studio.run("ingest", card, "--json")
        assert (again.code, again.level) == (0, "safe"), again.out + again.err
    for place in (studio.ssd, studio.nas):
        assert studio.contents(place) == sorted((*pictures.values(), *more.values()))
    assert studio.leftovers() == []
    histories_are_whole(studio)


def test_two_stations_with_cards_of_the_same_names_share_new_destinations_and_nothing_is_mixed(studio):
    """F080. Neither knows of the other, and both are the first to use the destinations."""
    other = another(studio, "other station")
    pictures, more = photographs(studio, count=8), photographs(other, count=8, seed=2)
    answers = at_once(*(one.start("ingest", one.card, "--json") for one in (studio, other)))
    for answer in answers:
        assert answer.last["type"] in ("verdict", "error"), answer.err
    for one, own, theirs in ((studio, pictures, more), (other, more, pictures)):
        nothing_is_false(one, own, theirs=theirs.values())
        the_same_command_makes_it_safe(one, own, theirs=theirs.values())
    histories_are_whole(studio)


@pytest.fixture
def running(studio):
    """An ingest of large files that has begun to copy, and what is on its card."""
    dice = random.Random(3)
    for number in range(40):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", dice.randbytes(1_500_000), EVENING)
    process = studio.start("ingest", studio.card, "--json")
    for line in process.stdout:
        if '"phase", "name": "copying"' in line:
            break
    yield process
    process.kill()
    process.communicate()


def test_a_rebuild_of_the_ledger_is_refused_while_a_session_works_with_it(studio, running):
    """F079. Else the session would write its proofs into a file that is no ledger any more."""
    before = (studio.home / "ledger.sqlite").stat().st_ino
    running.send_signal(signal.SIGSTOP)
    answer = end_of(studio.start("ledger", "rebuild", "--json"))
    running.send_signal(signal.SIGCONT)
    assert answer.code == 12, answer.out + answer.err
    assert "session" in answer.last["message"]
    assert end_of(running).code == 0
    assert (studio.home / "ledger.sqlite").stat().st_ino == before
    assert studio.ingest().level == "safe"


def test_a_watch_that_finds_the_card_of_a_running_session_says_so_and_goes_on(studio, running):
    """F079. It is no reason to end the watch."""
    environment = {**os.environ, "SAFELIGHT_HOME": str(studio.home)}
    words = ("watch", "--auto", "--json", str(studio.card))
    running.send_signal(signal.SIGSTOP)
    watch = subprocess.Popen(
        [sys.executable, "-c", WATCHING, *words],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in watch.stdout:
        if '"type": "error"' in line:
            break
    running.send_signal(signal.SIGCONT)
    assert json.loads(line)["exit"] == 12, line
    assert watch.poll() is None
    watch.terminate()
    assert end_of(watch).code == 0
    assert end_of(running).code == 0
    assert studio.ingest().level == "safe"
