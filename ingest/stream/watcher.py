"""What the watcher's sign of life says to people: the terminal, `doctor`, the page and notices say the same."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ingest.stream.store import STREAM, Beat, last_beat, open_stream
from ingest.words import clock, day

WATCHER = "watcher"
INSTALL = "safelight watch --install"
ANOTHER_READER = "Try another reader or cable"
FRESH = 30.0  # seconds; it gives a sign every five
_STATES = (
    ("runs", "being copied"),
    ("wanted", "in turn"),
    ("asked", "asked about"),
    ("waits", "waiting for your word"),
)


def watcher_words(beat: Beat | None, now: float, pid_alive: bool) -> str:
    """How the watcher is, in a sentence without its first word. now: seconds since 1970 UTC. pid_alive: its process
    runs, see `is_watching`.

    `running, 1 card being copied`; `running, but may not read cards: ...`; `not running, last seen 14:41: ...`.
    """
    if beat is None:
        return f"not running: {INSTALL}"
    last = seen_at(beat, now)
    if beat.body.get("ended"):
        return f"not running, ended {last}: {INSTALL}"
    if not pid_alive:
        return f"not running, last seen {last}: {INSTALL}"
    if now - beat.at > FRESH:
        return f"last seen {last}: its process is there and gives no sign; the computer may have slept just now"
    if not beat.body.get("may_read_cards", True):
        return f"running, but may not read cards: {permission_words(beat.body)}"
    cards = beat.body.get("cards", [])
    told = [
        f"{count} {'card' if count == 1 else 'cards'} {words}"
        for state, words in _STATES
        if (count := sum(card.get("state") == state for card in cards))
    ]
    start = "" if told or beat.body.get("start") != "auto" else ", begins by itself"
    silent = "".join(f"; {name} does not answer: {ANOTHER_READER.lower()}" for name in beat.body.get("silent", []))
    return ", ".join(["running", *told]) + start + silent


def seen_at(beat: Beat, now: float) -> str:
    """`14:41`, on another day `27 Nov 14:41`."""
    on = day(beat.at, now)
    return clock(beat.at) if on == "today" else f"{on} {clock(beat.at)}"


def permission_words(body: Mapping[str, Any]) -> str:
    """What to do where a mounted card may not be listed. body: of a sign of life."""
    if body.get("platform") == "darwin":
        return "allow it in Privacy & Security > Removable Volumes"
    names = ", ".join(body.get("closed", [])) or "a card"
    return f"{names} is shut for this user; mount it so that you may read it"


def is_well(beat: Beat | None, now: float, pid_alive: bool) -> bool:
    """Whether a card that is plugged in now would be noticed."""
    if beat is None or beat.body.get("ended") or not pid_alive:
        return False
    return now - beat.at <= FRESH and bool(beat.body.get("may_read_cards", True))


def is_watching(beat: Beat | None) -> bool:
    """Whether the very process that gave this sign still runs."""
    if beat is None:
        return False
    import psutil  # not at the top: `status` waits for it only where a watcher was ever seen

    try:
        born = psutil.Process(int(beat.body.get("pid", -1))).create_time()
    except (psutil.Error, ValueError):
        return False
    return abs(born - float(beat.body.get("born", 0.0))) < 1.0


def watcher_beat(home: Path) -> Beat | None:
    """The watcher's last sign of life; None where there never was one. Nothing is made by asking."""
    if not (home / STREAM).exists():
        return None
    try:
        with closing(open_stream(home)) as stream:
            return last_beat(stream, WATCHER)
    except (sqlite3.Error, OSError):
        return None
