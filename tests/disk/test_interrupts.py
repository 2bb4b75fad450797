"""Ctrl-C is raised where it can be caught, also when it came where Python would forget it."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from ingest.disk.forked import Forked
from ingest.disk.interrupts import hear, kept, told_again

ENOUGH = 20  # seconds

# A signal within a hook around the fork, as when another thread takes it while this one has it masked.
HOOK = """
import contextlib, os, signal, time
from ingest.disk.forked import Forked
from ingest.disk.interrupts import hear
signal.signal(signal.SIGTERM, hear)
os.register_at_fork(after_in_parent=lambda: signal.getsignal(signal.SIGTERM)(signal.SIGTERM, None))
try:
    Forked(lambda: time.sleep(60), ())
except KeyboardInterrupt:
    with contextlib.suppress(ChildProcessError):  # one that was not killed is waited for too long
        os.waitpid(-1, 0)
    print("interrupted")
"""


@pytest.fixture
def handled():
    """SIGTERM as a command handles it."""
    before = signal.signal(signal.SIGTERM, hear)
    yield
    signal.signal(signal.SIGTERM, before)


def test_one_that_comes_in_a_hook_around_a_fork_is_raised_behind_it_and_leaves_no_child():
    done = subprocess.run([sys.executable, "-c", HOOK], capture_output=True, text=True, timeout=ENOUGH, check=False)
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


def test_one_that_comes_while_signals_are_kept_is_raised_at_the_end_and_once(handled):
    steps = []

    def work():
        with kept(), kept():
            signal.raise_signal(signal.SIGTERM)
            steps.append("within")
        steps.append("never")

    with pytest.raises(KeyboardInterrupt):
        work()
    with kept():
        steps.append("later")
    assert steps == ["within", "later"]


def test_what_was_not_interrupted_is_not(handled):
    with kept():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


def test_one_that_comes_while_an_object_is_put_away_is_raised_a_moment_later(handled, monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)

    class Last:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), told_again(signal.SIGTERM):
        time.sleep(ENOUGH if Last() else 0)
    assert time.monotonic() - began < ENOUGH / 2
    assert told == []


def test_another_mistake_of_an_object_that_is_put_away_is_told_as_ever(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: told.append(unraisable.exc_type))

    class Wrong:
        def __del__(self):
            raise ValueError

    with told_again(signal.SIGTERM):
        Wrong()
    assert told == [ValueError]


def test_one_that_was_lost_at_the_very_end_interrupts_nothing_that_comes_behind(handled, monkeypatch):
    monkeypatch.setattr("ingest.disk.interrupts._AGAIN", 2.0)

    class Last:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    with told_again(signal.SIGTERM):
        Last()
        [again] = [thread for thread in threading.enumerate() if thread.name == "interrupt again"]
    again.join(ENOUGH)
    assert not again.is_alive()


def test_a_fork_in_another_thread_keeps_nothing_from_the_main_one(handled):
    children = []
    thread = threading.Thread(target=lambda: children.append(Forked(lambda: os._exit(0), ())))
    thread.start()
    thread.join(ENOUGH)
    assert children[0].wait(ENOUGH)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
