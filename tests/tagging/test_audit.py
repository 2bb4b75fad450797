"""What an audit says of each picture, and that its numbers add up."""

from array import array

import pytest
from tagging_worlds import known, lightroom

from ingest.model.catalogs import CatalogCollection, CatalogFacts, CatalogImage, CollectionKind, Observation
from ingest.tagging.answers import Answers
from ingest.tagging.audit import Audited, Gap, Presence, Standing, Tally, audited
from ingest.tagging.match import match_each
from ingest.tagging.words import Ambiguity, Certainty, Match, Matching, Rule

BOTH = (("ssd", "proven", 200.0), ("nas", "proven", 100.0))


def picture(number, **facts):
    return CatalogImage(f"key {number}", "/ssd/", f"IMG_{number}.CR3", file_key=f"file {number}", **facts)


def facts_of(*images, **more):
    return CatalogFacts("lightroom", "/a.lrcat", "13", "", Observation(1.0, "copy", True), images, **more)


def found(asset, *images, rule=Rule.IMPORT_KEY):
    return Match(asset, rule, Certainty.CERTAIN, images)


def audit(facts, matching, standings, presence=lambda _: Presence.HERE, *, wants_third=False):
    told = [*matching.matches, *matching.ambiguous]
    answers = Answers(array("q", [answer.asset_id for answer in told]), facts.images)
    answers.others.update(enumerate(told))
    return list(audited(facts, answers, standings.__getitem__, presence, wants_third=wants_third))


def tally_of(facts, rows):
    tally = Tally.of(facts)
    for row in rows:
        tally.add(row)
    return tally


def alone(standing, *, wants_third=False, presence=Presence.HERE, **facts):
    """What is said of the only picture of a catalog, whose file has this standing; None: no file is found."""
    image = picture(1, **facts)
    matching = Matching((), (), ()) if standing is None else Matching((found(7, image),), (), ())
    [row] = audit(facts_of(image), matching, {7: standing}, lambda _: presence, wants_third=wants_third)
    return row


def test_a_picture_with_two_proven_copies_where_the_catalog_says_lacks_nothing():
    row = alone(Standing(BOTH))
    assert (row.gaps, row.rule, row.copies, row.assets) == ((), "import key", BOTH, (7,))


@pytest.mark.parametrize(
    ("standing", "presence", "gaps"),
    [
        (None, Presence.HERE, (Gap.UNPROVEN,)),
        (Standing(), Presence.HERE, (Gap.UNPROVEN,)),
        (Standing(BOTH[:1]), Presence.HERE, (Gap.UNPROVEN,)),
        (Standing((BOTH[0], ("nas", "suspect", 100.0))), Presence.HERE, (Gap.UNPROVEN,)),
        (Standing((BOTH[0], ("nas", "written", 0.0))), Presence.HERE, (Gap.UNPROVEN,)),
        (Standing(BOTH), Presence.MISSING, (Gap.MISSING,)),
        (Standing(BOTH), Presence.OFFLINE, ()),
        (Standing(BOTH), Presence.UNTOLD, ()),
    ],
)
def test_each_thing_that_a_picture_lacks_is_named(standing, presence, gaps):
    assert alone(standing, presence=presence).gaps == gaps


@pytest.mark.parametrize(
    ("cloud", "lacks"),
    [("", True), ("waiting", True), ("sending", True), ("needs you", True), ("sent", False), ("checked", False)],
)
def test_a_third_copy_counts_once_it_was_sent_and_is_asked_for_only_where_there_is_a_bucket(cloud, lacks):
    assert (Gap.NO_THIRD in alone(Standing(BOTH, cloud), wants_third=True).gaps) is lacks
    assert Gap.NO_THIRD not in alone(Standing(BOTH, cloud)).gaps


@pytest.mark.parametrize(
    ("facts", "rated"),
    [({}, False), ({"rating": 1}, True), ({"pick": 1}, True), ({"pick": -1}, False), ({"pick": 0}, False)],
)
def test_a_picture_is_rated_when_it_has_a_star_or_is_picked(facts, rated):
    assert alone(Standing(), **facts).is_rated is rated


def test_a_virtual_copy_with_a_star_makes_its_picture_a_rated_one_and_is_no_file_of_its_own():
    master = picture(1)
    copy = CatalogImage("copy", master.folder, master.name, file_key=master.file_key, is_virtual=True, rating=5)
    facts = facts_of(master, copy)
    rows = audit(facts, Matching((found(7, master, copy),), (), ()), {7: Standing(BOTH[:1])})
    tally = tally_of(facts, rows)
    assert [row.is_rated for row in rows] == [True, True]
    assert (tally.images, tally.files, tally.virtual_copies) == (2, 1, 1)
    assert (tally.rated, tally.unproven, tally.rated_unproven) == (1, 1, 1)


def test_a_pair_stands_as_its_weakest_file_does():
    """RAW and JPEG are one picture: what only one of them has, the picture has not."""
    image = picture(1, sidecar_suffixes=("JPG",))
    matching = Matching((found(8, image, rule=Rule.COMPANION), found(7, image)), (), ())
    standings = {
        7: Standing(BOTH, "checked"),
        8: Standing((("ssd", "suspect", 50.0), ("drive", "proven", 1.0)), "waiting"),
    }
    [row] = audit(facts_of(image), matching, standings, wants_third=True)
    assert row.copies == (("ssd", "suspect", 50.0),)
    assert (row.rule, row.cloud, set(row.assets)) == ("import key", "waiting", {7, 8})
    assert row.gaps == (Gap.UNPROVEN, Gap.NO_THIRD)


