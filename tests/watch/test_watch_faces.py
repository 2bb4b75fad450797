"""What the watcher prints: for people, for a log, for programs."""

import json
from collections import deque

import pytest

from ingest.cli.console import Console
from ingest.cli.face_watch import JsonFace, Question, TextFace
from ingest.cli.region import Keys, Region
from ingest.watch.plan import Card, Sight, Stage, changed

CARD = Card(Sight(b"/media/EOS_A", 1, "9C33-6BBD", "EOS_A", 64_000_000_000, frozenset()), Stage.ASKED)
OTHER = Card(Sight(b"/media/EOS_B", 2, "", "EOS_B", 64_000_000_000, frozenset()), Stage.ASKED)
PHASE = {"schema": 1, "type": "phase", "name": "copying", "totals": {"ssd": 100}}
PROGRESSED = {"schema": 1, "type": "progressed", "percent": 41, "left": 64.0, "proven": {"ssd": 41}}


def staged(stage, code=None):
    return Card(CARD.sight, stage, 1, code)


class Typed:
    """Keys that were typed, one string a look."""

    fd = 0

    def __init__(self, *texts):
        self._texts = deque(texts)

    def read(self):
        return self._texts.popleft() if self._texts else ""

    def close(self):
        pass


def answers(*texts, table=(CARD,)):
    """What comes of these keys, one look after the other."""
    question, found = Question(Typed(*texts)), []
    for _ in texts:
        question.turn(table)
        for word in question.words():
            found.append((word.sight.label, word.wants, word.name))
            table = changed(table, Card(word.sight, Stage.WANTED if word.wants else Stage.LEFT))
    return found


@pytest.mark.parametrize("yes", ["\r", "y\r", "YES\n", "nx\x7f\x7f\r", "no way\x15\r"])
def test_enter_means_yes_and_a_name_may_follow(yes):
    assert answers("", yes, "Meyer wedding\r") == [("EOS_A", True, "Meyer wedding")]
    assert answers("", yes, "\r") == [("EOS_A", True, "")]


@pytest.mark.parametrize("no", ["n\r", "No\r"])
def test_no_means_not_now_and_the_next_card_has_its_turn(no):
    assert answers("", no, "", "\r", "\r", table=(CARD, OTHER)) == [("EOS_A", False, ""), ("EOS_B", True, "")]


def test_what_was_typed_before_a_question_stood_there_is_no_answer():
    assert answers("n\r", "", "") == []
    assert answers("", "n\r\r\r", "", "", table=(CARD, OTHER)) == [("EOS_A", False, "")]


def test_what_is_no_answer_and_arrows_are_none():
    assert answers("", "nein\r", "\x1b[A", "") == []
    assert answers("", "perhaps\r", "\r", "\r") == [("EOS_A", True, "")]


def test_a_card_that_is_taken_out_is_asked_about_no_more():
    question = Question(Typed("", "", "\r"))
    for table in ((CARD,), (), (OTHER,)):
        question.turn(table)
    assert question.open == OTHER.sight.key
    assert question.words() == []


def test_where_there_is_no_terminal_nobody_is_asked_and_nothing_is_changed():
    keys = Keys()
    assert (keys.fd, keys.read()) == (None, "")
    keys.close()


def test_lines_stay_at_their_place_while_other_text_passes_above_them(capsys, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    region = Region(shown=True)
    region.draw(["one", "two"])
    region.draw(["one", "two"])
    with region.aside():
        print("above")
    region.clear()
    region.clear()
    said = capsys.readouterr()
    away = "\r\x1b[1A\x1b[J"
    assert said.err == f"one\ntwo{away}one\ntwo{away}"
    assert said.out == "above\n"


def test_a_dumb_terminal_has_no_such_lines(capsys, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    Region(shown=True).draw(["one"])
    assert capsys.readouterr().err == ""


def test_a_log_says_what_came_how_far_it_is_and_what_came_of_it(capsys):
    face = TextFace(Console(), asks=False)
    face.came(staged(Stage.WAITS))
    face.began(CARD)
    face.told(CARD, PHASE)
    face.told(CARD, PROGRESSED)
    face.told(CARD, {"type": "destination_problem", "name": "nas", "problem": "does not answer"})
    face.told(CARD, {"type": "start_editing", "destinations": ["ssd", "nas"]})
    face.told(CARD, {"type": "error", "message": "Another session is working on the card", "hint": "Wait"})
    face.chore("catch-up", {"type": "summary", "places": {"nas": {"brought": 3, "files": 4, "problem": ""}}})
    face.chore("cloud run", {"type": "error", "message": "The bucket refuses the key"})
    face.say("The computer slept")
    face.show((CARD,))
    face.left(CARD)
    face.close()
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "Card EOS_A at /media/EOS_A. It waits for your word: safelight ingest /media/EOS_A",
        "✔ nas: 3 of 4 files brought and read back",
        "The computer slept",
    ]
    assert said.err.splitlines() == [
        "  EOS_A: copying ssd 0 %",
        "! EOS_A: nas: does not answer",
        "  EOS_A: proven on ssd, nas. You may edit",
        "! EOS_A: Another session is working on the card. Wait",
        "! safelight cloud run: The bucket refuses the key",
    ]


@pytest.mark.parametrize(
    ("code", "stage", "slept", "words"),
    [
        (-9, Stage.WANTED, False, "was killed. It is begun once more"),
        (1, Stage.ENDED, False, "came to no answer (exit code 1). Do not format the card; try again with: safelight"),
        (13, Stage.ENDED, True, "(exit code 13). The computer slept while it ran. Do not format the card"),
    ],
)
def test_a_session_without_an_answer_is_told(capsys, code, stage, slept, words):
    face = TextFace(Console(), asks=False)
    face.ended(staged(stage, code), "", slept=slept)
    assert words in capsys.readouterr().err


def test_for_programs_each_line_names_its_card(capsys):
    face = JsonFace(Console(json=True))
    face.came(CARD)
    face.began(CARD)
    face.told(CARD, PHASE)
    face.ended(staged(Stage.ENDED, 0), "", slept=False)
    face.ended(staged(Stage.ENDED, -9), "", slept=True)
    face.chore("catch-up", {"schema": 1, "type": "summary"})
    face.say("a sentence", warns=True)
    face.left(CARD)
    face.show(())
    face.close()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = ["card_noticed", "phase", "error", "summary", "said", "card_gone"]
    assert [line["type"] for line in lines] == kinds
    assert {line["mount"] for line in lines if "mount" in line} == {"/media/EOS_A"}
    assert (lines[2]["exit"], lines[2]["slept"], lines[3]["of"]) == (1, True, "catch-up")
    assert {line["schema"] for line in lines} == {1}
