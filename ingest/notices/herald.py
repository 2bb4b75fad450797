"""Looks now and then whether a person is to be called, and calls. Nothing that goes wrong here harms the work."""

import contextlib
import sqlite3
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ingest.config import Settings
from ingest.config.settings import NoticeSettings
from ingest.notices import gather
from ingest.notices.decide import Notice, Queue, World, decide, kept, marks, still_since
from ingest.notices.send import Sent, send
from ingest.stream import store
from ingest.stream.notices import Given, give, given_notices, missed_its_way

UNSENT = "~unsent"  # under which the stream keeps why the last notice could not be sent
_EVERY = 60.0  # seconds between two looks at the queue, drills and nights, which change slowly
_Queued = tuple[Queue, float | None, float | None]


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class Herald:
    """Of a home. by: sends a notice. tell: gets one sentence when notices cannot be sent, once for each reason."""

    def __init__(
        self,
        home: Path,
        settings: Settings,
        *,
        by: Callable[[Notice, NoticeSettings], Sent] = send,
        tell: Callable[[str], object] = _to_stderr,
    ) -> None:
        self._home, self._settings, self._by, self._tell = home, settings, by, tell
        self._slow: tuple[float, World, _Queued] | None = None

    def look(self, now: float, *, sessions: bool = True) -> tuple[Notice, ...]:
        """What a person was called for now; () nearly always. now: seconds since 1970 UTC.

        sessions: verdicts, errors and cards that wait too, which somebody who types a command sees anyhow.
        """
        try:
            with (
                contextlib.closing(gather.ledger_of(self._home)) as ledger,
                contextlib.closing(store.open_stream(self._home)) as stream,
            ):
                return self._look(ledger, stream, now, sessions=sessions)
        except (sqlite3.Error, OSError, ValueError, KeyError):  # an older ledger, a full disk: the work goes on
            return ()

    def _look(
        self, ledger: sqlite3.Connection, stream: sqlite3.Connection, now: float, *, sessions: bool
    ) -> tuple[Notice, ...]:
        care, (queue, oldest, last_sent) = self._slowly(ledger, now)
        world = replace(care, queue=queue)
        if sessions:
            errors, waits = gather.sessions_of(stream, now)
            world = replace(world, verdicts=gather.verdicts_of(ledger, now), errors=errors, waits=waits)
        due: list[Notice] = []

        def after(given: Mapping[str, Given]) -> Mapping[str, Given]:
            noted = marks(given, now, held=queue.paused or bool(queue.stopped_by))
            still = still_since(noted, oldest, last_sent)
            whole = replace(world, queue=replace(queue, still_since=still))
            due.extend(decide(whole, given, now))
            return kept(whole, given, due, now) | noted

        give(stream, after)
        for notice in due:
            self._send(stream, notice, now)
        return tuple(due)

    def _slowly(self, ledger: sqlite3.Connection, now: float) -> tuple[World, _Queued]:
        if self._slow is None or not 0 <= now - self._slow[0] < _EVERY:
            self._slow = (now, gather.care_of(ledger, self._home, now), gather.queue_of(ledger, self._settings))
        return self._slow[1:]

    def _send(self, stream: sqlite3.Connection, notice: Notice, now: float) -> None:
        settings = self._settings.notices
        sent = self._by(notice, settings)
        if not sent.arrived and sent.problems:
            missed_its_way(stream, notice.key)
        why = " ".join(sent.problems)
        before = given_notices(stream).get(UNSENT)
        if why == (before.mark if before else ""):
            return
        if why:
            self._tell(f"A notice could not be sent. {why}")
        give(stream, lambda given: _with_problem(given, why, now))


def _with_problem(given: Mapping[str, Given], why: str, now: float) -> dict[str, Given]:
    rest = {key: each for key, each in given.items() if key != UNSENT}
    return rest | ({UNSENT: Given(now, why)} if why else {})
