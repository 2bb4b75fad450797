"""A slow destination does not hold a fast one up, and two that are equally fast are never told apart."""

import pytest
from fairness_desk import BUFFERS, Desk, cached, steady
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.copying.fairness import Fairness

COUNT = 3000  # 12 GB
kinds = st.sampled_from([steady, cached])
seeds = st.integers(0, 10_000)
speeds = st.sampled_from([5, 20, 60, 200, 450])
parts = st.sampled_from([0.1, 1e9])  # a long wait is told in parts, or as one


def fairness(*names, buffers=BUFFERS):
    return Fairness(names, buffers)


@settings(max_examples=12, deadline=None)
@given(kinds, speeds, seeds, parts)
def test_two_that_are_equally_fast_are_never_diverted(kind, speed, seed, part):
    desk = Desk({"ssd": kind(speed, seed), "nas": kind(speed, seed + 1)}, fairness("ssd", "nas"), part=part)
    assert desk.run(COUNT).log == []


@settings(max_examples=10, deadline=None)
@given(speeds, seeds)
def test_two_that_are_equally_fast_in_different_ways_are_never_diverted(speed, seed):
    desk = Desk({"ssd": steady(speed, seed), "nas": cached(speed, seed + 1)}, fairness("ssd", "nas"))
    assert desk.run(COUNT).log == []


@settings(max_examples=10, deadline=None)
@given(kinds, speeds, seeds)
def test_three_that_are_equally_fast_are_never_diverted(kind, speed, seed):
    works = {name: kind(speed, seed + number) for number, name in enumerate("abc")}
    assert Desk(works, fairness(*works)).run(COUNT).log == []


@settings(max_examples=12, deadline=None)
@given(kinds, kinds, speeds, st.floats(1.6, 10), seeds, parts)
@example(steady, steady, 450, 2.0, 0, 0.1)  # a fast card: the time is lost while the one late buffer is read
def test_a_slower_one_is_diverted_and_the_fast_one_keeps_its_pace(fast, slow, speed, ratio, seed, part):
    count = 12_000  # 50 GB
    works = {"ssd": fast(speed, seed), "nas": slow(speed / ratio, seed + 1)}
    desk = Desk(works, fairness("ssd", "nas"), part=part).run(count)
    alone = Desk({"ssd": fast(speed, seed)}, None).run(count)
    assert {name for _, what, name in desk.log if what == "diverted"} == {"nas"}
    assert alone.finished["ssd"] / desk.finished["ssd"] >= 0.8
    assert desk.most_held <= BUFFERS


@settings(max_examples=12, deadline=None)
@given(kinds, seeds)
def test_one_that_is_a_third_slower_is_diverted_in_time(kind, seed):
    count, works = 12_000, {"ssd": kind(100, seed), "nas": kind(100 / 1.35, seed + 1)}
    desk = Desk(works, fairness("ssd", "nas")).run(count)
    alone = Desk({"ssd": kind(100, seed)}, None).run(count)
    assert alone.finished["ssd"] / desk.finished["ssd"] >= 0.8


@settings(max_examples=12, deadline=None)
@given(kinds, seeds)
def test_a_card_that_is_slower_than_all_is_waited_for_by_all(kind, seed):
    works = {"ssd": kind(450, seed), "nas": kind(150, seed + 1)}
    assert Desk(works, fairness("ssd", "nas"), card=60).run(COUNT).log == []


@settings(max_examples=12, deadline=None)
@given(kinds, seeds)
def test_of_three_the_two_slow_ones_are_diverted_and_the_fast_one_stays(kind, seed):
    works = {"ssd": kind(300, seed), "hdd": kind(80, seed + 1), "nas": kind(20, seed + 2)}
    rule = fairness(*works)
    desk = Desk(works, rule).run(12_000)
    assert rule.diverted == {"hdd", "nas"}
    assert {name for _, _, name in desk.log} == {"hdd", "nas"}


