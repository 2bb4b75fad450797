"""Settings files of Capture One: their form, the newest of several, and which of file and database is believed."""

import contextlib
import os
from pathlib import Path

import pytest
from capture_one_builder import CATALOG, SESSION, CaptureOneBuilder
from catalog_files import NOW, closed, untouched
from hypothesis import given
from hypothesis import strategies as st

from catalog_adapters.capture_one import CaptureOneAdapter
from catalog_adapters.capture_one_values import Settings
from catalog_adapters.cos import NotACos, SettingsFolders, parse_cos, read_cos
from catalog_adapters.values import Notes
from ingest.model.catalogs import CatalogFacts

SAVED = 1_700_000_000.0


def variant(**blocks: dict[str, object]) -> str:
    inner = "".join(
        f"<{block}>" + "".join(f'<E K="{key}" V="{value}"/>' for key, value in entries.items()) + f"</{block}>"
        for block, entries in blocks.items()
    )
    return f'<VAR><E K="UUID" V="1"/>{inner}</VAR>'


def document(*variants: str) -> bytes:
    body = "".join(variants)
    text = f'<?xml version="1.0"?><IMG><E K="Version" V="1680"/><SL><E K="Basic_Rating" V="1"/></SL>{body}</IMG>'
    return text.encode() + b"\0" * 16


def write(folder: Path, name: str, data: bytes, engine: str = "Settings1680", at: float = SAVED) -> Path:
    path = folder / "CaptureOne" / engine / f"{name}.cos"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (at, at))
    return path


def rated(rating: int, **more: object) -> bytes:
    return document(variant(AL={"Basic_Rating": rating, **more}))


def parsed(data: bytes) -> tuple[Settings, ...]:
    return parse_cos(data, Notes())


@pytest.mark.parametrize(
    ("blocks", "rating"),
    [
        ({"AL": {"Basic_Rating": 5}, "MD": {"Basic_Rating": 1}}, 5),
        ({"MD": {"Basic_Rating": 4}, "AL": {"Rating": 1}}, 4),
        ({"AL": {"Rating": 3}, "DL": {"Basic_Rating": 1}}, 3),
        ({"DL": {"Basic_Rating": 2}}, 2),
        ({"AL": {"Basic_Rating": ""}, "MD": {"Basic_Rating": 4}}, 4),
        ({"SL": {"Basic_Rating": 2}}, None),
        ({"AL": {"Basic_Rating": 9}}, None),
        ({}, None),
    ],
)
def test_a_rating_is_looked_for_in_the_order_of_the_editor(
    blocks: dict[str, dict[str, object]], rating: int | None
) -> None:
    assert parsed(document(variant(**blocks)))[0].rating == rating


def test_colour_and_keywords_are_read_for_each_variant() -> None:
    first = variant(AL={"Color_tag_index": 4, "Content_Keywords": "a||0"}, MD={"Color_tag_index": 1})
    assert parsed(document(first, variant(MD={"Color_tag_index": 7}))) == (
        Settings(None, 4, "a||0"),
        Settings(None, 7, None),
    )


def test_nul_bytes_after_the_root_are_no_fault() -> None:
    assert parsed(rated(3) + b"\0" * 4096)[0].rating == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 64,
        b"<IMG><VAR>",
        b"not xml",
        b'<!DOCTYPE IMG [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><IMG>&b;</IMG>',
        b'<!DOCTYPE IMG SYSTEM "file:///etc/passwd"><IMG/>',
        b"<A>" * 100_000,
        b"<IMG>" + b"<VAR/>" * 2_000 + b"</IMG>",
    ],
)
def test_what_is_no_settings_file_is_refused(data: bytes) -> None:
    with pytest.raises(NotACos):
        parsed(data)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda inner: f"<IMG><VAR>{inner}</VAR></IMG>".encode()))
def test_whatever_a_settings_file_holds_it_is_read_or_refused(data: bytes) -> None:
    found: tuple[Settings, ...] = ()
    with contextlib.suppress(NotACos):
        found = parsed(data)
    assert all(settings.rating in (None, 0, 1, 2, 3, 4, 5) for settings in found)


def test_a_giant_or_special_settings_file_is_refused(tmp_path: Path) -> None:
    giant = tmp_path / "a.cos"
    with giant.open("wb") as file:
        file.truncate(9 << 20)
    os.mkfifo(tmp_path / "b.cos")
    for path in (giant, tmp_path / "b.cos"):
        with pytest.raises(NotACos):
            read_cos(str(path), Notes())


def test_the_newest_engine_that_has_the_file_wins(tmp_path: Path) -> None:
    engines = {"Settings45": 1, "Settings50": 2, "Settings120": 3, "Settings166": 4, "Settings1680": 5}
    for engine, rating in engines.items():
        write(tmp_path, f"{rating}.iiq", rated(rating), engine)
        write(tmp_path, "all.iiq", rated(rating), engine)
    write(tmp_path, "all.iiq.cos.bak", b"", "Settings9999x")
    found = SettingsFolders(str(tmp_path))
    assert [Path(found.newest(name) or "").parent.name for name in ("all.iiq", "2.iiq", "3.iiq")] == [
        "Settings1680",
        "Settings50",
        "Settings120",
    ]
    assert found.newest("ALL.IIQ") == found.newest("all.iiq")
    assert found.newest("none.iiq") is None
    assert found.pictures() == ("1.iiq", "2.iiq", "3.iiq", "4.iiq", "5.iiq", "all.iiq")


