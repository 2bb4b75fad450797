"""The watcher on the terminal: each card by a session of its own, an error of one never ends the watch."""

import sys
import threading
import time
from collections import deque
from pathlib import Path

from ingest.cli.console import Console
from ingest.cli.face_watch import JsonFace, TextFace
from ingest.cli.signals import ended_like_ctrl_c
from ingest.config import Settings, load
from ingest.config.settings import WatchStart
from ingest.disk.volumes import list_volumes
from ingest.errors import UsageError
from ingest.notices.herald import Herald
from ingest.watch.face import Face
from ingest.watch.heart import alone
from ingest.watch.loop import Watcher, Wish

_AT_THE_END = 10.0  # seconds


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
        calling = Calling(folder, settings, face)
        watcher = Watcher(
            folder, settings, face, Wish(automatic, once), list_now=lambda: list_volumes(), every_look=calling
        )
        code = watcher.run()
        calling.last(time.time())
    if not once:
        console.line({"schema": 1, "type": "summary", "exit": code})
        console.say("The watch has ended.")
    return code


class Calling:
    """Lets a herald look beside the watch: a desktop that does not answer keeps no card waiting.

    One look at a time, by a lock and not by what is known of the thread: Ctrl-C may come while one is being started.
    """

    def __init__(self, folder: Path, settings: Settings, face: Face) -> None:
        self._unsaid: deque[str] = deque()
        self._herald = Herald(folder, settings, tell=self._unsaid.append)
        self._face = face
        self._looking = threading.Lock()

    def __call__(self, now: float) -> None:
        """Begin a look, unless one is under way; say what the one before could not send."""
        while self._unsaid:
            self._face.say(self._unsaid.popleft(), warns=True)
        if not self._looking.locked():
            threading.Thread(target=self._look, args=(now,), name="herald", daemon=True).start()

    def _look(self, now: float) -> None:
        if self._looking.acquire(blocking=False):
            try:
                self._herald.look(now)
            finally:
                self._looking.release()

    def last(self, now: float) -> None:
        """Call for what came at the very end; nobody looks any more afterwards."""
        if self._looking.acquire(timeout=_AT_THE_END):
            self._herald.look(now)
