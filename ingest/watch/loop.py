"""The watcher's loop: look, hear, decide, begin. Each card is copied by a process of its own, so is all else."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest.config import Settings
from ingest.errors import Exit
from ingest.model.names import display
from ingest.stream.watcher import ANOTHER_READER
from ingest.watch import plan
from ingest.watch.children import Child
from ingest.watch.chores import Chores
from ingest.watch.face import Face
from ingest.watch.heart import Heart
from ingest.watch.house import House
from ingest.watch.mounts import ListNow, MountWatch
from ingest.watch.plan import Card, Stage, Table
from ingest.watch.sights import Eyes, Seen

_IDLE, _BUSY = 3.0, 0.25  # seconds between two turns
_HOOK_EVERY = 1.0
_LAST_WORDS = 120.0  # seconds that children have to end in order
_SLOW = 60.0  # seconds between two looks at what no mount tells of


@dataclass(frozen=True, slots=True)
class Wish:
    """How to watch. auto: begin by itself, whatever is set. once: end with the first card, whose code is the answer."""

    auto: bool = False
    once: bool = False


@dataclass(slots=True)
class _Session:
    child: Child
    has_answer: bool = False
    level: str = ""  # of its verdict
    slept: bool = False


class Watcher:
    """Watches for a home until it is interrupted.

    every_look: called with the time (seconds since 1970 UTC) at most once a second. clock: that time.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        face: Face,
        wish: Wish,
        *,
        list_now: ListNow,
        every_look: Callable[[float], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._face, self._wish = folder, face, wish
        self._list_now, self._every_look, self._clock = list_now, every_look, clock
        self._house = House(folder, settings)
        self._heart = Heart(folder, clock, asks=face.keys is not None)
        self._chores = Chores(folder, self._house, self._heart, face)
        self._mounts, self._eyes = MountWatch(), Eyes()
        self._table: Table = ()
        self._sessions: dict[plan.Key, _Session] = {}
        self._seen = Seen()
        self._clocks = _clocks()
        self._began = 0.0  # when the last card began to wait
        self._next_hook = self._next_slow = self._next_see = 0.0
        self._has_changed = True
        self._answer: int | None = None

    def run(self) -> int:
        """Watch; gives the exit code.

        Raises:
            KeyboardInterrupt: it was interrupted while a card was being copied.
        """
        try:
            while self._answer is None:
                self._turn()
                self._face.show(self._table)
                if self._answer is None:
                    self._wait()
        except KeyboardInterrupt:
            if self._end_children():
                raise
            self._answer = int(Exit.OK)
        finally:
            self._end_children()
            self._chores.close()
            self._mounts.close()
            self._eyes.close()
            self._heart.ends()
            self._face.close()
        return self._answer

    def _turn(self) -> None:
        now = self._clock()
        self._mind_sleep()
        if self._has_changed or not 0.0 < self._next_slow - now <= _SLOW:
            problem = self._house.refresh()
            if problem:
                self._face.say(f"The settings changed, but {problem}: the old ones stay", warns=True)
            self._chores.look(now)
            self._next_slow = now + _SLOW
        if self._has_changed or not 0.0 < self._next_see - now <= self._mounts.every:
            self._next_see = now + self._mounts.every
            self._see()
        self._hear()
        self._begin()
        if not self._wish.once:
            for card in self._chores.turn(now, self._table):
                self._table = plan.changed(self._table, replace(card, stage=Stage.WANTED, tries=0))
        running = {f"ingest {display(key[0])}": session.child.pid for key, session in self._sessions.items()}
        self._heart.beat(self._start, self._table, {**running, **self._chores.running()}, self._seen)
        if self._answer is None and not 0.0 < self._next_hook - now <= _HOOK_EVERY:  # nothing follows an answer
            self._next_hook = now + _HOOK_EVERY
            self._every_look(now)

    def _mind_sleep(self) -> None:
        before, self._clocks = self._clocks, _clocks()
        if plan.slept(before, self._clocks):
            self._has_changed = True
            for session in self._sessions.values():
                session.slept = True
            self._face.say("The computer slept. Everything is looked at again")

    def _see(self) -> None:
        """Which cards are mounted now."""
        found = self._eyes.look(self._list_now(), self._house.roots, time.monotonic())
        before, self._table = self._table, plan.seen(self._table, found.cards, self._first())
        known, here = {card.sight.key for card in before}, {card.sight.key for card in self._table}
        for card in self._table:
            if card.sight.key not in known:
                self._face.came(card)
                if card.stage is Stage.WAITS:
                    self._began = self._clock()
                    self._heart.say("card_waits", **_about(card))
        for card in before:
            if card.sight.key not in here:
                self._face.left(card)
                self._heart.say("card_gone", **_about(card))
        waiting = [card for card in self._table if card.stage is Stage.WAITS]
        begun = self._heart.begun_since(self._began) if waiting else ()
        for card in waiting:
            if display(card.sight.mount) in begun:
                self._table = plan.changed(self._table, replace(card, stage=Stage.OTHER))
        self._complain(found)

    def _complain(self, found: Seen) -> None:
        """What cannot be looked at, told once."""
        before, self._seen = self._seen, found
        if found.closed and found.closed != before.closed:
            self._face.say(f"May not read {', '.join(found.closed)}: see safelight doctor", warns=True)
        for label in found.silent:
            if label not in before.silent:
                self._face.say(f"{label} does not answer, do not format it. {ANOTHER_READER}", warns=True)
                self._heart.say("card_silent", label=label)

    @property
    def _start(self) -> str:
        """As set now, unless it was said."""
        return "auto" if self._wish.auto else self._house.settings.watch.start.value

    def _first(self) -> Stage:
        if self._start == "auto":
            return Stage.WANTED
        return Stage.WAITS if self._face.keys is None else Stage.ASKED

    def _hear(self) -> None:
        """What sessions said, which of them ended, what somebody answered."""
        for card in self._table:
            session = self._sessions.get(card.sight.key)
            if session is None:
                continue
            code = session.child.code()  # before its lines: none can come behind its end
            for record in session.child.lines():
                self._note(card, session, record)
            if code is not None:
                self._end_of(card, session, code)
        for word in self._face.words():
            for card in self._table:
                if card.sight.key == word.sight.key and card.stage is Stage.ASKED:
                    stage = Stage.WANTED if word.wants else Stage.LEFT
                    self._table = plan.changed(self._table, replace(card, stage=stage, name=word.name))

    def _note(self, card: Card, session: _Session, record: dict[str, Any]) -> None:
        session.has_answer |= record.get("type") in ("verdict", "error")
        if record.get("type") == "verdict":
            session.level = str(record["level"])
        self._face.told(card, record)

    def _end_of(self, card: Card, session: _Session, code: int) -> None:
        del self._sessions[card.sight.key]
        complaint = "" if session.has_answer else session.child.last_words()
        session.child.close()
        done = plan.ended(card, code)
        self._table = plan.changed(self._table, done)
        self._face.ended(done, complaint, slept=session.slept)
        if not done.is_here:
            self._next_see = 0.0  # it was pulled meanwhile: told by the next look, which is soon
        if plan.died(code):
            self._heart.say("session_died", exit=code, words=complaint, **_about(card))
        if self._wish.once and done.stage is Stage.ENDED:
            self._answer = code if code >= 0 else int(Exit.UNEXPECTED)

    def _begin(self) -> None:
        settings = self._house.settings
        at_once = plan.allowed_at_once(settings.watch.at_once, [place.limit for place in settings.places()])
        for card in plan.to_begin(self._table, 1 if self._wish.once else at_once):
            words = ["ingest", os.fsdecode(card.sight.mount), "--json", "--no-input"]
            words += ["--shoot", card.name] if card.name else []
            running = plan.begun(card)
            try:
                self._sessions[card.sight.key] = _Session(Child(self._folder, words))
            except OSError as error:
                self._face.say(f"No session can be begun for {card.sight.label}: {error.strerror}", warns=True)
                running = plan.ended(running, int(Exit.UNEXPECTED))
            self._table = plan.changed(self._table, running)
            self._face.began(running)

    def _wait(self) -> None:
        is_busy = bool(self._sessions) or self._chores.is_busy or not self._next_see
        self._mounts.listen(self._face.keys)
        self._has_changed = self._mounts.wait(_BUSY if is_busy else _IDLE)

    def _end_children(self) -> bool:
        """Tell them to end and see them end; whether a card was cut short by it. Another Ctrl-C kills them."""
        if not self._sessions:
            self._chores.tell()
            return False
        for key, session in self._sessions.items():
            self._read(key, session)
        answered = {key for key, session in self._sessions.items() if session.has_answer}
        for session in self._sessions.values():
            session.child.tell()
        self._chores.tell()
        with contextlib.suppress(OSError):  # the terminal may be gone
            self._face.say("Ending in order. What is proven stays proven")
        try:
            until = time.monotonic() + _LAST_WORDS
            for session in self._sessions.values():
                session.child.wait(until - time.monotonic())
        except KeyboardInterrupt:  # once more: at once
            for session in self._sessions.values():
                session.child.kill()
        cut = [card for card in self._table if card.sight.key in self._sessions]
        told = [self._cut(card, self._sessions.pop(card.sight.key), card.sight.key in answered) for card in cut]
        return any(told)

    def _read(self, key: plan.Key, session: _Session) -> None:
        """Hear what it said; a face that is gone is no reason to leave it."""
        with contextlib.suppress(OSError):
            for card in self._table:
                for record in session.child.lines() if card.sight.key == key else ():
                    self._note(card, session, record)

    def _cut(self, card: Card, session: _Session, is_answered: bool) -> bool:
        """See a session end; whether it was cut short. is_answered: it had answered before it was told to end."""
        if session.child.code() is None:
            session.child.kill()
            session.child.wait(1.0)
        self._read(card.sight.key, session)
        code = session.child.code()
        session.child.close()
        is_through = code is not None and code != Exit.INTERRUPTED and not plan.died(code)
        if is_answered or is_through or session.level == "safe":  # what follows a verdict need not be waited for
            return False
        again = f"safelight ingest {display(card.sight.mount)}"
        with contextlib.suppress(OSError):
            self._face.say(f"{card.sight.label} is not finished, do not format it. To go on: {again}", warns=True)
        return True


def _about(card: Card) -> dict[str, object]:
    sight = card.sight
    return {"mount": display(sight.mount), "label": sight.label, "uuid": sight.uuid, "size": sight.size}


def _clocks() -> tuple[float, float]:
    """(a clock that goes on while the computer sleeps, one that stands still then)."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return (time.clock_gettime(boot) if boot is not None else time.time()), time.monotonic()
