"""Beginnings that must not be made: each is refused with its own words and exit code, before a byte is written."""

import json

import pytest
from studio import tree_of


@pytest.fixture(autouse=True)
def no_other_card(monkeypatch):
    """Whatever is plugged into the computer that runs the tests is not to be ingested."""
    monkeypatch.setattr("ingest.session.reader.list_volumes", list)


def places_of(studio):
    return {place.name: tree_of(place) for place in (studio.ssd, studio.nas, studio.card)}


@pytest.mark.parametrize("verb", ["ingest", "check"])
def test_without_a_card_it_says_how_to_name_one(studio, verb):
    run = studio.run(verb, "--json")
    assert (run.code, run.last["type"]) == (2, "error")
    assert run.last["message"] == "No card is plugged in"
    assert "safelight ingest /path/to/card" in run.last["hint"]


def test_a_card_that_is_not_there_is_told_with_its_path(studio):
    run = studio.run("ingest", studio.base / "NO CARD")
    assert run.code == 2
    assert f"There is no folder {studio.base}/NO CARD" in run.err
    assert run.out == ""


def test_a_file_is_no_card(studio):
    file = studio.put("note.txt", b"x")
    run = studio.run("ingest", file, "--json")
    assert (run.code, run.last["message"]) == (2, f"{file} is not a folder")


@pytest.mark.parametrize("verb", ["ingest", "check"])
def test_a_destination_that_is_reached_by_a_link_is_no_card(studio, verb):
    (studio.base / "archive").symlink_to(studio.nas)
    studio.configure(nas=studio.base / "archive")
    run = studio.run(verb, studio.base / "nas", "--json")
    assert run.code == 2
    assert "it holds copies, it is no card" in run.last["message"]


@pytest.mark.parametrize("verb", ["ingest", "check"])
def test_a_card_without_a_file_is_never_safe_and_may_be_broken(studio, verb):
    (studio.card / "DCIM" / "100CANON").mkdir(parents=True)
    before = places_of(studio)
    run = studio.run(verb, studio.card, "--json")
    assert run.code == 11
    assert "no file on the card" in run.last["message"]
    assert "broken card" in run.last["hint"]
    assert places_of(studio) == before


def test_a_card_that_was_safe_and_shows_nothing_any_more_is_not_safe(studio):
    studio.shoot()
    assert studio.ingest().code == 0
    for path in studio.card.rglob("*.JPG"):
        path.unlink()
    assert studio.check().code == 11
    assert studio.ingest().code == 11
    assert len(studio.copies(studio.ssd)) == 3


def test_a_card_with_nothing_but_left_out_files_is_not_safe(studio):
    studio.put(".DS_Store", b"finder")
    run = studio.ingest()
    assert (run.code, run.level, run.codes) == (10, "do_not_format", ["no files"])


def test_two_destinations_on_one_device_are_refused_before_anything_is_written(studio):
    studio.configure(devices=2)
    studio.shoot()
    before = places_of(studio)
    run = studio.ingest()
    assert run.code == 13
    assert "stand on 1 physical device in all, and the settings ask for 2" in run.last["message"]
    assert places_of(studio) == before
    assert studio.ask("SELECT count(*) FROM destination") == [(0,)]


def test_a_card_that_lies_in_a_destination_is_refused(studio):
    studio.card = studio.ssd / "2025" / "a shoot"
    studio.shoot()
    before = places_of(studio)
    run = studio.ingest()
    assert (run.code, run.last["type"]) == (2, "error")
    assert "lies in the destination" in run.last["message"]
    assert places_of(studio) == before


@pytest.mark.parametrize("below", [".", "BACKUP"])
def test_a_destination_on_the_card_is_refused_before_anything_is_written(studio, below):
    studio.shoot()
    studio.configure(nas=studio.card / below)
    studio.nas.mkdir(exist_ok=True)
    before = places_of(studio)
    run = studio.ingest()
    assert run.code in (2, 13)
    assert places_of(studio) == before
    assert str(studio.card) in run.last["message"]


def test_a_destination_that_reaches_the_card_through_a_link_is_refused(studio):
    studio.shoot()
    (studio.base / "way").symlink_to(studio.card)
    studio.configure(nas=studio.base / "way" / "BACKUP")
    (studio.card / "BACKUP").mkdir()
    before = places_of(studio)
    run = studio.ingest()
    assert run.code == 13
    assert "lie within one another" in run.last["message"]
    assert places_of(studio) == before


def test_the_same_folder_named_twice_is_a_mistake_in_the_settings(studio):
    studio.shoot()
    studio.configure(nas=studio.ssd)
    run = studio.ingest()
    assert run.code == 4
    assert "would be one copy" in run.out + run.err
    assert tree_of(studio.ssd) == {}


@pytest.mark.parametrize("used_before", [False, True])
def test_the_same_folder_under_two_names_is_refused_as_two_copies(studio, used_before):
    studio.shoot()
    if used_before:
        assert studio.ingest().code == 0
        studio.put("DCIM/100CANON/IMG_0009.JPG", b"new")
    (studio.base / "other name").symlink_to(studio.ssd)
    studio.configure(nas=studio.base / "other name")
    before = places_of(studio)
    run = studio.ingest()
    assert run.code == 13
    assert "one and the same place" in run.last["message"]
    assert places_of(studio) == before


def test_a_destination_inside_the_other_one_through_a_link_is_refused(studio):
    studio.shoot()
    (studio.ssd / "inner").mkdir()
    (studio.base / "other name").symlink_to(studio.ssd / "inner")
    studio.configure(nas=studio.base / "other name")
    before = places_of(studio)
    run = studio.ingest()
    assert run.code == 13
    assert "within one another" in run.last["message"]
    assert places_of(studio) == before


THREE_MISTAKES = """
station = "test"
[gate]
devices = "two"
[[destinations]]
name = "ssd"
kind = "floppy"
root = "/somewhere"
[[destinations]]
name = "nas"
kind = "nas"
rot = "/elsewhere"
"""


def test_three_mistakes_in_the_settings_are_told_at_once(studio):
    (studio.home / "config.toml").write_text(THREE_MISTAKES, encoding="utf-8")
    studio.shoot()
    before = places_of(studio)
    run = studio.run("ingest", studio.card)
    assert run.code == 4
    for place in ("gate.devices:", "destinations[0].kind:", "destinations[1].rot:"):
        assert place in run.err, place
    assert places_of(studio) == before
    as_json = studio.run("ingest", studio.card, "--json")
    assert (as_json.code, as_json.last["exit"]) == (4, 4)
    for place in ("gate.devices:", "destinations[0].kind:", "destinations[1].rot:"):
        assert place in json.dumps(as_json.last), place


def test_without_settings_it_says_how_to_write_them(studio):
    (studio.home / "config.toml").unlink()
    run = studio.ingest()
    assert run.code == 4
    assert "no settings yet" in run.last["message"]
