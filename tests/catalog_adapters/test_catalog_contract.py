"""The contract of `catalog_adapters.base`, run by every adapter on a document of its own."""

import os
import sqlite3
import stat
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from catalog_editors import Editor, alter, read
from catalog_files import ALIVE, NOW, Alive, closed, running, untouched

from catalog_adapters.base import ReadOptions, UnknownCatalogKind, adapter_for, kinds
from catalog_adapters.belongings import PART_OF_THE_DATABASE, members_of
from ingest.model.catalogs import CollectionKind


def test_every_kind_can_be_asked_for_by_its_name() -> None:
    assert kinds()[:2] == ("lightroom", "capture_one")
    assert "darktable" in kinds()[2:]  # by its entry point
    assert [adapter_for(kind).kind for kind in kinds()[:2]] == ["lightroom", "capture_one"]


def test_an_unknown_kind_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownCatalogKind, match="lightroom, capture_one"):
        adapter_for("aperture")


@pytest.mark.parametrize("alive", ALIVE)
def test_both_routes_give_the_same_facts(editor: Editor, home: Path, scratch: Path, alive: Alive) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch, alive)
    assert facts.kind == editor.kind
    assert len(facts.images) == editor.rows
    assert len({image.file_key for image in facts.images}) == editor.files
    assert max(image.rating or 0 for image in facts.images) == editor.best_rating
    assert facts.observation.route == ("in place" if alive is closed else "copy")
    assert facts.observation.settled is (alive is closed)


def test_not_known_is_none_and_never_zero(editor: Editor, home: Path, scratch: Path) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch)
    assert any(image.rating is None for image in facts.images)
    assert all(image.rating in (None, 1, 2, 3, 4, 5) for image in facts.images)


def test_virtual_copies_say_so_and_share_the_file_of_their_master(editor: Editor, home: Path, scratch: Path) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch)
    masters = {image.file_key for image in facts.images if not image.is_virtual}
    copies = [image for image in facts.images if image.is_virtual]
    assert len(copies) == editor.rows - editor.files == 1
    assert {image.file_key for image in copies} <= masters


def test_every_membership_names_a_collection_of_the_catalog(editor: Editor, home: Path, scratch: Path) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch)
    known = {item.path: item for item in facts.collections}
    held = {path for image in facts.images for path in image.collections}
    assert bool(held) is editor.albums
    assert all(known[path].kind is CollectionKind.NORMAL for path in held)
    assert all((item.members is None) == (item.kind is CollectionKind.SMART) for item in facts.collections)


def test_every_keyword_of_an_image_is_in_the_tree(editor: Editor, home: Path, scratch: Path) -> None:
    facts = read(editor, editor.make(home / editor.name), scratch)
    used = {path for image in facts.images for path in image.keywords}
    assert used
    assert used <= {keyword.path for keyword in facts.keywords}


@pytest.mark.parametrize("alive", ALIVE)
@pytest.mark.parametrize("name", ["a b%20?#", "ünï cødé", "new\nline", "quote'\"", "x" * 200])
def test_odd_names_of_catalogs_are_read(editor: Editor, home: Path, scratch: Path, alive: Alive, name: str) -> None:
    path = editor.make(home / (name + Path(editor.name).suffix))
    assert len(read(editor, path, scratch, alive).images) == editor.rows


@pytest.mark.parametrize("alive", ALIVE)
def test_a_read_only_folder_is_read(editor: Editor, home: Path, scratch: Path, alive: Alive) -> None:
    path = editor.make(home / editor.name)
    path.chmod(0o400)
    home.chmod(0o500)
    try:
        assert len(read(editor, path, scratch, alive).images) == editor.rows
    finally:
        home.chmod(0o700)


