"""The watcher's faces: a terminal with one line a card and questions below them, a log, JSON lines."""

import time
from collections.abc import Mapping
from typing import Any

from ingest.cli.console import Console, shape
from ingest.cli.region import Keys, Region
from ingest.cli.screen_verdict import show_record
from ingest.cli.screen_watch import Progress, card_line, ending, name_question, question, running
from ingest.errors import Exit
from ingest.model.names import display
from ingest.watch.face import Word
from ingest.watch.plan import Card, Key, Stage, Table
from ingest.words import files

_LOG_EVERY = 60.0  # seconds between two lines about a card in a log


class Question:
    """One question at a time: about a card, then for its shoot's name."""

    def __init__(self, keys: Keys | None) -> None:
        self._keys = keys
        self._card: Card | None = None
        self._names = False
        self._typed = ""
        self._words: list[Word] = []

    @property
    def fd(self) -> int | None:
        """Where keys come from."""
        return self._keys.fd if self._keys else None

    @property
    def open(self) -> Key | None:
        """The card that is asked about."""
        return self._card.sight.key if self._card else None

    def prompt(self) -> str:
        """What is asked now, "" for nothing."""
        if self._card is None:
            return ""
        return name_question() if self._names else question(self._card)

    def line(self) -> str:
        """As it stands on the screen, with what was typed."""
        return self.prompt() + self._typed

    def turn(self, table: Table) -> None:
        """Hear what was typed; ask about the next card."""
        typed = self._keys.read() if self._keys else ""
        asked = {card.sight.key: card for card in table if card.stage is Stage.ASKED and self.fd is not None}
        if self.open not in asked:
            self._card, self._names, self._typed = next(iter(asked.values()), None), False, ""
            return  # what was typed before it was asked is no answer
        for key in "" if typed.startswith("\x1b") else typed:
            if self._card is None:
                return
            self._press(key)

    def _press(self, key: str) -> None:
        if key in "\r\n":
            self._enter()
        elif key in "\x7f\b":
            self._typed = self._typed[:-1]
        elif key == "\x15":
            self._typed = ""
        elif key.isprintable():
            self._typed += key

    def _enter(self) -> None:
        card, typed = self._card, self._typed.strip()
        assert card is not None
        self._typed = ""
        if self._names:
            self._words.append(Word(card.sight, wants=True, name=typed))
            self._card = None
        elif typed.casefold() in ("", "y", "yes"):
            self._names = True
        elif typed.casefold() in ("n", "no"):
            self._words.append(Word(card.sight, wants=False))
            self._card = None

    def words(self) -> list[Word]:
        """What was answered."""
        found, self._words = self._words, []
        return found

    def close(self) -> None:
        """The terminal as it was."""
        if self._keys:
            self._keys.close()


