"""How the watcher is, in words, from its last sign of life."""

import time

import pytest

from ingest.stream.store import Beat
from ingest.stream.watcher import is_watching, is_well, watcher_words

NOW = time.mktime((2026, 11, 28, 14, 41, 0, 0, 0, -1))


def beat(ago=2.0, **body):
    return Beat(
        "watcher", NOW - ago, {"pid": 1, "born": 0.0, "cards": [], "start": "ask", "may_read_cards": True} | body
    )


def words(found, alive=True):
    return watcher_words(found, NOW, alive)


def test_one_that_never_ran_says_how_to_have_it():
    assert words(None, False) == "not running: safelight watch --install"
    assert not is_well(None, NOW, False)


def test_one_that_runs_says_what_it_does():
    assert words(beat()) == "running"
    assert words(beat(start="auto")) == "running, begins by itself"
    cards = [{"state": state} for state in ("runs", "runs", "wanted", "waits", "ended")]
    told = "running, 2 cards being copied, 1 card in turn, 1 card waiting for your word"
    assert words(beat(cards=cards)) == told
    assert is_well(beat(), NOW, True)


def test_one_whose_process_is_gone_says_when_it_was_seen_last():
    assert words(beat(ago=0), False) == "not running, last seen 14:41: safelight watch --install"
    yesterday = beat(ago=86_400)
    assert words(yesterday, False) == "not running, last seen 27 Nov 14:41: safelight watch --install"


def test_one_that_gives_no_sign_is_not_said_to_run():
    text = words(beat(ago=600))
    assert text.startswith("last seen 14:31")
    assert not is_well(beat(ago=600), NOW, True)


def test_one_that_ended_in_order_says_so():
    assert words(beat(ended=True), False) == "not running, ended 14:40: safelight watch --install"


@pytest.mark.parametrize(
    ("platform", "what"),
    [
        ("darwin", "allow it in Privacy & Security > Removable Volumes"),
        ("linux", "EOSR5_A is shut for this user; mount it so that you may read it"),
    ],
)
def test_one_that_may_not_read_cards_says_where_to_allow_it(platform, what):
    shut = beat(may_read_cards=False, closed=["EOSR5_A"], platform=platform)
    assert words(shut) == f"running, but may not read cards: {what}"
    assert not is_well(shut, NOW, True)


def test_one_that_sees_a_silent_card_names_it_and_still_notices_others():
    silent = beat(silent=["EOSR5_A"])
    assert words(silent) == "running; EOSR5_A does not answer: try another reader or cable"
    assert is_well(silent, NOW, True)


def test_a_number_that_another_process_has_by_now_is_no_watcher():
    assert not is_watching(Beat("watcher", NOW, {"pid": 1, "born": 12.0}))
    assert not is_watching(Beat("watcher", NOW, {"pid": -5}))
    assert not is_watching(None)
