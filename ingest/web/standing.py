"""Whether an answer still holds for what is in the reader. Pure; when it is not known, it does not hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from ingest.web.looker import SeenCard
from ingest.web.scene import CardKey, SessionScene

_SAME_LOOK = 5.0  # seconds: a card is noticed a little later than it comes


class Standing(Enum):
    """HOLDS: the card is there, and its contents are those of the answer."""

    HOLDS = "holds"
    CHANGED = "changed"
    AWAY = "away"
    RETURNED = "returned"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Readers:
    """What is known of the readers. looked: somebody looked at all; silent: the last look got no answer."""

    seen: tuple[SeenCard, ...] = ()
    looked: bool = False
    silent: bool = False

    def card(self, key: CardKey) -> SeenCard | None:
        """The card of this identity."""
        return next((card for card in self.seen if card.key == key), None)


def standing(scene: SessionScene, readers: Readers) -> Standing:
    """How the answer of a session stands to what its card is now."""
    if scene.verdict is None or scene.key is None:
        return Standing.UNKNOWN
    if readers.silent:
        return Standing.SILENT
    if not readers.looked:
        return Standing.UNKNOWN
    card = readers.card(scene.key)
    if card is None:
        return Standing.AWAY
    if card.problem:
        return Standing.SILENT
    if card.fingerprint != scene.verdict["fingerprint"]:
        return Standing.CHANGED
    return Standing.RETURNED if scene.verdict_at < card.came - _SAME_LOOK else Standing.HOLDS


def newest_for(scenes: Iterable[SessionScene], key: CardKey) -> SessionScene | None:
    """What is told of a card: the session that works on it, else the one with the newest word. scenes: newest first."""
    of_card = [scene for scene in scenes if scene.key == key]
    working = next((scene for scene in of_card if scene.is_working), None)
    return working or max(of_card, key=lambda scene: scene.moment, default=None)


def recheck(scenes: Sequence[SessionScene], seen: tuple[SeenCard, ...]) -> list[tuple[SeenCard, float]]:
    """The cards whose answer was for other contents, or for the time before they were unplugged; and when it was."""
    readers = Readers(seen, looked=True)
    found = []
    for card in seen:
        scene = newest_for(scenes, card.key)
        is_answered = scene is not None and not scene.is_working
        if scene and is_answered and standing(scene, readers) in (Standing.CHANGED, Standing.RETURNED):
            found.append((card, scene.moment))
    return found
