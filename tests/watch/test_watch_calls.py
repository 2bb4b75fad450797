"""The watcher calls a person: each thing once, and a desktop that does not answer keeps no card waiting."""

import threading
from types import SimpleNamespace

import pytest

from ingest.cli.do_watch import Calling


class Herald:
    """Takes as long as the test says."""

    def __init__(self, *_words, tell):
        self.tell, self.looks, self.begun, self.go = tell, [], threading.Event(), threading.Event()

    def look(self, now):
        self.looks.append(now)
        self.begun.set()
        self.go.wait(30)
        self.tell(f"not sent at {now:.0f}")


@pytest.fixture
def said():
    return []


@pytest.fixture
def calling(monkeypatch, said):
    monkeypatch.setattr("ingest.cli.do_watch.Herald", Herald)
    return Calling(None, None, SimpleNamespace(say=lambda text, warns: said.append((text, warns))))


def test_a_desktop_that_does_not_answer_keeps_no_card_waiting(calling, said):
    calling(1.0)
    assert calling._herald.begun.wait(30)
    for now in (2.0, 3.0):
        calling(now)
    assert calling._herald.looks == [1.0]
    calling._herald.go.set()
    calling.last(4.0)
    assert calling._herald.looks == [1.0, 4.0]
    calling(5.0)
    assert said == [("not sent at 1", True), ("not sent at 4", True)]


@pytest.mark.parametrize("is_started", [False, True])
def test_a_watch_that_is_ended_while_a_look_is_being_begun_calls_once_more_and_ends(calling, monkeypatch, is_started):
    def interrupted(thread):
        if is_started:
            threading._start_new_thread(thread._target, thread._args)
        raise KeyboardInterrupt

    calling._herald.go.set()
    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        calling(1.0)
    calling.last(2.0)
    assert calling._herald.looks in ([2.0], [1.0, 2.0])
