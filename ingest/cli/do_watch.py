"""The watcher on the terminal: each card by a session of its own, an error of one never ends the watch."""

import queue
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
from ingest.model.places import Volume
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
        watcher = Watcher(folder, settings, face, Wish(automatic, once), list_now=Mounted(), every_look=calling)
        code = watcher.run()
        calling.last(time.time())
    if not once:
        console.line({"schema": 1, "type": "summary", "exit": code})
        console.say("The watch has ended.")
    return code


class Mounted:
    """What is mounted now; it knows what was before."""

    def __init__(self) -> None:
        self._last: list[Volume] = []

    def __call__(self) -> list[Volume]:
        """Look."""
        self._last = list_volumes(before=self._last)
        return self._last


class Calling:
    """Lets a herald look beside the watch: a desktop that does not answer keeps no card waiting.

    One thread for the whole watch. A signal that arrives while Python puts a thread's object away is lost, so a thread
    for each look would now and then not hear that the watch is to end.
    """

    def __init__(self, folder: Path, settings: Settings, face: Face) -> None:
        self._unsaid: deque[str] = deque()
        self._herald = Herald(folder, settings, tell=self._unsaid.append)
        self._face = face
        self._asked: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._looking = threading.Lock()
        self._failed = ""
        threading.Thread(target=self._serve, name="herald", daemon=True).start()

    def __call__(self, now: float) -> None:
        """Ask for a look, unless one is under way; say what the one before could not send."""
        while self._unsaid:
            self._face.say(self._unsaid.popleft(), warns=True)
        if self._asked.empty() and not self._looking.locked():
            self._asked.put(now)

    def _serve(self) -> None:
        while True:
            now = self._asked.get()
            with self._looking:
                self._look(now)

    def _look(self, now: float) -> None:
        try:
            self._herald.look(now)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must neither end the watch nor silence the next look
            failed = f"Nobody could be called. {type(error).__name__}: {error}"
            if failed != self._failed:
                self._failed = failed
                self._unsaid.append(failed)

    def last(self, now: float) -> None:
        """Call for what came at the very end; nobody looks any more afterwards."""
        if self._looking.acquire(timeout=_AT_THE_END):
            self._look(now)
