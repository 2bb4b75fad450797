"""What a library says that darktable made, and what it would say otherwise."""

import os
import shutil
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from catalog_files import running
from darktable_builder import FOLDER, change, named, read, said, wedding

from catalog_adapters.base import ENTRY_POINTS, CatalogUnreadable, Reason, adapter_for
from catalog_adapters.darktable import DarktableAdapter
from ingest.model.catalogs import CatalogCollection, CatalogKeyword, CatalogRoot, CollectionKind


@pytest.fixture
def library(home: Path) -> Path:
    return wedding(home / "library.db")


def test_it_joins_by_its_entry_point_alone() -> None:
    assert [point.value for point in entry_points(group=ENTRY_POINTS, name="darktable")] == [
        "catalog_adapters.darktable:DarktableAdapter"
    ]
    assert isinstance(adapter_for("darktable"), DarktableAdapter)


def test_a_library_made_by_darktable_says_what_its_photographer_said(library: Path) -> None:
    facts = read(library)
    first, copy, rejected, raw, jpeg, unrated, recorded, plain = facts.images
    assert facts.version == "darktable (library 37)"
    assert first.path == copy.path == first.file_key == FOLDER + "IMG_0001.JPG"
    assert (first.rating, first.pick, first.label, first.label_color) == (5, 0, "red, purple", None)
    assert first.keywords == (("people", "bride", "Anna"), ("église",))
    assert (first.is_virtual, first.copy_name, first.original_name, first.size) == (False, "", None, None)
    assert (copy.is_virtual, copy.copy_name, copy.rating, copy.label_color) == (True, "b/w", 2, "green")
    assert copy.keywords == (("people", "bride"),)
    assert (rejected.name, rejected.rating, rejected.pick) == ("IMG_0002.JPG", None, -1)
    assert (raw.name, raw.rating, jpeg.name, jpeg.rating) == ("IMG_0004.DNG", 3, "IMG_0004.JPG", 1)
    assert (unrated.rating, unrated.pick, unrated.label) == (None, 0, "yellow")
    assert recorded.sidecar_suffixes == ("WAV",)
    assert first.capture_local == datetime.fromisoformat("2025-06-14T23:58:30.400000")
    assert (plain.capture_local, plain.capture_is_utc) == (datetime.fromisoformat("2025-06-15T15:06:40"), True)
    assert [image.capture_is_utc for image in facts.images[:-1]] == [False] * 7
    assert facts.keywords == (
        CatalogKeyword(("people", "bride", "Anna")),
        CatalogKeyword(("église",)),
        CatalogKeyword(("people", "bride")),
    )
    assert facts.observation.warnings == (
        "1 × film roll whose folder is offline: nothing is said about the files in it",
    )


def test_a_group_is_a_stack_and_its_representative_comes_first(library: Path) -> None:
    change(library, "UPDATE images SET group_id = 5 WHERE filename LIKE 'IMG_0004%'")
    facts = read(library)
    assert [image.stack for image in facts.images] == [("1", 1), ("1", 2), None, ("5", 2), ("5", 1), None, None, None]


def test_each_film_roll_is_a_root_and_a_folder_among_the_collections(library: Path, tmp_path: Path) -> None:
    facts = read(library)
    assert facts.roots == (CatalogRoot(FOLDER, None),)
    assert facts.collections == (
        CatalogCollection(("srv", "photos", "2025", "Meyer wedding"), CollectionKind.FOLDER, 8),
    )
    here = tmp_path / "moved" / "Meyer wedding"
    here.mkdir(parents=True)
    found = read(library, root_map={"/srv/photos/2025": str(here.parent)})
    assert found.roots == (CatalogRoot(FOLDER, f"{here}/"),)
    assert found.images[0].path == f"{here}/IMG_0001.JPG"
    assert not found.observation.warnings


