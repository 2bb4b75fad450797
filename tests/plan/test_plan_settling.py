"""What a destination still needs of a file's versions: pure decisions, and what holds of all of them."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.plan.settling import Settling, settle
from ingest.plan.version_names import aside

PATH = b"2026/M/IMG_1.xmp"
SEEN = {1: 10.0, 2: 20.0, 3: 30.0}


def decide(*, plain=None, is_foreign=False, lying=(), newest=3):
    return settle(
        PATH, SEEN, newest, plain=plain, is_foreign=is_foreign, lying={asset: b"lies/%d" % asset for asset in lying}
    )


def aside_of(asset):
    return asset, aside(PATH, SEEN[asset])


def test_where_nothing_is_the_newest_gets_its_name_at_once_and_the_older_lie_aside():
    assert decide() == Settling((aside_of(1), aside_of(2), (3, PATH)))


def test_where_all_is_there_nothing_is_done():
    assert decide(plain=3, lying=(1, 2)) == Settling()


def test_an_older_one_under_the_name_is_set_aside_for_the_newest():
    assert decide(plain=2, lying=(1,)) == Settling((aside_of(3),), aside_of(3)[1], 2)


def test_the_newest_that_lies_aside_takes_the_name_that_is_free():
    assert decide(lying=(1, 2, 3)) == Settling((), b"lies/3", None)


def test_the_newest_that_lies_aside_takes_the_name_of_an_older_one():
    assert decide(plain=1, lying=(2, 3)) == Settling((), b"lies/3", 1)


def test_somebodys_own_keeps_the_name_and_every_version_lies_aside():
    assert decide(is_foreign=True) == Settling((aside_of(1), aside_of(2), aside_of(3)))
    assert decide(is_foreign=True, lying=(1, 2, 3)) == Settling()


@given(
    plain=st.sampled_from([None, 1, 2, 3]),
    is_foreign=st.booleans(),
    lying=st.sets(st.sampled_from([1, 2, 3])),
    newest=st.sampled_from([1, 2, 3]),
)
def test_whatever_was_found_each_version_is_there_afterwards_and_the_newest_has_its_name(
    plain, is_foreign, lying, newest
):
    plain = None if is_foreign else plain
    found = decide(plain=plain, is_foreign=is_foreign, lying=lying, newest=newest)
    copied = dict(found.copies)
    assert len(copied) == len(found.copies), "each once"
    assert not copied.keys() & ({plain} | lying), "nothing that is there is copied"
    assert {1, 2, 3} == copied.keys() | lying | {plain} - {None}
    if is_foreign:
        assert (found.lies, found.older) == (None, None)
        assert PATH not in copied.values()
    elif plain == newest:
        assert (found.lies, found.older) == (None, None)
    else:
        takes = found.lies is not None
        assert takes or copied.get(newest) == PATH
        assert found.lies in (None, b"lies/%d" % newest, copied.get(newest))
        assert found.older == (plain if takes else None)
