"""Lightroom catalogs of every generation at hand, and the odd rows real ones hold."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from catalog_files import NOW, closed, reference, running, untouched
from lightroom_builder import ROOT, Generation, LightroomBuilder, generations, wedding

from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.lightroom import LightroomAdapter
from ingest.model.catalogs import CatalogCollection, CatalogFacts, CatalogImage, CatalogKeyword, CollectionKind


def read(path: Path, **options: Any) -> CatalogFacts:
    with untouched(path.parent):
        return LightroomAdapter().read(path, now=NOW, editor_alive=closed, options=ReadOptions(**options))


def by_key(facts: CatalogFacts) -> dict[str, CatalogImage]:
    return {image.key: image for image in facts.images}


def said(facts: CatalogFacts, words: str) -> list[str]:
    return [warning for warning in facts.observation.warnings if words in warning]


@pytest.fixture
def lr(tmp_path: Path) -> LightroomBuilder:
    return LightroomBuilder(tmp_path / "Main.lrcat")


@pytest.fixture
def folder(lr: LightroomBuilder) -> int:
    return lr.folder(lr.root())


@pytest.mark.parametrize("generation", generations(), ids=lambda generation: generation.name)
def test_one_wedding_reads_the_same_through_every_generation(tmp_path: Path, generation: Generation) -> None:
    facts = read(wedding(tmp_path / "Main.lrcat", generation))
    major = int(generation.version) // 100_000
    assert facts.version == f"Lightroom {'Classic ' if major > 6 else ''}{major} ({generation.version})"
    assert facts.identity == "LINEAGE"
    one, copy, two, three = facts.images
    meyer = (("Clients", "Meyer wedding"),)
    assert (one.key, one.path, one.size) == ("ONE", ROOT + "IMG_0001.CR3", 1000)
    assert (one.rating, one.pick, one.label, one.is_virtual, one.stack) == (5, 1, None, False, ("9", 1))
    assert (one.keywords, one.collections) == ((("People", "Anna"), ("church",)), meyer)
    assert (one.sidecar_suffixes, one.last_change) == (("JPG", "xmp"), 1738307300.5)
    assert (one.capture_local, one.capture_is_utc) == (datetime(2025, 1, 31, 7, 6, 40, 420_000), False)
    assert (copy.file_key, copy.is_virtual, copy.copy_name) == (one.file_key, True, "b/w")
    assert (copy.rating, copy.pick, copy.last_change) == (None, -1, None)
    assert (two.rating, two.pick, two.label) == (None, 0, None)
    assert (three.path, three.label, three.label_color) == (ROOT + "Party/IMG_0003.JPG", "Red", "red")
    assert three.capture_is_utc
    assert facts.keywords == (
        CatalogKeyword(("People",)),
        CatalogKeyword(("People", "Anna"), person=True),
        CatalogKeyword(("church",), synonyms=("chapel",)),
        CatalogKeyword(("never used",), private=True),
    )
    assert facts.collections == (
        CatalogCollection(("Clients",), CollectionKind.SET, 0),
        CatalogCollection(("Clients", "Meyer wedding"), CollectionKind.NORMAL, 3),
        CatalogCollection(("Five Stars",), CollectionKind.SMART, None),
    )


def test_counts_are_those_of_plain_sql(tmp_path: Path) -> None:
    for path in [wedding(tmp_path / "Main.lrcat"), *reference("real/*.lrcat")]:
        facts = read(path)
        connection = sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)
        rows = connection.execute(
            "SELECT i.id_global, r.absolutePath || coalesce(o.pathFromRoot, '') || f.idx_filename, f.importHash, i.rating"
            " FROM Adobe_images i JOIN AgLibraryFile f ON f.id_local = i.rootFile"
            " JOIN AgLibraryFolder o ON o.id_local = f.folder JOIN AgLibraryRootFolder r ON r.id_local = o.rootFolder"
            " ORDER BY i.id_local"
        ).fetchall()
        members = connection.execute(
            "SELECT count(*) FROM AgLibraryCollectionImage m JOIN AgLibraryCollection c ON c.id_local = m.collection"
            " WHERE coalesce(c.systemOnly, 0) IN ('', 0)"
        ).fetchone()[0]
        connection.close()
        assert [(image.key, image.path, image.import_key, image.rating) for image in facts.images] == rows
        assert sum(item.members or 0 for item in facts.collections) == members


@pytest.mark.parametrize(
    ("stored", "rating"),
    [(None, None), (0, None), (0.0, None), ("0", None), ("", None), ("4", 4), (4, 4), (4.0, 4), (1, 1), (5, 5)],
)
def test_ratings_in_every_form_writers_store(lr: LightroomBuilder, folder: int, stored: object, rating: int | None) -> None:
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
    [("Red", "red"), ("GELB", "yellow"), ("To Do", "purple"), ("Select", "red"), ("CustomRed", None), ("Zu drucken", None)],
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
    for system in (1.0, 1, "1", "true"):
        lr.collect(lr.collection(f"hidden {system!r}", system=system), image)
    for system in (0.0, 0, "", "0", None):
        lr.collect(lr.collection(f"shown {system!r}", system=system if system is not None else 0), image)
    service = lr.insert(
        "AgLibraryPublishedCollection", name="Website", creationId="com.adobe.ag.export.service.connection", systemOnly=0.0
    )  # fmt: skip
    blog = lr.insert(
        "AgLibraryPublishedCollection", name="Blog", parent=service, systemOnly=0.0,
        creationId="com.adobe.ag.library.collection.published",
    )  # fmt: skip
    lr.insert("AgLibraryPublishedCollectionImage", collection=blog, image=image)
    facts = read(lr.close())
    assert all(path[0].startswith("shown") for path in facts.images[0].collections)
    assert len(facts.images[0].collections) == 5
    assert facts.images[0].published == (("Website", "Blog"),)
    kinds = {item.path: (item.kind, item.members) for item in facts.collections}
    assert kinds[("Website", "Blog")] == (CollectionKind.PUBLISHED, 1)


def test_an_image_that_is_twice_in_a_collection_counts_once(lr: LightroomBuilder, folder: int) -> None:
    image = lr.image(lr.file(folder, "a.jpg"))
    lr.collect(lr.collection("Best"), image, image)
    facts = read(lr.close())
    assert facts.images[0].collections == (("Best",),)
    assert facts.collections[0].members == 1


@pytest.mark.parametrize(("version", "warned"), [("1600000", True), ("2300000", True), ("1504001", False)])
def test_a_newer_version_is_read_with_a_warning(lr: LightroomBuilder, folder: int, version: str, warned: bool) -> None:
    lr.connection.execute("UPDATE Adobe_variablesTable SET value = ? WHERE name = 'Adobe_DBVersion'", (version,))
    lr.image(lr.file(folder, "a.jpg"))
    facts = read(lr.close())
    assert len(facts.images) == 1
    assert bool(said(facts, "newer than is known")) is warned


def test_a_version_that_is_missing_is_read_with_a_warning(lr: LightroomBuilder, folder: int) -> None:
    lr.connection.execute("DELETE FROM Adobe_variablesTable")
    lr.image(lr.file(folder, "a.jpg"))
    assert said(read(lr.close()), "no version that is known")


def test_lightroom_2_is_refused(lr: LightroomBuilder) -> None:
    lr.connection.execute("UPDATE Adobe_variablesTable SET value = '0200022' WHERE name = 'Adobe_DBVersion'")
    with pytest.raises(CatalogUnreadable, match="Lightroom 2") as caught:
        read(lr.close())
    assert caught.value.reason is Reason.UNKNOWN_VERSION


def test_a_folder_is_not_taken_for_a_catalog(tmp_path: Path) -> None:
    (tmp_path / "Main.lrcat").mkdir()
    with pytest.raises(CatalogUnreadable, match="folder") as caught:
        read(tmp_path / "Main.lrcat")
    assert caught.value.reason is Reason.MISSING


def test_backups_are_no_catalogs() -> None:
    assert not LightroomAdapter().recognises(Path("/p/Backups/2025-01-31 0706/Main.lrcat"))


def test_what_lightroom_just_saved_is_read_while_it_runs(tmp_path: Path) -> None:
    path = wedding(tmp_path / "Main.lrcat")
    (tmp_path / "Main.lrcat.lock").write_text("/Applications/Adobe Lightroom Classic\n1\n")
    editor = sqlite3.connect(path, isolation_level=None)
    editor.execute("PRAGMA wal_autocheckpoint = 0")
    editor.execute("DROP TRIGGER never")
    editor.execute("UPDATE Adobe_images SET rating = 4 WHERE id_global = 'TWO'")
    with untouched(tmp_path):
        facts = LightroomAdapter().read(path, now=NOW, editor_alive=running)
    editor.close()
    assert by_key(facts)["TWO"].rating == 4
    assert (facts.observation.as_of, facts.observation.settled) == (NOW, False)
