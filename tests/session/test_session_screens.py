"""What is printed: whatever the terminal, whoever reads it; one answer for people, JSON lines for programs."""

import json
import os

import pytest
from studio import Studio

from ingest.cli import console

EMOJI = "DCIM/100CANON/IMG_📷é.JPG"


def answer_of(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_terminal_that_knows_ascii_alone_gets_its_verdict(studio, words):
    studio.put(EMOJI, b"")
    process = studio.start("ingest", studio.card, *words, environment={"PYTHONIOENCODING": "ascii"})
    code, out, err = answer_of(process)
    assert code == 11, out + err
    assert out.isascii()
    if words:
        [reason] = json.loads(out.splitlines()[-1])["reasons"]
        assert reason["paths"] == [EMOJI]
    else:
        assert "[..] NOT YET" in out
        assert "1 file on the card holds no bytes at all: IMG_" in out


def test_a_reader_that_goes_away_costs_the_answer_and_no_photograph(studio):
    studio.shoot(4)
    process = studio.start("ingest", studio.card, "--json")
    process.stdout.close()
    process.wait(timeout=60)
    assert process.returncode not in (0, 11)
    process.stderr.close()
    assert studio.ingest().level == "safe"
    assert studio.holds_everything()


def test_the_screen_says_verdict_count_reason_and_next_step_in_this_order(studio):
    studio.shoot(3)
    studio.put("DCIM/100CANON/IMG_0009.JPG", b"")
    screen = studio.run("ingest", studio.card).out.splitlines()
    start = next(number for number, line in enumerate(screen) if "NOT YET" in line)
    assert "3 of 4 files proven" in screen[start + 1]
    assert screen[start + 2].startswith("  Why:  1 file on the card holds no bytes at all: IMG_0009.JPG")
    assert screen[start + 3].startswith("  Next: Look at them in the camera")


def test_colours_are_the_programs_own(studio, monkeypatch):
    monkeypatch.setattr(console.sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = console.printable(f"{console.paint('NOT YET', 'yellow', 'bold')}   \x1b[32mSAFE TO FORMAT")
    assert text == "\x1b[33;1mNOT YET\x1b[0m   \\x1b[32mSAFE TO FORMAT"
    monkeypatch.setenv("NO_COLOR", "1")
    assert console.paint("NOT YET", "yellow") == "NOT YET"


def test_one_device_is_never_called_two(studio):
    studio.shoot()
    screen = studio.run("ingest", studio.card).out
    assert "3 of 3 files proven on 2 destinations of ONE device (3 copied now)" in screen
    assert "separate devices" not in screen


@pytest.mark.parametrize("verb", ["ingest", "check", "status", "shoots", "cards", "verify", "doctor", "tag"])
def test_an_unexpected_error_is_told_as_one_and_never_as_success(studio, verb, monkeypatch):
    studio.shoot()
    monkeypatch.setattr("ingest.cli.home.open_ledger", lambda _: 1 / 0)
    monkeypatch.setattr("ingest.cli.do_doctor.open_ledger", lambda _: 1 / 0, raising=False)
    words = (studio.card,) if verb in ("ingest", "check") else ()
    run = studio.run(verb, *words, "--json")
    assert (run.code, run.last["type"], run.last["exit"]) == (1, "error", 1)
    assert "ZeroDivisionError" in run.last["message"]
    screen = studio.run(verb, *words)
    assert screen.code == 1
    assert "Nothing was said to be safe" in screen.err


def test_a_shoots_name_cannot_play_tricks_on_the_screen(studio):
    studio.shoot()
    name = "Meyer\x1b[31m\n‮wedding"
    run = studio.ingest("--shoot", name)
    assert run.level == "safe"
    for words in (
        ("status",),
        ("shoots",),
        ("status", "--json"),
        ("ingest", studio.card),
        ("ingest", studio.card, "-s", name),
    ):
        assert studio.run(*words).code == 0  # Studio.run looks for raw control characters
    assert len([line for line in studio.run("shoots").out.splitlines() if "Meyer" in line]) == 1


def test_a_cards_label_cannot_play_tricks_on_the_screen(tmp_path):
    studio = Studio(tmp_path)
    studio.card = tmp_path / "CARD\x1b]0;owned\x07\n‮"
    studio.card.mkdir()
    studio.shoot()
    for words in (("ingest", studio.card), ("check", studio.card), ("cards",), ("card", "clear", studio.card)):
        studio.run(*words)
    assert "CARD\\x1b]0;owned\\x07\\x0a" in studio.run("cards").out


def test_a_destination_with_a_hostile_path_is_shown_without_its_tricks(tmp_path):
    studio = Studio(tmp_path)
    studio.configure(nas=tmp_path / "nas‮\x1b")
    text = (studio.home / "config.toml").read_text(encoding="utf-8")
    (studio.home / "config.toml").write_text(text.replace("\x1b", "\\u001b"), encoding="utf-8")
    studio.shoot()
    assert studio.run("ingest", studio.card).code in (4, 13)
    os.mkdir(tmp_path / "nas‮\x1b")
    run = studio.run("ingest", studio.card)
    assert run.code in (0, 4)
