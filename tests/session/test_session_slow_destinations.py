"""A destination that is slower than the card gets its files from the other one's copy; a wrong copy feeds nobody."""

import os
import time
from dataclasses import replace

import pytest

from ingest.copying import destination
from ingest.copying.fairness import Fairness
from ingest.copying.jobs import CopyJob, CopyOutcome, CopyResult, Failure
from ingest.copying.kitchen import Kitchen
from ingest.model.cards import CardFile
from ingest.session import copy
from ingest.session.copy import _note
from ingest.session.scene import Troubles


@pytest.fixture
def slow_nas(sabotage):
    """The rule has found the NAS to be slow from the start."""
    real = Fairness.__init__

    def slow(self, names, buffers):
        real(self, names, buffers)
        self.diverted = frozenset({"nas"})

    sabotage.setattr(Fairness, "__init__", slow)


def test_a_slow_destination_gets_everything_from_the_fast_one_and_the_card_is_safe(studio, slow_nas):
    studio.shoot(5)
    run = studio.ingest()
    assert (run.code, run.level) == (0, "safe")
    assert studio.holds_everything()
    assert studio.leftovers() == []
    assert studio.ask("SELECT count(*) FROM source_read WHERE nth = 1") == [(5,)]
    assert studio.ask("SELECT count(*) FROM copy WHERE state = 'proven'") == [(10,)]
    assert studio.check().level == "safe"


def test_a_copy_that_rots_before_it_feeds_another_is_suspect_and_the_card_not_safe(studio, slow_nas, sabotage):
    studio.shoot(3)
    after = Kitchen.after

    def rotting(self, batch):
        path = studio.copy_of(studio.ssd, "IMG_0001.JPG")
        info, data = path.stat(), path.read_bytes()
        with path.open("r+b") as file:
            file.write(bytes([data[0] ^ 1]))
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
        sabotage.setattr(Kitchen, "after", after)
        after(self, batch)

    sabotage.setattr(Kitchen, "after", rotting)
    run = studio.ingest()
    assert run.level != "safe"
    assert run.events("start_editing") == []
    assert studio.ask("SELECT count(*) FROM copy WHERE state = 'suspect'") == [(1,)]
    assert sorted(studio.contents(studio.nas)) == sorted(studio.on_card())
    assert studio.check().level != "safe"
    sabotage.undo()
    assert studio.ingest().level == "safe"


def test_good_news_of_one_destination_does_not_hide_bad_news_of_another():
    file, troubles = CardFile(b"A.JPG", 4, 0), Troubles()

    class Session:
        pass

    session = Session()
    session.troubles = troubles
    full = CopyResult(b"A.JPG", Failure.FULL, "disk full")
    live = CopyOutcome(
        CopyJob(file, b"A.JPG", frozenset({"ssd", "hdd"})), results={"ssd": CopyResult(b"A.JPG"), "hdd": full}
    )
    fed = CopyOutcome(CopyJob(file, b"A.JPG", frozenset({"nas"})), results={"nas": CopyResult(b"A.JPG")}, is_fed=True)
    for outcome in (live, fed):
        _note(session, outcome, last=True, dead=frozenset())
    assert troubles.failed_at == {b"A.JPG": {"hdd": "full (disk full)"}}
    again = CopyOutcome(CopyJob(file, b"A.JPG", frozenset({"hdd"})), results={"hdd": CopyResult(b"A.JPG")})
    _note(session, again, last=True, dead=frozenset())
    assert not troubles.any_file


def test_content_that_is_first_proven_by_a_fed_copy_is_queued_for_the_cloud(studio, slow_nas, sabotage):
    studio.configure(extra='[cloud]\nkind = "b2"\nbucket = "archive"\n')
    studio.shoot(3)
    real = destination.inspect

    def inspect(place):
        volume, rules = real(place)
        return volume, replace(rules, proof_ceiling=None) if place.name == "ssd" else rules  # as on a FUSE file system

    sabotage.setattr(destination, "inspect", inspect)
    assert studio.ingest().level == "not_yet"
    assert studio.ask("SELECT count(*) FROM upload_job") == [(3,)]
    assert studio.ask(
        "SELECT DISTINCT d.name FROM copy c JOIN destination d ON d.id = c.destination_id WHERE c.state = 'proven'"
    ) == [("nas",)]


def test_ctrl_c_while_a_batch_is_recorded_loses_neither_it_nor_what_was_fed_from_it(studio, slow_nas, sabotage):
    studio.shoot(3)
    real, calls = copy.record_outcomes, []

    def record_outcomes(session, outcomes):
        calls.append(outcomes)
        if len(calls) == 1:
            while len(studio.copies(studio.nas)) < 3:
                time.sleep(0.02)
            raise KeyboardInterrupt
        real(session, outcomes)

    sabotage.setattr(copy, "record_outcomes", record_outcomes)
    run = studio.ingest()
    assert (run.code, run.level) == (130, "not_yet")
    assert studio.ask("SELECT count(*) FROM copy WHERE state = 'proven'") == [(6,)]
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()
