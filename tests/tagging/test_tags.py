"""What is counted of a shoot: pictures as the editor shows them, and nothing that is not known."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagging_worlds import facts, known, lightroom

from ingest.model.catalogs import (
    CatalogCollection,
    CatalogFacts,
    CatalogImage,
    CatalogKeyword,
    CollectionKind,
    Observation,
)
from ingest.tagging.match import KnownFile, match
from ingest.tagging.naming import NameSuggestion, suggest_name
from ingest.tagging.tags import Count, ShootTags, file_tags, priority, shoot_tags


def tags_of(files: list[KnownFile], catalog: CatalogFacts) -> ShootTags:
    return shoot_tags(match(files, catalog.images), catalog)


def test_picks_go_first_then_stars_and_rejects_last() -> None:
    order = [(1, 5), (1, None), (None, 5), (0, 1), (None, None), (-1, 5), (-1, None)]
    worth = [priority(pick, rating) for pick, rating in order]
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) == len(worth)
    assert priority(0, None) == priority(None, None) == 0


PICKS, STARS = st.sampled_from([None, -1, 0, 1]), st.sampled_from([None, 1, 2, 3, 4, 5])


@given(PICKS, STARS, PICKS, STARS)
def test_more_of_either_never_goes_later(
    pick: int | None, stars: int | None, pick2: int | None, stars2: int | None
) -> None:
    if (pick or 0) >= (pick2 or 0) and (stars or 0) >= (stars2 or 0):
        assert priority(pick, stars) >= priority(pick2, stars2)


def test_a_file_is_worth_the_best_of_its_master_and_copies() -> None:
    file = known()
    master = lightroom(file, "master", file_key="f", rating=2, pick=-1, label="Red")
    copy = master._replace(key="copy", is_virtual=True, copy_name="b/w", rating=4, pick=1, label=None)
    (tag,) = file_tags(match([file], [master, copy]))
    assert (tag.rule, tag.rating, tag.pick, tag.label) == ("import key", 4, 1, "Red")


def test_a_picture_in_the_editors_trash_says_nothing() -> None:
    file = known()
    row = lightroom(file, rating=5, pick=1, in_trash=True)
    (tag,) = file_tags(match([file], [row]))
    assert (tag.rating, tag.pick, tag.label) == (None, None, None)
    tags = tags_of([file], facts(row))
    assert (tags.matched, tags.pictures, tags.trashed, tags.picks) == (1, 0, 1, 0)


def wedding() -> tuple[list[KnownFile], CatalogFacts]:
    """Six files: a pair, two more pictures, one the catalog does not know, one that is ambiguous."""
    raw, jpeg = known(1, "IMG_0001.CR3"), known(2, "IMG_0001.JPG")
    second, third, stranger = known(3, "IMG_0003.CR3"), known(4, "IMG_0004.CR3"), known(5, "IMG_0005.WAV")
    unclear = known(6, "IMG_0006.CR3")
    meyer, church, anna = ("Clients", "Meyer wedding"), ("church",), ("People", "Anna")
    first = lightroom(
        raw,
        "1",
        sidecar_suffixes=("JPG",),
        rating=5,
        pick=1,
        label="Red",
        keywords=(church, anna),
        collections=(meyer,),
    )
    rows = (
        first,
        first._replace(key="1 b/w", is_virtual=True, rating=None, pick=None, collections=()),
        lightroom(second, "3", rating=3, pick=-1, keywords=(church,), collections=(meyer,)),
        lightroom(third, "4", pick=0),
        lightroom(unclear._replace(card_name="x.CR3"), "6a"),
        lightroom(unclear._replace(card_name="y.CR3"), "6b"),
    )
    keywords = (CatalogKeyword(("People",)), CatalogKeyword(anna, person=True), CatalogKeyword(church))
    collections = (CatalogCollection(meyer, CollectionKind.NORMAL, 2),)
    return [raw, jpeg, second, third, stranger, unclear], facts(*rows, keywords=keywords, collections=collections)


def test_a_shoot_is_counted_in_pictures_and_the_counts_add_up() -> None:
    tags = tags_of(*wedding())
    assert (tags.files, tags.matched, tags.ambiguous, tags.unmatched) == (6, 4, (6,), 1)
    assert tags.files == tags.matched + len(tags.ambiguous) + tags.unmatched
    assert (tags.pictures, tags.virtual_copies) == (3, 1)
    assert (tags.picks, tags.rejects) == (1, 1)
    assert (tags.ratings, tags.unrated) == ((0, 0, 1, 0, 1), 1)
    assert sum(tags.ratings) + tags.unrated == tags.pictures
    assert tags.labels == (("Red", 1),)
    assert tags.keywords == (Count(("church",), 2), Count(("People", "Anna"), 1, private=True))
    assert tags.collections == (Count(("Clients", "Meyer wedding"), 2),)
    assert tags.rules == (("import key", 3), ("companion of a picture", 1))
    assert tags.name == NameSuggestion("Meyer wedding", "collection", 2 / 3)


def test_the_plain_form_survives_json() -> None:
    plain = tags_of(*wedding()).plain()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["ratings"] == {"1": 0, "2": 0, "3": 1, "4": 0, "5": 1}
    assert plain["name"] == {"name": "Meyer wedding", "source": "collection", "share": 2 / 3}
    assert json.dumps(tags_of([known()], facts()).plain())


def test_when_and_how_the_catalog_was_read_goes_along() -> None:
    observation = Observation(7.0, "copy", False, ("careful",))
    tags = tags_of([known()], facts(observation=observation))
    assert (tags.as_of, tags.settled, tags.warnings) == (7.0, False, ("careful",))


def test_a_keyword_whose_place_is_not_known_is_private_if_its_name_is() -> None:
    file = known()
    tree = (CatalogKeyword(("family", "Anna"), person=True), CatalogKeyword(("boats", "Anna")))
    tags = tags_of([file], facts(lightroom(file, keywords=(("Anna",), ("boats", "Anna"))), keywords=tree))
    assert {item.path: item.private for item in tags.keywords} == {("Anna",): True, ("boats", "Anna"): False}


def test_names_of_the_catalog_are_safe_to_print() -> None:
    file = known()
    evil = "x\x1b[2J\u202e\n"
    row = lightroom(file, label=evil, keywords=((evil,),), collections=((evil,),), copy_name=evil)
    catalog = facts(row, collections=(CatalogCollection((evil,), CollectionKind.NORMAL, 1),))
    text = json.dumps(tags_of([file], catalog).plain(), ensure_ascii=False)
    assert "\x1b" not in json.loads(text)["name"]["name"]
    assert all(character.isprintable() for character in text)
    assert all(character.isprintable() for tag in file_tags(match([file], [row])) for character in tag.label or "")


def in_collections(*rows: tuple[str, ...]) -> list[list[CatalogImage]]:
    return [
        [CatalogImage(str(n), "/p/20260501/", f"{n}.jpg", collections=tuple((name,) for name in names))]
        for n, names in enumerate(rows)
    ]


def normal(name: str, members: int) -> CatalogCollection:
    return CatalogCollection((name,), CollectionKind.NORMAL, members)


def test_the_collection_that_holds_most_names_the_shoot() -> None:
    pictures = in_collections(("Meyer",), ("Meyer", "Best"), ("Meyer", "Best"), ())
    found = suggest_name(pictures, [normal("Meyer", 3), normal("Best", 2)])
    assert found == NameSuggestion("Meyer", "collection", 0.75)


def test_of_collections_that_hold_equally_many_the_smaller_is_meant() -> None:
    pictures = in_collections(("All of 2026", "Meyer"), ("All of 2026", "Meyer"))
    found = suggest_name(pictures, [normal("All of 2026", 9000), normal("Meyer", 2)])
    assert found is not None
    assert found.name == "Meyer"


@pytest.mark.parametrize("rows", [[("Half",), ()], [("A",), ("B",)], []])
def test_half_is_not_most(rows: list[tuple[str, ...]]) -> None:
    assert suggest_name(in_collections(*rows), [normal(name, 1) for name in ("Half", "A", "B")]) is None


@pytest.mark.parametrize("kind", [kind for kind in CollectionKind if kind is not CollectionKind.NORMAL])
def test_only_collections_filled_by_hand_name_a_shoot(kind: CollectionKind) -> None:
    assert suggest_name(in_collections(("Recent",)), [CatalogCollection(("Recent",), kind, 1)]) is None


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/Users/ann/Pictures/2026/Meyer wedding", "Meyer wedding"),
        ("/Users/ann/Sessions/Meyer wedding/Capture", "Meyer wedding"),
        ("/Users/ann/Pictures/2026/2026-05-01", None),
        ("/Users/ann/Pictures/2026/2026-05-01 party", "2026-05-01 party"),
        ("", None),
    ],
)
def test_without_a_collection_the_folder_may_name_the_shoot(folder: str, name: str | None) -> None:
    found = suggest_name([[CatalogImage("1", f"{folder}/" if folder else "", "a.jpg")]], [])
    assert (found and found.name, found and found.source) == (name, name and "folder")