@pytest.mark.parametrize(
    ("stored", "path"),
    [
        ("C:\\Users\\anna\\Pictures", "C:/Users/anna/Pictures/IMG_0001.JPG"),
        ("/srv/photos/", "/srv/photos/IMG_0001.JPG"),
        ("pics/here", ""),
        ("/srv/../etc", ""),
        ("", ""),
    ],
)
def test_folders_of_film_rolls(library: Path, stored: str, path: str) -> None:
    change(library, f"UPDATE film_rolls SET folder = '{stored}'")
    facts = read(library)
    assert facts.images[0].path == path
    assert len({image.file_key for image in facts.images}) == 7
    assert bool(said(facts, "where it lies is not known")) is (path == "")


def test_a_duplicate_whose_original_was_removed_is_no_copy_any_more(library: Path) -> None:
    change(library, "DELETE FROM images WHERE id = 1")
    assert [image.is_virtual for image in named(read(library), "IMG_0001.JPG")] == [False]


def test_the_first_version_is_the_master_in_whatever_order_they_came(library: Path) -> None:
    change(library, "UPDATE images SET version = 3 WHERE id = 1")
    assert [(image.rating, image.is_virtual) for image in named(read(library), "IMG_0001.JPG")] == [
        (5, True),
        (2, False),
    ]


def test_a_keyword_number_of_thousands_of_digits_is_no_number(library: Path) -> None:
    change(library, f"INSERT INTO tagged_images VALUES (3, x'{'39' * 5000}', 0)")
    assert said(read(library), "1 × picture with a keyword that data.db does not name")


def test_what_is_private_stays_so_below_it_and_synonyms_are_told(library: Path) -> None:
    change(
        library.parent / "data.db",
        "UPDATE tags SET flags = 2, synonyms = 'promise, betrothed' WHERE name = 'people|bride'",
        "UPDATE tags SET flags = 1 WHERE name = 'église'",
        "INSERT INTO tags (name) VALUES ('people|brideless')",
    )
    assert read(library).keywords == (
        CatalogKeyword(("people", "bride", "Anna"), private=True),
        CatalogKeyword(("église",)),
        CatalogKeyword(("people", "bride"), private=True, synonyms=("promise", "betrothed")),
        CatalogKeyword(("people", "brideless")),
    )


def test_what_darktable_marked_for_deletion_is_in_its_trash(library: Path) -> None:
    change(library, "UPDATE images SET flags = flags | 256 WHERE id = 3")
    assert [image.key for image in read(library).images if image.in_trash] == ["image 3"]


def test_a_local_copy_is_told(library: Path) -> None:
    change(library, "UPDATE images SET flags = flags | 2048 WHERE id IN (3, 4)")
    assert said(read(library), "2 × picture of which darktable keeps a local copy")


def test_one_row_speaks_for_the_recording_beside_a_pair(library: Path) -> None:
    change(library, "UPDATE images SET flags = flags | 8192 | 4096 WHERE filename LIKE 'IMG_0004%'")
    pair = [image for image in read(library).images if image.name.startswith("IMG_0004")]
    assert [image.sidecar_suffixes for image in pair] == [("WAV", "txt"), ()]


def test_without_data_beside_it_keywords_are_not_known_and_that_is_said(library: Path) -> None:
    (library.parent / "data.db").unlink()
    facts = read(library)
    assert [image.rating for image in facts.images] == [5, 2, None, 3, 1, None, 1, 1]
    assert facts.keywords == ()
    assert said(facts, "there is no data.db beside this library")


def test_an_old_library_that_holds_its_tags_itself_is_read(library: Path) -> None:
    (library.parent / "data.db").unlink()
    change(
        library,
        "CREATE TABLE tags (id INTEGER PRIMARY KEY, name VARCHAR)",
        "INSERT INTO tags VALUES (1, 'people|bride'), (4, 'darktable|format|jpg')",
        "UPDATE images SET datetime_taken = '2014:05:06 07:08:09'",
    )
    image = read(library).images[0]
    assert image.keywords == (("people", "bride"),)
    assert image.capture_local == datetime.fromisoformat("2014-05-06T07:08:09")


def test_a_keyword_that_data_does_not_name_is_told(library: Path) -> None:
    change(library.parent / "data.db", "DELETE FROM tags WHERE name = 'église'")
    facts = read(library)
    assert facts.images[0].keywords == (("people", "bride", "Anna"),)
    assert said(facts, "2 × picture with a keyword that data.db does not name")


