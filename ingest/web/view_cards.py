"""*Cards* in words: every card that was seen here, its last verdict, and whether it was formatted since."""

import sqlite3
from dataclasses import dataclass

from ingest.certificates.wording import TITLES
from ingest.ledger.views import CardView, card_views
from ingest.ledger.views_cards import SinceSafe, since_safe
from ingest.model.names import display_text
from ingest.web.pages import Turned, turned
from ingest.words import clock, day, files, shown_uuid

LEVELS = {"safe": "good", "not_yet": "wait", "do_not_format": "bad", "": "note"}


@dataclass(frozen=True, slots=True)
class CardLine:
    """One card. level, title: of its last verdict, for a badge; at: when, "" for none. formatted: a sentence.

    unsteady: a sentence, "" where its reads always agreed. verdict_id: of the last verdict, 0 for none.
    """

    name: str
    serial: str
    size: int
    last_seen: float
    level: str
    title: str
    at: str
    files: int
    formatted: str
    unsteady: str
    verdict_id: int


def cards_view(ledger: sqlite3.Connection, now: float, page: int = 1) -> Turned[CardLine]:
    """The cards, the last seen first, 50 a page. now: seconds since 1970 UTC, for "today"."""
    shown = turned(card_views(ledger), page)
    lines = tuple(_line(view, since_safe(ledger, view.id), now) for view in shown.rows)
    return Turned(lines, shown.number, shown.of, shown.total, shown.each)


def _line(view: CardView, since: SinceSafe | None, now: float) -> CardLine:
    unsteady = ""
    if view.unsteady:
        reader = f" ({display_text(view.reader)})" if view.reader else ""
        unsteady = f"{when(view.unsteady_at, now)}: two reads disagreed{reader}. Do not trust it with the next job."
    return CardLine(
        display_text(view.label) or "card",
        shown_uuid(view.uuid),
        view.size,
        view.last_seen,
        LEVELS[view.level],
        TITLES.get(view.level, "No verdict yet"),
        when(view.verdict_at, now) if view.level else "",
        view.files,
        _formatted(since, now),
        unsteady,
        since.verdict_id if since else 0,
    )


def _formatted(since: SinceSafe | None, now: float) -> str:
    """What later looks at the same card show; what nobody looked at is said to be unknown."""
    if since is None:
        return "not known: it was never judged here"
    if since.safe_at is None:
        return "not known: not looked at since" if since.level == "safe" else "not to be formatted yet"
    before, seen = when(since.safe_at, now), when(since.seen_at, now)
    if since.still == since.files:
        return f"no: at {seen} it held all {files(since.files)} of {before}"
    if since.still:
        return f"in part: at {seen} it held {since.still:,} of the {files(since.files)} of {before}"
    span = f"between {before} and {seen}" if before != seen else f"at about {seen}"
    if since.level == "safe":
        return f"not known: not looked at since. It was formatted before, {span}"
    return f"it seems so, {span}: nothing of {before} was found on it"


def when(at: float, now: float) -> str:
    """`14:39` today, `14 Nov 14:39` else."""
    told = day(at, now)
    return clock(at) if told == "today" else f"{told} {clock(at)}"
