"""The odd rows real Lightroom catalogs hold."""

import sqlite3
from pathlib import Path

import pytest
from lightroom_builder import ROOT, LightroomBuilder, wedding
from lightroom_reading import read, said

from ingest.model.catalogs import CollectionKind


@pytest.mark.parametrize(
    ("stored", "rating"),
    [(None, None), (0, None), (0.0, None), ("0", None), ("", None), ("4", 4), (4, 4), (4.0, 4), (1, 1), (5, 5)],
)
def test_ratings_in_every_form_writers_store(
    lr: LightroomBuilder, folder: int, stored: object, rating: int | None
) -> None:
    lr.image(lr.file(folder, "a.jpg"), rating=stored)
    facts = read(lr.close())
    assert facts.images[0].rating == rating
    assert said(facts, "rating") == []


@pytest.mark.parametrize("stored", [6, -1, 2.5, "five", b"\1", 1e300])
def test_a_rating_out_of_range_is_not_known_and_told(lr: LightroomBuilder, folder: int, stored: object) -> None:
    lr.image(lr.file(folder, "a.jpg"), rating=stored)
    facts = read(lr.close())
    assert facts.images[0].rating is None
    assert said(facts, "1 × rating outside 1 to 5")


@pytest.mark.parametrize(("stored", "pick"), [(1.0, 1), (0.0, 0), (-1.0, -1), ("1", 1), ("", 0), (7, None)])
def test_flags_in_every_form(lr: LightroomBuilder, folder: int, stored: object, pick: int | None) -> None:
    lr.image(lr.file(folder, "a.jpg"), pick=stored)
    facts = read(lr.close())
    assert facts.images[0].pick == pick
    assert bool(said(facts, "flag")) is (pick is None)


@pytest.mark.parametrize(
    ("label", "color"),
    [
        ("Red", "red"),
        ("GELB", "yellow"),
        ("To Do", "purple"),
        ("Select", "red"),
        ("CustomRed", None),
        ("Zu drucken", None),
    ],
)
def test_labels_are_names_and_their_colour_is_never_guessed(
    lr: LightroomBuilder, folder: int, label: str, color: str | None
) -> None:
    lr.image(lr.file(folder, "a.jpg"), colorLabels=label)
    image = read(lr.close()).images[0]
    assert (image.label, image.label_color) == (label, color)


def test_dangling_rows_are_told_and_not_lost(lr: LightroomBuilder, folder: int) -> None:
    lr.image(999, id_global="NO FILE")
    lr.image(lr.file(888, "b.jpg"), id_global="NO FOLDER")
    lr.image(lr.file(lr.folder(777), "c.jpg"), id_global="NO ROOT")
    lr.image(lr.file(folder, "d.jpg"), id_global="FINE", masterImage=12345)
    facts = read(lr.close())
    paths = {image.key: image.path for image in facts.images}
    assert paths == {"NO FILE": "", "NO FOLDER": "", "NO ROOT": "", "FINE": ROOT + "d.jpg"}
    assert said(facts, "1 × image without a file row")
    assert said(facts, "1 × image whose folder row is gone")
    assert said(facts, "1 × folder without a root folder")


def test_a_folder_path_that_is_null_is_the_root_itself(lr: LightroomBuilder) -> None:
    lr.image(lr.file(lr.folder(lr.root(), None), "a.jpg"))
    assert read(lr.close()).images[0].path == ROOT + "a.jpg"


@pytest.mark.parametrize("below", ["../../etc/", "a/../../", "/etc/", "a\0b/"])
def test_a_folder_that_leaves_its_root_is_not_used(lr: LightroomBuilder, below: str) -> None:
    lr.image(lr.file(lr.folder(lr.root(), below), "passwd"))
    facts = read(lr.close())
    assert facts.images[0].path == ""
    assert said(facts, "leaves its root")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a\0.jpg", "..", "x" * 1_000_000])
def test_a_name_that_is_no_file_name_gives_no_path(lr: LightroomBuilder, folder: int, name: str) -> None:
    lr.image(lr.file(folder, name))
    facts = read(lr.close())
    assert facts.images[0].path == ""
    assert len(facts.images[0].name) <= 1000


def test_a_decomposed_path_is_composed(lr: LightroomBuilder) -> None:
    lr.image(lr.file(lr.folder(lr.root(), "Cafe\u0301/"), "e\u0301.jpg"))
    assert read(lr.close()).images[0].path == ROOT + "Caf\u00e9/\u00e9.jpg"


