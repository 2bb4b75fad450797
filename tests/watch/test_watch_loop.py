"""The loop itself, in this process, with nothing mounted, and what status and doctor say of it."""

import contextlib
import os
import time
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import psutil
import pytest

from ingest.config import load
from ingest.disk.volumes import volume_of
from ingest.stream import store
from ingest.watch import loop
from ingest.watch.loop import Watcher, Wish
from ingest.watch.sights import Eyes


class Said:
    """A face that remembers the sentences."""

    keys = None

    def __init__(self):
        self.sentences = []

    def say(self, text, *, warns=False):
        self.sentences.append(text)

    def words(self):
        return []

    def show(self, table):
        pass

    def close(self):
        pass


@pytest.fixture
def watcher(studio, monkeypatch):
    """Runs a watcher for some looks; `looks`: the times at which others were called, `face`: what was said."""
    monkeypatch.setattr(loop, "_IDLE", 0.01)
    monkeypatch.setattr(loop, "_BUSY", 0.01)
    found = SimpleNamespace(face=Said(), looks=[])

    def run(looks, volumes=()):
        now = iter(range(1_790_000_000, 1_790_100_000))

        def every_look(at):
            found.looks.append(at)
            if len(found.looks) == looks:
                raise KeyboardInterrupt

        found.code = Watcher(
            studio.home, load(studio.home), found.face, Wish(),
            list_now=lambda: list(volumes), every_look=every_look, clock=lambda: float(next(now)),
        ).run()  # fmt: skip
        return found

    return run


def test_whoever_else_has_something_to_do_is_called_at_each_look_with_the_time(watcher):
    done = watcher(4)
    assert done.code == 0
    assert len(done.looks) == 4
    assert done.looks == sorted(done.looks)


def test_that_the_computer_slept_is_told_once_and_everything_is_looked_at_anew(watcher, monkeypatch):
    clocks = iter([(0.0, 0.0), (1.0, 1.0), (3602.0, 2.0), (3603.0, 3.0), (3604.0, 4.0)])
    monkeypatch.setattr(loop, "_clocks", lambda: next(clocks))
    asked = []
    monkeypatch.setattr(loop.Chores, "look", lambda self, now: asked.append(now))
    done = watcher(4)
    assert done.face.sentences == ["The computer slept. Everything is looked at again"]
    assert len(asked) == 2


def test_a_card_that_hangs_in_its_reader_is_told_once_and_the_watcher_goes_on(studio, watcher, monkeypatch):
    monkeypatch.setattr("ingest.watch.sights.is_card", lambda _volume: time.sleep(60))
    monkeypatch.setattr(loop, "Eyes", partial(Eyes, 0.2))
    monkeypatch.setattr("ingest.watch.mounts._SIGHTED", 1.0)
    card = replace(volume_of(b"/"), mount=b"/media/ann/EOS_A", label="EOS_A", fs_type="exfat")
    done = watcher(6, [card])
    assert done.face.sentences == ["EOS_A does not answer, do not format it. Try another reader or cable"]
    with contextlib.closing(store.open_stream(studio.home)) as stream:
        assert [told.body["label"] for told in store.told_of(stream, "card_silent", 0.0)] == ["EOS_A"]


class OneSession:
    """As a child that says nothing, runs for two turns and ends well."""

    def __init__(self, *_):
        self.pid, self.codes = os.getpid(), iter((None, None, 0))

    def code(self):
        return next(self.codes)

    def lines(self):
        return []

    def last_words(self):
        return ""

    def close(self):
        pass


def test_a_card_that_was_pulled_while_it_was_copied_is_gone_with_its_session(studio, watcher, monkeypatch):
    here = [replace(volume_of(b"/"), mount=b"/media/ann/EOS_A", label="EOS_A", fs_type="exfat")]
    told, waits = [], []

    def noting(what):
        return lambda *_, **__: told.append((what, len(waits)))

    for name in ("came", "began", "ended", "left"):
        monkeypatch.setattr(Said, name, noting(name), raising=False)
    studio.configure(extra='[watch]\nstart = "auto"\n')
    monkeypatch.setattr(loop, "Child", OneSession)
    monkeypatch.setattr("ingest.watch.sights.is_card", lambda _volume: True)
    monkeypatch.setattr(loop, "_IDLE", "long")
    monkeypatch.setattr(loop, "_BUSY", "short")

    def wait(self, how_long):
        waits.append(how_long)
        here.clear()
        return len(waits) == 1

    monkeypatch.setattr(loop.MountWatch, "wait", wait)
    watcher(6, here)
    assert told == [("came", 0), ("began", 0), ("ended", 3), ("left", 4)]
    assert waits == ["short", "short", "short", "short", "long"]


def test_status_and_doctor_say_how_the_watcher_is_where_one_was_ever_seen(studio, watcher):
    lines = [line for line in studio.run("status", "--json").lines if line["type"] == "watcher"]
    found = [line for line in studio.run("doctor", "--json").events("finding") if line["what"] == "watcher"]
    assert (lines, found) == ([], [])
    watcher(2)
    [line] = [line for line in studio.run("status", "--json").lines if line["type"] == "watcher"]
    assert line["text"].startswith("not running, ended ")
    assert not line["well"]
    assert "Watcher not running, ended " in studio.run("status").out
    [found] = [line for line in studio.run("doctor", "--json").events("finding") if line["what"] == "watcher"]
    assert (found["level"], found["todo"]) == ("note", "safelight watch --install")


def test_doctor_says_what_to_allow_where_cards_may_not_be_read(studio):
    with contextlib.closing(store.open_stream(studio.home)) as stream:
        body = {"pid": os.getpid(), "born": psutil.Process().create_time(), "may_read_cards": False}
        store.beat(stream, "watcher", time.time(), body | {"platform": "darwin"})
    [found] = [line for line in studio.run("doctor", "--json").events("finding") if line["what"] == "watcher"]
    assert found["text"] == "running, but may not read cards"
    assert found["todo"] == "allow it in Privacy & Security > Removable Volumes"
