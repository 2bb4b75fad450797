"""Looks every two seconds what is in the readers now, by a child that may hang and is killed then."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.web.scene import CardKey, key_of

EVERY = 2.0  # seconds
_SHARE = 10  # a look that takes long is made less often: a tenth of the time at most
SOON = 5.0  # seconds without an answer, then the last one is no longer believed
_PATIENCE = 20.0  # seconds more, then the child is killed
_SLEPT = 10.0  # seconds more than were meant between two looks: the computer slept, and anything may have happened
_LONGEST_LINE = 16 << 20


@dataclass(frozen=True, slots=True)
class SeenCard:
    """A card as it is now. root: its folder as text with surrogate escapes; shown: the same for people.

    fingerprint: of its contents, "" where `problem` says why they are not known. came: since when it is there without
    a gap, seconds since 1970 UTC.
    """

    root: str
    shown: str
    key: CardKey
    fingerprint: str
    files: int
    bytes: int
    problem: str
    came: float

    @property
    def word(self) -> str:
        """Its folder as a form can hold it, whatever bytes it is made of."""
        return os.fsencode(self.root).hex()

    @property
    def label(self) -> str:
        """For people."""
        return self.key[1]


class Looker:
    """Knows what is in the readers. wanted: the folders to look at beside what is mounted. destinations: their roots,
    which are no cards. looked: called after each look, with whether something else was seen.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        destinations: Callable[[], Iterable[str]],
        wanted: Callable[[], Iterable[str]],
        looked: Callable[[bool], None],
    ) -> None:
        self._clock, self._destinations, self._wanted, self._looked = clock, destinations, wanted, looked
        self._began = clock()
        self._child: asyncio.subprocess.Process | None = None
        self._took = 0.0  # seconds, the last look
        self.every, self.soon = EVERY, SOON
        self.seen: tuple[SeenCard, ...] = ()
        self.looked_at: float | None = None
        self.is_silent = False

    async def run(self) -> None:
        """Look until it is cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                begun = loop.time()
                await self.look()
                self._took = loop.time() - begun
                pause, ended = max(self.every - self._took, self._took * _SHARE), self._clock()
                await asyncio.sleep(pause)
                if self._clock() - ended > pause + _SLEPT:
                    self.seen = ()  # every card counts as plugged in anew
        finally:
            await self._end_child()

    async def look(self) -> None:
        """Look once; what cannot be answered is told by `is_silent`, and the last answer is no longer believed."""
        before = (self.seen, self.looked_at is None, self.is_silent)
        asked = {"destinations": list(self._destinations()), "roots": list(await asyncio.to_thread(self._wanted))}
        try:
            answer = await self._answer(asked)
            self.seen, self.is_silent = self._taken(answer["cards"]), False
        except (OSError, ValueError, KeyError, TimeoutError):
            await self._end_child()
            self.seen, self.is_silent = (), True
        self.looked_at = self._clock()
        self._looked((self.seen, False, self.is_silent) != before)

    async def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What the child says; while it lets wait for long, nothing is believed."""
        asking = asyncio.ensure_future(self._ask(asked))
        try:
            done, _ = await asyncio.wait({asking}, timeout=max(self.soon, 4 * self._took))
            if not done:
                self.is_silent = True
                self._looked(True)
            return await asyncio.wait_for(asking, _PATIENCE)
        finally:
            asking.cancel()

    def _taken(self, cards: Iterable[Mapping[str, Any]]) -> tuple[SeenCard, ...]:
        came = {card.root: card.came for card in self.seen}
        return tuple(
            SeenCard(
                card["root"],
                card["shown"],
                key_of(card),
                card["fingerprint"],
                card["files"],
                card["bytes"],
                card["problem"],
                came.get(card["root"], self._began if self.looked_at is None else self._clock()),
            )
            for card in cards
        )

    async def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        child = self._child or await self._new_child()
        if child.stdin is None or child.stdout is None:
            raise OSError("no pipe")
        child.stdin.write(json.dumps(asked).encode("ascii") + b"\n")
        await child.stdin.drain()
        return dict(json.loads(await child.stdout.readline()))

    async def _new_child(self) -> asyncio.subprocess.Process:
        packages = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "ingest.web.look_child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LONGEST_LINE,
            env={**_environment(), "PYTHONPATH": packages},
            cwd="/",
            start_new_session=True,
        )
        return self._child

    async def _end_child(self) -> None:
        """One that the kernel does not let go is left behind."""
        child, self._child = self._child, None
        if child and child.returncode is None:
            with contextlib.suppress(ProcessLookupError, TimeoutError):
                child.kill()
                await asyncio.wait_for(child.wait(), 1.0)


def _environment() -> dict[str, str]:
    """Neither secrets nor what a program does not need to list a folder."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
