"""The command `safelight`: one file a verb; errors become one plain message and a documented exit code."""

import atexit
import gc
import io
import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from ingest import __version__
from ingest.cli.console import printable
from ingest.cli.interrupted import told
from ingest.cli.plain import OPTION, without_plain
from ingest.cli.signals import ctrl_c_is_heard
from ingest.cloud.keys import without_secrets
from ingest.errors import CatalogError, ConfigError, Exit, LedgerError, SafelightError

_EPILOG = (
    "Exit codes: 0 done or safe; 1 unexpected; 2 usage; 3 some card files unreadable; 4 configuration; "
    "10 do not format; 11 not yet; 12 card busy; 13 destination missing, full or not distinct; 14 mismatch after copy; "
    "15 catalog unreadable; 16 cloud refused; 17 cloud unreachable (queue kept); 18 verify, repair, restore, audit "
    "or drill failed; 19 ledger damaged or newer; 130 interrupted. Take an unknown one for a failure."
)

COMPLETE = "_SAFELIGHT_COMPLETE"  # the words typed so far, a line each, when a shell asks how the last one goes on


class _Verbs(TyperGroup):
    """Tells an interruption, which Typer would turn into a bare exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _tell_interruption()
            raise typer.Exit(int(Exit.INTERRUPTED)) from None
        except typer.Exit as end:
            if end.exit_code == Exit.INTERRUPTED:  # a verb that ended in order has given its last line itself
                _say_interruption()
            raise


_VERBS = (
    "init", "ingest", "check", "cards", "shoots", "status", "tag", "audit", "catalog", "sheet", "sync", "catch-up",
    "verify", "repair", "restore", "recover", "release", "drill", "nightly", "schedule", "watch", "dashboard",
    "notices", "cloud", "drive", "card", "certificate", "ledger", "config", "doctor", "demo", "completion",
)  # fmt: skip


def program(words: Sequence[str] = ()) -> typer.Typer:
    """The command with the verb that the words begin with; with every verb where they name none. One is imported."""
    app = typer.Typer(
        name="safelight",
        cls=_Verbs,
        help="Copies a camera card to two places, proves both, and says when the card is safe to format.",
        epilog=_EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_options)
    for verb in words[:1] if words[:1] and words[0] in _VERBS else _VERBS:
        import_module(f"ingest.cli.verb_{verb.replace('-', '_')}").register(app)
    if "--help" in words or not words or words[0] not in _VERBS:
        _add_examples(app)
    return app


def _add_examples(app: typer.Typer) -> None:
    """Below the options of each verb: how it is used, and what its exit codes mean."""
    from ingest.cli.examples import epilog_of

    groups = [("", app), *((f"{group.name} ", group.typer_instance) for group in app.registered_groups)]
    for prefix, owner in groups:
        for verb in owner.registered_commands if owner else ():
            name = verb.name or getattr(verb.callback, "__name__", "").replace("_", "-")
            verb.epilog = verb.epilog or epilog_of(prefix + name) or None


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"safelight {__version__}")
        raise typer.Exit


def _home(folder: str | None) -> None:
    if folder:
        os.environ["SAFELIGHT_HOME"] = os.path.abspath(folder)


def _options(
    home: str = typer.Option(None, "--home", callback=_home, help="The home folder, in place of SAFELIGHT_HOME."),
    plain: bool = typer.Option(
        False, OPTION, help="For screen readers, before or behind the verb: whole lines, no bars, no colour, [OK]."
    ),
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options before the verb."""


def run() -> None:
    """Entry point: run the verb, print an error as one, exit with its code."""
    gc.freeze()  # what was imported stays
    atexit.register(gc.freeze)  # nor at its end, over everything once more
    if isinstance(sys.stdout, io.TextIOWrapper):
        # answer and progress keep their order in a log; a name that the terminal cannot show costs no answer
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    with ctrl_c_is_heard():
        _run()


def _run() -> None:
    try:
        words = without_plain(sys.argv[1:])  # `is_plain` looks there by itself
        if COMPLETE in os.environ:
            from ingest.cli.completing import answer  # a shell asks, and nothing is run

            answer(program())
            return
        code = program(words)(words, standalone_mode=False)  # an Exit raised by a verb comes back as its number
        sys.exit(int(code or Exit.OK))
    except SafelightError as error:
        _tell(error)
        sys.exit(int(error.exit_code))
    except sqlite3.Error as error:
        hint = "Nothing was said to be safe. Run: safelight doctor"
        _tell(LedgerError(f"The ledger cannot be used: {error}", hint=hint))
        sys.exit(int(Exit.LEDGER))
    except (KeyboardInterrupt, typer.Abort):
        _tell_interruption()
        sys.exit(int(Exit.INTERRUPTED))
    except BrokenPipeError:
        sys.exit(int(Exit.UNEXPECTED))
    except Exception as error:  # noqa: BLE001 - the last net: no stack trace for photographers, and never exit code 0
        _usage_or_unexpected(error)


def _tell(error: SafelightError) -> None:
    mistakes = list(error.mistakes) if isinstance(error, ConfigError) else []
    facts = {"hint": error.hint, "path": error.path, "retriable": error.retriable, "mistakes": mistakes}
    if _end_line(error.exit_code, error.message, **facts):
        return
    where = f"{error.path}: " if isinstance(error, CatalogError) and error.path else ""
    lines = [f"safelight: {where}{error.message}", *(f"  - {mistake}" for mistake in mistakes)]
    lines += [f"  {error.hint}.".replace("..", ".")] * bool(error.hint)
    for line in lines:
        print(printable(line), file=sys.stderr)


def _tell_interruption() -> None:
    _end_line(Exit.INTERRUPTED, told(sys.argv[1:]))
    _say_interruption()


def _say_interruption() -> None:
    print(f"\n{told(sys.argv[1:])}", file=sys.stderr)


def _end_line(code: Exit, message: str, **facts: object) -> bool:
    """With `--json`, the line that ends the output when there is no other answer; False without."""
    if "--json" in sys.argv:
        record = {"schema": 1, "type": "error", "exit": int(code), "message": message} | facts
        print(without_secrets(json.dumps(record)))
    return "--json" in sys.argv


def _usage_or_unexpected(error: Exception) -> None:
    show = getattr(error, "show", None)
    if show:  # a usage error of the command line itself
        show()
        sys.exit(int(Exit.USAGE))
    _end_line(Exit.UNEXPECTED, f"unexpected: {type(error).__name__}: {error}")
    print(printable(f"safelight: unexpected: {type(error).__name__}: {error}"), file=sys.stderr)
    print("  Nothing was said to be safe. Please report this with the lines below.", file=sys.stderr)
    import traceback  # nearly never

    for line in "".join(traceback.format_exception(error)).splitlines():
        print(printable(line), file=sys.stderr)
    sys.exit(int(Exit.UNEXPECTED))


if __name__ == "__main__":
    run()
