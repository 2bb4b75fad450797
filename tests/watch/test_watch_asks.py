"""The watcher at a terminal: asked about each card in turn, also while another one is copied."""

import termios

from cards import card
from terminals import OwnTerminal

from ingest.cli.screen_watch import Progress, card_line, question
from ingest.watch.plan import Card, Sight, Stage


def test_each_card_is_asked_about_in_turn_also_while_another_one_is_copied(studio, watching):
    pictures = card(studio, "A", 2)
    card(studio, "B", 2)
    terminal = OwnTerminal()
    watch = watching(folders=["A"], **terminal.options())
    watch.until(lambda: f"{str(studio.base / 'A')[-25:]}: copy it now? [Y/n]" in terminal.said)
    terminal.type("x\x7fy\r")
    watch.until(lambda: "Name of the shoot" in terminal.said)
    terminal.type("Meyer wedding\r")
    watch.until(lambda: watch.states() == {"A": "runs"})
    watch.mount("A", "B")
    watch.until(lambda: "B, " in terminal.said)
    assert watch.states() == {"A": "runs", "B": "asked"}
    terminal.type("n\r")
    watch.until(lambda: watch.states()["B"] == "left")
    watch.until(lambda: "SAFE TO FORMAT   it can be taken out" in terminal.said)
    watch.until(lambda: watch.states()["A"] == "ended")
    terminal.type("\x03")
    assert watch.process.wait(240) == 0
    assert "The watch has ended." in terminal.said
    assert sorted(studio.copies(studio.nas).values()) == sorted(pictures.values())
    assert all(" Meyer wedding/" in path for path in studio.copies(studio.nas))
    assert termios.tcgetattr(terminal.slave)[3] & termios.ECHO, "the terminal is as it was"


def test_where_lines_cannot_be_drawn_a_question_is_said_once_and_answered_by_a_line(studio, watching, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    card(studio, "A", 1)
    terminal = OwnTerminal()
    watch = watching(folders=["A"], **terminal.options())
    watch.until(lambda: "copy it now? [Y/n]" in terminal.said)
    terminal.type("n\n")
    watch.until(lambda: watch.states()["A"] == "left")
    assert terminal.said.count("copy it now?") == 1
    assert watch.end() == 0


def test_no_line_is_wider_than_a_small_terminal_whatever_the_names(tmp_path):
    sight = Sight(b"/run/media/ann/" + b"x" * 60, 1, "", "A LABEL OF MANY WORDS", 63_900_000_000, frozenset())
    full = Progress(
        "reading again", {"a long name": 10, "another one": 10, "third": 10}, {"a long name": 5}, 100, 36_000.0
    )
    for stage in Stage:
        line = card_line(Card(sight, stage, code=-11), full)
        assert len(line) < 80 or "100 %  10 h 0 min left" in line[:79], stage
    assert len(question(Card(sight, Stage.ASKED))) < 78
