"""What a watcher does beside the cards: what a destination missed is brought when it is back, and uploads go on.

While a card is copied none of it is begun; what is under way then goes on within its own limits.
"""

from pathlib import Path

from ingest.errors import Exit
from ingest.watch import plan
from ingest.watch.children import Child
from ingest.watch.face import Face
from ingest.watch.heart import Heart
from ingest.watch.house import House
from ingest.watch.plan import Card, Stage, Table
from ingest.watch.presence import Presence

CATCH_UP, CLOUD = "catch-up", "cloud run"
_AGAIN = 60.0  # seconds until a catch-up is tried again that another one kept out
_MOST = 5  # times for one return
_LAST_WORDS = 30.0


class Chores:
    """The chores of a watcher, one at a time."""

    def __init__(self, folder: Path, house: House, heart: Heart, face: Face, presence: Presence | None = None) -> None:
        self._folder, self._house, self._heart, self._face = folder, house, heart, face
        self._presence = presence or Presence()
        self._child: Child | None = None
        self._what = ""
        self._back = set[str]()  # with something to bring to them
        self._is_healed = False
        self._next_catch_up = self._next_upload = 0.0
        self._fails = self._tries = 0
        self._wait_for_uploads = False

    @property
    def is_busy(self) -> bool:
        """Something is under way that is to be heard."""
        return self._child is not None or self._presence.is_asking

    def running(self) -> dict[str, int]:
        """What is under way -> its process."""
        return {self._what: self._child.pid} if self._child else {}

    def look(self, now: float) -> None:
        """Something may have changed: ask which destinations are here, and whether uploads wait."""
        self._presence.ask(self._house.known())
        self._wait_for_uploads = now >= self._next_upload and self._house.uploads_wait(now)

    def turn(self, now: float, table: Table) -> list[Card]:
        """Hear what is under way, begin what may begin; gives the cards whose sessions may be begun again."""
        for name, is_here in self._presence.news().items():
            self._on_place(name, is_here=is_here)
        if self._child:
            self._hear(now)
        again: list[Card] = []
        if self._is_healed and not self._back:
            self._is_healed = False
            again = plan.unsettled(table)
        if self._child is None and not again and not any(card.stage in (Stage.RUNS, Stage.WANTED) for card in table):
            self._begin(now)
        return again

    def _on_place(self, name: str, *, is_here: bool) -> None:
        if not is_here:
            self._back.discard(name)
            self._heart.say("destination_away", destination=name)
            self._face.say(f"{name} is away. What it misses is brought to it when it is back", warns=True)
        elif not self._house.lacking([name]):
            self._is_healed = True
        else:
            self._back.add(name)
            self._heart.say("destination_back", destination=name)
            self._face.say(f"{name} is here and lacks pictures: they are brought to it")

    def _begin(self, now: float) -> None:
        if self._back and now >= self._next_catch_up:
            self._start(CATCH_UP)
        elif self._wait_for_uploads and now >= self._next_upload:
            self._wait_for_uploads = False
            self._start(CLOUD)

    def _start(self, what: str) -> None:
        try:
            self._child, self._what = Child(self._folder, [*what.split(), "--json"]), what
        except OSError as error:
            self._face.say(f"`safelight {what}` cannot be begun: {error.strerror}", warns=True)

    def _hear(self, now: float) -> None:
        child = self._child
        assert child is not None
        code = child.code()
        for record in child.lines():
            self._face.chore(self._what, record)
        if code is None:
            return
        child.close()
        self._child = None
        if self._what == CATCH_UP:
            self._caught_up(code, now)
        else:
            self._uploaded(code, now)

    def _caught_up(self, code: int, now: float) -> None:
        """Once for each return, but one that was kept out by another catch-up or cut short had no turn yet."""
        self._tries += 1
        if (code == Exit.CARD_BUSY or plan.died(code)) and self._tries < _MOST:
            self._next_catch_up = now + _AGAIN * self._tries
            return
        self._tries = 0
        self._heart.say("caught_up", destinations=sorted(self._back), exit=code)
        self._back.clear()
        self._is_healed = True

    def _uploaded(self, code: int, now: float) -> None:
        self._fails = self._fails + 1 if code else 0
        self._next_upload = now + plan.pause_after(code, self._fails)

    def tell(self) -> None:
        """End in order."""
        if self._child:
            self._child.tell()

    def close(self) -> None:
        """See it end."""
        self._presence.close()
        if self._child:
            if not self._child.wait(_LAST_WORDS):
                self._child.kill()
            self._child.close()
            self._child = None
