"""What a watcher decides, without a mount or a process."""

from dataclasses import replace

import pytest

from ingest.watch import plan
from ingest.watch.plan import Card, Sight, Stage


def sight(name, reader=(), **changes):
    found = Sight(b"/media/" + name.encode(), ord(name[0]), "", name, 64, frozenset(reader or {f"disk:{name}"}))
    return replace(found, **changes)


def wanted(*sights):
    return plan.seen((), sights, Stage.WANTED)


def labels(cards):
    return [card.sight.label for card in cards]


def begin(table, at_once=2):
    for card in plan.to_begin(table, at_once):
        table = plan.changed(table, plan.begun(card))
    return table


def running(table):
    return labels(card for card in table if card.stage is Stage.RUNS)


def test_the_oldest_begin_first_and_no_more_than_are_allowed_together():
    table = wanted(sight("a"), sight("b"), sight("c"))
    assert labels(plan.to_begin(table, 2)) == ["a", "b"]
    assert labels(plan.to_begin(table, 3)) == ["a", "b", "c"]
    table = begin(table)
    assert plan.to_begin(table, 2) == []
    table = plan.changed(table, plan.ended(table[0], 0))
    assert labels(plan.to_begin(table, 2)) == ["c"]


def test_two_cards_through_one_reader_come_one_after_the_other_and_hold_up_no_other():
    hub = {"usb:2-1"}
    table = begin(wanted(sight("a", hub | {"disk:sda"}), sight("b", hub | {"disk:sdb"}), sight("c")))
    assert running(table) == ["a", "c"]
    table = begin(plan.changed(table, plan.ended(table[0], 0)))
    assert running(table) == ["b", "c"]


def test_two_partitions_of_one_disk_come_one_after_the_other():
    assert running(begin(wanted(sight("a", {"disk:sda"}), sight("b", {"disk:sda"})))) == ["a"]


def test_a_destination_that_is_held_to_a_speed_has_one_session_at_a_time():
    assert plan.allowed_at_once(3, [0, 0]) == 3
    assert plan.allowed_at_once(3, [0, 50_000_000]) == 1


def test_a_card_that_comes_later_stands_behind_those_that_wait():
    table = plan.seen(wanted(sight("a"), sight("b")), [sight("z"), sight("a"), sight("b")], Stage.WANTED)
    assert labels(table) == ["a", "b", "z"]


def test_a_card_is_the_same_until_it_is_taken_out():
    table = wanted(sight("a"))
    table = plan.changed(table, plan.ended(plan.begun(table[0]), 0))
    assert plan.seen(table, [sight("a")], Stage.WANTED) == table
    again = plan.seen(plan.seen(table, [], Stage.WANTED), [sight("a")], Stage.WANTED)
    assert [card.stage for card in again] == [Stage.WANTED]


@pytest.mark.parametrize("changes", [{"uuid": "other"}, {"st_dev": 7}])
def test_another_card_at_the_same_place_is_another_one(changes):
    table = wanted(sight("a"))
    table = plan.changed(table, plan.ended(plan.begun(table[0]), 0))
    [card] = plan.seen(table, [sight("a", **changes)], Stage.ASKED)
    assert card.stage is Stage.ASKED


def test_a_card_that_is_pulled_while_it_is_copied_stays_until_its_session_has_ended():
    table = plan.seen(begin(wanted(sight("a"))), [], Stage.WANTED)
    assert [(card.stage, card.is_here) for card in table] == [(Stage.RUNS, False)]
    table = plan.changed(table, plan.ended(table[0], 11))
    assert plan.seen(table, [], Stage.WANTED) == ()


@pytest.mark.parametrize("code", [-9, -11, 1])
def test_a_session_that_died_is_begun_once_more_and_not_again(code):
    card = plan.ended(plan.begun(Card(sight("a"), Stage.WANTED)), code)
    assert card.stage is Stage.WANTED
    card = plan.ended(plan.begun(card), code)
    assert (card.stage, card.code) == (Stage.ENDED, code)


def test_a_session_that_died_with_its_card_pulled_is_not_begun_again():
    card = replace(plan.begun(Card(sight("a"), Stage.WANTED)), is_here=False)
    assert plan.ended(card, -9).stage is Stage.ENDED


@pytest.mark.parametrize("code", [0, 3, 10, 11, 12, 13, 14, 130])
def test_a_session_that_came_to_an_answer_is_not_begun_again(code):
    assert plan.ended(plan.begun(Card(sight("a"), Stage.WANTED)), code).stage is Stage.ENDED


def test_when_a_destination_is_back_a_card_whose_answer_may_change_begins_again_and_no_other():
    table = wanted(*(sight(name) for name in "abcde"))
    table = tuple(plan.ended(card, code) for card, code in zip(table, (11, 13, 0, 10, 12), strict=True))
    assert labels(plan.unsettled(table)) == ["a", "b"]
    assert plan.unsettled(tuple(replace(card, is_here=False) for card in table)) == []
    assert plan.unsettled(begin(wanted(sight("a")))) == []


def test_the_pause_of_the_uploads_grows_while_the_bucket_is_out_of_reach_and_ends_somewhere():
    pauses = [plan.pause_after(17, fails) for fails in range(1, 12)]
    assert pauses[:3] == [60, 120, 240]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 3600
    assert plan.pause_after(16, 1) > plan.pause_after(17, 1)
    assert plan.pause_after(0, 0) == plan.pause_after(0, 1)


def test_a_sleep_is_what_one_clock_has_and_the_other_has_not():
    assert plan.slept((100.0, 50.0), (103.0, 53.0)) == 0
    assert plan.slept((100.0, 50.0), (3703.0, 53.0)) == 3600
    assert plan.slept((100.0, 50.0), (102.0, 51.9)) == 0
