"""`--plain`: what a screen reader gets."""

import os
import sys

from terminals import PROGRAM, shown_by

from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, shape
from ingest.cli.face_ingest import TerminalFace
from ingest.cli.pace import Pace
from ingest.cli.plain import is_plain, without_plain
from ingest.events import Phase, Progressed
from ingest.model.names import display_text

BOXES = "█▒░▌▊✔✘…╭╮╰╯│─━"


def test_a_whole_ingest_on_a_terminal_moves_no_cursor_and_draws_no_box():
    code, text = shown_by([*PROGRAM, "demo", "--plain"], env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert code == 0, text
    assert "\x1b" not in text
    assert "\r" not in text.replace("\r\n", "\n")
    assert not set(BOXES) & set(text)
    assert "[OK] SAFE TO FORMAT" in text
    assert "[..] NOT YET" in text


def test_the_environment_asks_for_it_as_well(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["safelight", "check"])
    for value, wanted in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("SAFELIGHT_PLAIN", value)
        assert is_plain() is wanted
        assert Console().plain is wanted


def test_it_stands_before_or_behind_the_verb_and_behind_two_dashes_it_is_a_name(monkeypatch):
    for words, wanted in (("--plain check", True), ("check --plain", True), ("check -- --plain", False)):
        monkeypatch.setattr(sys, "argv", ["safelight", *words.split()])
        assert is_plain() is wanted
    assert without_plain(["check", "--plain", "--", "--plain"]) == ["check", "--", "--plain"]


def test_shapes_are_ascii_and_nothing_has_a_colour(monkeypatch):
    monkeypatch.setenv("SAFELIGHT_PLAIN", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert [shape(name) for name in ("safe", "not_yet", "do_not_format")] == ["[OK]", "[..]", "[!!]"]
    assert paint("SAFE", "green") == "SAFE"


def test_a_sentence_comes_at_each_tenth_and_after_half_a_minute_but_never_in_one_breath():
    pace = Pace(0.0)
    steps = [(1, 50), (3, 55), (5, 59), (6, 61), (7, 71), (20, 71), (36, 72), (65, 73), (66, 74)]
    said = [(at, percent) for at, percent in steps if pace.is_due(at, percent)]
    assert said == [(3, 55), (6, 61), (20, 71), (65, 73)]


def test_a_verb_with_one_counter_says_how_far_it_is(monkeypatch):
    said = []
    monkeypatch.setattr("ingest.cli.bars.Pace.is_due", lambda _self, _now, percent: percent in (10, 90))
    bars = Bars(shown=False, spoken=said.append)
    bars.begin({"Verifying nas": 2_000_000})
    for done in (200_000, 300_000, 1_800_000):
        bars.show({"Verifying nas": done})
    assert said == ["Verifying nas: 10 %, 0.2 of 2.0 MB", "Verifying nas: 90 %, 1.8 of 2.0 MB"]


def test_copying_is_told_in_whole_lines_and_a_warning_stands_between_them(monkeypatch, capsys):
    monkeypatch.setattr("ingest.cli.face_ingest.Pace.is_due", lambda _self, _now, percent: percent in (20, 60))
    face = TerminalFace(Console(plain=True))
    face(Phase("copying", 1_000_000, {"ssd": 1_000_000}, 5, {"ssd": 5}))
    for done in (200_000, 300_000, 600_000):
        face(Progressed(done, {"ssd": done}, {"ssd": done}, {"ssd": done // 200_000}, percent=done // 10_000))
    face.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["Copying: 20 % proven, ssd 0.2 of 1.0 MB", "Copying: 60 % proven, ssd 0.6 of 1.0 MB"]
    assert all(line == display_text(line) for line in lines)


def test_what_nobody_can_count_is_named_once():
    said = []
    Bars(shown=False, spoken=said.append).busy("Opening the new pictures")
    assert said == ["Opening the new pictures."]


def test_with_json_nothing_is_spoken(capsys):
    face = TerminalFace(Console(json=True, plain=True))
    face(Phase("opening"))
    face.close()
    assert capsys.readouterr().err == ""
