"""The watcher's signs of life and what it tells in the stream; neither ever harms the watch."""

import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from ingest.errors import CardBusy
from ingest.model.names import display
from ingest.stream import store
from ingest.stream.watcher import WATCHER, is_watching, watcher_beat, watcher_words
from ingest.watch.plan import Table
from ingest.watch.sights import Seen

EVERY = 5.0  # seconds between two signs


@contextlib.contextmanager
def alone(home: Path, now: float) -> Iterator[None]:
    """One watcher a home at a time.

    Raises:
        CardBusy: there is one already.
    """
    folder = home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "watch.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        beat = watcher_beat(home)
        how = f" ({watcher_words(beat, now, is_watching(beat))})" if beat else ""
        raise CardBusy(
            f"Another watcher is at work for this home{how}",
            path=display(os.fsencode(home)),
            hint="One is enough. To have this one, end the other: safelight watch --uninstall, or Ctrl-C where it runs",
        ) from error
    try:
        yield
    finally:
        lock.release()


class Heart:
    """Beats for the watcher of a home. Each sign opens the stream anew: it may be another one by now.

    asks: somebody at a terminal can be asked.
    """

    def __init__(self, home: Path, clock: Callable[[], float], *, asks: bool) -> None:
        self._home, self._clock = home, clock
        self._born = psutil.Process().create_time()
        self._about = {"pid": os.getpid(), "born": self._born, "platform": sys.platform, "asks": asks}
        self._told: tuple[str, int] | None = None
        self._next = 0.0
        self._last: object = None

    def beat(self, start: str, table: Table, sessions: Mapping[str, int], seen: Seen) -> None:
        """Every few seconds, and when something changed. start: "auto" or "ask". sessions: what runs -> its process.
        seen: what cannot be looked at.
        """
        now = self._clock()
        body = self._about | {
            "start": start,
            "cards": [
                {
                    "mount": display(card.sight.mount),
                    "label": card.sight.label,
                    "state": card.stage.value,
                    "exit": card.code,
                    "here": card.is_here,
                }
                for card in table
            ],
            "sessions": [{"what": what, "pid": pid} for what, pid in sessions.items()],
            "may_read_cards": not seen.closed,
            "closed": list(seen.closed),
            "silent": list(seen.silent),
        }
        if body == self._last and self._next - EVERY <= now < self._next:
            return
        self._last, self._next = body, now + EVERY
        self._note(lambda stream: store.beat(stream, WATCHER, now, body))

    def ends(self) -> None:
        """The watch ended in order."""

        def write(stream: sqlite3.Connection) -> None:
            store.beat(stream, WATCHER, self._clock(), {**self._about, "ended": True})
            if self._told and self._told[0] == store.epoch_of(stream):
                store.end(stream, self._told[1], self._clock(), 0)

        self._note(write)

    def begun_since(self, since: float) -> set[str]:
        """The mounts, as shown, of which a session began since then, ours or another's. since: seconds since 1970."""
        found = set[str]()

        def read(stream: sqlite3.Connection) -> None:
            for session in store.newest_sessions(stream):
                if session.verb == "ingest" and session.begun >= since:
                    told = store.told_by(stream, session.id)
                    found.update(each.body["root"] for each in told if each.type == "card_found")

        self._note(read)
        return found

    def say(self, kind: str, **facts: Any) -> None:
        """Tell something in the stream, as a session of the verb `watch`. facts: ready for JSON."""

        def write(stream: sqlite3.Connection) -> None:
            epoch, now = store.epoch_of(stream), self._clock()
            if self._told is None or self._told[0] != epoch:
                self._told = (epoch, store.begin(stream, "watch", os.getpid(), self._born, now))
            store.tell(stream, self._told[1], now, kind, {"schema": 1, "type": kind, **facts})

        self._note(write)

    def _note(self, write: Callable[[sqlite3.Connection], None]) -> None:
        with contextlib.suppress(sqlite3.Error, OSError), contextlib.closing(store.open_stream(self._home)) as stream:
            write(stream)
