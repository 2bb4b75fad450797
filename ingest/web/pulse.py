"""Notices that something changed, once for all who listen: the stream five times a second, the ledger each second."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.config.live import LiveSettings
from ingest.stream import store
from ingest.web.desk import LEDGER, Desk, reading

TICK = 0.2  # seconds
_LEDGER_EACH = 5  # ticks
TOPICS = ("now", "cards", "shoots", "health", "work")
_OF_EVENTS = {  # what else than *Now* an event concerns
    "verdict": ("cards", "shoots"),
    "queued": ("shoots",),
    "tagged": ("shoots",),
    "error": ("health",),
    "card_waits": ("health",),
    "card_silent": ("health",),
    "destination_away": ("health",),
    "destination_back": ("health",),
}
_OF_LEDGER = ("cards", "shoots", "health")


@dataclass(frozen=True, slots=True)
class News:
    """What changed. id: `EPOCH-NUMBER` of the newest event of the stream then."""

    id: str
    topics: tuple[str, ...]


class _Watched:
    """A database file that somebody else writes; opened anew where another file took its name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = -1
        self._connection: sqlite3.Connection | None = None
        self._version: object = None

    def connection(self) -> sqlite3.Connection:
        """Open to read.

        Raises:
            sqlite3.Error, OSError: it is not there or not readable.
        """
        inode = os.stat(self._path).st_ino
        if self._connection is None or inode != self._inode:
            self.close()
            self._connection, self._inode = reading(self._path), inode
        return self._connection

    def has_changed(self) -> bool:
        """Since the last call; a file that came, went or was replaced has."""
        try:
            found: object = (self.connection().execute("PRAGMA data_version").fetchone()[0], self._inode)
        except (sqlite3.Error, OSError) as error:
            self.close()
            found = type(error)
        before, self._version = self._version, found
        return found != before

    def close(self) -> None:
        """Let go of the file."""
        if self._connection:
            self._connection.close()
        self._connection = None


class Pulse:
    """One look for everybody. Each listener has its own queue of one: what it has not taken yet is joined."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stream, self._ledger = _Watched(desk.home / store.STREAM), _Watched(desk.home / LEDGER)
        self._listeners: dict[asyncio.Event, set[str]] = {}
        self._settings = LiveSettings(desk.home, desk.settings)
        self.epoch = ""
        self.number = 0
        self._ticks = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False

    async def run(self) -> None:
        """Look until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self.tell(await asyncio.to_thread(self.look))
                await asyncio.sleep(TICK)
        finally:
            self._stream.close()
            self._ledger.close()

    def look(self) -> set[str]:
        """Topics that changed since the last look."""
        changed = self._look_at_stream()
        self._ticks += 1
        if self._ticks % _LEDGER_EACH == 1:
            if self._ledger.has_changed():
                changed |= set(_OF_LEDGER)
            changed |= self._look_at_settings()
        return changed

    def _look_at_stream(self) -> set[str]:
        if not self._stream.has_changed():
            return set()
        try:
            connection = self._stream.connection()
            epoch = store.epoch_of(connection)
            if epoch != self.epoch:
                self.epoch, self.number = epoch, store.newest_number(connection)
                return {*TOPICS}
            told = store.told_since(connection, self.number)
        except (sqlite3.Error, OSError, TypeError):
            return {"now"}
        self.number = told[-1].id if told else self.number
        return {"now", *(() if told else ("health",)), *topics_of(event.type for event in told)}

    def _look_at_settings(self) -> set[str]:
        if not self._settings.refresh():
            return set()
        self._desk.settings = self._settings.settings
        return set(TOPICS)

    def tell(self, topics: Iterable[str]) -> None:
        """Wake everybody who listens."""
        told = set(topics)
        for event, waiting in self._listeners.items() if told else ():
            waiting |= told
            event.set()

    def end(self) -> None:
        """Nobody is told anything more: open connections end by themselves. From any thread."""
        self._is_over = True
        if self._loop:
            self._loop.call_soon_threadsafe(self.tell, TOPICS)

    @property
    def id(self) -> str:
        """Of what was noticed last."""
        return f"{self.epoch}-{self.number}"

    async def listen(self, last: str) -> AsyncIterator[News]:
        """First what was missed since `last` ("" for who was never here), then what changes. Without end."""
        event = asyncio.Event()
        waiting: set[str] = set()
        self._listeners[event] = waiting
        try:
            yield News(self.id, await asyncio.to_thread(self._missed, last))
            while True:
                await event.wait()
                event.clear()
                if self._is_over:
                    return
                topics = tuple(topic for topic in TOPICS if topic in waiting)
                waiting.clear()
                yield News(self.id, topics)
        finally:
            del self._listeners[event]

    def _missed(self, last: str) -> tuple[str, ...]:
        """Topics behind an event's id. Of the ledger nobody knows, so its topics are always among them."""
        epoch, _, number = last.partition("-")
        if not last:
            return TOPICS
        if epoch != self.epoch or not (number.isascii() and number.isdigit()) or int(number) > self.number:
            return ("refresh",)
        missed = {"work", *_OF_LEDGER} | ({"now"} if int(number) < self.number else set())
        return tuple(topic for topic in TOPICS if topic in missed)


def topics_of(types: Iterable[str]) -> set[str]:
    """The pages that events of these types concern."""
    return {topic for kind in types for topic in ("now", *_OF_EVENTS.get(kind, ()))}
