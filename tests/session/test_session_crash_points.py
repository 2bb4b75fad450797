"""A session that ends at a chosen step, by kill -9 or by Ctrl-C: what has a final name is whole, and it goes on."""

import contextlib
import importlib
import multiprocessing
import os
import signal
import sqlite3

import pytest

from ingest.copying.engine import Engine
from ingest.copying.writing import Writer
from ingest.session import ending, judge

# where: the function; nth: which call of it; after: behind the call, not before it
POINTS = {
    "shoots are in the ledger": ("ingest.session.run", "make_shoots", 1, True),
    "the second file is opened": ("ingest.copying.writing", "Writer._fd", 5, True),
    "the second file is written": ("ingest.copying.writing", "Writer._write", 3, True),
    "nothing is flushed": ("ingest.copying.writing", "Writer._barrier", 1, False),
    "all is flushed at one place": ("ingest.copying.writing", "Writer._barrier", 1, True),
    "the first is proven, none named": ("ingest.copying.proving", "publish", 1, False),
    "some have their names": ("ingest.copying.proving", "publish", 3, True),
    "names are not durable": ("ingest.copying.proving", "Prover._make_names_durable", 1, False),
    "all is named, the ledger knows nothing": ("ingest.session.record", "record", 1, False),
    "the ledger did not commit": ("ingest.session.record", "add_copies", 1, True),
    "the ledger did commit": ("ingest.session.run", "make_empty_folders", 1, False),
    "the second read is half done": ("ingest.session.reread", "second_read", 3, True),
    "the second read is not yet in the ledger": ("ingest.session.reread", "agreed", 1, True),
    "one manifest of two is written": ("ingest.session.finish", "append_generation", 1, True),
    "the verdict is not written": ("ingest.session.judge", "record_verdict", 1, False),
}

ALL_IS_PROVEN = ("one manifest of two is written", "the verdict is not written")


def _end(session, number):
    os.kill(session, number)
    if number == signal.SIGKILL and os.getpid() != session:
        signal.pause()  # a worker does not live longer than its session


def ends_at(point, number):
    """A sabotage: the process gets a signal at that point."""
    module, name, nth, after = POINTS[point]

    def sabotage():
        session = os.getpid()  # the point may be in the process of a destination's worker
        owner = importlib.import_module(module)
        *classes, attribute = name.split(".")
        for part in classes:
            owner = getattr(owner, part)
        real, calls = getattr(owner, attribute), multiprocessing.get_context("fork").Value("i")

        def function(*words, **named):
            with calls.get_lock():
                calls.value += 1
                is_the_one = calls.value == nth
            if is_the_one and not after:
                _end(session, number)
            answer = real(*words, **named)
            if is_the_one and after:
                _end(session, number)
            return answer

        setattr(owner, attribute, function)

    return sabotage


def only_whole_files(studio, pictures):
    for place in (studio.ssd, studio.nas):
        for path, data in studio.copies(place).items():
            assert pictures[path.rpartition("/")[2]] == data, path


def is_as_if_nothing_had_happened(studio, pictures):
    """The names and bytes of an undisturbed session, each once; nothing left over; a sound ledger."""
    for place in (studio.ssd, studio.nas):
        assert {path.rpartition("/")[2]: data for path, data in studio.copies(place).items()} == pictures
        assert len(studio.copies(place)) == len(pictures)
    assert studio.leftovers() == []
    assert studio.ask("SELECT count(*) FROM intent") == [(0,)]
    assert studio.ask("SELECT count(*), count(DISTINCT asset_id) FROM copy") == [(2 * len(pictures), len(pictures))]
    with contextlib.closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_step_it_goes_on_as_if_nothing_had_happened(studio, point):
    pictures = studio.shoot(4)
    words = ("ingest", studio.card, "--json")
    assert studio.run_apart(ends_at(point, signal.SIGKILL), *words).code == -signal.SIGKILL
    only_whole_files(studio, pictures)
    assert studio.ask("SELECT count(*) FROM verdict") == [(0,)]
    assert studio.check().level == ("safe" if point in ALL_IS_PROVEN else "not_yet")
    assert studio.ingest().level == "safe"
    is_as_if_nothing_had_happened(studio, pictures)


@pytest.mark.parametrize("point", POINTS)
def test_interrupted_at_any_step_it_says_not_yet_tidies_up_and_goes_on(studio, point):
    pictures = studio.shoot(4)
    run = studio.run_apart(ends_at(point, signal.SIGINT), "ingest", studio.card, "--json")
    assert run.code == 130
    if point in ALL_IS_PROVEN:
        assert (run.last["type"], "Nothing is lost" in run.last["message"]) == ("error", True)
    else:
        assert (run.level, "interrupted" in run.codes) == ("not_yet", True)
    assert studio.leftovers() == []
    only_whole_files(studio, pictures)
    assert studio.ask("SELECT count(*) FROM verdict WHERE level = 'safe'") == [(0,)]
    assert studio.ingest().level == "safe"
    is_as_if_nothing_had_happened(studio, pictures)


