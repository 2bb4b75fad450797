"""An adapter that joins by its entry point is an editor like any other: in the settings, after an ingest, in `tag`."""

import shutil
import sqlite3
import sys

import pytest
from studio import tree_of

CATALOG = '[[catalogs]]\nkind = "darktable"\npath = "{}"\n'
RATED = {"1": 2, "2": 0, "3": 1, "4": 0, "5": 1}


@pytest.fixture
def samples(repository, monkeypatch):
    monkeypatch.syspath_prepend(str(repository / "sample_cards"))
    import make_sample_cards

    yield make_sample_cards
    sys.modules.pop("make_sample_cards", None)


@pytest.fixture
def wedding(studio, samples, repository, parsers):
    """The Canon sample card in the reader; the library that darktable made of some of its pictures in the settings."""
    shutil.rmtree(studio.card)
    samples.stage("canon", studio.card)
    studio.config_dir = studio.base / "darktable"
    studio.config_dir.mkdir()
    for name in ("library", "data"):
        connection = sqlite3.connect(studio.config_dir / f"{name}.db", isolation_level=None)
        dump = repository / "tests" / "catalog_adapters" / "darktable_library" / f"{name}.sql"
        connection.executescript(dump.read_text(encoding="utf-8"))
        connection.close()
    studio.configure(extra=CATALOG.format(studio.config_dir / "library.db"))
    return studio


def test_a_shoot_is_tagged_from_darktables_library_and_nothing_appears_beside_it(wedding):
    before = tree_of(wedding.config_dir)
    run = wedding.ingest()
    assert run.last["level"] == "safe"
    [tagged] = run.events("tagged")
    facts = tagged["facts"]
    assert facts["catalog"] == "darktable"
    assert facts["rules"] == {"name and time": 6, "companion of a picture": 1}
    assert (facts["pictures"], facts["virtual_copies"], facts["rejects"], facts["picks"]) == (6, 1, 1, 0)
    assert facts["ratings"] == RATED
    assert {"path": ["people", "bride", "Anna"], "pictures": 1, "private": False} in facts["keywords"]
    assert facts["labels"] == {"red, purple": 1, "blue": 1, "yellow": 1}
    assert (facts["ambiguous"], facts["name"]["name"]) == ([], "Meyer wedding")
    assert tree_of(wedding.config_dir) == before


def test_tag_reads_the_library_again_also_when_its_folder_is_named(wedding):
    wedding.configure(extra=CATALOG.format(wedding.config_dir))
    wedding.ingest("--shoot", "Saturday")
    with sqlite3.connect(wedding.config_dir / "library.db") as darktable:
        darktable.execute("UPDATE images SET flags = flags - 5 + 4 WHERE id = 1")
    darktable.close()
    run = wedding.run("tag", "--json")
    assert run.code == 0, run.out + run.err
    assert run.events("tagged")[0]["facts"]["ratings"] == {**RATED, "4": 1, "5": 0}
    assert run.events("tagged")[0]["shoot"] == "Saturday"


def test_pictures_of_a_library_that_lie_at_a_destination_are_found_by_their_path(wedding):
    wedding.ingest("--shoot", "Saturday")
    picture = wedding.copy_of(wedding.ssd, "IMG_0006.JPG")
    with sqlite3.connect(wedding.config_dir / "library.db") as darktable:
        darktable.execute("UPDATE film_rolls SET folder = ?", (str(picture.parent),))
        darktable.execute("UPDATE images SET datetime_taken = 0")
    darktable.close()
    facts = wedding.run("tag", "--json").events("tagged")[0]["facts"]
    assert facts["rules"]["path"] == facts["pictures"] > 0


def test_a_library_that_cannot_be_read_ends_tagging_with_its_own_exit_code(wedding):
    wedding.ingest()
    (wedding.config_dir / "data.db").write_bytes(b"no database at all" * 100)
    run = wedding.run("tag", "--json")
    assert run.code == 15
    assert [line["exit"] for line in run.events("error")] == [15]
    assert wedding.run("check", wedding.card, "--json").level == "safe"
