"""The editors' catalogs of a computer: where they are found, and that each is opened before it is believed."""

from pathlib import Path

import pytest

from ingest.setup.catalogs import find_catalogs, kind_of, named, open_once

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_cards" / "catalogs"


@pytest.fixture(autouse=True)
def _desktop(monkeypatch, tmp_path):
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)


def put(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return str(path)


def test_catalogs_in_the_usual_places_are_found_and_their_twins_and_backups_are_not(tmp_path):
    wanted = {
        put(tmp_path / "Pictures/Lightroom/Main.lrcat"),
        put(tmp_path / "Pictures/Meyer/Meyer.cosessiondb"),
        put(tmp_path / ".config/darktable/library.db"),
    }
    package = tmp_path / "Pictures/Studio.cocatalog"
    put(package / "Studio.cocatalogdb")
    put(tmp_path / "Pictures/Lightroom/Backups/2026/Main.lrcat")
    put(tmp_path / "Pictures/Lightroom/._Main.lrcat")
    put(tmp_path / "Pictures/a/b/c/d/e/Deep.lrcat")
    (tmp_path / "Pictures/again").symlink_to(tmp_path / "Pictures")
    found = find_catalogs(tmp_path)
    assert {each.path for each in found} == wanted | {str(package)}
    assert {each.kind for each in found} == {"lightroom", "capture_one", "darktable"}


def test_what_was_open_lately_is_found_wherever_it_lies(tmp_path):
    path = put(tmp_path / "elsewhere" / "My own.lrcat")
    recent = tmp_path / ".local/share/recently-used.xbel"
    recent.parent.mkdir(parents=True)
    links = (path.replace(" ", "%20"), "/gone/Old.lrcat", "/etc/passwd")
    marks = "".join(f'<bookmark href="file://{link}" added="2026-01-01T00:00:00Z"></bookmark>' for link in links)
    recent.write_text(f"<xbel>{marks}</xbel>")
    assert [each.path for each in find_catalogs(tmp_path)] == [path]


@pytest.mark.parametrize("name", sorted(each.name for each in SAMPLES.rglob("*") if each.suffix == ".lrcat"))
def test_a_catalog_is_opened_and_told_by_its_pictures(name, tmp_path):
    document = next(SAMPLES.rglob(name))
    opened = open_once(kind_of(str(document)), str(document), 0.0)
    assert opened.images is not None, opened.words
    assert opened.images > 0


def test_what_is_no_catalog_is_told_and_not_believed(tmp_path):
    broken = put(tmp_path / "Broken.lrcat")
    told = open_once("lightroom", broken, 0.0)
    assert told.images is None
    assert told.words
    with pytest.raises(ValueError, match="not there"):
        named(str(tmp_path / "None.lrcat"))
    with pytest.raises(ValueError, match="no catalog"):
        named(put(tmp_path / "notes.txt"))
