"""A bucket's queue is paused by a person, stopped by the service or held by an alarm, and no other bucket's with it."""

from contextlib import closing

import pytest
from ledger_desk import EmptyDesk

from ingest.ledger.upload_switch import Switch, hold, pause, resume, stopped, switch


@pytest.fixture
def desk(tmp_path):
    with closing((desk := EmptyDesk(tmp_path / "ledger.sqlite")).db):
        yield desk


def test_a_queue_of_which_nothing_was_said_runs(desk):
    pause(desk.db, "elsewhere")
    assert switch(desk.db, "archive") == Switch(paused=False, stopped_by="")


@pytest.mark.parametrize("first", ["pause", "stop"])
def test_pausing_and_stopping_are_told_apart_in_whichever_order_they_come_until_it_is_resumed(desk, first):
    pause(desk.db, "elsewhere")
    steps = [
        lambda: pause(desk.db, "archive"),
        lambda: stopped(desk.db, "archive", "Raise the cap", 5.0),
    ]
    after_one = [Switch(paused=True), Switch(paused=False, stopped_by="Raise the cap")]
    for number, step in enumerate(steps if first == "pause" else reversed(steps)):
        step()
        if number == 0:
            assert switch(desk.db, "archive") == after_one[first != "pause"]
    assert switch(desk.db, "archive") == Switch(paused=True, stopped_by="Raise the cap")
    assert desk.rows("upload_queue") == [("archive", 1, "Raise the cap", 5.0), ("elsewhere", 1, "", None)]
    resume(desk.db, "archive")
    assert desk.rows("upload_queue") == [("archive", 0, "", None), ("elsewhere", 1, "", None)]


def test_a_run_that_begins_afresh_forgets_why_and_when_the_last_one_stopped_and_stays_paused(desk):
    pause(desk.db, "archive")
    stopped(desk.db, "archive", "Raise the cap", 5.0)
    stopped(desk.db, "archive", "", 6.0)
    assert desk.rows("upload_queue") == [("archive", 1, "", None)]


def test_a_queue_that_an_alarm_holds_is_paused_and_says_why_until_it_is_resumed(desk):
    pause(desk.db, "elsewhere")
    hold(desk.db, "archive", "held: other bytes", 7.0)
    assert switch(desk.db, "archive") == Switch(paused=True, stopped_by="held: other bytes")
    assert desk.rows("upload_queue") == [("archive", 1, "held: other bytes", 7.0), ("elsewhere", 1, "", None)]
    resume(desk.db, "archive")
    assert switch(desk.db, "archive") == Switch()