@pytest.fixture
def session(tmp_path: Path) -> CaptureOneBuilder:
    (tmp_path / "S" / "Capture").mkdir(parents=True)
    return CaptureOneBuilder(tmp_path / "S" / "S.cosessiondb", SESSION)


def read(session: CaptureOneBuilder) -> CatalogFacts:
    path = session.close()
    with untouched(path.parent):
        return CaptureOneAdapter().read(path.parent, now=NOW, editor_alive=closed)


def row(session: CaptureOneBuilder, rating: int | None, changed: float | None) -> Path:
    """A picture a.iiq with one variant; gives the folder it lies in."""
    image = session.image(session.place("Capture"), "a.iiq", ZFILE_SIZE=7)
    layer = session.layer(ZBASIC_RATING=rating)
    session.variant(image, ZCOMBINEDSETTINGS=layer, ZLASTMETADATAMODIFICATIONDATE=changed)
    return session.path.parent / "Capture"


@pytest.mark.parametrize(
    ("in_database", "changed", "in_file", "expected", "disputed"),
    [
        (3, None, 5, 5, True),
        (3, SAVED - 60, 5, 5, True),
        (3, SAVED + 60, 5, 3, True),
        (None, None, 5, 5, False),
        (0, SAVED + 60, 5, None, True),
        (5, SAVED, 5, 5, False),
        (4, SAVED - 60, 0, None, True),
    ],
)
def test_where_both_speak_and_differ_the_younger_wins(
    session: CaptureOneBuilder,
    in_database: int | None,
    changed: float | None,
    in_file: int,
    expected: int | None,
    disputed: bool,
) -> None:
    write(row(session, in_database, changed), "a.iiq", rated(in_file))
    facts = read(session)
    assert [(image.rating, image.disputed) for image in facts.images] == [(expected, disputed)]
    told = [warning for warning in facts.observation.warnings if "settings file and database differ" in warning]
    assert bool(told) is disputed


def test_what_a_settings_file_does_not_mention_stays_as_the_database_has_it(session: CaptureOneBuilder) -> None:
    image = session.image(session.place("Capture"), "a.iiq", ZFILE_SIZE=7)
    session.rated(image, 3, color=1, keywords="oslo||0")
    write(session.path.parent / "Capture", "a.iiq", document(variant(AL={"Color_tag_index": 4})))
    found = read(session).images[0]
    assert (found.rating, found.label, found.keywords, found.disputed) == (3, "Green", (("oslo",),), True)


def test_a_picture_without_variants_gets_those_of_its_settings_file(session: CaptureOneBuilder) -> None:
    session.image(session.place("Capture"), "a.iiq", ZFILE_SIZE=7)
    folder = session.path.parent / "Capture"
    write(folder, "a.iiq", document(variant(AL={"Basic_Rating": 2}), variant(MD={"Basic_Rating": 5})))
    first, second = read(session).images
    assert (first.rating, first.is_virtual, first.last_change) == (2, False, SAVED)
    assert (second.rating, second.is_virtual, second.file_key) == (5, True, first.file_key)


def test_a_picture_that_only_its_settings_file_knows_is_read(session: CaptureOneBuilder) -> None:
    session.place("Capture")
    folder = session.path.parent / "Capture"
    (folder / "live.iiq").write_bytes(b"RAW")
    write(folder, "live.iiq", rated(4, Content_Keywords="a||0"))
    write(folder, "gone.iiq", rated(1))
    facts = read(session)
    assert [(image.path, image.size, image.rating, image.keywords) for image in facts.images] == [
        (f"{folder}/live.iiq", 3, 4, (("a",),))
    ]


def test_a_damaged_settings_file_leaves_the_database_to_speak(session: CaptureOneBuilder) -> None:
    write(row(session, 3, None), "a.iiq", b"<IMG><VAR>")
    facts = read(session)
    assert facts.images[0].rating == 3
    assert any("settings file that cannot be read" in warning for warning in facts.observation.warnings)


def test_settings_files_that_take_too_long_are_left_with_a_word(
    session: CaptureOneBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(row(session, 3, None), "a.iiq", rated(5))
    monkeypatch.setattr("catalog_adapters.capture_one_session.Deadline.passed", lambda _self: _self.left() < 1e9)
    facts = read(session)
    assert facts.images[0].rating == 3
    assert any("not all settings files were read" in warning for warning in facts.observation.warnings)


def test_a_catalog_takes_no_settings_files(tmp_path: Path) -> None:
    catalog = CaptureOneBuilder(tmp_path / "J.cocatalogdb", CATALOG)
    (tmp_path / "Capture").mkdir()
    write(row(catalog, 3, None), "a.iiq", rated(5))
    assert read(catalog).images[0].rating == 3
