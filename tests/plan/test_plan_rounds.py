"""How much one look takes, so that slices go round everything."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.plan.rounds import Budget, batch, looks_for_all, share

AGES = st.lists(st.tuples(st.floats(0, 1000), st.integers(0, 50)), max_size=12).map(sorted)


def test_the_oldest_of_all_destinations_come_first_and_at_least_one_does():
    waiting = {"ssd": [(5.0, 10), (6.0, 10)], "nas": [(1.0, 10), (2.0, 10), (9.0, 10)]}
    assert share(waiting, 20) == {"ssd": 0, "nas": 2}
    assert share(waiting, 21) == {"ssd": 1, "nas": 2}
    assert share(waiting, 1) == {"ssd": 0, "nas": 1}
    assert share(waiting, 0) == {"ssd": 2, "nas": 3}
    assert share({"ssd": []}, 5) == {"ssd": 0}


@given(st.dictionaries(st.sampled_from("abc"), AGES, min_size=1), st.integers(1, 200))
def test_nothing_that_is_left_out_is_older_than_what_is_taken(waiting, most):
    counts = share(waiting, most)
    taken = [copy for name, copies in waiting.items() for copy in copies[: counts[name]]]
    left = [copy for name, copies in waiting.items() for copy in copies[counts[name] :]]
    assert not (taken and left) or max(at for at, _ in taken) <= min(at for at, _ in left)
    assert not left or sum(size for _, size in taken) >= most
    assert bool(taken) == any(waiting.values())


def test_a_child_is_asked_for_one_file_at_least_and_for_no_more_once_there_are_enough_bytes():
    assert batch([90, 1, 1], 128, 64) == 1
    assert batch([10, 90, 1], 128, 64) == 2
    assert batch([32, 31, 1, 1], 128, 64) == 3  # 64 to the byte with the third
    assert batch([1] * 300, 128, 640) == 128
    assert batch([], 128, 64) == 0


def test_a_budget_is_spent_by_time_or_by_bytes_and_no_budget_never_is():
    assert not Budget().is_spent(1e9, 10**15)
    assert not Budget().is_limited
    assert [Budget(60).is_spent(seconds, 10**12) for seconds in (59, 60)] == [False, True]
    assert [Budget(0, 100).is_spent(1e9, read) for read in (99, 100)] == [False, True]
    assert Budget(60).is_limited
    assert Budget(0, 5).is_limited


def test_how_many_looks_go_round_everything():
    assert [looks_for_all(100, looked) for looked in (100, 50, 33, 1, 0)] == [1, 2, 4, 100, 0]
