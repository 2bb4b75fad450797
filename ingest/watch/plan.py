"""Which cards are there, what becomes of each, and which may begin now. Pure: what was seen and heard is passed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

Key = tuple[bytes, int, str]
_MAY_HEAL = (11, 13)  # not yet; a destination is missing
_NAP = 5.0  # seconds; less is the coarseness of clocks
_TRIES = 2  # a session that died is begun once more, not for ever


class Stage(StrEnum):
    """Where a card is on its way."""

    ASKED = "asked"  # somebody at this terminal is asked about it, in turn
    WAITS = "waits"  # for a word, and nobody can be asked here
    WANTED = "wanted"  # begins as soon as there is room
    RUNS = "runs"
    ENDED = "ended"
    LEFT = "left"  # not now, somebody said
    OTHER = "other"  # somebody began a session of its own meanwhile


@dataclass(frozen=True, slots=True)
class Sight:
    """A card that is mounted. size in bytes. reader: what it is read through; two that share some are read in turn."""

    mount: bytes
    st_dev: int
    uuid: str
    label: str
    size: int
    reader: frozenset[str]

    @property
    def key(self) -> Key:
        """What makes it this card at this place."""
        return self.mount, self.st_dev, self.uuid


@dataclass(frozen=True, slots=True)
class Card:
    """A card and what became of it. tries: sessions begun. code: how the last one ended. name: of the shoot, "" for
    none. is_here: it is still mounted.
    """

    sight: Sight
    stage: Stage
    tries: int = 0
    code: int | None = None
    name: str = ""
    is_here: bool = True


Table = tuple[Card, ...]
"""The cards, the oldest mounted first."""


def seen(table: Table, sights: Sequence[Sight], first: Stage) -> Table:
    """What is mounted now. first: the stage of a card that came. One that went stays until its session has ended."""
    here = {sight.key: sight for sight in sights}
    kept = [
        replace(card, is_here=card.sight.key in here)
        for card in table
        if card.sight.key in here or card.stage is Stage.RUNS
    ]
    known = {card.sight.key for card in kept}
    return (*kept, *(Card(sight, first) for sight in sights if sight.key not in known))


def changed(table: Table, card: Card) -> Table:
    """The same with this card as it is now."""
    return tuple(card if each.sight.key == card.sight.key else each for each in table)


def to_begin(table: Table, at_once: int) -> list[Card]:
    """Those that begin now, the oldest first: no more than `at_once` together, and no two through one reader."""
    running = [card for card in table if card.stage is Stage.RUNS]
    busy = set[str]().union(*(card.sight.reader for card in running))
    found: list[Card] = []
    for card in table:
        if len(running) + len(found) >= at_once:
            break
        if card.stage is Stage.WANTED and not card.sight.reader & busy:
            found.append(card)
            busy |= card.sight.reader
    return found


def begun(card: Card) -> Card:
    """Its session was started."""
    return replace(card, stage=Stage.RUNS, tries=card.tries + 1)


def ended(card: Card, code: int) -> Card:
    """Its session ended. code: its exit code, negative for the signal that killed it.

    One that died is begun once more where the card is still there; what came to an answer is not.
    """
    again = died(code) and card.tries < _TRIES and card.is_here
    return replace(card, stage=Stage.WANTED if again else Stage.ENDED, code=code)


def unsettled(table: Table) -> list[Card]:
    """Cards to be begun again when a destination is back that was away: their answer may be another one now."""
    return [card for card in table if card.is_here and card.stage is Stage.ENDED and card.code in _MAY_HEAL]


def died(code: int) -> bool:
    """Whether a session came to no answer at all: killed, or by a mistake of ours."""
    return code < 0 or code == 1


def allowed_at_once(at_once: int, limits: Sequence[int]) -> int:
    """How many sessions may run together. limits: of the destinations, 0 for none: one that is held to a speed would
    get it twice from two sessions.
    """
    return 1 if any(limits) else at_once


_PAUSES = {16: (900.0, 21_600.0), 17: (60.0, 3_600.0)}  # seconds: the first pause and the longest
_USUAL = (600.0, 3_600.0)


def pause_after(code: int, fails: int) -> float:
    """Seconds until the uploads are tried again. code: of the last run. fails: runs in a row that ended with another
    than 0; each doubles the pause. What the owner must mend (16) is not asked for every minute.
    """
    first, longest = _PAUSES.get(code, _USUAL)
    return float(min(longest, first * 2 ** min(max(0, fails - 1), 20)))


def slept(before: tuple[float, float], after: tuple[float, float]) -> float:
    """Seconds for which the computer slept between two looks, 0 where it did not.

    before, after: (a clock that goes on while it sleeps, one that stands still).
    """
    gap = (after[0] - before[0]) - (after[1] - before[1])
    return gap if gap > _NAP else 0.0
