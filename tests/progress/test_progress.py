"""What is said of progress is true: never back, never past the end, whole when all is proven; guesses that hold."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from progress_runs import Run

from ingest.progress import Amount, Count, Tracker

MB = 10**6
NAMES = ("nas", "ssd")

amounts = st.builds(Amount, st.integers(0, 10_000), st.integers(0, 30))
seconds = st.floats(0, 100)
counts = st.builds(Count, st.integers(0, 30_000), st.integers(0, 30_000), st.integers(0, 90))
moments = st.tuples(seconds, st.dictionaries(st.sampled_from(NAMES), counts), st.sets(st.sampled_from(NAMES)))
ends = st.tuples(st.sampled_from(NAMES), st.booleans(), amounts)


def follow(run, *, every=0.1, until=1.0):
    """(now, what is said) of a simulated destination, up to a share of its time."""
    tracker, end = Tracker({"ssd": run.total}), until * run.seconds
    for now, count in run.ticks(every):
        if now > end:
            return
        yield now, tracker.update(now, {"ssd": count})


def last(steps):
    *_, end = steps
    return end


# -- over any sequence of counters ----------------------------------------------------------------------------------
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries(dict.fromkeys(NAMES, amounts)), st.lists(st.one_of(moments, ends), max_size=40))
def test_nothing_goes_back_or_past_its_end_and_nothing_is_whole_before_it_is_proven(totals, steps):
    tracker, now, before = Tracker(totals), 0.0, None
    good = dict.fromkeys(NAMES, 0)
    for step in steps:
        if isinstance(step[1], bool):
            name, is_good, amount = step
            if is_good:
                tracker.settled(name, good=amount)
                good[name] += amount.files
            else:
                tracker.settled(name, bad=amount)
                tracker.again(name, amount)
            continue
        now += step[0]
        said = tracker.update(now, step[1], step[2])
        assert 0 <= said.percent <= 100
        assert said.left is None or said.left >= 0
        for name, lane in said.lanes.items():
            total = totals[name]
            assert 0 <= lane.proven <= lane.copied <= total.bytes
            assert 0 <= lane.files <= total.files
            assert lane.left is None or lane.left >= 0
            assert lane.rate is None or lane.rate >= 0
            if good[name] < total.files:
                assert not lane.is_done
                assert said.percent < 100
                assert lane.proven < total.bytes or not total.bytes
            if before:
                old = before.lanes[name]
                assert (lane.copied, lane.proven, lane.files) >= (old.copied, old.proven, old.files)
                assert lane.copied >= old.copied
                assert lane.proven >= old.proven
                assert lane.files >= old.files
        assert before is None or said.percent >= before.percent
        before = said


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 50), st.integers(0, 500)), max_size=40))
def test_a_stage_that_settles_no_files_is_whole_with_its_last_byte(steps):
    tracker, now, done = Tracker({"": Amount(5000)}), 0.0, 0
    for gap, count in steps:
        now, done = now + gap, done + count
        said = tracker.update(now, {"": Count(done, done)})
        assert (said.percent == 100) == (done >= 5000)
        assert said.percent == min(100, done * 100 // 5000)


# -- copied anew ----------------------------------------------------------------------------------------------------
def test_a_file_that_failed_and_is_copied_anew_moves_on_and_ends_at_the_end():
    tracker = Tracker({"ssd": Amount(1000, 10)})
    tracker.update(0, {"ssd": Count()})
    tracker.settled("ssd", good=Amount(800, 8), bad=Amount(200, 2))
    after = tracker.update(1, {"ssd": Count(1000, 900, 9)}).lanes["ssd"]  # one of the two failed after its read-back
    assert (after.copied, after.proven, after.files) == (800, 800, 8)
    tracker.again("ssd", Amount(200, 2))
    half = tracker.update(2, {"ssd": Count(1100, 1000, 10)}).lanes["ssd"]
    assert (half.copied, half.proven, half.files) == (900, 900, 9)
    tracker.settled("ssd", good=Amount(200, 2))
    said = tracker.update(3, {"ssd": Count(1200, 1100, 11)})
    assert (said.lanes["ssd"].proven, said.percent, said.left) == (1000, 100, 0.0)


def test_what_is_given_up_is_never_called_proven():
    tracker = Tracker({"ssd": Amount(1000, 10)})
    tracker.settled("ssd", good=Amount(900, 9), bad=Amount(100, 1))
    said = tracker.update(1, {"ssd": Count(3000, 2000, 20)})
    assert (said.lanes["ssd"].proven, said.percent, said.lanes["ssd"].is_done) == (900, 90, False)


def test_what_was_resumed_is_proven_although_it_was_not_copied_now():
    tracker = Tracker({"ssd": Amount(1000, 1)})
    tracker.settled("ssd", good=Amount(1000, 1))
    lane = tracker.update(1, {"ssd": Count(400, 1000, 1)}).lanes["ssd"]
    assert (lane.copied, lane.proven) == (1000, 1000)


def test_empty_files_alone_are_done_when_they_have_their_names():
    tracker = Tracker({"ssd": Amount(0, 2)})
    assert tracker.update(0, {"ssd": Count(0, 0, 1)}).percent == 50
    assert tracker.update(1, {"ssd": Count(0, 0, 2)}).percent == 99
    tracker.settled("ssd", good=Amount(0, 2))
    assert tracker.update(2, {"ssd": Count(0, 0, 2)}).percent == 100


# -- the guess ------------------------------------------------------------------------------------------------------
STEADY = {
    "pictures on an SSD": Run((30 * MB,) * 500, 400 * MB, 500 * MB),
    "pictures on a hard disk with slow barriers": Run((30 * MB,) * 200, 120 * MB, 150 * MB, 0.01, 1.0),
    "small and large in turns": Run((9 * MB, 30 * MB) * 300, 90 * MB, 100 * MB, 0.002),
    "tiny files": Run((20_000,) * 5000, 400 * MB, 500 * MB, 0.004),
    "tiny files on a hard disk": Run((20_000,) * 4000, 120 * MB, 150 * MB, 0.03, 0.5),
    "clips of 4 GB": Run((4000 * MB,) * 10, 200 * MB, 250 * MB),
    "a NAS that is read back more slowly": Run((30 * MB,) * 300, 100 * MB, 40 * MB),
    "2,000 pictures, then 20 clips": Run((100_000,) * 2000 + (100 * MB,) * 20, 60 * MB, 90 * MB, 0.002, 0.2),
}


@pytest.mark.parametrize("every", [0.1, 1.7])
@pytest.mark.parametrize("kind", STEADY)
def test_half_way_the_time_left_is_right_within_15_percent(kind, every):
    run = STEADY[kind]
    now, said = last(follow(run, every=every, until=0.5))
    assert said.left == pytest.approx(run.seconds - now, rel=0.15)


@pytest.mark.parametrize("kind", STEADY)
def test_the_rate_is_what_a_clock_would_say(kind):
    run = STEADY[kind]
    _, said = last(follow(run, until=0.9))
    assert said.lanes["ssd"].rate == pytest.approx(run.total.bytes / run.seconds, rel=0.35)


def test_tiny_files_that_are_left_count_although_they_have_hardly_any_bytes():
    run = Run((1000 * MB,) * 10 + (20_000,) * 5000, 400 * MB, 500 * MB, 0.0015)
    now, said = last(follow(run, until=0.6))
    by_bytes_alone = (run.total.bytes - said.lanes["ssd"].proven) / said.lanes["ssd"].rate
    truth = run.seconds - now
    assert abs(said.left - truth) < abs(by_bytes_alone - truth) / 2


def test_a_destination_that_is_held_to_a_speed_is_not_said_to_end_sooner_than_it_can():
    tracker = Tracker({"nas": Amount(2100 * MB, 2020)}, {"nas": 60 * MB})
    for tick in range(100):  # tiny files come first, and fast
        said = tracker.update(tick / 10, {"nas": Count(tick * MB // 2, tick * MB // 2, 20 * tick)})
    assert said.left == pytest.approx((4200 - 99) / 60, rel=0.01)


def test_nothing_is_guessed_in_the_first_seconds():
    run = STEADY["pictures on an SSD"]
    early = [said for now, said in follow(run, until=0.2) if now < 2.9]
    assert len(early) > 20
    assert {said.left for said in early} == {None}
    assert {said.lanes["ssd"].rate for said in early} == {None}


# -- standstill -----------------------------------------------------------------------------------------------------
def stalled(tracker, start, count, *, minutes=1):
    return [tracker.update(start + second, {"ssd": count}) for second in range(1, 60 * minutes)]


def test_in_a_standstill_the_rate_falls_and_soon_nobody_knows_when_it_ends():
    tracker = Tracker({"ssd": Amount(10_000 * MB, 1000)})
    for tick in range(300):
        said = tracker.update(tick / 10, {"ssd": Count(tick * 10 * MB, tick * 10 * MB, tick)})
    assert said.lanes["ssd"].rate == pytest.approx(100 * MB, rel=0.01)
    silence = [said.lanes["ssd"] for said in stalled(tracker, 29.9, Count(2990 * MB, 2990 * MB, 299))]
    assert all(later.rate < earlier.rate for earlier, later in itertools.pairwise(silence))
    assert silence[-1].rate < 10 * MB
    assert silence[10].left > said.left
    assert silence[20].left is None
    assert silence[20].quiet == pytest.approx(21)


def test_the_read_back_of_a_long_clip_is_no_standstill_and_its_time_runs_down():
    tracker, size = Tracker({"ssd": Amount(20_000 * MB, 1)}), 20_000 * MB
    for tick in range(2001):
        said = tracker.update(tick / 10, {"ssd": Count(tick * 10 * MB)})
    silence = [said.lanes["ssd"] for said in stalled(tracker, 200, Count(size), minutes=3)]
    assert {lane.quiet for lane in silence} == {0.0}
    assert all(later.left < earlier.left for earlier, later in itertools.pairwise(silence))
    assert silence[-1].left == pytest.approx(21, rel=0.1)
    assert said.lanes["ssd"].left == pytest.approx(200, rel=0.05)


def test_a_slow_start_of_a_disk_is_no_part_of_its_rate():
    tracker = Tracker({"ssd": Amount(10_000 * MB, 1000)})
    for tick in range(600):
        work = max(0, tick - 300) * 10
        said = tracker.update(tick / 10, {"ssd": Count(work * MB, work * MB, work // 10)})
    assert said.lanes["ssd"].rate == pytest.approx(100 * MB, rel=0.02)


# -- several destinations -------------------------------------------------------------------------------------------
def two(ssd, nas, *, stopped=()):
    """Half a minute at so many MB a second each, of 10 GB."""
    tracker = Tracker(dict.fromkeys(NAMES, Amount(10_000 * MB, 1000)))
    for tick in range(300):
        here = {"ssd": tick * ssd // 10, "nas": tick * nas // 10}
        said = tracker.update(tick / 10, {n: Count(c * MB, c * MB, c // 10) for n, c in here.items()}, stopped)
    return said


def test_the_stage_ends_with_its_slowest_destination():
    said = two(100, 20)
    assert said.left == said.lanes["nas"].left > 4 * said.lanes["ssd"].left


def test_the_stage_has_no_end_that_is_known_while_one_destination_has_none():
    said = two(100, 0)
    assert said.lanes["ssd"].left is not None
    assert said.left is None


def test_a_destination_that_stopped_is_not_waited_for_and_never_makes_it_whole():
    said = two(100, 0, stopped=("nas",))
    assert said.left == said.lanes["ssd"].left
    assert said.percent == 29
    tracker = Tracker(dict.fromkeys(NAMES, Amount(1000, 10)))
    tracker.settled("ssd", good=Amount(1000, 10))
    assert tracker.update(1, {"ssd": Count(1000, 1000, 10)}, {"nas"}).percent == 99
