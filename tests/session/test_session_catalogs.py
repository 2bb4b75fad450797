"""Editors' catalogs: they tag the shoot, never touch the verdict, and nothing appears or changes beside them."""

import shutil
import sqlite3
import sys

import pytest
from studio import tree_of

from ingest.session import tags

CATALOG = '[[catalogs]]\nkind = "lightroom"\npath = "{}"\n'


@pytest.fixture
def samples(repository, monkeypatch):
    monkeypatch.syspath_prepend(str(repository / "sample_cards"))
    import make_sample_cards

    yield make_sample_cards
    sys.modules.pop("make_sample_cards", None)


@pytest.fixture
def wedding(studio, samples, parsers):
    """The Canon sample card in the reader, its Lightroom catalog in the settings."""
    shutil.rmtree(studio.card)
    samples.stage("canon", studio.card)
    samples.stage("catalogs", studio.base / "catalogs")
    studio.catalog = studio.base / "catalogs" / "Sample.lrcat"
    studio.configure(extra=CATALOG.format(studio.catalog))
    return studio


def spoil(studio, how):
    if how == "missing":
        studio.catalog.unlink()
    elif how == "no database":
        studio.catalog.write_bytes(b"no database at all" * 100)
    elif how == "corrupt":
        data = bytearray(studio.catalog.read_bytes())
        data[4096:-4096] = b"\xff" * (len(data) - 8192)
        studio.catalog.write_bytes(data)
    elif how == "unknown layout":
        with sqlite3.connect(studio.catalog) as raw:
            raw.execute("ALTER TABLE Adobe_images RENAME TO Something_else")
        raw.close()


SPOILT = ["missing", "no database", "corrupt", "unknown layout"]


def test_a_shoot_gets_its_name_its_keywords_and_its_ratings_from_the_catalog(wedding):
    before = tree_of(wedding.catalog.parent)
    run = wedding.ingest()
    assert run.last["level"] == "safe"
    [tagged] = run.events("tagged")
    assert tagged["shoot"] == "Meyer wedding"
    facts = tagged["facts"]
    assert facts["files"] == facts["matched"] + len(facts["ambiguous"]) + facts["unmatched"] == 29
    assert facts["matched"] == 21
    assert facts["picks"] == 6
    assert {"path": ["Meyer wedding"], "pictures": 10} in facts["collections"]
    assert tree_of(wedding.catalog.parent) == before


def test_a_name_that_the_photographer_gave_stays(wedding):
    run = wedding.ingest("--shoot", "Anna and Ben")
    assert run.events("tagged")[0]["shoot"] == "Anna and Ben"
    assert "Anna and Ben" in wedding.run("shoots").out


def test_the_list_of_shoots_tells_what_each_catalog_says_of_them(wedding):
    wedding.ingest("--shoot", "Saturday")
    assert "6 picked, 21/29 in Sample.lrcat" in wedding.run("shoots", "--tag", "ceremony").out
    [line] = wedding.run("shoots", "--json").events("shoot")
    assert line["tags"]["Sample.lrcat"]["picks"] == 6


def test_two_catalogs_of_one_name_do_not_overwrite_what_the_other_says(wedding):
    other = wedding.base / "old" / "Sample.lrcat"
    other.parent.mkdir()
    shutil.copy(wedding.catalog, other)
    with sqlite3.connect(other) as raw:
        raw.execute("UPDATE Adobe_images SET pick = 0")
    raw.close()
    wedding.configure(extra=CATALOG.format(wedding.catalog) + CATALOG.format(other))
    wedding.ingest("--shoot", "Saturday")
    [line] = wedding.run("shoots", "--json").events("shoot")
    assert {name: facts["picks"] for name, facts in line["tags"].items()} == {
        "catalogs/Sample.lrcat": 6,
        "old/Sample.lrcat": 0,
    }


def test_shoots_are_found_by_what_the_catalog_says_of_them(wedding):
    wedding.ingest("--shoot", "Saturday")
    assert wedding.run("shoots", "--tag", "ceremony", "--json").last["shoots"] == 1
    assert wedding.run("shoots", "--tag", "Saturday", "--json").last["shoots"] == 1
    for word in ("funeral", "pictures", "lightroom"):  # the last two stand in what is remembered, but name nothing
        assert wedding.run("shoots", "--tag", word, "--json").last["shoots"] == 0


def test_the_verdict_is_on_the_screen_before_a_large_catalog_is_read(wedding, sabotage):
    seen, real = [], tags.read_catalog
    sabotage.setattr("ingest.session.tags.read_catalog", lambda *asked: (seen.append("read"), real(*asked))[1])
    sabotage.setattr("ingest.cli.screen_verdict.show_verdict", lambda *words, **named: seen.append("shown"))
    screen = wedding.run("ingest", wedding.card)
    assert (screen.code, seen) == (0, ["shown", "read"])


@pytest.mark.parametrize("how", SPOILT)
def test_a_catalog_that_cannot_be_read_is_a_warning_and_never_a_reason_against_the_verdict(wedding, how):
    spoil(wedding, how)
    before = tree_of(wedding.catalog.parent)
    run = wedding.ingest()
    assert (run.code, run.last["level"]) == (0, "safe")
    [warning] = [event for event in run.events("warned") if event["code"] == "catalog"]
    assert "not tagged" in warning["text"]
    assert tree_of(wedding.catalog.parent) == before


@pytest.mark.parametrize("how", SPOILT)
def test_tagging_from_a_catalog_that_cannot_be_read_ends_with_its_own_exit_code(wedding, how):
    wedding.ingest()
    spoil(wedding, how)
    run = wedding.run("tag", "--json")
    assert run.code == 15
    assert [line["exit"] for line in run.events("error")] == [15]
    assert run.last["type"] == "summary"


def test_a_catalog_that_its_editor_keeps_locked_is_read_from_a_copy(wedding):
    wedding.ingest("--shoot", "Saturday")
    editor = sqlite3.connect(wedding.catalog, isolation_level=None)
    editor.execute("BEGIN IMMEDIATE")
    editor.execute("UPDATE Adobe_images SET rating = 1.0")
    try:
        run = wedding.run("tag", "--json")
    finally:
        editor.execute("ROLLBACK")
        editor.close()
    assert run.code == 0, run.out + run.err
    assert run.events("tagged")[0]["facts"]["ratings"]["5"] == 2  # what was not committed is not told


def test_without_a_catalog_in_the_settings_tagging_says_how_to_add_one(studio):
    run = studio.run("tag")
    assert run.code == 4
    assert "[[catalogs]]" in run.err


def test_picked_pictures_go_to_the_cloud_first(wedding):
    cloud = '[cloud]\nkind = "b2"\nbucket = "archive"\nrealm = "http://127.0.0.1:9"\n'
    wedding.configure(extra=CATALOG.format(wedding.catalog) + cloud)
    wedding.ingest()
    with sqlite3.connect(wedding.home / "ledger.sqlite") as ledger:
        rows = ledger.execute(
            "SELECT j.priority, t.pick, t.rating FROM upload_job j LEFT JOIN asset_tag t ON t.asset_id = j.asset_id"
            " ORDER BY j.priority DESC, j.id"
        ).fetchall()
    ledger.close()
    picks = [pick for _, pick, _ in rows]
    assert len(rows) == 29
    assert picks[: picks.count(1)] == [1] * picks.count(1)
    assert picks.count(1) > 0
    assert rows[-1][1] == -1  # a rejected one goes last
