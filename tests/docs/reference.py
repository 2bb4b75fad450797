"""`docs/reference.md` and the man page, made from the code; `python tests/docs/reference.py --write`."""

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import typer.main
from click import Command, Context

import ingest.cloud.events as cloud_events
import ingest.events as session_events
from ingest import __version__
from ingest.cli.examples import ANYWHERE, HELP, MEANING
from ingest.cli.json_lines import TYPES, WRITES, types_of
from ingest.cli.main import program
from ingest.config import sample
from ingest.events import Event

ROOT = Path(__file__).resolve().parents[2]
PAGE, MAN = ROOT / "docs" / "reference.md", ROOT / "docs" / "safelight.1"
COMMAND = typer.main.get_command(program())

HEAD = """# Reference

Made from the code by `python tests/docs/reference.py --write`; a test holds it against the code. What the words mean
stands in [ARCHITECTURE.md](../ARCHITECTURE.md), how it is used in the [guide](guide.md).

[Verbs](#verbs) · [Settings](#settings) · [Exit codes](#exit-codes) · [JSON lines](#json-lines) · [Events](#events)
"""


def verbs() -> dict[str, Command]:
    """Every verb as it is typed, in the order of the help."""
    found: dict[str, Command] = {}
    for name, command in COMMAND.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {f"{name} {sub}": each for sub, each in inner.items()} if inner else {name: command}
    return found


def events() -> list[type[Event]]:
    """Every event: those of a session, then those of the queue."""
    kinds = [*vars(session_events).values(), *vars(cloud_events).values()]
    return list(dict.fromkeys(k for k in kinds if inspect.isclass(k) and issubclass(k, Event) and k is not Event))


