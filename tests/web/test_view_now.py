"""What a panel says; above all that it says SAFE for nothing but what is in the reader now."""

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.stream.store import Beat, SessionRow, Told
from ingest.web.looker import SeenCard
from ingest.web.scene import fold
from ingest.web.standing import Readers, Standing, recheck, standing
from ingest.web.view_now import now_view
from ingest.web.view_watcher import waiting_cards, watcher_words

NOW = 1_763_160_000.0
KEY = ("9C33-6BBD", "EOSR5_A", 64_000_000_000)
CARD = {"uuid": KEY[0], "label": KEY[1], "size": KEY[2], "root": "/media/A"}
COUNTS = {"files": 3, "proven": 3, "new": 3, "already_safe": 0, "left_out": 0, "acknowledged": 0, "open": 0}
PLACE = {"name": "ssd", "proven": 3, "methods": {"direct": 3}, "first_at": NOW - 60, "last_at": NOW - 50}


def record(level="safe", at=NOW - 40, fingerprint="aa"):
    reasons = []
    if level != "safe":
        why = {"text": "1 file not copied yet", "next_step": "Ingest again", "paths": ["DCIM/IMG_9.JPG"]}
        reasons = [{"code": "not copied", "count": 1, "paths_in_all": 1, **why}]
    return {
        "type": "verdict",
        "level": level,
        "at": at,
        "card": CARD,
        "fingerprint": fingerprint,
        "reasons": reasons,
        "counts": COUNTS,
        "destinations": [PLACE],
        "left_out": {},
        "devices_required": 2,
        "reads_required": 2,
        "notes": [],
    }


def session(*events, number=1, verb="ingest", alive=False, ended=NOW - 30, start=NOW - 50):
    told = [Told(n, number, start + n, kind, body) for n, (kind, body) in enumerate(events)]
    row = SessionRow(number, verb, 100, NOW - 100, NOW - 60, None if alive else ended, None if alive else 0)
    return fold(row, told, alive=alive)


def answered(**facts):
    return session(("verdict", record(**facts)))


def seen(fingerprint="aa", came=NOW - 1000, problem=""):
    return SeenCard("/media/A", "/media/A", KEY, fingerprint, 3, 3000, problem, came)


def view(scenes, *cards, looked=True, silent=False, checked=(), waiting=None):
    readers = Readers(cards, looked, silent)
    facts = {"checked": frozenset(checked), "waiting": waiting or {}, "watcher": ("note", "Watcher not running")}
    return now_view(scenes, readers, **facts, now=NOW)


def only(scenes, *cards, **facts):
    found = view(scenes, *cards, **facts)
    [panel] = (*found.panels, *found.away)
    return panel


def test_a_safe_card_in_the_reader_is_safe_with_count_places_and_next_step():
    panel = only([answered()], seen())
    assert (panel.title, panel.level) == ("SAFE TO FORMAT", "good")
    assert panel.said.startswith("3 of 3 files proven on 2 separate devices")
    assert "Format it in the camera" in panel.words.closing
    assert panel.alarm == ""


@pytest.mark.parametrize(
    ("cards", "facts", "title", "words"),
    [
        ([seen("bb")], {}, "CHANGED SINCE THIS ANSWER", "does not hold what it held at"),
        ([], {}, "NOT IN THE READER", "the answer was for its contents of"),
        ([seen(came=NOW - 10)], {}, "PLUGGED IN AGAIN", "was away since the answer"),
        ([seen("", problem="input/output error")], {}, "THE READER DOES NOT ANSWER", "Do not format it on that"),
        ([], {"silent": True}, "THE READER DOES NOT ANSWER", "Nothing can be said"),
        ([], {"looked": False}, "LOOKING AT THE CARD", "being looked at"),
    ],
)
def test_a_safe_that_may_not_hold_any_more_is_not_shown_as_safe(cards, facts, title, words):
    panel = only([answered()], *cards, **facts)
    assert (panel.title, panel.level, panel.words) == (title, "wait", None)
    assert words in panel.said
    assert "SAFE" not in panel.told


def test_a_changed_card_says_whether_somebody_looks_at_it():
    assert "It is being looked at" in only([answered()], seen("bb"), checked=["/media/A"]).said
    assert "Ask again: safelight check" in only([answered()], seen("bb")).said


def test_not_yet_stays_not_yet_when_the_card_is_gone():
    panel = only([answered(level="not_yet")])
    assert (panel.title, panel.level, panel.is_here) == ("NOT YET", "wait", False)
    assert panel.words.reasons == ("1 file not copied yet: IMG_9.JPG",)
    assert "not in the reader" in panel.remark


def test_do_not_format_is_the_one_verdict_that_alarms():
    panel = only([answered(level="do_not_format")], seen())
    assert (panel.title, panel.level) == ("DO NOT FORMAT", "bad")
    assert panel.alarm.startswith("EOSR5_A: DO NOT FORMAT.")
    assert only([answered(level="not_yet")], seen()).alarm == ""