def test_a_folder_that_holds_a_library_is_read(library: Path) -> None:
    assert DarktableAdapter().recognises(library.parent)
    assert len(read(library.parent).images) == 8


def test_a_link_to_the_library_may_lie_beside_data(library: Path, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "library.db").symlink_to(library)
    shutil.move(library.parent / "data.db", config)
    assert read(config).images[0].keywords


@pytest.mark.parametrize(("version", "warned"), [("37", False), ("38", True), ("", True), ("56", True)])
def test_a_newer_library_is_read_by_its_tables_with_a_warning(library: Path, version: str, warned: bool) -> None:
    change(library, f"UPDATE db_info SET value = '{version}' WHERE key = 'version'")
    facts = read(library)
    assert len(facts.images) == 8
    assert bool(said(facts, "read by its tables")) is warned


def test_a_newer_library_that_moved_a_core_column_is_refused(library: Path) -> None:
    change(library, "UPDATE db_info SET value = '99'", "ALTER TABLE images RENAME COLUMN film_id TO roll")
    with pytest.raises(CatalogUnreadable, match=r"images\.film_id") as caught:
        read(library)
    assert caught.value.reason is Reason.UNKNOWN_VERSION


def test_a_version_that_no_darktable_wrote_is_refused(library: Path) -> None:
    change(library, "UPDATE db_info SET value = '-1'")
    with pytest.raises(CatalogUnreadable, match="version -1") as caught:
        read(library)
    assert caught.value.reason is Reason.UNKNOWN_VERSION


def _empty(data: Path) -> None:
    data.write_bytes(b"")


def _short(data: Path) -> None:
    os.truncate(data, data.stat().st_size // 2)


def _garbage(data: Path) -> None:
    with data.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * (data.stat().st_size - 100))


def _fifo(data: Path) -> None:
    data.unlink()
    os.mkfifo(data)


def _without_tags(data: Path) -> None:
    change(data, "DROP TABLE locations", "DROP TABLE tags")


def _view_of_tags(data: Path) -> None:
    _without_tags(data)
    endless = "WITH RECURSIVE n(id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM n) SELECT id, 'x' name FROM n"
    change(data, f"CREATE VIEW tags AS {endless}")


@pytest.mark.parametrize("alive", [running, None], ids=["running", "closed"])
@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_empty, Reason.CORRUPT),
        (_short, Reason.CORRUPT),
        (_garbage, Reason.CORRUPT),
        (_fifo, Reason.CORRUPT),
        (_without_tags, Reason.UNKNOWN_VERSION),
        (_view_of_tags, Reason.UNKNOWN_VERSION),
    ],
)
def test_damaged_data_beside_a_sound_library_is_refused_by_its_own_name(
    library: Path, scratch: Path, harm: object, reason: Reason, alive: object
) -> None:
    harm(library.parent / "data.db")  # type: ignore[operator]
    with pytest.raises(CatalogUnreadable) as caught:
        read(library, scratch=scratch, **({"alive": alive} if alive else {}))
    assert caught.value.reason is reason
    assert caught.value.path.endswith("data.db")
    assert os.listdir(scratch) == []


def test_a_bad_cell_is_not_known_and_never_a_wrong_fact(library: Path) -> None:
    change(
        library,
        "UPDATE images SET flags = 7, datetime_taken = 9223372036854775807 WHERE id = 3",
        "UPDATE images SET flags = 'many', datetime_taken = 'soon' WHERE id = 4",
        "INSERT INTO color_labels VALUES (5, 9)",
        "UPDATE images SET filename = '../../etc/passwd' WHERE id = 6",
    )
    facts = read(library)
    by_key = {image.key: image for image in facts.images}
    assert (by_key["image 3"].rating, by_key["image 3"].pick, by_key["image 3"].capture_local) == (None, 0, None)
    assert (by_key["image 4"].rating, by_key["image 4"].pick, by_key["image 4"].capture_local) == (None, None, None)
    assert (by_key["image 5"].label, by_key["image 6"].path) == (None, "")
    assert said(facts, "2 × capture time that is no time")
    assert said(facts, "1 × colour label that is not known")