@pytest.mark.parametrize(
    ("key", "size", "utc"),
    [
        ("760000000:a:b.jpg:77", 77, False),
        ("760000000.12346:a.jpg:77", 77, True),
        ("-5:a.jpg:77", 77, False),
        ("a.jpg:77", None, False),
        ("760000000:a.jpg:big", None, False),
        ("time:a.jpg:77", None, False),
        ("::", None, False),
    ],
)
def test_import_keys_in_every_form(lr: LightroomBuilder, folder: int, key: str, size: int | None, utc: bool) -> None:
    lr.image(lr.file(folder, "a.jpg", key))
    facts = read(lr.close())
    image = facts.images[0]
    assert (image.size, image.capture_is_utc) == (size, utc)
    assert image.import_key == (key if size else None)
    assert bool(said(facts, "import key in no known form")) is (size is None)


def test_the_original_name_survives_a_rename_at_import(lr: LightroomBuilder, folder: int) -> None:
    lr.image(lr.file(folder, "Meyer-001.CR3", "760000000:IMG_0001.CR3:1000", original="IMG_0001.CR3"))
    image = read(lr.close()).images[0]
    assert (image.name, image.original_name) == ("Meyer-001.CR3", "IMG_0001.CR3")


def test_keywords_in_a_circle_end(lr: LightroomBuilder, folder: int) -> None:
    one = lr.keyword("one")
    two = lr.keyword("two", one)
    lr.connection.execute("UPDATE AgLibraryKeyword SET parent = ? WHERE id_local = ?", (two, one))
    itself = lr.keyword("self")
    lr.connection.execute("UPDATE AgLibraryKeyword SET parent = id_local WHERE id_local = ?", (itself,))
    image = lr.image(lr.file(folder, "a.jpg"))
    lr.tag(image, two)
    facts = read(lr.close())
    assert facts.images[0].keywords[0][-1] == "two"
    assert said(facts, "2 × keyword whose parents run in a circle")


def test_one_name_under_two_parents_is_two_keywords(lr: LightroomBuilder, folder: int) -> None:
    image = lr.image(lr.file(folder, "a.jpg"))
    for parent in ("town", "person"):
        lr.tag(image, lr.keyword("Paris", lr.keyword(parent)))
    assert set(read(lr.close()).images[0].keywords) == {("town", "Paris"), ("person", "Paris")}


def test_what_lies_below_a_private_keyword_is_private(lr: LightroomBuilder) -> None:
    lr.keyword("child", lr.keyword("family", export=0))
    lr.keyword("Bo", lr.keyword("Ann", kind="person"))
    flags = {keyword.path: (keyword.private, keyword.person) for keyword in read(lr.close()).keywords}
    assert flags[("family", "child")] == (True, False)
    assert flags[("Ann", "Bo")] == (False, True)


def test_hidden_collections_are_left_out_and_published_ones_are_kept_apart(lr: LightroomBuilder, folder: int) -> None:
    image = lr.image(lr.file(folder, "a.jpg"))
    for yes in (1.0, 1, "1", "true"):
        lr.collect(lr.collection(f"hidden {yes!r}", system=yes), image)
    for no in (0.0, 0, "", "0"):
        lr.collect(lr.collection(f"shown {no!r}", system=no), image)
    table, made_by = "AgLibraryPublishedCollection", "com.adobe.ag"
    service = lr.insert(table, name="Website", creationId=f"{made_by}.export.service.connection", systemOnly=0.0)
    kind = f"{made_by}.library.collection.published"
    blog = lr.insert(table, name="Blog", parent=service, creationId=kind, systemOnly=0.0)
    lr.insert("AgLibraryPublishedCollectionImage", collection=blog, image=image)
    facts = read(lr.close())
    assert all(path[0].startswith("shown") for path in facts.images[0].collections)
    assert len(facts.images[0].collections) == 4
    assert facts.images[0].published == (("Website", "Blog"),)
    kinds = {item.path: (item.kind, item.members) for item in facts.collections}
    assert kinds[("Website", "Blog")] == (CollectionKind.PUBLISHED, 1)


def test_an_image_that_is_twice_in_a_collection_counts_once(lr: LightroomBuilder, folder: int) -> None:
    image = lr.image(lr.file(folder, "a.jpg"))
    lr.collect(lr.collection("Best"), image, image)
    facts = read(lr.close())
    assert facts.images[0].collections == (("Best",),)
    assert facts.collections[0].members == 1


def test_a_keyword_number_of_thousands_of_digits_names_no_keyword(tmp_path: Path) -> None:
    path = wedding(tmp_path / "Main.lrcat")
    before = read(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("INSERT INTO AgLibraryKeywordImage (image, tag) VALUES (1, ?)", (b"9" * 5000,))
    connection.close()
    assert [image.keywords for image in read(path).images] == [image.keywords for image in before.images]