def test_what_was_flushed_when_it_was_interrupted_is_finished_and_not_copied_again(studio):
    studio.shoot(4)

    def behind_the_plan():
        named, name, barrier = multiprocessing.get_context("fork").Event(), Engine.name, Writer._barrier
        Engine.name = lambda engine, paths: (name(engine, paths), named.set())[0]
        Writer._barrier = lambda writer, written: (named.wait(20), barrier(writer, written))[1]
        ends_at("all is flushed at one place", signal.SIGINT)()

    run = studio.run_apart(behind_the_plan, "ingest", studio.card, "--json")
    assert run.code == 130
    again = studio.ingest()
    [plan] = again.events("plan_made")
    assert (again.level, plan["to_copy"], plan["already_safe"]) == ("safe", 0, 4)


def test_a_session_that_was_told_to_outlive_its_terminal_does(studio):
    pictures = studio.shoot(4)

    def nohup():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        ends_at("some have their names", signal.SIGHUP)()

    assert studio.run_apart(nohup, "ingest", studio.card, "--json").level == "safe"
    is_as_if_nothing_had_happened(studio, pictures)


def test_killed_again_while_it_recovers_it_still_goes_on(studio):
    pictures = studio.shoot(4)
    for point in ("some have their names", "all is named, the ledger knows nothing", "the second read is half done"):
        run = studio.run_apart(ends_at(point, signal.SIGKILL), "ingest", studio.card, "--json")
        assert run.code == -signal.SIGKILL, point
        only_whole_files(studio, pictures)
    assert studio.ingest().level == "safe"
    is_as_if_nothing_had_happened(studio, pictures)


def test_an_impatient_second_ctrl_c_while_it_tidies_up_loses_nothing(studio):
    pictures = studio.shoot(4)

    def twice():
        ends_at("the second file is written", signal.SIGINT)()
        real = Engine.close
        Engine.close = lambda engine: (real(engine), os.kill(os.getpid(), signal.SIGINT))[0]

    run = studio.run_apart(twice, "ingest", studio.card, "--json")
    assert (run.code, run.level, "interrupted" in run.codes) == (130, "not_yet", True)
    only_whole_files(studio, pictures)
    assert studio.ingest().level == "safe"
    is_as_if_nothing_had_happened(studio, pictures)


def test_what_a_killed_session_of_another_card_left_is_not_touched(studio):
    studio.shoot(2)
    first = studio.card
    run = studio.run_apart(ends_at("nothing is flushed", signal.SIGKILL), "ingest", first, "--json")
    assert run.code == -signal.SIGKILL
    theirs = studio.leftovers()
    assert theirs
    studio.card = studio.base / "CARD B"
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"of another card")
    assert studio.ingest().level == "safe"
    assert studio.leftovers() == theirs  # that card's session may be running
    studio.card = first
    assert studio.ingest().level == "safe"
    assert studio.leftovers() == []


def test_what_a_killed_session_of_another_card_left_a_month_ago_is_swept(studio):
    studio.shoot(2)
    run = studio.run_apart(ends_at("nothing is flushed", signal.SIGKILL), "ingest", studio.card, "--json")
    assert run.code == -signal.SIGKILL
    assert studio.leftovers()
    with contextlib.closing(sqlite3.connect(studio.home / "ledger.sqlite", isolation_level=None)) as ledger:
        ledger.execute("UPDATE run SET started = started - 31 * 86400")
    studio.card = studio.base / "CARD B"
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"of another card")
    assert studio.ingest().level == "safe"
    assert studio.leftovers() == []
    assert studio.ask("SELECT count(*) FROM intent") == [(0,)]


def test_a_dead_destination_thread_never_becomes_silence(studio, sabotage):
    studio.shoot()
    sabotage.setattr("ingest.copying.proving.Prover._prove", lambda *_: 1 / 0)
    answer = studio.ingest()
    assert (answer.code, answer.level) == (11, "not_yet")
    assert answer.counts == {"files": 3, "open": 3}
    sabotage.undo()
    assert studio.ingest().level == "safe"


@pytest.mark.parametrize("step", ["write_manifests", "judge_session"])
def test_an_unknown_error_after_the_copies_gives_no_verdict(studio, sabotage, step):
    studio.shoot()
    sabotage.setattr(ending, step, lambda *_: 1 / 0)
    answer = studio.ingest()
    assert (answer.code, answer.last["type"], answer.events("verdict")) == (1, "error", [])
    assert studio.ask("SELECT count(*) FROM verdict") == [(0,)]
    sabotage.undo()
    assert studio.ingest().level == "safe"


def test_a_verdict_that_the_ledger_refuses_is_never_shown(studio, sabotage):
    studio.shoot()

    def forget_a_copy(*words, **named):
        with contextlib.closing(sqlite3.connect(studio.home / "ledger.sqlite", isolation_level=None)) as ledger:
            ledger.execute("UPDATE copy SET state = 'lost' WHERE id = 1")
        return real(*words, **named)

    real = judge.record_verdict
    sabotage.setattr(judge, "record_verdict", forget_a_copy)
    answer = studio.ingest()
    assert (answer.code, answer.last["type"], answer.events("verdict")) == (19, "error", [])
    assert "two proven copies" in answer.last["message"]
