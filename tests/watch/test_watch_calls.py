"""The watcher calls a person: each thing once, and a desktop that does not answer keeps no card waiting."""

import threading
from types import SimpleNamespace

from ingest.cli.do_watch import Calling


class Herald:
    """Takes as long as the test says."""

    def __init__(self, *_words, tell):
        self.tell, self.looks, self.go = tell, [], threading.Event()

    def look(self, now):
        self.looks.append(now)
        self.go.wait(30)
        self.tell(f"not sent at {now:.0f}")


def test_a_desktop_that_does_not_answer_keeps_no_card_waiting(monkeypatch):
    said = []
    monkeypatch.setattr("ingest.cli.do_watch.Herald", Herald)
    calling = Calling(None, None, SimpleNamespace(say=lambda text, warns: said.append((text, warns))))
    for now in (1.0, 2.0, 3.0):
        calling(now)
    assert calling._herald.looks == [1.0]
    calling._herald.go.set()
    calling.last(4.0)
    assert calling._herald.looks == [1.0, 4.0]
    calling(5.0)
    assert said == [("not sent at 1", True), ("not sent at 4", True)]
