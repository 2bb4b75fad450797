"""Capture One catalogs and sessions, and the odd rows their databases hold."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from capture_one_builder import SESSION, CaptureOneBuilder, Layout, layouts, studio
from catalog_files import NOW, closed, reference, running, untouched

from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.capture_one import CaptureOneAdapter
from ingest.model.catalogs import CatalogFacts, CatalogKeyword, CollectionKind


def read(path: Path, **options: Any) -> CatalogFacts:
    with untouched(path.parent):
        return CaptureOneAdapter().read(path, now=NOW, editor_alive=closed, options=ReadOptions(**options))


def said(facts: CatalogFacts, words: str) -> list[str]:
    return [warning for warning in facts.observation.warnings if words in warning]


@pytest.fixture
def c1(tmp_path: Path) -> CaptureOneBuilder:
    return CaptureOneBuilder(tmp_path / "Jobs.cocatalogdb")


@pytest.mark.parametrize("layout", layouts(), ids=lambda layout: layout.name)
def test_one_studio_reads_the_same_through_every_layout(tmp_path: Path, layout: Layout) -> None:
    facts = read(studio(tmp_path / "Jobs.cocatalogdb", layout))
    assert (facts.version, facts.identity) == ("Capture One 16.5.3.1 Pro Mac", "DOCUMENT")
    first, second, b, c, d = facts.images
    assert (first.path, first.size) == (f"{tmp_path}/Capture/A.IIQ", 1000)
    assert first.capture_local == datetime.fromisoformat("2025-01-31T07:06:40")
    assert (first.rating, first.label, first.label_color, first.pick) == (4, "Red", "red", None)
    assert first.keywords == (("people", "marta"), ("oslo",))
    assert (second.rating, second.is_virtual, second.file_key) == (5, True, first.file_key)
    assert (b.rating, c.rating, c.is_virtual) == (None, None, False)
    assert (d.rating, d.in_trash, c.in_trash) == (2, True, False)
    marta = (("Jobs", "Marta"),)
    assert (first.collections, second.collections, b.collections) == (marta, (), marta)
    assert facts.keywords == (
        CatalogKeyword(("people",)),
        CatalogKeyword(("people", "marta")),
        CatalogKeyword(("oslo",), private=True, synonyms=("wife",)),
    )
    assert {item.path: (item.kind, item.members) for item in facts.collections} == {
        ("Jobs",): (CollectionKind.SET, 0),
        ("Jobs", "Marta"): (CollectionKind.NORMAL, 2),
        ("Recent Imports",): (CollectionKind.SET, 0),
        ("Recent Imports", "31 January"): (CollectionKind.AUTOMATIC, 1),
        ("All Images",): (CollectionKind.SMART, None),
        ("Capture",): (CollectionKind.FOLDER, 0),
    }
    assert said(facts, "experimentally")
    assert said(facts, "1 × folder of the editor whose place is not stored")


def test_real_sessions_give_the_counts_of_plain_sql(tmp_path: Path) -> None:
    for path in [studio(tmp_path / "S.cosessiondb"), *reference("real/*.cosessiondb")]:
        facts = read(path)
        smart = [item.path[-1] for item in facts.collections if item.kind is CollectionKind.SMART]
        folders = [item.path for item in facts.collections if item.kind is CollectionKind.FOLDER]
        if path.name == "main.cosessiondb":
            assert (facts.identity, len(facts.images)) == ("07093CEC-B01A-4CBB-AD35-AAA7CE8FE888", 0)
            assert smart == ["Five Stars", "All Images", "Three Stars"]
            assert folders == [("Capture",), ("Selects",), ("Output",), ("Trash",)]
            assert said(facts, "20 × folder of the editor whose place is not stored")
        else:
            assert (smart, folders) == (["All Images"], [("Capture",)])


def test_without_a_combined_layer_adjustments_stand_over_defaults(c1: CaptureOneBuilder) -> None:
    image = c1.image(c1.place("Capture"), "a.iiq")
    default = c1.layer(ZBASIC_RATING=2, ZCONTENT_KEYWORDS="a||0", ZCOLOR_TAG_INDEX=3)
    adjusted = c1.layer(ZBASIC_RATING=5)
    c1.variant(image, ZDEFAULTLAYER=default, ZADJUSTMENTLAYER=adjusted, ZCOMBINEDSETTINGS=None)
    c1.variant(image, 1, ZDEFAULTLAYER=default, ZADJUSTMENTLAYER=adjusted, ZCOMBINEDSETTINGS=c1.layer(ZBASIC_RATING=1))
    c1.variant(image, 2, ZDEFAULTLAYER=None, ZADJUSTMENTLAYER=c1.layer("none"))
    first, second, third = read(c1.close()).images
    assert (first.rating, first.keywords, first.label) == (5, (("a",),), "Yellow")
    assert (second.rating, second.keywords, second.label) == (1, (), None)
    assert (third.rating, third.keywords, third.label) == (None, (), None)


def test_both_links_from_layer_to_metadata_are_read_and_a_quarrel_is_told(c1: CaptureOneBuilder) -> None:
    place = c1.place("Capture")
    for link in ("layer", "metadata"):
        c1.variant(c1.image(place, f"{link}.iiq"), ZCOMBINEDSETTINGS=c1.layer(link, ZBASIC_RATING=3))
    quarrel = c1.layer("layer", ZBASIC_RATING=4)
    c1.insert("ZVARIANTMETADATA", ZLAYER=quarrel, ZBASIC_RATING=1)
    c1.variant(c1.image(place, "quarrel.iiq"), ZCOMBINEDSETTINGS=quarrel)
    facts = read(c1.close())
    assert [image.rating for image in facts.images] == [3, 3, 4]
    assert said(facts, "1 × layer whose two links name different metadata")


@pytest.mark.parametrize("parent", [None, -1, 0, 1, 4711])
def test_every_form_of_no_parent_is_the_top(c1: CaptureOneBuilder, parent: int | None) -> None:
    c1.collection("Album", "AlbumCollection", parent)
    assert [item.path for item in read(c1.close()).collections] == [("Album",)]


def test_an_image_in_both_tables_of_membership_is_in_the_album_once(c1: CaptureOneBuilder) -> None:
    image = c1.image(c1.place("Capture"), "a.iiq")
    variants = [c1.rated(image, 1), c1.rated(image, 2, 1)]
    album = c1.collection("Best", "AlbumCollection", c1.root)
    c1.insert("ZIMAGEINCOLLECTION", ZCOLLECTION=album, ZIMAGE=image)
    c1.insert("ZVARIANTINCOLLECTION", ZCOLLECTION=album, ZVARIANT=variants[0])
    assert [image.collections for image in read(c1.close()).images] == [(("Best",),), (("Best",),)]


def test_an_entity_is_known_by_its_name_and_not_by_its_number(c1: CaptureOneBuilder) -> None:
    c1.connection.execute("UPDATE ZENTITIES SET Z_ENT = 900 WHERE ZNAME = 'AlbumCollection'")
    c1.insert("ZCOLLECTION", Z_ENT=900, ZNAME="Renumbered", ZPARENT=c1.root, ZUUID="u")
    assert [(item.path, item.kind) for item in read(c1.close()).collections] == [
        (("Renumbered",), CollectionKind.NORMAL)
    ]


def test_a_keyword_whose_name_stands_twice_keeps_no_place(c1: CaptureOneBuilder) -> None:
    c1.keyword("Paris", c1.keyword("town"))
    c1.keyword("Paris", c1.keyword("person"))
    c1.rated(c1.image(c1.place("Capture"), "a.iiq"), 1, keywords="Paris||0,unheard of||1")
    facts = read(c1.close())
    assert facts.images[0].keywords == (("Paris",), ("unheard of",))
    assert said(facts, "1 × keyword on a picture whose name stands twice")


@pytest.mark.parametrize(
    ("made_on", "place", "expected"),
    [
        ("Mac", {"mac": "/Volumes/X", "below": "Jobs/May"}, "/Volumes/X/Jobs/May/a.iiq"),
        ("Mac", {"mac": "/", "below": "/Users/ann/Pictures/"}, "/Users/ann/Pictures/a.iiq"),
        ("Mac", {"mac": "/Volumes/X", "win": "P:\\", "below": "Jobs"}, "/Volumes/X/Jobs/a.iiq"),
        ("Win", {"mac": "/Volumes/X", "win": "P:\\", "below": "\\Jobs\\May"}, "P:/Jobs/May/a.iiq"),
        ("Win", {"win": "\\\\SRV\\share", "below": "Jobs"}, "//SRV/share/Jobs/a.iiq"),
        ("Mac", {"mac": None, "win": "P:\\", "below": "Jobs"}, "P:/Jobs/a.iiq"),
        ("Mac", {"mac": "/Volumes/X", "below": "odd\\name"}, "/Volumes/X/odd\\name/a.iiq"),
        ("Mac", {"mac": "/Volumes/X", "below": "../../etc"}, ""),
    ],
)
def test_stored_places_of_both_systems(tmp_path: Path, made_on: str, place: dict[str, Any], expected: str) -> None:
    c1 = CaptureOneBuilder(tmp_path / "J.cocatalogdb", made_on=made_on)
    c1.image(c1.place(relative=False, **place), "a.iiq")
    facts = read(c1.close())
    assert facts.images[0].path == expected
    assert bool(said(facts, "offline")) is bool(expected)


def test_the_users_map_leads_from_a_windows_root_to_a_local_one(tmp_path: Path) -> None:
    c1 = CaptureOneBuilder(tmp_path / "J.cocatalogdb", made_on="Win")
    c1.image(c1.place("Jobs\\May", relative=False, win="P:\\"), "a.iiq")
    c1.image(c1.place("Old\\2020", relative=False, win="Q:\\"), "b.iiq")
    here = {"/mnt/p/", "/srv/old/2020/"}
    facts = read(c1.close(), root_map={"P:/": "/mnt/p", "Q:/Old": "/srv/old"}, root_exists=lambda path: path in here)
    assert [image.path for image in facts.images] == ["/mnt/p/Jobs/May/a.iiq", "/srv/old/2020/b.iiq"]
    assert said(facts, "offline") == []


def test_a_package_is_read_by_whatever_its_database_is_called(tmp_path: Path) -> None:
    package = tmp_path / "Jobs.cocatalog"
    package.mkdir()
    (package / "._Other.cocatalogdb").write_bytes(b"AppleDouble")
    studio(package / "Other.cocatalogdb")
    assert CaptureOneAdapter().recognises(package)
    assert len(read(package).images) == 5


@pytest.mark.parametrize("count", [0, 2])
def test_a_folder_without_exactly_one_database_is_told(tmp_path: Path, count: int) -> None:
    folder = tmp_path / "Jobs"  # of its own: what lies beside it is read to see that it stays as it is
    folder.mkdir()
    for number in range(count):
        studio(folder / f"{number}.cosessiondb")
    assert not CaptureOneAdapter().recognises(folder)
    with pytest.raises(CatalogUnreadable, match="Capture One database") as caught:
        read(folder)
    assert caught.value.reason is Reason.MISSING


def test_an_open_document_is_as_of_its_last_save(tmp_path: Path) -> None:
    path = studio(tmp_path / "Jobs.cocatalogdb")
    saved = path.stat().st_mtime_ns / 1e9
    facts = CaptureOneAdapter().read(path, now=NOW, editor_alive=running)
    assert (facts.observation.as_of, facts.observation.settled) == (saved, False)
    assert said(facts, "newer edits may still be in Capture One's memory")
    assert CaptureOneAdapter().read(path, now=NOW, editor_alive=closed).observation.as_of == NOW


def test_a_session_database_without_variants_is_read(tmp_path: Path) -> None:
    c1 = CaptureOneBuilder(tmp_path / "S.cosessiondb", SESSION)
    c1.image(c1.place("Capture"), "a.iiq", ZFILE_SIZE=7)
    images = read(c1.close()).images
    assert [(image.name, image.rating, image.is_virtual) for image in images] == [("a.iiq", None, False)]


OPTIONAL = (
    "ZVERSIONINFO ZENTITIES ZVARIANTLAYER ZVARIANTMETADATA ZCOLLECTION ZVARIANTINCOLLECTION ZIMAGEINCOLLECTION ZKEYWORD"
)


@pytest.mark.parametrize("table", OPTIONAL.split())
def test_a_document_without_an_optional_table_is_read(tmp_path: Path, table: str) -> None:
    path = studio(tmp_path / "Jobs.cocatalogdb")
    connection = sqlite3.connect(path)
    connection.execute(f"DROP TABLE {table}")
    connection.commit()
    connection.close()
    facts = read(path)
    assert [image.name for image in facts.images] == ["A.IIQ", "A.IIQ", "B.IIQ", "C.IIQ", "D.IIQ"]
    rated = [image.rating for image in facts.images]
    assert rated == ([None] * 5 if table in ("ZVARIANTLAYER", "ZVARIANTMETADATA") else [4, 5, None, None, 2])


def test_a_document_without_its_own_row_is_read(c1: CaptureOneBuilder) -> None:
    c1.connection.execute("DELETE FROM ZDOCUMENTCONTENT")
    c1.connection.execute("DELETE FROM ZVERSIONINFO")
    facts = read(c1.close())
    assert (facts.identity, facts.version) == ("", "Capture One of unknown version")