@given(
    level=st.sampled_from(["safe", "not_yet", "do_not_format"]),
    cards=st.lists(
        st.builds(
            seen, st.sampled_from(["aa", "bb", ""]), st.sampled_from([NOW - 1000, NOW - 10]), st.sampled_from(["", "x"])
        ),
        max_size=1,
    ),
    looked=st.booleans(),
    silent=st.booleans(),
    later=st.sampled_from(["", "working", "cut", "error"]),
)
def test_safe_is_said_only_of_a_card_that_is_there_and_is_what_it_was(level, cards, looked, silent, later):
    scenes = [answered(level=level)]
    if later:
        events = [("card_found", CARD), *([("error", {"message": "It failed", "hint": ""})] * (later == "error"))]
        ended = None if later == "cut" else NOW
        scenes.insert(0, session(*events, number=2, alive=later == "working", ended=ended, start=NOW - 20))
    panel = only(scenes, *cards, looked=looked, silent=silent)
    holds = bool(cards) and cards[0].fingerprint == "aa" and cards[0].came < NOW - 50 and not cards[0].problem
    if panel.title == "SAFE TO FORMAT" or panel.level == "good":
        assert level == "safe"
        assert holds
        assert looked
        assert not silent
        assert later == "", "what came behind an answer stands before it"


def test_what_works_on_a_card_comes_before_its_older_answer():
    working = session(("card_found", CARD), ("phase", {"name": "looking", "total": 0}), number=2, alive=True)
    panel = only([working, answered()], seen())
    assert panel.title == "Looking what is safe already"
    assert panel.said == "Do not format the card yet."
    assert panel.words is None


def test_a_session_that_was_killed_says_that_nothing_is_lost_and_offers_to_go_on():
    cut = session(("card_found", CARD), ended=None)
    panel = only([cut], seen())
    assert panel.title == "STOPPED"
    assert "run the same command again" in panel.said
    assert panel.buttons[0].command == "safelight ingest /media/A"


def test_an_error_says_what_happened_and_what_to_do():
    failed = session(("card_found", CARD), ("error", {"message": "No room on ssd", "hint": "Make room", "exit": 13}))
    panel = only([failed], seen())
    assert (panel.title, panel.said) == ("NEEDS YOU", "No room on ssd. Make room.")
    assert panel.alarm == "EOSR5_A needs you. No room on ssd. Make room."


def test_a_card_that_nobody_looked_at_offers_to_be_copied():
    panel = only([], seen())
    assert (panel.title, panel.level) == ("NOT LOOKED AT YET", "wait")
    assert [(button.name, button.command) for button in panel.buttons] == [
        ("ingest", "safelight ingest /media/A"),
        ("check", "safelight check /media/A"),
    ]


def test_a_card_that_waits_for_a_word_alarms_until_it_is_pulled_out():
    told = [(NOW - 100, {"mount": "/media/A"})]
    assert waiting_cards(told, [seen()], None, watches=False) == {KEY: NOW - 100}
    later = [seen(came=NOW - 10)]
    assert waiting_cards(told, later, None, watches=False) == {}, "it was asked for before it was plugged in again"
    beat = Beat("watcher", NOW, {"cards": [{"mount": "/media/A", "state": "waits"}]})
    assert waiting_cards([], later, beat, watches=True) == {KEY: NOW - 10}, "the page was opened later"
    assert waiting_cards([], later, beat, watches=False) == {}
    panel = only([], seen(), waiting={KEY: NOW - 100})
    assert panel.title == "WAITS FOR YOUR WORD"
    assert panel.alarm


def test_a_card_that_cannot_be_read_must_not_be_formatted():
    panel = only([], seen("", problem="Input/output error"))
    assert panel.level == "bad"
    assert "Do not format it" in panel.said


def test_several_cards_have_a_panel_each_and_what_works_comes_first():
    other = SeenCard("/media/B", "/media/B", ("B", "B", 1), "cc", 1, 1, "", NOW)
    working = session(("card_found", CARD | {"root": "/media/A"}), alive=True)
    found = view([working], other, seen())
    assert [panel.card for panel in found.panels] == ["EOSR5_A", "B"]


def test_an_empty_reader_is_no_error():
    found = view([])
    assert (found.panels, found.away, found.looked) == ((), (), True)


@pytest.mark.parametrize(
    ("at", "facts", "level", "words"),
    [
        (None, {}, "note", "Watcher not running"),
        (NOW - 3, {}, "good", "Watcher running"),
        (NOW - 3, {"pid": 0}, "note", "last seen"),
        (NOW - 3, {"may_read_cards": False}, "note", "may not read cards"),
    ],
)
def test_the_watcher_s_last_sign_of_life_is_told(at, facts, level, words):
    me = psutil.Process()
    body = {"pid": me.pid, "born": me.create_time()} | facts
    told = watcher_words(Beat("watcher", at, body) if at else None, NOW)
    assert told[0] == level
    assert words in told[1]


def test_a_card_is_looked_at_again_when_it_changed_or_came_back_and_not_while_somebody_works_on_it():
    assert recheck([answered()], (seen(),)) == []
    assert recheck([answered()], (seen("bb"),)) == [(seen("bb"), NOW - 40)]
    assert recheck([answered()], (seen(came=NOW - 10),)) == [(seen(came=NOW - 10), NOW - 40)]
    working = session(("card_found", CARD), number=2, alive=True)
    assert recheck([working, answered()], (seen("bb"),)) == []
    assert standing(working, Readers((seen(),), looked=True)) is Standing.UNKNOWN


def test_of_two_cards_the_one_with_the_newest_word_comes_first():
    other = SeenCard("/media/B", "/media/B", ("B", "B", 1), "cc", 1, 1, "", NOW - 5000)
    assert [panel.card for panel in view([answered()], other, seen()).panels] == ["EOSR5_A", "B"]
