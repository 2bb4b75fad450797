"""The watcher on the terminal: one card after the other, an error of one never ends the watch."""

import sys

from ingest.cli.console import Console, shape
from ingest.cli.do_ingest import run_ingest
from ingest.cli.home import Home
from ingest.cli.said import by_preset
from ingest.errors import ConfigError, Exit, LedgerError, SafelightError, UsageError
from ingest.model.names import display
from ingest.model.places import Volume
from ingest.session.context import Request
from ingest.watch import new_cards


def run_watch(home: Home, console: Console, *, automatic: bool, once: bool) -> int:
    """Watch until Ctrl-C, or for one card with `once`; gives the exit code."""
    if not automatic and (console.json or not sys.stdin.isatty()):
        raise UsageError(
            "Nobody can be asked here", hint="Run in a terminal, or add --auto to ingest every card by itself"
        )
    console.say("Watching for cards. Plug one in. Ctrl-C ends the watch.")
    for volume in new_cards(lambda: False):
        home = home.anew()
        roots = {place.root for place in home.settings.places()}
        if any(root == volume.mount or root.startswith(volume.mount.rstrip(b"/") + b"/") for root in roots):
            continue  # a destination that also holds a DCIM folder is no card
        if not automatic and not _wanted(volume):
            continue
        code = _one(home, console, volume, automatic=automatic)
        if once:
            return code
    return int(Exit.OK)


def _wanted(volume: Volume) -> bool:
    answer = input(f"Card {volume.label} at {display(volume.mount)}. Ingest it now? [Y/n] ").strip().casefold()
    return answer in ("", "y", "yes")


def _one(home: Home, console: Console, volume: Volume, *, automatic: bool) -> int:
    try:
        code = run_ingest(home, console, Request(card=volume.mount, said=by_preset(home.settings)), ask=not automatic)
    except (ConfigError, LedgerError):
        raise
    except SafelightError as error:
        console.note(f"{shape('warn')} {error.message}. {error.hint}")
        console.line({"schema": 1, "type": "error", "exit": int(error.exit_code), "message": error.message})
        code = int(error.exit_code)
    console.say("Watching for the next card.")
    return code
