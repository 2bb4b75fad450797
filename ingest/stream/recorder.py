"""Writes into the stream what a session tells its own face, and never harms the session."""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from ingest.events import Event, Progressed
from ingest.stream import store

_EVERY = 0.25  # seconds between two notes of how far it is


class Recorder:
    """An `emit` that passes every event on, and notes it. What cannot be noted is left: copying goes on.

    home: None for a run that writes nothing at all.
    """

    def __init__(self, home: Path | None, verb: str, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self._stream: sqlite3.Connection | None = None
        self._session = 0
        self._next = 0.0
        self._code = -1
        with self._harmless():
            if home is None:
                return
            stream = store.open_stream(home)
            self._stream = stream
            self._session = store.begin(stream, verb, os.getpid(), psutil.Process().create_time(), time.time())

    def __enter__(self) -> "Recorder":
        return self

    def __call__(self, event: Event) -> None:
        """Note it, then pass it on."""
        if not isinstance(event, Progressed) or self._is_due():
            told = event.to_json()
            self.say(str(told["type"]), told)
        self._emit(event)

    def say(self, kind: str, body: dict[str, Any]) -> None:
        """Note what is no event of the session itself, such as its verdict. body: ready for JSON."""
        with self._harmless():
            if self._stream:
                store.tell(self._stream, self._session, time.time(), kind, body)

    def ends(self, code: int) -> None:
        """With which exit code it will have ended."""
        self._code = code

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """It ended. code: of the error where there was one, else as `ends` said."""
        code = getattr(error, "exit_code", 130 if isinstance(error, KeyboardInterrupt) else 1) if error else self._code
        if error and not isinstance(error, KeyboardInterrupt):
            message, hint = getattr(error, "message", str(error)), getattr(error, "hint", "")
            self.say("error", {"schema": 1, "type": "error", "exit": int(code), "message": message, "hint": hint})
        with self._harmless():
            if self._stream:
                store.end(self._stream, self._session, time.time(), int(code))
                self._stream.close()

    def _is_due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _EVERY
        return True

    @contextlib.contextmanager
    def _harmless(self) -> Iterator[None]:
        """The stream is a courtesy: a disk that is full or a file that is locked costs a note, not a photograph."""
        with self._lock, contextlib.suppress(sqlite3.Error, OSError, psutil.Error):
            yield


def is_alive(session: store.SessionRow) -> bool:
    """Whether the very process of a session that did not say its end still runs."""
    if session.ended is not None:
        return False
    try:
        return abs(psutil.Process(session.pid).create_time() - session.born) < 1.0
    except psutil.Error:
        return False
