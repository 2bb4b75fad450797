"""A destination that is held to a speed: never faster over any while, not slower over a long one."""

import itertools
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.copying.limits import Limit

MB = 10**6
PIECE = 4 << 20

speeds = st.integers(MB, 2000 * MB)
pieces = st.integers(0, PIECE)


def departures(speed, asked, *, start=0.0):
    """When each piece leaves: (time, bytes). asked: (bytes, seconds of other work before it is asked for)."""
    limit, now = Limit(speed, start), start
    left = []
    for count, busy in asked:
        now += busy
        now += limit.wait(count, now)
        left.append((now, count))
    return left


@given(speeds, st.lists(st.tuples(pieces, st.floats(0, 3)), min_size=1, max_size=60), st.floats(0, 1e7))
def test_in_no_while_more_leaves_than_the_speed_allows(speed, asked, start):
    left = departures(speed, asked, start=start)
    for first, last in itertools.combinations(range(len(left)), 2):
        seconds = left[last][0] - left[first][0]
        behind_the_first = sum(count for _, count in left[first + 1 : last + 1])
        assert behind_the_first <= (seconds + 0.25) * speed + 1e-3 * speed


@given(speeds, st.lists(st.tuples(pieces, st.floats(0, 3)), min_size=1, max_size=60))
def test_from_the_start_no_more_leaves_than_the_speed_allows(speed, asked):
    left = departures(speed, asked)
    assert sum(count for _, count in left) <= (left[-1][0] + 0.25) * speed + 1e-3 * speed


@given(speeds, st.integers(1, PIECE), st.floats(0, 0.2))
def test_over_a_long_time_the_speed_is_exact(speed, piece, late):
    limit, now, sent = Limit(speed, 0.0), 0.0, 0
    piece = max(piece, speed // 4)  # so that the late wake-ups alone do not hold it
    for _ in range(2000):
        asleep = limit.wait(piece, now)
        now += asleep + (late if asleep else 0.0)  # a sleep ends late, never early
        sent += piece
    assert sent / now == pytest.approx(speed, rel=0.01)


@settings(deadline=None)
@given(speeds, st.lists(st.integers(1, 64 << 10), min_size=200, max_size=400))
def test_many_small_files_go_at_the_same_speed(speed, sizes):
    sizes = [*sizes * 40, 10 * speed]
    left = departures(speed, [(size, 0.0) for size in sizes])
    assert sum(sizes) / left[-1][0] == pytest.approx(speed, rel=0.01)


@given(st.lists(st.tuples(pieces, st.floats(0, 1e6)), max_size=50))
def test_without_a_limit_nobody_ever_waits(asked):
    limit = Limit(0, 0.0)
    assert [limit.wait(count, now) for count, now in asked] == [0.0] * len(asked)


def test_a_long_rest_is_not_made_up_for_with_a_burst():
    limit = Limit(10 * MB, 0.0)
    limit.wait(10 * MB, 0.0)
    waits = [limit.wait(MB, 3600.0) for _ in range(10)]
    assert sum(wait == 0.0 for wait in waits) == 2  # 0.25 s of it, in whole pieces
    assert waits[-1] == pytest.approx(0.75)


def test_a_piece_that_is_longer_than_the_credit_waits_for_the_rest_of_its_time():
    limit = Limit(MB, 0.0)
    assert limit.wait(PIECE, 0.0) == pytest.approx(PIECE / MB)


def test_writing_and_reading_back_at_the_same_time_share_one_speed():
    limit = Limit(8 * MB, 0.0)
    booked = []

    def ask():
        booked.extend(limit.wait(MB, 0.0) for _ in range(500))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(booked) == pytest.approx([n / 8 for n in range(1, 2001)])
