"""The examples in the help of each verb can be typed as they stand there."""

import shlex

import pytest
import typer.main
from click import Context

from ingest.cli.examples import ANYWHERE, HELP, MEANING, epilog_of
from ingest.cli.main import program
from ingest.errors import Exit

COMMAND = typer.main.get_command(program())


def verbs():
    found = {}
    for name, command in COMMAND.commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"{name} {sub}": each for sub, each in inner.items()} if inner else {name: command}
    return found


VERBS = verbs()


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_the_help_of_each_verb_ends_with_examples_and_its_exit_codes(verb):
    text = VERBS[verb].get_help(Context(VERBS[verb], info_name=verb, terminal_width=80))
    _, _, end = text.partition("Examples:\n")
    assert f"safelight {verb}" in end, f"cli/examples.py lacks {verb}"
    assert "Exit codes: 0 " in end
    assert max(map(len, text.splitlines())) <= 80


def test_the_examples_are_there_for_whoever_asks_for_help_of_one_verb(studio):
    run = studio.run("cloud", "run", "--help")
    assert run.code == 0
    assert "safelight cloud run --wait  # stay until all is there, through outages" in run.out


@pytest.mark.parametrize(("verb", "line"), [(verb, line) for verb in VERBS for line, _ in HELP[verb].examples])
def test_each_example_parses(verb, line):
    words = shlex.split(line.partition(" >")[0])
    assert " ".join(words).startswith(verb)
    with VERBS[verb].make_context(verb, words[len(verb.split()) :]) as context:
        assert not context.args


def test_every_exit_code_has_its_meaning_and_no_verb_names_one_of_all_twice():
    assert set(MEANING) == set(Exit)
    for verb, known in HELP.items():
        assert len(set(known.codes)) == len(known.codes), verb
        assert not {Exit.OK, *ANYWHERE} & set(known.codes), verb


def test_a_verb_that_is_not_known_has_no_epilog():
    assert epilog_of("no such verb") == ""
