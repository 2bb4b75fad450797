"""Four notices and no more, each once: from a quiet world one thing happens at a time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.notices.decide import (
    AGAIN,
    DAY,
    FRESH,
    HOUR,
    RETRY,
    Event,
    JudgedNow,
    Kind,
    Queue,
    World,
    decide,
    kept,
    marks,
    still_since,
)
from ingest.stream.notices import Given

NOW = 1_764_371_000.0
QUIET = World()
SAFE = JudgedNow(7, NOW, "safe", "EOSR5_A 9C33-6BBD", "1,309 of 1,309 files proven on 2 separate devices.")
NOT_YET = replace(SAFE, level="not_yet", reason="The NAS is missing", step="Mount it and run the same command")
BAD = replace(SAFE, level="do_not_format", reason="3 files came back from nas with other bytes")
ERROR = Event("e 1", NOW, "The card was removed", "Plug it in again")
WAITS = Event("e 2", NOW, "A card waits for you: EOSR5_A", "Say whether it is to be ingested")
ALARM = Event("1", NOW, "Very many copies changed", "40 files of 60 have other bytes")
DRILL = Event("2", NOW, "Not all came back from nas", "See: safelight status")
NIGHT = Event("3", NOW, "2 steps failed", "See: safelight nightly --last")
STILL = Queue(waiting=12, still_since=NOW - DAY)

HAPPENED = [
    (World(verdicts=[SAFE]), Kind.SAFE, "Safe to format: EOSR5_A 9C33-6BBD"),
    (World(verdicts=[NOT_YET]), Kind.NEEDS_YOU, "Not yet: EOSR5_A 9C33-6BBD"),
    (World(verdicts=[BAD]), Kind.NEEDS_YOU, "DO NOT FORMAT: EOSR5_A 9C33-6BBD"),
    (World(errors=[ERROR]), Kind.NEEDS_YOU, "A session ended with an error"),
    (World(waits=[WAITS]), Kind.NEEDS_YOU, "A card waits for you: EOSR5_A"),
    (World(alarm=ALARM), Kind.NEEDS_YOU, "Very many copies changed"),
    (World(drill=DRILL), Kind.CARE, "A drill did not pass"),
    (World(night=NIGHT), Kind.CARE, "The night's work did not all succeed"),
]
STAYS = [
    (World(queue=Queue(needing=2, problem="The cap is reached")), Kind.NEEDS_YOU, "Uploads need you"),
    (World(queue=Queue(stopped_by="The key was refused")), Kind.NEEDS_YOU, "The cloud needs you"),
    (World(queue=STILL), Kind.CLOUD, "The cloud has stood still for a day"),
    (World(drill_overdue=True), Kind.CARE, "A drill is overdue"),
    (World(nights_missed=2), Kind.CARE, "Nights were missed"),
]


class Person:
    """Whoever is called; memory: what the stream would keep."""

    def __init__(self):
        self.memory, self.heard = {}, []

    def sees(self, world, now=NOW):
        told = decide(world, self.memory, now)
        self.memory = kept(world, self.memory, told, now)
        self.heard += told
        return told


def test_in_a_quiet_world_nobody_is_called():
    assert decide(QUIET, {}, NOW) == ()
    busy = World(queue=Queue(waiting=5_000, still_since=NOW - DAY + 60))
    assert decide(busy, {}, NOW) == ()


@pytest.mark.parametrize(("world", "kind", "title"), HAPPENED + STAYS)
def test_one_thing_happens_and_exactly_that_is_told_once(world, kind, title):
    person = Person()
    assert person.sees(QUIET, NOW - 5) == ()
    [notice] = person.sees(world)
    assert (notice.kind, notice.title) == (kind, title)
    assert notice.text.strip()
    for later in (1, 60, HOUR, 5 * HOUR):
        assert person.sees(world, NOW + later) == ()


@pytest.mark.parametrize(("world", "kind", "title"), HAPPENED)
def test_what_happened_once_is_not_told_again_and_what_is_old_is_no_news(world, kind, title):
    person = Person()
    person.sees(world)
    assert person.sees(world, NOW + AGAIN + 1) == ()
    assert Person().sees(world, NOW + 2 * DAY) == ()


@pytest.mark.parametrize(("world", "kind", "title"), STAYS)
def test_what_stays_is_told_again_after_a_day_and_anew_when_it_came_back(world, kind, title):
    person = Person()
    person.sees(world)
    assert person.sees(world, NOW + AGAIN - 1) == ()
    assert len(person.sees(world, NOW + AGAIN)) == 1
    assert person.sees(QUIET, NOW + AGAIN + 10) == ()
    assert len(person.sees(world, NOW + AGAIN + 20)) == 1


def test_a_problem_that_became_another_one_is_told_again():
    person = Person()
    person.sees(World(queue=Queue(needing=2, problem="The cap is reached")))
    assert person.sees(World(queue=Queue(needing=3, problem="The cap is reached")), NOW + 5) == ()
    [notice] = person.sees(World(queue=Queue(needing=3, problem="The bucket is gone")), NOW + 9)
    assert "The bucket is gone" in notice.text


def test_do_not_format_stays_on_the_screen_and_safe_does_not():
    assert decide(World(verdicts=[BAD]), {}, NOW)[0].urgent
    assert not decide(World(verdicts=[SAFE]), {}, NOW)[0].urgent


def test_a_verdict_says_its_reason_and_the_next_step():
    [notice] = decide(World(verdicts=[NOT_YET]), {}, NOW)
    assert notice.text == "The NAS is missing. Mount it and run the same command."


@pytest.mark.parametrize("queue", [replace(STILL, paused=True), replace(STILL, waiting=0)])
def test_a_queue_that_is_paused_or_empty_does_not_stand_still(queue):
    assert decide(World(queue=queue), {}, NOW) == ()


def test_a_queue_that_the_service_stopped_is_told_as_that_and_not_twice():
    [notice] = decide(World(queue=replace(STILL, stopped_by="The cap is reached")), {}, NOW)
    assert notice.kind is Kind.NEEDS_YOU


def test_a_notice_that_did_not_arrive_is_tried_again_while_it_is_news():
    world, person = World(verdicts=[SAFE]), Person()
    [notice] = person.sees(world)
    person.memory[notice.key] = person.memory[notice.key]._replace(arrived=False)
    assert person.sees(world, NOW + RETRY - 1) == ()
    assert person.sees(world, NOW + RETRY) == (notice,)
    person.memory[notice.key] = person.memory[notice.key]._replace(arrived=False)
    assert person.sees(world, NOW + FRESH) == ()


@given(st.lists(st.sampled_from([world for world, _, _ in HAPPENED + STAYS]), max_size=12))
def test_however_the_worlds_follow_each_other_within_an_hour_no_event_is_told_twice(worlds):
    person = Person()
    for number, world in enumerate(worlds):
        person.sees(world, NOW + 10 * number)
    events = [notice.key for notice in person.heard if notice.at is not None]
    assert len(events) == len(set(events))


# -- since when the queue stands still ------------------------------------------------------------------------------
def looked(given, *times, held=False):
    for now in times:
        given = marks(given, now, held=held)
    return given


def test_a_queue_stands_still_since_the_last_file_went_out_or_the_oldest_came():
    noted = looked({}, NOW - 9 * DAY, *(NOW - 9 * DAY + n * HOUR for n in range(1, 9 * 24)))
    assert still_since(noted, NOW - 3 * DAY, NOW - 2 * DAY) == NOW - 2 * DAY
    assert still_since(noted, NOW - DAY, NOW - 2 * DAY) == NOW - DAY
    assert still_since(noted, None, NOW - 2 * DAY) is None


def test_days_in_which_the_computer_was_off_or_the_queue_was_held_do_not_count():
    before = looked({}, NOW - 9 * DAY)
    assert still_since(looked(before, NOW - 60), NOW - 8 * DAY, None) == NOW - 60
    hours = [NOW - 9 * DAY + n * HOUR for n in range(8 * 24)]
    held = looked(looked({}, *hours), NOW - DAY + 60, held=True)
    assert still_since(looked(held, NOW), NOW - 8 * DAY, None) == NOW - DAY + 60


def test_from_night_to_night_a_computer_counts_as_awake():
    nights = looked({}, *(NOW - n * DAY for n in range(5, -1, -1)))
    assert still_since(nights, NOW - 9 * DAY, None) == NOW - 5 * DAY


def test_what_the_looks_themselves_note_is_kept_apart_from_what_was_told():
    noted = looked({"cloud still": Given(NOW, "")}, NOW)
    assert all(key.startswith("~") for key in noted)
    assert decide(QUIET, noted, NOW) == ()
