"""Which files a drill draws: from a safe place of many files, one thing at a time is made different."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.model.drills import Why
from ingest.plan.drill import EVERY, Candidate, DrillDue, sample

PLACE = [Candidate(number, 1000 + number, b"jpg") for number in range(1, 501)]
kinds = st.sampled_from([b"jpg", b"cr3", b"mp4", b"xmp", b""])
candidates = st.lists(st.tuples(st.integers(0, 5000), kinds), max_size=60).map(
    lambda found: [Candidate(number, size, kind) for number, (size, kind) in enumerate(found)]
)


def ids(drawn):
    return [each.candidate.asset_id for each in drawn.chosen]


@given(candidates, st.text(max_size=8), st.integers(1, 30), st.integers(1, 20_000))
def test_a_sample_keeps_to_its_limits_and_never_takes_a_file_twice(found, seed, files, most):
    drawn = sample(found, seed, files, most)
    assert len(drawn.chosen) <= files
    assert sum(each.candidate.size for each in drawn.chosen) <= most
    assert len(set(ids(drawn))) == len(drawn.chosen)
    assert {each.candidate for each in drawn.chosen} <= set(found)
    assert drawn.held == len(found)
    assert drawn.larger == sum(each.size > most for each in found)


@given(candidates.filter(bool), st.text(max_size=8))
def test_where_there_is_room_each_kind_and_the_largest_file_are_drawn(found, seed):
    drawn = sample(found, seed, 10, 1_000_000)
    assert {each.candidate.kind for each in drawn.chosen} == {each.kind for each in found}
    assert max(each.size for each in found) in {each.candidate.size for each in drawn.chosen}
    assert len(drawn.chosen) == min(10, len(found))


@given(candidates, st.text(max_size=8), st.randoms(use_true_random=False))
def test_a_seed_draws_the_same_files_whatever_order_they_come_in(found, seed, dice):
    shuffled = dice.sample(found, len(found))
    assert sample(shuffled, seed).chosen == sample(found, seed).chosen


def test_one_film_among_many_pictures_is_drawn():
    drawn = sample([*PLACE, Candidate(900, 10, b"mp4")], "s", 5)
    assert next(each for each in drawn.chosen if each.candidate.asset_id == 900).why is Why.KIND


def test_a_larger_drill_draws_the_files_of_a_smaller_one_and_more():
    small, large = (sample(PLACE, "s", files) for files in (8, 9))
    assert ids(large)[:8] == ids(small)
    assert [each.why for each in large.chosen] == [Why.LARGE, Why.KIND, *[Why.LOT] * 7]


def test_a_file_that_just_fits_is_drawn():
    assert ids(sample([Candidate(1, 1000, b"mp4")], "s", 9, 1000)) == [1]
    assert ids(sample([Candidate(1, 600, b"mp4"), Candidate(2, 400, b"jpg")], "s", 9, 1000)) in ([2, 1], [1, 2])


def test_another_seed_draws_other_files():
    seeds = [frozenset(ids(sample(PLACE, str(number), 20))) for number in range(20)]
    assert len(set(seeds)) == 20
    assert len(frozenset().union(*seeds)) > 250


def test_every_file_comes_up_about_as_often_as_any_other():
    often = dict.fromkeys(range(1, 501), 0)
    for number in range(1000):
        for each in sample(PLACE, str(number), 21).chosen:
            if each.why is not Why.LARGE:
                often[each.candidate.asset_id] += 1
    del often[500]  # the largest, drawn for that
    assert min(often.values()) > 15
    assert max(often.values()) < 75


def test_half_of_the_bytes_are_left_for_others_than_the_large_one():
    drawn = sample([Candidate(1, 900, b"mp4"), Candidate(2, 500, b"mp4"), Candidate(3, 400, b"jpg")], "s", 9, 1000)
    assert (2, Why.LARGE) in [(each.candidate.asset_id, each.why) for each in drawn.chosen]
    assert 3 in ids(drawn)


def test_a_file_above_the_limit_is_counted_and_not_drawn():
    drawn = sample([Candidate(1, 5000, b"mp4"), Candidate(2, 5, b"jpg")], "s", 9, 1000)
    assert (ids(drawn), drawn.larger, drawn.held) == ([2], 1, 2)


def test_nothing_is_drawn_from_an_empty_place():
    assert sample([], "s") == ([], 0, 0)


def test_a_drill_is_due_ninety_days_behind_the_last_one_that_passed():
    assert not DrillDue(1000.0, 1.0, 1000.0 + EVERY - 1).is_overdue
    assert DrillDue(1000.0, 1.0, 1000.0 + EVERY).is_overdue


def test_where_none_has_passed_the_time_runs_from_the_first_proven_copy():
    assert not DrillDue(None, 1000.0, 1000.0 + EVERY - 1).is_overdue
    assert DrillDue(None, 1000.0, 1000.0 + EVERY).is_overdue


def test_where_nothing_is_held_nothing_is_due():
    assert DrillDue(None, None, 1e12).next is None
    assert not DrillDue(None, None, 1e12).is_overdue


def test_a_drill_of_the_future_does_not_count_as_passed():
    assert DrillDue(5e9, 1.0, 1.0 + EVERY).is_overdue


def test_the_newest_snapshot_of_each_catalog_comes_before_all_else():
    catalogs = [Candidate(900, 10, b"gz", is_catalog=True), Candidate(901, 20, b"gz", is_catalog=True)]
    drawn = sample([*PLACE, *catalogs], "s", 3)
    assert [(each.candidate.asset_id, each.why) for each in drawn.chosen[:2]] == [
        (900, Why.CATALOG),
        (901, Why.CATALOG),
    ]
    assert len(drawn.chosen) == 3
