"""What runs beside the pages: the look into the stream and the readers, and the commands that buttons started."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterable

from ingest.stream import store
from ingest.stream.recorder import is_alive
from ingest.web.desk import Desk
from ingest.web.errands import Errands
from ingest.web.looker import Looker, SeenCard
from ingest.web.pulse import TICK, Pulse
from ingest.web.scene import SessionScene, fold
from ingest.web.standing import recheck

_SESSIONS = 24  # the newest ones are looked at
_LONG_AGO = 12 * 3600.0  # seconds; an older session is no matter of *Now*


class Floor:
    """The parts of a running page."""

    def __init__(self, desk: Desk, *, mounts: bool = True) -> None:
        self.desk, self._mounts = desk, mounts
        self.pulse = Pulse(desk)
        self.errands = Errands(desk.home, desk.clock)
        self.looker = Looker(desk.clock, self._destinations, self._roots, self._looked)
        self._folded: dict[tuple[str, int], SessionScene] = {}
        self._asked: set[tuple[SeenCard, float]] = set()  # (card as it was, when its answer was) of each check

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Everything runs within."""
        with contextlib.suppress(Exception), self.desk.stream():  # made where there is none
            pass
        await asyncio.to_thread(self.pulse.look)
        tasks = [asyncio.create_task(work) for work in (self.pulse.run(), self.looker.run(), self._watch_errands())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def scenes(self) -> list[SessionScene]:
        """The sessions of the last hours, the newest first.

        Raises:
            sqlite3.Error, OSError: the stream cannot be read.
        """
        since = self.desk.clock() - _LONG_AGO
        with self.desk.stream() as stream:
            epoch = store.epoch_of(stream)
            rows = [row for row in store.newest_sessions(stream, _SESSIONS) if row.begun > since or is_alive(row)]
            found = {}
            for row in rows:
                alive = is_alive(row)
                known = self._folded.get((epoch, row.id))
                over = known and not known.alive and not alive and known.exit == row.exit
                found[epoch, row.id] = (
                    known if known and over else fold(row, store.told_by(stream, row.id), alive=alive)
                )
        self._folded = found
        return list(found.values())

    def card_of(self, word: str) -> SeenCard | None:
        """The card that a form named, if it is seen now."""
        return next((card for card in self.looker.seen if card.word == word), None)

    def _destinations(self) -> Iterable[str]:
        """Where no card is looked for."""
        return ["/"] if not self._mounts else [os.fsdecode(place.root) for place in self.desk.settings.places()]

    def _roots(self) -> Iterable[str]:
        """Folders that sessions took for cards, to be looked at like what is mounted."""
        with contextlib.suppress(Exception):  # a stream that cannot be read is told by the page
            return [str(scene.card["root"]) for scene in self.scenes() if scene.card]
        return []

    def _looked(self, has_changed: bool) -> None:
        self.recheck()
        if has_changed:
            self.pulse.tell(("now",))

    def recheck(self) -> None:
        """A verdict that its card may not carry any more is asked for anew, once for each state of the card."""
        with contextlib.suppress(Exception):  # it is shown as not holding all the same
            for asked in recheck(self.scenes(), self.looker.seen):
                root = asked[0].root
                if asked in self._asked or self.errands.running_for(root):
                    continue  # one that gave its answer and still runs is no look at what came since: next time
                self._asked.add(asked)
                self.errands.start("check", root)
                self.pulse.tell(("work", "now"))

    async def _watch_errands(self) -> None:
        while True:
            if self.errands.look():
                self.pulse.tell(("work", "now"))
            await asyncio.sleep(TICK)