class Reader:
    """Tells a rule what the reader of a card would see."""

    def __init__(self, *names, buffers=BUFFERS):
        self.rule, self.buffers = Fairness(names, buffers), buffers
        self.idle = dict.fromkeys(names, 0.0)
        self.rule.read(30, 3000)

    def waits(self, name, seconds, *, others, part=0.1):
        """`name` holds every buffer, the others have nothing to do; told in parts."""
        for _ in range(max(1, round(seconds / part))):
            for other in others:
                self.idle[other] += min(part, seconds)
            self.rule.waited(min(part, seconds), {name: self.buffers, **dict.fromkeys(others, 0)}, self.idle)


def test_one_barrier_of_a_slow_disk_diverts_nobody():
    reader = Reader("ssd", "nas")
    rule = reader.rule
    reader.waits("nas", 8, others=["ssd"])
    assert rule.diverted == set()


def test_barriers_that_come_to_each_in_its_turn_divert_nobody():
    reader = Reader("ssd", "nas")
    rule = reader.rule
    for _ in range(500):
        rule.read(0.5, 32)
        reader.waits("nas", 2, others=["ssd"])
        reader.waits("ssd", 2, others=["nas"])
    assert rule.diverted == set()


def test_one_that_stands_still_for_long_lets_the_other_go_on_while_it_still_stands():
    reader = Reader("ssd", "nas")
    rule = reader.rule
    reader.waits("nas", 15, others=["ssd"])
    assert rule.diverted == {"nas"}


def test_the_last_live_one_is_never_diverted():
    reader = Reader("ssd", "nas")
    rule = reader.rule
    reader.waits("nas", 60, others=["ssd"])
    reader.waits("ssd", 600, others=[])
    assert rule.diverted == {"nas"}


def test_one_that_has_caught_up_is_live_again_but_each_time_needs_twice_the_evidence():
    reader = Reader("ssd", "nas")
    rule = reader.rule
    needed = []
    for _ in range(3):
        seconds = 0
        while not rule.diverted:
            reader.waits("nas", 1, others=["ssd"])
            rule.read(0.001, 1000)
            seconds += 1
        needed.append(seconds)
        assert not rule.caught_up("nas"), "just diverted: it is only between two barriers"
        rule.read(400, 400_000)
        assert rule.caught_up("nas")
        assert rule.diverted == set()
    assert needed == pytest.approx([needed[0], 2 * needed[0], 4 * needed[0]], abs=2)
    reader.waits("nas", 200, others=["ssd"])
    rule.read(4000, 4_000_000)
    assert not rule.caught_up("nas"), "it changed its mind often enough"
    assert rule.diverted == {"nas"}


def test_when_the_last_live_one_is_lost_the_diverted_ones_get_live_bytes():
    reader = Reader("ssd", "hdd", "nas")
    rule = reader.rule
    reader.waits("nas", 60, others=["ssd", "hdd"])
    rule.lost("hdd")
    assert rule.diverted == {"nas"}
    rule.lost("ssd")
    assert rule.diverted == set()


def test_one_that_is_lost_is_neither_diverted_nor_evidence_any_more():
    reader = Reader("ssd", "nas")
    rule = reader.rule
    rule.lost("nas")
    reader.waits("nas", 60, others=["ssd"])
    assert rule.diverted == set()
    assert not rule.caught_up("nas")


@given(
    st.integers(2, 16),
    st.lists(
        st.one_of(
            st.tuples(st.just("waited"), st.sampled_from("abc"), st.floats(0, 60)),
            st.tuples(st.just("caught_up"), st.sampled_from("abc"), st.just(0.0)),
            st.tuples(st.just("lost"), st.sampled_from("abc"), st.just(0.0)),
            st.tuples(st.just("read"), st.just(""), st.floats(0, 600)),
        ),
        max_size=60,
    ),
)
def test_whatever_happens_somebody_gets_live_bytes_as_long_as_anybody_is_left(buffers, steps):
    reader, here, joined = Reader(*"abc", buffers=buffers), set("abc"), dict.fromkeys("abc", 0)
    rule = reader.rule
    for what, name, seconds in steps:
        if what == "waited":
            reader.waits(name, seconds, others=here - rule.diverted - {name}, part=60)
        elif what == "caught_up":
            joined[name] += rule.caught_up(name)
        elif what == "lost":
            rule.lost(name)
            here -= {name}
        else:
            rule.read(seconds, int(seconds * 10))
        assert rule.diverted <= here
        assert not here or here - rule.diverted
    assert max(joined.values()) <= 3
