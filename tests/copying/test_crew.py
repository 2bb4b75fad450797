"""Workers that wait for their destination: they hold nothing of what the session learns, and none stays behind."""

import os

import psutil
import pytest

from ingest.copying.crew import Crew, Waiting
from ingest.copying.engine import Engine
from ingest.disk.folders import FileOpener


def children():
    return {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


def test_the_workers_that_wait_are_those_that_work(bench):
    others = children()
    crew = Crew(2)
    waiting = children() - others
    file = bench.put("A.JPG", b"data")
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = Engine(opener, bench.places, tag="t", tick=lambda _: None, crew=crew)
        working = children() - others
        [[outcome]] = engine.copy([bench.job(file)])
        engine.close()
    assert (len(waiting), working) == (2, waiting)
    assert {name: result.failure for name, result in outcome.results.items()} == {"ssd": None, "nas": None}
    assert not children() & waiting


def test_a_worker_that_nobody_took_ends_with_the_others(bench):
    before = children()
    bench.places = bench.places[:1]
    with FileOpener(os.fsencode(bench.card)) as opener:
        Engine(opener, bench.places, tag="t", tick=lambda _: None, crew=Crew(2)).close()
    assert children() == before


def test_the_memory_of_the_ring_goes_back_when_the_copying_ends(bench):
    crew = Crew(2)
    file = bench.put("A.JPG", b"data")
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = Engine(opener, bench.places, tag="t", tick=lambda _: None, crew=crew)
        list(engine.copy([bench.job(file)]))
        engine.close()
    with pytest.raises(ValueError, match="released"):
        crew.ring.view(0)


def test_a_crew_that_does_not_come_to_be_leaves_no_process(monkeypatch):
    before, real = children(), Waiting.__init__
    made = []

    def once(self, ring):
        if made:
            raise KeyboardInterrupt
        made.append(self)
        real(self, ring)

    monkeypatch.setattr(Waiting, "__init__", once)
    with pytest.raises(KeyboardInterrupt):
        Crew(2)
    assert children() == before
