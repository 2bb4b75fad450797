import re
import shlex
from pathlib import Path

import pytest
import typer.main

from ingest.cli.main import program
from ingest.errors import Exit, SafelightError
from ingest.events import Phase, Progressed

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
JSON_LINES = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
MADE = ("reference.md",)  # of the code itself
TOLD = README + "".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in MADE
)
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
COMMAND = typer.main.get_command(program())


def verbs():
    """Every verb as it is typed: `ingest`, `cloud run`, ..."""
    found = {}
    for name, command in COMMAND.commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"{name} {sub}": each for sub, each in inner.items()} if inner else {name: command}
    return found


VERBS = verbs()
COMMANDS = sorted(
    {
        match
        for match in re.findall(r"`(safelight [^`]+)`|^\$? ?(safelight [^#\n]+)", TOLD, re.M)
        for match in match
        if match
    }
)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_stands_in_the_readme_and_explains_itself(verb):
    group, _, name = verb.partition(" ")
    row = next((line for line in README.splitlines() if re.match(rf"\| `safelight {group}\b", line)), "")
    assert row, f"README's table lacks {verb}"
    assert not name or name in row
    assert VERBS[verb].help
    with VERBS[verb].make_context(verb, [], resilient_parsing=True) as context:
        for option in VERBS[verb].params:
            record = option.get_help_record(context)
            assert record, f"{verb} {option.name} has no help"
            assert record[1].strip(), f"{verb} {option.name} has no help"


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_in_the_readme_and_in_docs_can_be_typed(line):
    words = [
        word for word in shlex.split(line.partition(">")[0])[1:] if not word.isupper() and not word.startswith("[")
    ]
    verb = " ".join(words[:2]) if " ".join(words[:2]) in VERBS else words[0]
    if verb not in VERBS:
        assert verb in COMMAND.commands, line
        return
    known = {"--plain", *(name for option in VERBS[verb].params for name in option.opts)}
    assert {word for word in words if word.startswith("--")} <= known, line


def test_every_exit_code_is_documented_in_the_readme_and_in_the_help():
    table = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.M)}
    assert table == {int(code) for code in Exit}
    assert {int(code) for code in re.findall(r"(\d+) [a-z]", COMMAND.epilog)} == table


def test_every_error_knows_its_exit_code_and_stands_in_the_tree():
    import ingest.errors

    def below(kind):
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    for kind in below(SafelightError):
        if kind.__module__ == "ingest.errors":
            assert kind.exit_code in Exit
            assert kind.__name__ in ingest.errors.__doc__


@pytest.mark.parametrize("event", [Phase, Progressed])
def test_each_field_of_a_stage_is_told_and_no_other(event):
    kind = event.__name__.lower()
    table = JSON_LINES.partition(f"| `{kind}` | |\n|---|---|\n")[2].partition("\n\n")[0]
    told = [name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert sorted(told) == sorted(event.__dataclass_fields__)


def test_the_rooms_of_the_architecture_are_the_rooms_of_the_house():
    told = set(re.findall(r"^  ([a-z_]+(?:\.py|/))", ARCHITECTURE, re.M))
    real = {
        path.name + ("/" if path.is_dir() else "")
        for path in (ROOT / "ingest").iterdir()
        if path.name not in ("__init__.py", "__pycache__")
    }
    assert told == real


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z_]+/[a-z_]+\.py)`", ARCHITECTURE))))
def test_every_file_that_the_architecture_names_exists(path):
    assert (ROOT / "ingest" / path).exists() or (ROOT / path).exists()


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "sample_cards/README.md"),
        *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
    ],
)
def test_links_between_the_documents_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[a-z-]+)?\)", text):
        assert (ROOT / name).parent.joinpath(target).exists(), target
