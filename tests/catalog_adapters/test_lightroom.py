"""Lightroom catalogs of every generation at hand, and the odd rows real ones hold."""

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from catalog_files import NOW, reference, running, untouched
from lightroom_builder import ROOT, Generation, LightroomBuilder, generations, wedding
from lightroom_reading import read, said

from catalog_adapters.base import CatalogUnreadable, Reason
from catalog_adapters.lightroom import LightroomAdapter
from ingest.model.catalogs import CatalogCollection, CatalogFacts, CatalogImage, CatalogKeyword, CollectionKind


def by_key(facts: CatalogFacts) -> dict[str, CatalogImage]:
    return {image.key: image for image in facts.images}


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
    assert (one.capture_local, one.capture_is_utc) == (datetime.fromisoformat("2025-01-31T07:06:40.420000"), False)
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
            "SELECT i.id_global, r.absolutePath || coalesce(o.pathFromRoot, '') || f.idx_filename, f.importHash,"
            " i.rating"
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


OPTIONAL = (
    "AgLibraryKeyword AgLibraryKeywordImage AgLibraryKeywordSynonym AgLibraryCollection AgLibraryCollectionImage"
    " AgLibraryPublishedCollection AgLibraryFolderStackImage"
)


@pytest.mark.parametrize("table", OPTIONAL.split())
def test_a_catalog_without_an_optional_table_is_read(tmp_path: Path, table: str) -> None:
    path = wedding(tmp_path / "Main.lrcat")
    connection = sqlite3.connect(path)
    connection.execute(f"DROP TABLE {table}")
    connection.commit()
    connection.close()
    assert [image.rating for image in read(path).images] == [5, None, None, 3]


def test_rows_whose_ids_are_no_numbers_are_passed_over(tmp_path: Path) -> None:
    generation = generations()[0]
    loose = Generation("loose", "0500006", generation.ddl.replace("id_local INTEGER PRIMARY KEY", "id_local"), False)
    lr = LightroomBuilder(tmp_path / "Main.lrcat", loose)
    for table in ("AgLibraryKeyword", "AgLibraryCollection", "AgLibraryFolder", "AgLibraryRootFolder"):
        names = [row[1] for row in lr.connection.execute(f"PRAGMA table_info({table})")]
        marks = ", ".join("?" * len(names))
        lr.connection.execute(f"INSERT INTO {table} VALUES ({marks})", [f"odd {name}" for name in names])
    lr.insert("AgLibraryKeywordImage", image="odd", tag="odd")
    lr.insert("AgLibraryCollectionImage", image="odd", collection="odd")
    facts = read(lr.close())
    assert (facts.images, facts.keywords, facts.collections) == ((), (), ())
