"""One wedding of 10,000 pictures, through the tables of every Lightroom release: the same answer to the last field."""

import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path

import lightroom_wedding as wedding
import pytest
from catalog_files import reference
from lightroom_builder import Generation, generations
from lightroom_reading import read
from lightroom_releases import RELEASES, Release

from ingest.model.catalogs import CatalogFacts, CatalogRoot, CollectionKind


def whole_definitions() -> dict[str, Generation]:
    """Release -> its true tables; empty without reference data."""
    return {generation.name.rpartition("_")[2]: generation for generation in generations()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> CatalogFacts:
    """What the newest release tells of the wedding; the others are held against it."""
    return read(wedding.make(tmp_path_factory.mktemp("first") / "Main.lrcat", RELEASES[-1]))


def same(facts: CatalogFacts, first: CatalogFacts) -> None:
    """Every field of every row but the two that must differ; the first rows that do are shown, not 10,000 of them."""
    pairs = zip(facts.images, first.images, strict=True)
    assert [pair for pair in pairs if pair[0] != pair[1]][:3] == []
    told_apart = {"version": facts.version, "path": facts.path}  # by its own name, and by where the test put it
    assert replace(facts, images=()) == replace(first, images=(), **told_apart)


@pytest.mark.parametrize("release", RELEASES[:-1], ids=lambda release: release.name)
def test_ten_thousand_pictures_are_the_same_to_the_last_field_in_every_release(
    tmp_path: Path, release: Release, first: CatalogFacts
) -> None:
    facts = read(wedding.make(tmp_path / "Main.lrcat", release, whole_definitions().get(release.name)))
    assert facts.version == release.shown
    same(facts, first)


def test_what_is_read_is_what_was_put_in(first: CatalogFacts) -> None:
    masters = range(1, wedding.FILES + 1)
    copies = range(1, wedding.COPIES + 1)
    assert first.version == RELEASES[-1].shown
    assert len(first.images) == wedding.IMAGES
    assert sum(image.is_virtual for image in first.images) == wedding.COPIES
    stars = Counter(int(rating) for n in masters if (rating := wedding.rating_of(n)))
    stars[2] += sum(n % 2 for n in copies)
    assert Counter(image.rating for image in first.images if image.rating) == stars
    flags = Counter(int(wedding.pick_of(n)) for n in masters) + Counter({0: wedding.COPIES})
    assert Counter(image.pick for image in first.images) == flags
    rows = wedding.rows()
    names = [row["idx_filename"] for row in rows["AgLibraryFile"]]
    told = [image.name for image in first.images if not image.is_virtual]
    kept = wedding.FILES - wedding.WITHOUT_FILE_ROW
    assert told == names[:kept] + [""] * wedding.WITHOUT_FILE_ROW
    renamed = [image for image in first.images if image.original_name not in (None, image.name)]
    assert len(renamed) == sum(name.startswith("Meyer-") for name in names[:kept]) + wedding.COPIES // 10
    assert sum(image.import_key is None for image in first.images) == kept // 500 + wedding.WITHOUT_FILE_ROW
    without_exif = [image for image in first.images if image.capture_is_utc]
    assert len(without_exif) == sum(n % 97 == 0 for n in (*range(1, kept + 1), *copies))
    stacks = Counter(stack for image in first.images if image.stack for stack in [image.stack[0]])
    assert (len(stacks), set(stacks.values())) == (wedding.STACKS, {wedding.STACKED})


def test_keywords_collections_and_roots_are_those_that_were_put_in(first: CatalogFacts) -> None:
    keywords = {keyword.path: keyword for keyword in first.keywords}
    assert len(first.keywords) == len(keywords) == len(wedding.KEYWORDS) - 1
    assert {path for path in keywords if path[-1] == "church"} == {("church",), ("venues", "church")}
    assert keywords["people", "bride", "Anna"].person
    assert keywords["people", "bride"].synonyms == ("Braut",)
    assert keywords["church",].synonyms == ("chapel", "église")
    assert [path for path, keyword in keywords.items() if keyword.private] == [("clients",), ("clients", "Meyer")]
    for path in (("church",), ("clients", "Meyer")):
        assert all(path in image.keywords for image in first.images)
    links = len(wedding.rows()["AgLibraryKeywordImage"])
    assert sum(len(image.keywords) for image in first.images) == links
    meyer, album = ("Clients", "Meyer wedding"), ("Clients", "Album")
    assert [(each.path, each.kind, each.members) for each in first.collections] == [
        (("Clients",), CollectionKind.SET, 0),
        (meyer, CollectionKind.NORMAL, wedding.IMAGES // 2),
        (album, CollectionKind.NORMAL, wedding.IMAGES // 25),
        (("Five Stars",), CollectionKind.SMART, None),
        (("Flickr",), CollectionKind.SET, 0),
        (("Flickr", "Weddings"), CollectionKind.SET, 0),
        (("Flickr", "Weddings", "Meyer"), CollectionKind.PUBLISHED, wedding.IMAGES // 50),
    ]
    assert Counter(path for image in first.images for path in image.collections) == {
        meyer: wedding.IMAGES // 2,
        album: wedding.IMAGES // 25,
    }
    # In the order of the folders, whatever index SQLite goes through.
    assert first.roots == tuple(CatalogRoot(root, None) for root in reversed(wedding.ROOTS))


def test_rows_that_hang_in_the_air_are_counted_and_kept(first: CatalogFacts) -> None:
    gone = 2 * wedding.IN_GONE_FOLDER  # each with its virtual copy
    nowhere = gone + 2 * wedding.IN_FOLDER_WITHOUT_ROOT + wedding.WITHOUT_FILE_ROW
    assert sum(not image.path for image in first.images) == nowhere
    assert first.observation.warnings[-3:] == (
        "1 × folder without a root folder: where its pictures lie is not known",
        f"{gone} × image whose folder row is gone: where it lies is not known",
        f"{wedding.WITHOUT_FILE_ROW} × image without a file row: where it lies is not known",
    )


def columns(ddl: str) -> dict[str, list[tuple[object, ...]]]:
    """Table -> (name, type, must not be NULL, default, place in the key) of its columns."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(ddl)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: [row[1:] for row in connection.execute(f"PRAGMA table_info({name})")] for name in tables}
    connection.close()
    return found


def test_the_tables_of_a_release_are_part_of_its_true_ones() -> None:
    """Where the true ones are at hand."""
    for path in reference("schemas/lrcat-*.sql"):
        [release] = [each for each in RELEASES if each.name == path.stem.rpartition("_")[2]]
        assert path.stem.startswith(f"lrcat-{release.db_version}_")
        true = columns(path.read_text(encoding="utf-8"))
        for table, found in columns(release.ddl).items():
            assert [column for column in true[table] if column in found] == found, (release.name, table)
