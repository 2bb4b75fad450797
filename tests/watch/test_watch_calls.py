"""The watcher calls a person: each thing once, and a desktop that does not answer keeps no card waiting."""

import threading
from types import SimpleNamespace

import pytest

from ingest.cli.do_watch import Calling


class Herald:
    """Takes as long as the test says."""

    def __init__(self, *_words, tell):
        self.tell, self.looks, self.begun, self.go = tell, [], threading.Event(), threading.Event()
        self.threads, self.error = [], None

    def look(self, now):
        self.looks.append(now)
        self.begun.set()
        self.threads.append(threading.get_ident())
        self.go.wait(30)
        if self.error:
            raise self.error
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


def test_all_looks_are_of_one_thread_since_a_signal_is_lost_where_one_is_put_away(calling):
    calling._herald.go.set()
    for now in range(1, 21):
        calling._herald.begun.clear()
        while not calling._herald.begun.wait(0.01):
            calling(float(now))
    assert len(calling._herald.looks) >= 20
    assert len(set(calling._herald.threads)) == 1


def test_a_look_that_fails_in_an_unforeseen_way_is_told_once_and_the_next_one_looks_again(calling, said):
    calling._herald.error = TypeError("of ours")
    calling._herald.go.set()
    for now in (1.0, 2.0):
        calling._herald.begun.clear()
        while not calling._herald.begun.wait(0.01):
            calling(now)
    calling.last(3.0)
    calling(4.0)
    assert [text for text, warns in said if warns] == ["Nobody could be called. TypeError: of ours"]
    assert calling._herald.looks[-1] == 3.0