def test_a_symlinked_catalog_is_read_where_it_really_lies(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    link = home.parent / editor.name
    link.symlink_to(path)
    with untouched(home):
        facts = editor.adapter.read(link, now=NOW, editor_alive=closed, options=ReadOptions(scratch=scratch))
    assert len(facts.images) == editor.rows


def test_a_missing_optional_column_is_a_warning(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    table, column = editor.optional_column
    alter(path, f"ALTER TABLE {table} RENAME COLUMN {column} TO other")
    facts = read(editor, path, scratch)
    assert len(facts.images) == editor.rows
    assert any(f"{table}.{column}" in warning for warning in facts.observation.warnings)


@pytest.mark.parametrize("litter", [b"", b"\0" * 32768])
def test_the_litter_of_another_reader_is_quiet_and_stays(
    editor: Editor, home: Path, scratch: Path, litter: bytes
) -> None:
    path = editor.make(home / editor.name)
    Path(f"{path}-wal").touch()
    Path(f"{path}-shm").write_bytes(litter)
    assert read(editor, path, scratch).observation.route == "in place"


def test_a_zeroed_journal_is_quiet(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    Path(f"{path}-journal").write_bytes(b"\0" * 4096)
    facts = read(editor, path, scratch)
    assert (facts.observation.route, facts.observation.settled) == ("in place", True)


def test_the_kind_is_recognised_by_name_without_opening(editor: Editor, home: Path) -> None:
    assert editor.adapter.recognises(home / editor.name)
    assert editor.adapter.recognises(home / editor.name.upper())
    assert not editor.adapter.recognises(home / f"._{editor.name}")
    assert not editor.adapter.recognises(home / "IMG_0001.CR3")


def test_an_open_editor_is_asked_about_the_real_document(editor: Editor, home: Path, scratch: Path) -> None:
    asked: list[Path] = []

    def alive(document: Path) -> bool:
        asked.append(document)
        return True

    path = editor.make(home / editor.name)
    editor.adapter.read(path, now=NOW, editor_alive=alive, options=ReadOptions(scratch=scratch))
    assert asked == [Path(os.path.realpath(path))]


def test_without_a_word_about_the_editor_this_computer_is_asked(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    with untouched(home):
        facts = editor.adapter.read(path, now=NOW, options=ReadOptions(scratch=scratch))
    assert len(facts.images) == editor.rows


def test_a_copy_is_private_while_it_exists(
    editor: Editor, home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    path = editor.make(home / editor.name)

    def look(_root: str) -> bool:
        seen.extend(stat.S_IMODE(entry.stat().st_mode) for entry in os.scandir(scratch))
        return False

    lightroom = ReadOptions(scratch=scratch, root_exists=look)
    if editor.kind == "capture_one":
        connection = sqlite3.connect(path)
        connection.execute("UPDATE ZPATHLOCATION SET ZISRELATIVE = 0, ZMACROOT = '/Volumes/X'")
        connection.commit()
        connection.close()
    editor.adapter.read(path, now=NOW, editor_alive=running, options=lightroom)
    assert seen
    assert set(seen) == {0o700}


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_what_belongs_to_a_document_begins_with_it_and_what_sqlite_keeps_beside_it_is_no_part_of_its_own(
    editor: Editor, home: Path, suffix: str
) -> None:
    path = editor.make(home / editor.name)
    beside = {name for name in os.listdir(home) if name != editor.name}
    Path(f"{path}{suffix}").touch()
    with untouched(home):
        parts = editor.adapter.belongings(path)
        listing = members_of(parts)
    assert parts.databases[0] == (editor.name, path)
    assert {name for name, _ in parts.databases} == {editor.name} | beside
    assert listing.members == ()
    told = {left.why: left.entries for left in listing.left_out}
    assert told == {PART_OF_THE_DATABASE: 2 + len(beside)}


class Points:
    """An entry point group as `importlib.metadata` gives it."""

    def __init__(self, **loads: object) -> None:
        self.loads = loads

    def __call__(self, *, group: str, name: str = "") -> list[EntryPoint]:
        assert group == "safelight.catalogs"
        found = [EntryPoint(key, f"{__name__}:{value}", group) for key, value in self.loads.items()]
        return [point for point in found if name in ("", point.name)]


class DarkroomAdapter:
    kind = "darkroom"


def test_an_adapter_joins_by_entry_point_and_cannot_replace_a_built_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    points = Points(darkroom="DarkroomAdapter", lightroom="DarkroomAdapter")
    monkeypatch.setattr("catalog_adapters.base.entry_points", points)
    assert kinds() == ("lightroom", "capture_one", "darkroom")
    assert adapter_for("darkroom").kind == "darkroom"
    assert adapter_for("lightroom").kind == "lightroom"


def test_an_adapter_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog_adapters.base.entry_points", Points(darkroom="NoSuchAdapter"))
    with pytest.raises(UnknownCatalogKind, match="'darkroom' cannot be loaded"):
        adapter_for("darkroom")
