"""What lasts longer than a second says what it is doing, on a terminal and where it is read aloud."""

import pytest

from ingest.cli.console import Console


@pytest.fixture
def aloud(monkeypatch):
    monkeypatch.setenv("SAFELIGHT_PLAIN", "1")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ledger", "check"), "Looking at the whole ledger."),
        (("ledger", "backup"), "Backing the ledger up and reading it back."),
        (("doctor",), "Looking at settings, destinations, catalogs and the bucket."),
        (("nightly",), "Now: catch-up."),
        (("nightly",), "Now: ledger."),
        (("release", "Meyer"), "Reading the others: 100 %"),
        (("verify",), "Verifying nas: 100 %"),
    ],
)
def test_each_long_verb_says_what_it_does(studio, aloud, monkeypatch, words, said):
    monkeypatch.setattr("ingest.cli.bars.Pace.is_due", lambda _self, _now, _percent: True)
    studio.shoot(1)
    assert studio.run("ingest", studio.card, "--shoot", "Meyer").code == 0
    run = studio.run(*words)
    assert said in run.err, run.err
    assert "Traceback" not in run.err


def test_the_catalog_that_is_read_is_named(studio, aloud, repository):
    run = studio.run("audit", repository / "sample_cards" / "catalogs" / "Sample.lrcat")
    assert "Reading Sample.lrcat." in run.err


def test_in_a_log_nothing_is_said(studio):
    studio.shoot(1)
    assert studio.run("ingest", studio.card, "--shoot", "Meyer").code == 0
    assert "Looking" not in studio.run("ledger", "check").err
    assert not Console(plain=False).speaks
