"""Ctrl-C says what is safe to do next, for each verb."""

import pytest
import typer.main

from ingest.cli.interrupted import AFTER, ANY, told, verb_of
from ingest.cli.main import program


def verbs():
    found = []
    for name, command in typer.main.get_command(program()).commands.items():
        inner = getattr(command, "commands", None)
        found += [f"{name} {sub}" for sub in inner] if inner else [name]
    return found


@pytest.mark.parametrize("verb", verbs())
def test_each_verb_says_what_its_interruption_leaves(verb):
    words = ["--home", "somewhere", *verb.split(), "--json", "Meyer wedding"]
    assert verb_of(words) in AFTER
    sentence = told(words)
    assert sentence.startswith("Interrupted. ")
    assert sentence.endswith(".") or "safelight" in sentence.rpartition(": ")[2]  # no full stop behind a command
    assert "—" not in sentence
    assert "!" not in sentence


@pytest.mark.parametrize("verb", ["ingest", "watch"])
def test_a_card_whose_copying_was_interrupted_must_not_be_formatted(verb):
    assert "Do NOT format" in told([verb])


def test_a_queue_that_was_stopped_is_kept_and_a_drive_stays_plugged_in():
    assert "queue is kept" in told(["cloud", "run", "--wait"])
    assert told(["drive", "update"]).startswith("Interrupted. Do not unplug")


def test_a_command_that_nobody_knows_still_says_that_nothing_is_lost():
    assert told(["--version"]) == f"Interrupted. {ANY}"


@pytest.mark.parametrize("is_json", [False, True])
def test_the_sentence_of_the_verb_is_what_stands_on_the_screen(studio, monkeypatch, is_json):
    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr("ingest.cli.do_verify.run_verify", interrupted)
    run = studio.run("verify", *["--json"] * is_json)
    assert run.code == 130
    assert AFTER["verify"] in run.err
    assert [line["message"] for line in run.lines] == [f"Interrupted. {AFTER['verify']}"] * is_json


def test_a_verb_that_ends_in_order_after_ctrl_c_says_it_too(studio, monkeypatch):
    monkeypatch.setattr("ingest.cli.do_verify.run_verify", lambda *_args, **_more: 130)
    run = studio.run("verify")
    assert (run.code, AFTER["verify"] in run.err) == (130, True)
