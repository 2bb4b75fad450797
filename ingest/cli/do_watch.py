"""The watcher on the terminal: each card by a session of its own, an error of one never ends the watch."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from ingest.cli.console import Console
from ingest.cli.face_watch import JsonFace, TextFace
from ingest.cli.signals import ended_like_ctrl_c
from ingest.config import load
from ingest.config.settings import WatchStart
from ingest.disk.volumes import list_volumes
from ingest.errors import UsageError
from ingest.watch.face import Face
from ingest.watch.heart import alone
from ingest.watch.loop import Watcher, Wish


def run_watch(folder: Path, console: Console, *, automatic: bool, once: bool) -> int:
    """Watch until Ctrl-C, or for one card with `once`; gives the exit code: 0, or that card's.

    Raises:
        CardBusy: there is a watcher for this home.
    """
    settings = load(folder)
    is_auto = automatic or settings.watch.start is WatchStart.AUTO
    asks = not is_auto and not console.json and sys.stdin.isatty() and sys.stderr.isatty()
    if once and not is_auto and not asks:
        raise UsageError(
            "Nobody can be asked here", hint="Run in a terminal, or add --auto to ingest every card by itself"
        )
    with alone(folder, time.time()), ended_like_ctrl_c():
        face: Face = JsonFace(console) if console.json else TextFace(console, asks=asks)
        console.say("Watching for cards. Plug one in. Ctrl-C ends the watch.")
        watcher = Watcher(
            folder, settings, face, Wish(automatic, once),
            list_now=lambda: list_volumes(), every_look=hook(folder, console),
        )  # fmt: skip
        code = watcher.run()
    if not once:
        console.line({"schema": 1, "type": "summary", "exit": code})
        console.say("The watch has ended.")
    return code


def hook(_folder: Path, _console: Console) -> Callable[[float], None]:
    """What else is to be done at each look: nothing yet."""
    return lambda _now: None