def type_of(event: type[Event]) -> str:
    """Its `type` in JSON, as `to_json` makes it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()


def records(verb: str, command: Command) -> tuple[str, list[tuple[str, str]]]:
    """(how it is typed, [(argument or option, what it does)])."""
    context = Context(command, info_name=f"safelight {verb}", terminal_width=500, max_content_width=500)
    usage = " ".join(["safelight", verb, *command.collect_usage_pieces(context)])
    found = [each.get_help_record(context) for each in command.get_params(context)]
    return usage, [record for record in found if record and record[0] != "--help"]


def reference() -> str:
    """The whole page."""
    parts = [HEAD, *_verbs(), *_settings(), *_codes(), *_lines(), *_events()]
    return "\n".join(parts)


def _verbs() -> Iterator[str]:
    yield "## Verbs\n"
    yield "Before each verb: `--home FOLDER` (in place of `SAFELIGHT_HOME`), `--plain` (also behind it, or"
    yield "`SAFELIGHT_PLAIN=1`), `--version`."
    yield f"Beside its own codes each verb may end with {', '.join(str(int(code)) for code in ANYWHERE)}.\n"
    for verb, command in verbs().items():
        usage, options = records(verb, command)
        yield f"### safelight {verb}\n\n{_text(inspect.cleandoc(command.help or ''))}\n\n```\n{usage}\n```\n"
        if options:
            yield "| | |\n|---|---|"
            yield from (f"| `{_cell(name)}` | {_cell(text)} |" for name, text in options)
            yield ""
        known = HELP.get(verb)
        if known:
            yield "```"
            yield from (line for command_, why in known.examples for line in (f"# {why}", f"safelight {command_}"))
            yield "```\n"
            own = [f"0 {known.nought or 'done'}", *(f"{int(code)} {MEANING[code]}" for code in sorted(known.codes))]
            yield f"Exit codes: {'; '.join(own)}.\n"
        if verb in WRITES:
            yield f"With `--json`: {', '.join(f'`{kind}`' for kind in types_of(verb))}.\n"


def _settings() -> Iterator[str]:
    yield "## Settings\n"
    yield "`config.toml` in the home folder, every setting at its default, as `safelight config sample` prints it."
    yield "A line that begins with `#` is not in use.\n"
    yield f"```toml\n{sample()}```\n"


def _codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield "Take an unknown code for a failure.\n\n| code | meaning |\n|---|---|"
    yield from (f"| {int(code)} | {meaning} |" for code, meaning in MEANING.items())
    yield ""


def _lines() -> Iterator[str]:
    yield "## JSON lines\n"
    yield '`--json` writes a JSON object a line, `{"schema": 1, "type": ...}`. The last one is a `verdict`, a `summary`'
    yield "or an `error`. Types that are no [event](#events) are these; [json.md](json.md) tells more of some.\n"
    yield "| type | what it tells | of |\n|---|---|---|"
    for kind, text in TYPES.items():
        of = [f"`{verb}`" for verb in WRITES if kind in types_of(verb)]
        whose = {"error": "every verb", "summary": "every verb that gives no verdict"}.get(kind, ", ".join(of))
        yield f"| `{kind}` | {_cell(text)} | {whose} |"
    yield ""


def _events() -> Iterator[str]:
    yield "## Events\n"
    yield "What a session and the queue say at work. Paths are in display form, times in seconds since 1970 UTC.\n"
    for event in events():
        yield f"### {type_of(event)}\n\n{_text(inspect.cleandoc(event.__doc__ or ''))}\n"
        fields = [f"`{field.name}` ({_kind(field)})" for field in dataclasses.fields(event)]
        yield f"Fields: {', '.join(fields)}.\n"


def _kind(field: "dataclasses.Field[object]") -> str:
    kind = field.type if isinstance(field.type, str) else getattr(field.type, "__name__", str(field.type))
    return str(field.type if not isinstance(field.type, type) else kind).replace("typing.", "")


def _text(text: str) -> str:
    """A docstring as it stands, its line breaks joined; a blank line stays one."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def man_page() -> str:
    """`safelight(1)`."""
    lines = [
        f'.TH SAFELIGHT 1 "" "safelight {__version__}" "User Commands"', ".SH NAME",
        "safelight \\- says when a camera card is safe to format", ".SH SYNOPSIS",
        ".B safelight\n[\\-\\-home FOLDER] [\\-\\-plain] VERB [OPTIONS]", ".SH DESCRIPTION", _roff(COMMAND.help or ""),
        ".SH VERBS",
    ]  # fmt: skip
    for verb, command in verbs().items():
        usage, options = records(verb, command)
        lines += [
            f".SS {_roff(usage)}",
            *(_roff(part) for part in _text(inspect.cleandoc(command.help or "")).split("\n\n")),
        ]
        for name, text in options:
            lines += [".TP", f".B {_roff(name)}", _roff(text)]
        known = HELP.get(verb)
        for example, why in known.examples if known else ():
            lines += [
                ".PP",
                f"{_roff(why[0].upper() + why[1:])}:",
                ".RS",
                ".nf",
                f"safelight {_roff(example)}",
                ".fi",
                ".RE",
            ]
    lines += [".SH EXIT STATUS"]
    for code, meaning in MEANING.items():
        lines += [".TP", f".B {int(code)}", _roff(meaning)]
    lines += [
        ".SH ENVIRONMENT", ".TP", ".B SAFELIGHT_HOME", "The home folder: settings, ledger, certificates.", ".TP",
        ".B SAFELIGHT_PLAIN", "As \\-\\-plain: for screen readers.", ".TP", ".B NO_COLOR", "No colour.", ".TP",
        ".B B2_APPLICATION_KEY_ID, B2_APPLICATION_KEY", "The key of the bucket, where the keychain holds none.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    """Text that troff shows as it is, in ASCII."""
    shown = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    shown = shown.encode("ascii", "backslashreplace").decode()
    return "\\&" + shown if shown[:1] in (".", "'") else shown


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(reference(), encoding="utf-8")
        MAN.write_text(man_page(), encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != reference() or MAN.read_text(encoding="utf-8") != man_page():
        sys.exit(
            "docs/reference.md or docs/safelight.1 is not what the code says: python tests/docs/reference.py --write"
        )