class TextFace:
    """For people. Where there is no terminal the lines are a log: what happened, and how far it is once a minute."""

    def __init__(self, console: Console, *, asks: bool) -> None:
        self._console = console
        self._region = Region(shown=console.shows_bars)
        self._question = Question(Keys(drawn=self._region.shown) if asks else None)
        self._asked = ""
        self._progress: dict[Key, Progress] = {}
        self._next: dict[Key, float] = {}
        self._table: Table = ()

    @property
    def keys(self) -> int | None:
        """See `ingest.watch.face.Face`, also for the others."""
        return self._question.fd

    def came(self, card: Card) -> None:
        """A line for a log; on a screen the card has its own."""
        self._progress[card.sight.key] = Progress()
        if not self._region.shown:
            waits = ""
            if card.stage is Stage.WAITS:
                waits = f" It waits for your word: safelight ingest {display(card.sight.mount)}"
            self._console.say(f"Card {card.sight.label} at {display(card.sight.mount)}.{waits}")

    def began(self, card: Card) -> None:
        """A new answer is on its way."""
        self._progress[card.sight.key] = Progress()

    def told(self, card: Card, record: Mapping[str, Any]) -> None:
        """How far it is; its verdict; what went wrong."""
        progress = self._progress.setdefault(card.sight.key, Progress())
        progress.hear(record)
        kind = record.get("type")
        if kind == "verdict":
            with self._region.aside():
                sight = card.sight
                show_record(self._console, record, label=sight.label, uuid=sight.uuid, now=time.time())
        elif kind in ("warned", "destination_problem"):
            text = record.get("text") or f"{record.get('name')}: {record.get('problem')}"
            self._note(f"{shape('warn')} {card.sight.label}: {text}")
        elif kind == "start_editing":
            self._note(f"  {card.sight.label}: proven on {', '.join(record['destinations'])}. You may edit")
        elif kind == "error":
            hint = f". {record['hint']}" if record.get("hint") else ""
            self._note(f"{shape('warn')} {card.sight.label}: {record.get('message')}{hint}")
        elif kind in ("phase", "progressed") and not self._region.shown:
            self._log(card, progress)

    def _log(self, card: Card, progress: Progress) -> None:
        now = time.monotonic()
        if now >= self._next.get(card.sight.key, 0.0):
            self._next[card.sight.key] = now + _LOG_EVERY
            self._console.note(f"  {card.sight.label}: {' '.join(running(progress).split())}")

    def ended(self, card: Card, complaint: str, *, slept: bool) -> None:
        """What nobody expected; a verdict was told before."""
        level = self._progress.setdefault(card.sight.key, Progress()).level
        if not level and (card.code in (Exit.UNEXPECTED, None) or (card.code or 0) < 0 or slept or complaint):
            self._note(f"{shape('warn')} {ending(card, complaint, slept=slept)}")

    def left(self, card: Card) -> None:
        """It was taken out."""
        self._progress.pop(card.sight.key, None)

    def chore(self, what: str, record: Mapping[str, Any]) -> None:
        """What came of it."""
        for name, place in record.get("places", {}).items() if record.get("type") == "summary" else ():
            brought = f"{place['brought']:,} of {files(place['files'])} brought and read back"
            self._say(f"{shape('safe' if not place['problem'] else 'warn')} {name}: {brought}")
        if record.get("type") == "error":
            self._note(f"{shape('warn')} safelight {what}: {record.get('message')}")

    def say(self, text: str, *, warns: bool = False) -> None:
        """A sentence."""
        (self._note if warns else self._say)(f"{shape('warn')} {text}" if warns else text)

    def show(self, table: Table) -> None:
        """The lines of the cards, the question below."""
        self._question.turn(table)
        if not self._region.shown:
            self._ask_in_a_log()
            return
        lines = [
            card_line(card, self._progress.setdefault(card.sight.key, Progress()))
            for card in table
            if card.sight.key != self._question.open
        ]
        self._region.draw([*lines, *filter(None, (self._question.line(),))])

    def _ask_in_a_log(self) -> None:
        """Where nothing is drawn (a screen that is read aloud), a question is said once."""
        if self._question.prompt() != self._asked:
            self._asked = self._question.prompt()
            if self._asked:
                self._console.note(self._asked.rstrip())

    def words(self) -> list[Word]:
        """What was answered."""
        return self._question.words()

    def close(self) -> None:
        """The terminal as it was."""
        self._region.clear()
        self._question.close()

    def _say(self, text: str) -> None:
        with self._region.aside():
            self._console.say(text)

    def _note(self, text: str) -> None:
        with self._region.aside():
            self._console.note(text)


class JsonFace:
    """Every line of every session, with the `mount` of its card; of what else is done, with `of`."""

    keys: int | None = None

    def __init__(self, console: Console) -> None:
        self._line = console.line

    def came(self, card: Card) -> None:
        """A card was noticed."""
        self._line({"schema": 1, "type": "card_noticed", **_about(card), "state": card.stage.value})

    def began(self, card: Card) -> None:
        """Its own lines follow."""

    def told(self, card: Card, record: Mapping[str, Any]) -> None:
        """As it was said."""
        self._line({**record, "mount": display(card.sight.mount)})

    def ended(self, card: Card, complaint: str, *, slept: bool) -> None:
        """What came to no answer gets one here."""
        if complaint or (card.code or 0) < 0:
            text = ending(card, complaint, slept=slept)
            code = card.code if (card.code or 0) > 0 else int(Exit.UNEXPECTED)
            about = {"schema": 1, "type": "error", **_about(card)}
            self._line(about | {"exit": code, "message": text, "slept": slept})

    def left(self, card: Card) -> None:
        """It was taken out."""
        self._line({"schema": 1, "type": "card_gone", **_about(card)})

    def chore(self, what: str, record: Mapping[str, Any]) -> None:
        """As it was said."""
        self._line({**record, "of": what})

    def say(self, text: str, *, warns: bool = False) -> None:
        """A sentence."""
        self._line({"schema": 1, "type": "said", "text": text, "warns": warns})

    def show(self, table: Table) -> None:
        """Lines tell what happens, not how it stands."""

    def words(self) -> list[Word]:
        """Nobody is asked."""
        return []

    def close(self) -> None:
        """Nothing to take away."""


def _about(card: Card) -> dict[str, Any]:
    sight = card.sight
    return {"mount": display(sight.mount), "label": sight.label, "uuid": sight.uuid}