def test_a_picture_that_may_be_one_of_several_files_is_told_and_none_of_them_is_taken():
    image = picture(1)
    matching = Matching((), (Ambiguity(7, Rule.NAME_SIZE, (image.path,)),), ())
    [row] = audit(facts_of(image), matching, {7: Standing(BOTH)})
    assert (row.gaps, row.copies, row.rule) == ((Gap.AMBIGUOUS, Gap.UNPROVEN), (), "")


def test_the_numbers_add_up():
    images = (picture(1, rating=3, pick=1), picture(2), picture(3, pick=1), picture(4), picture(5, rating=1))
    presence = dict(
        zip(images, (Presence.HERE, Presence.MISSING, Presence.OFFLINE, Presence.UNTOLD, Presence.HERE), strict=True)
    )
    collections = (
        CatalogCollection(("Best",), CollectionKind.NORMAL, 3),
        CatalogCollection(("Quick",), CollectionKind.AUTOMATIC, 2),
        CatalogCollection(("Five stars",), CollectionKind.SMART, None),
    )
    facts = facts_of(*images, collections=collections)
    matching = Matching(tuple(found(number, image) for number, image in enumerate(images[:4], 1)), (), ())
    standings = {
        1: Standing(BOTH, "checked"),
        2: Standing(BOTH, "sent"),
        3: Standing(BOTH[:1], "waiting"),
        4: Standing(),
    }
    tally = tally_of(facts, audit(facts, matching, standings, presence.__getitem__, wants_third=True))
    assert (tally.images, tally.files, tally.collections, tally.memberships) == (5, 5, 3, 5)
    assert (tally.picks, tally.rated, tally.missing, tally.offline, tally.unknown) == (2, 2, 1, 1, 1)
    assert (tally.unproven, tally.rated_unproven, tally.no_third, tally.rated_no_third) == (3, 2, 3, 2)
    assert tally.proven == {"ssd": 3, "nas": 2}
    assert tally.oldest == {"ssd": 200.0, "nas": 100.0}
    assert tally.cloud == {"checked": 1, "sent": 1, "waiting": 1}


def test_of_each_destination_the_oldest_proof_is_told():
    rows = [
        Audited(picture(number), Presence.HERE, (number,), "path", (("ssd", "proven", at),), "", False, ())
        for number, at in ((1, 300.0), (2, 100.0), (3, 200.0))
    ]
    assert tally_of(facts_of(), rows).oldest == {"ssd": 100.0}


def whole(facts, files):
    """An audit of files that all have two proven copies."""
    answers = match_each(files, facts.images)
    return [*audited(facts, answers, lambda _: Standing(BOTH), lambda _: Presence.HERE, wants_third=False)]


@pytest.mark.parametrize("first", ["raw", "jpeg"])
def test_a_file_found_by_its_own_row_and_its_companion_are_one_picture_whichever_the_ledger_tells_first(first):
    raw, jpeg = known(7, "IMG_1.CR3"), known(8, "IMG_1.JPG")
    row = lightroom(raw, sidecar_suffixes=("JPG",), rating=1)
    alone = lightroom(known(9, "IMG_2.CR3"))
    files = [raw, jpeg] if first == "raw" else [jpeg, raw]
    facts = facts_of(alone, row)
    told = whole(facts, files)
    assert [(one.rule, set(one.assets)) for one in told] == [("", set()), ("import key", {7, 8})]


def test_a_virtual_copy_is_told_with_the_file_of_its_master():
    file = known(7, "IMG_1.CR3")
    master = lightroom(file, "master", file_key="f")
    facts = facts_of(master, master._replace(key="copy", is_virtual=True))
    told = whole(facts, [file])
    assert [(one.rule, one.assets) for one in told] == [("import key", (7,))] * 2


@pytest.mark.parametrize(
    ("cloud", "released", "presence", "gaps"),
    [
        ("checked", {7}, Presence.RELEASED, ()),
        ("sent", {7}, Presence.RELEASED, (Gap.UNPROVEN,)),
        ("checked", {8}, Presence.MISSING, (Gap.MISSING, Gap.UNPROVEN)),
        ("checked", set(), Presence.MISSING, (Gap.MISSING, Gap.UNPROVEN)),
    ],
)
def test_what_was_let_go_is_not_missing_and_its_copy_off_site_counts(cloud, released, presence, gaps):
    image = picture(1)
    told = Answers(array("q", [7]), (image,))
    told.others.update(enumerate([found(7, image)]))
    facts, standing = facts_of(image), Standing(BOTH[1:], cloud)
    [row] = audited(
        facts, told, lambda _: standing, lambda _: Presence.MISSING, wants_third=True, released=frozenset(released)
    )
    assert (row.presence, row.gaps) == (presence, gaps)
    assert tally_of(facts, [row]).released == (presence is Presence.RELEASED)


def test_a_picture_of_two_files_of_which_one_was_let_go_is_missing():
    image = picture(1)
    told = Answers(array("q", [7, 8]), (image,))
    told.others.update(enumerate([found(7, image), found(8, image, rule=Rule.COMPANION)]))
    [row] = audited(
        facts_of(image), told, lambda _: Standing(BOTH, "checked"), lambda _: Presence.MISSING, wants_third=True,
        released=frozenset({7}),
    )  # fmt: skip
    assert row.presence is Presence.MISSING
