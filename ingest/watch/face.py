"""What the watcher tells and asks, whoever prints it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ingest.watch.plan import Card, Sight, Table


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody answered about a card. name: of the shoot, "" for none."""

    sight: Sight
    wants: bool
    name: str = ""


class Face(Protocol):
    """Prints it. Called by the loop alone, in one thread."""

    @property
    def keys(self) -> int | None:
        """A descriptor that has something when a key was pressed; None where nobody can be asked."""

    def came(self, card: Card) -> None:
        """A card was noticed."""

    def began(self, card: Card) -> None:
        """Its session was begun."""

    def told(self, card: Card, record: Mapping[str, Any]) -> None:
        """A JSON line of its session."""

    def ended(self, card: Card, complaint: str, *, slept: bool) -> None:
        """Its session ended, with `card.code`; complaint: its last words where it came to no answer."""

    def left(self, card: Card) -> None:
        """It was taken out while nothing was done with it."""

    def chore(self, what: str, record: Mapping[str, Any]) -> None:
        """A JSON line of what is done beside the cards: "catch-up", "cloud run"."""

    def say(self, text: str, *, warns: bool = False) -> None:
        """Something else, one sentence."""

    def show(self, table: Table) -> None:
        """How it stands now; called at each turn."""

    def words(self) -> list[Word]:
        """What was answered since the last time."""

    def close(self) -> None:
        """Nothing more will be shown."""
