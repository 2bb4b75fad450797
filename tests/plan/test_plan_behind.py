"""What a destination never had: from a world in which all of it is everywhere, with one thing broken at a time."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.model.copies import Digest
from ingest.model.lacking import At, Name
from ingest.model.places import DestinationKind
from ingest.plan.behind import Missing, fitted, missing, sources

PLACES = ("ssd", "nas", "drive")
KINDS = {"nas": DestinationKind.NAS, "drive": DestinationKind.DRIVE, "hdd": DestinationKind.HDD}


def name(asset, path=b"", *, size=10, worth=0, came=5.0):
    digest = Digest(size, b"x%015d" % asset, b"s%019d" % asset)
    return Name(asset, path or b"M/%d" % asset, digest, 7, worth, came)


@st.composite
def worlds(draw):
    """Names of one shoot, and a copy of each at every destination, by whatever name and in whatever state."""
    names = []
    for asset in range(1, draw(st.integers(1, 4)) + 1):
        for number in range(draw(st.integers(1, 2))):
            names.append(name(asset, b"M/%d-%d" % (asset, number), worth=draw(st.integers(-2, 2))))
    states = st.sampled_from(["proven", "written", "suspect", "lost"])
    copies = {}
    for each in names:
        for place in PLACES:
            path = each.path + draw(st.sampled_from([b"", b"", b"-2"]))
            copies.setdefault(each.asset_id, []).append(At(place, path, draw(states), draw(st.booleans())))
    return names, copies


def every(names):
    found = {}
    for each in names:
        found.setdefault(each.asset_id, []).append(each.path)
    return found


def lacking(names, copies, places=PLACES, working=None):
    return missing(names, every(names), copies, places, working or {})


@given(worlds())
def test_where_everything_was_once_nothing_is_missing(world):
    assert lacking(*world) == []


@given(worlds(), st.data())
def test_what_never_was_at_a_destination_is_missing_there_and_nowhere_else(world, data):
    names, copies = world
    asset, place = data.draw(st.sampled_from(sorted(copies))), data.draw(st.sampled_from(PLACES))
    copies = copies | {asset: [copy for copy in copies[asset] if copy.place != place]}
    found = lacking(names, copies)
    assert {(item.name.path, item.places) for item in found} == {
        (each.path, (place,)) for each in names if each.asset_id == asset
    }
    assert found == sorted(found, key=lambda item: (-item.name.worth, item.name.path))


@given(worlds())
def test_a_new_destination_lacks_everything_and_is_told_in_the_order_of_the_settings(world):
    names, copies = world
    found = lacking(names, copies, ("new", *PLACES))
    assert sorted(item.name.path for item in found) == sorted(each.path for each in names)
    assert {item.places for item in found} == {("new",)}
    assert all(item.places == ("newer", "new") for item in lacking(names, copies, ("newer", "ssd", "new")))


def test_of_two_names_that_one_copy_stands_for_the_other_is_missing():
    names = [name(1, b"M/a"), name(1, b"M/b")]
    at = lambda path: {1: [At("nas", path, "proven")]}  # noqa: E731
    assert [item.name.path for item in lacking(names, at(b"M/a"), ("nas",))] == [b"M/b"]
    assert [item.name.path for item in lacking(names, at(b"M/b"), ("nas",))] == [b"M/a"]
    assert [item.name.path for item in lacking(names, at(b"M/a-2"), ("nas",))] == [b"M/a"]


def test_a_name_in_another_shoot_is_counted_and_not_brought_with_this_one():
    here = [name(1, b"M/a")]
    names_of = {1: [b"M/a", b"N/a"]}
    assert missing(here, names_of, {1: [At("nas", b"N/a", "proven")]}, ["nas"], {})[0].name.path == b"M/a"
    assert missing(here, names_of, {1: [At("nas", b"M/a", "proven")]}, ["nas"], {}) == []
    assert [item.name.path for item in missing(here, names_of, {}, ["nas"], {})] == [b"M/a"]


def test_where_pictures_are_worked_on_nothing_older_than_it_is_missed_and_nothing_that_was_let_go():
    old, new, archived = name(1, came=4.9), name(2, came=5.0), name(3, came=6.0)
    copies = {3: [At("old ssd", b"M/3", "lost", True), At("nas", b"M/3", "proven")]}
    found = lacking([old, new, archived], copies, ("ssd", "drive"), {"ssd": 5.0})
    assert [(item.name.asset_id, item.places) for item in found] == [
        (1, ("drive",)), (2, ("ssd", "drive")), (3, ("drive",)),
    ]  # fmt: skip


def test_only_proven_copies_that_are_here_are_sources_the_nearest_first():
    copies = [
        At("nas", b"b", "proven"), At("nas", b"a", "proven"), At("drive", b"c", "proven"), At("hdd", b"d", "written"),
        At("hdd", b"e", "suspect"), At("hdd", b"f", "lost"), At("ssd", b"g", "proven"), At("hdd", b"h", "proven"),
    ]  # fmt: skip
    assert [copy.path for copy in sources(copies, KINDS)] == [b"h", b"c", b"a", b"b"]


def test_what_is_too_large_is_left_out_and_smaller_ones_behind_it_still_go():
    items = [Missing(name(n, size=size), ("nas", "drive")) for n, size in ((1, 60), (2, 50), (3, 40), (4, 0))]
    found = [(each.places, full) for each, full in fitted(items, {"nas": 100, "drive": 1000})]
    assert found == [
        (("nas", "drive"), ()), (("drive",), ("nas",)), (("nas", "drive"), ()), (("nas", "drive"), ()),
    ]  # fmt: skip


@given(st.lists(st.integers(0, 50), max_size=12), st.integers(0, 200))
def test_never_more_is_brought_than_there_is_room_for_and_nothing_is_lost_from_sight(sizes, free):
    items = [Missing(name(n, size=size), ("nas",)) for n, size in enumerate(sizes)]
    found = list(fitted(items, {"nas": free}))
    assert sum(item.name.digest.size for item, _ in found if item.places) <= free
    assert [(*item.places, *full) for item, full in found] == [("nas",)] * len(items)
