"""May a working copy go? From a safe world, where it may, one named thing at a time is broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.plan.release import FRESH, Doubt, Holding, Other, doubt_of, doubts

NOW = 1_790_000_000.0
NAS, HDD = Other("nas", "nas:vault", NOW - 60), Other("hdd", "disk:sdb", NOW - 60)
SAFE = Holding(b"a.jpg", 10, (NAS,), True)
SAFE_AT_HOME = Holding(b"b.jpg", 10, (NAS, HDD), False)


def old(other):
    return other._replace(at=NOW - FRESH)


def test_a_file_with_a_fresh_copy_elsewhere_and_a_checked_one_off_site_may_go():
    assert doubt_of(SAFE, NOW, wants_third=True) is None


def test_without_a_bucket_two_fresh_copies_on_two_devices_let_it_go():
    assert doubt_of(SAFE_AT_HOME, NOW, wants_third=False) is None


@pytest.mark.parametrize(
    ("holding", "wants_third", "doubt"),
    [
        (SAFE._replace(others=()), True, Doubt.NO_OTHER),
        (SAFE._replace(others=(old(NAS),)), True, Doubt.OLD),
        (SAFE._replace(checked=False), True, Doubt.NO_THIRD),
        (SAFE_AT_HOME, True, Doubt.NO_THIRD),
        (SAFE_AT_HOME._replace(others=()), False, Doubt.NO_OTHER),
        (SAFE_AT_HOME._replace(others=(old(NAS), old(HDD))), False, Doubt.OLD),
        (SAFE_AT_HOME._replace(others=(NAS, old(HDD))), False, Doubt.ONE_DEVICE),
        (SAFE_AT_HOME._replace(others=(NAS, NAS._replace(place="second share"))), False, Doubt.ONE_DEVICE),
        (SAFE._replace(others=(NAS._replace(at=NOW + 60),)), True, Doubt.OLD),
    ],
)
def test_one_thing_broken_keeps_it(holding, wants_third, doubt):
    assert doubt_of(holding, NOW, wants_third=wants_third) is doubt


def test_a_copy_that_was_read_back_this_moment_is_fresh():
    assert doubt_of(SAFE._replace(others=(NAS._replace(at=NOW),)), NOW, wants_third=True) is None


others = st.lists(
    st.builds(Other, st.sampled_from("abc"), st.sampled_from("xyz"), st.floats(NOW - 3 * FRESH, NOW + 100)), max_size=4
).map(tuple)


@given(others, st.booleans(), st.booleans())
def test_whatever_may_go_leaves_a_fresh_copy_and_a_second_one(found, checked, wants_third):
    if doubt_of(Holding(b"f", 1, found, checked), NOW, wants_third=wants_third) is None:
        fresh = {other.device for other in found if NOW - FRESH < other.at <= NOW}
        assert fresh
        assert checked if wants_third else len(fresh) >= 2


def test_doubts_name_every_file_that_they_are_about():
    none, third = SAFE._replace(path=b"1", others=()), SAFE._replace(path=b"2", checked=False)
    assert doubts([SAFE, none, third, none._replace(path=b"3")], NOW, wants_third=True) == {
        Doubt.NO_OTHER: [b"1", b"3"],
        Doubt.NO_THIRD: [b"2"],
    }
