"""What a watcher does beside the cards: decided here with children that do nothing."""

from collections import deque
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ingest.watch import chores as room
from ingest.watch import plan
from ingest.watch.chores import Chores
from ingest.watch.plan import Card, Sight, Stage

NOON = 1_790_000_000.0


class Nothing:
    """A child that ends when the test says so."""

    started: "list[Nothing]"

    def __init__(self, _folder, words):
        self.words, self.ended, self.said, self.pid = words, None, [], 7
        Nothing.started.append(self)

    def code(self):
        return self.ended

    def lines(self):
        found, self.said = self.said, []
        return found

    def close(self):
        pass


class World:
    """Chores with a house, a heart and destinations that are what the test says."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(room, "Child", Nothing)
        Nothing.started = []
        self.lacks, self.waits, self.news, self.told, self.now, self.table = set(), False, deque(), [], NOON, ()
        house = SimpleNamespace(
            known=dict, lacking=lambda names: self.lacks & set(names), uploads_wait=lambda _now: self.waits
        )
        self.said = []
        heart = SimpleNamespace(say=lambda kind, **facts: self.told.append(kind))
        face = SimpleNamespace(
            say=lambda text, **_: self.said.append(text), told=lambda *_: None, chore=lambda *_: None
        )
        presence = SimpleNamespace(
            ask=lambda _places: None, news=lambda: self.news.popleft() if self.news else {}, close=lambda: None
        )
        self.chores = Chores(None, house, heart, face, presence)

    def turn(self, later=1.0):
        """Begun by this turn."""
        before = len(Nothing.started)
        self.now += later
        self.chores.look(self.now)
        for card in self.chores.turn(self.now, self.table):
            self.table = plan.changed(self.table, replace(card, stage=Stage.WANTED))
        return [" ".join(child.words) for child in Nothing.started[before:]]

    def end(self, code=0):
        Nothing.started[-1].ended = code


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


def a_card(stage, code=None, name="a"):
    return Card(Sight(b"/media/" + name.encode(), 1, "", name, 1, frozenset()), stage, 1, code)


def test_a_destination_that_is_back_is_caught_up_once_and_the_cards_that_waited_for_it_begin_again(world):
    world.table = (a_card(Stage.ENDED, 11, "a"), a_card(Stage.ENDED, 13, "b"), a_card(Stage.ENDED, 0, "c"))
    world.lacks = {"nas"}
    world.news += [{"nas": False}, {"nas": True}]
    assert world.turn() == []
    assert world.turn() == ["catch-up --json"]
    assert world.turn() == []
    assert {card.stage for card in world.table} == {Stage.ENDED}
    world.end()
    assert world.turn() == []
    assert [card.stage for card in world.table] == [Stage.WANTED, Stage.WANTED, Stage.ENDED]
    world.table = tuple(replace(card, stage=Stage.ENDED) for card in world.table)
    assert [world.turn() for _ in range(5)] == [[]] * 5
    assert {card.stage for card in world.table} == {Stage.ENDED}
    assert world.told == ["destination_away", "destination_back", "caught_up"]


def test_one_that_is_back_and_lacks_nothing_is_not_caught_up(world):
    world.table = (a_card(Stage.ENDED, 11),)
    world.news += [{"nas": True}]
    assert world.turn() == []
    assert [card.stage for card in world.table] == [Stage.WANTED]
    assert world.told == []


def test_nothing_is_begun_while_a_card_is_copied_or_about_to_be(world):
    world.waits, world.lacks = True, {"nas"}
    world.news += [{"nas": True}]
    for stage in (Stage.RUNS, Stage.WANTED):
        world.table = (a_card(stage),)
        assert world.turn() == []
    world.table = (a_card(Stage.WAITS), a_card(Stage.ASKED, name="b"))
    assert world.turn() == ["catch-up --json"]


def test_a_catch_up_that_another_one_keeps_out_is_tried_again_but_not_for_ever(world):
    world.lacks = {"nas"}
    world.news += [{"nas": True}]
    begun = 0
    for _ in range(50):
        begun += len(world.turn(3600.0))
        world.end(12)
    assert 1 < begun <= 5
    assert world.turn(10.0) == []


def test_one_that_goes_away_again_before_its_turn_is_not_caught_up(world):
    world.lacks = {"nas"}
    world.table = (a_card(Stage.RUNS),)
    world.news += [{"nas": True}, {"nas": False}]
    world.turn()
    world.turn()
    world.table = ()
    assert world.turn() == []


def test_uploads_go_on_while_something_waits_and_not_sooner_than_after_a_growing_pause(world):
    assert world.turn() == []
    world.waits = True
    gaps, last = [], None
    for _ in range(4):
        while not world.turn(10.0):
            pass
        gaps.append(world.now - last if last else 0.0)
        last = world.now
        world.end(17)
        world.turn(10.0)
    assert [child.words for child in Nothing.started] == [["cloud", "run", "--json"]] * 4
    assert gaps[1] < gaps[2] < gaps[3]


def test_an_upload_goes_on_while_a_card_comes_and_is_not_begun_beside_it(world):
    world.waits = True
    assert world.turn() == ["cloud run --json"]
    world.table = (a_card(Stage.RUNS),)
    assert world.turn() == []
    assert world.chores.running() == {"cloud run": 7}
    world.end()
    assert [world.turn(3600.0) for _ in range(3)] == [[]] * 3
