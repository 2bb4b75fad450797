"""The watcher in words: its last sign of life, and the cards for which it waits for a word.

Pure but for `watcher_words`, which asks whether a process runs.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ingest.stream import watcher as watching
from ingest.stream.store import Beat
from ingest.web.looker import SeenCard
from ingest.web.scene import CardKey

_JUST_BEFORE = 30.0  # seconds: the watcher may notice a card before this page does


def waiting_cards(
    told: Iterable[tuple[float, Mapping[str, Any]]], seen: Iterable[SeenCard], beat: Beat | None, *, watches: bool
) -> dict[CardKey, float]:
    """The cards in a reader that the watcher asked for, since when. told: (when, body) of `card_waits`."""
    found = {}
    cards = beat.body.get("cards", ()) if beat and watches else ()
    waits = {card.get("mount") for card in cards if card.get("state") == "waits"}
    asked = {str(body.get("mount")): at for at, body in told}
    for card in seen:
        at = asked.get(card.shown, 0.0)
        if card.shown in waits or at >= card.came - _JUST_BEFORE:
            found[card.key] = at or card.came
    return found


def watcher_words(beat: Beat | None, now: float) -> tuple[str, str]:
    """(level, words) for the watcher's last sign of life."""
    watches = watching.is_watching(beat)
    level = "good" if watching.is_well(beat, now, watches) else "note"
    return level, f"Watcher {watching.watcher_words(beat, now, watches)}"
