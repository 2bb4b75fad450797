"""*Cards* in words: every card that was seen here, its last verdict, and whether it was formatted since."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ingest.certificates.wording import TITLES
from ingest.ledger.views import CardView, card_views
from ingest.ledger.views_cards import SinceSafe, not_carried, since_safe
from ingest.model.names import display_text
from ingest.web.pages import Turned, turned
from ingest.words import clock, day, files, shown_uuid

LEVELS = {"safe": "good", "not_yet": "wait", "do_not_format": "bad", "": "note"}


CardKey = tuple[str, str, int]  # uuid, label, size


class Look(NamedTuple):
    """What a `check` answered of a card. at: seconds since 1970 UTC. fingerprint: of its contents then, in hex."""

    at: float
    level: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class CardLine:
    """One card. level, title: of its last answer, for a badge; at: when, "" for none. formatted: a sentence.

    remark: a sentence where a SAFE is not carried any more, else "".
    unsteady: a sentence, "" where its reads always agreed. verdict_id, certified: number and time of the last verdict
    that the ledger keeps, 0 and "" for none.
    """

    name: str
    serial: str
    size: int
    last_seen: float
    level: str
    title: str
    at: str
    files: int
    remark: str
    formatted: str
    unsteady: str
    verdict_id: int
    certified: str


def cards_view(
    ledger: sqlite3.Connection, now: float, page: int = 1, looks: Mapping[CardKey, Look] | None = None
) -> Turned[CardLine]:
    """The cards, the last seen first, 50 a page. now: seconds since 1970 UTC, for "today". looks: the last of each."""
    shown = turned(card_views(ledger), page)
    lines = tuple(
        _line(ledger, view, (looks or {}).get((view.uuid, view.label, view.size)), now) for view in shown.rows
    )
    return Turned(lines, shown.number, shown.of, shown.total, shown.each)


def looks_of(told: Iterable[Mapping[str, Any]]) -> dict[CardKey, Look]:
    """The last look at each card. told: verdicts as sessions told them, in their order."""
    return {
        (body["card"]["uuid"], body["card"]["label"], body["card"]["size"]): Look(
            body["at"], body["level"], body["fingerprint"]
        )
        for body in told
    }


def _line(ledger: sqlite3.Connection, view: CardView, look: Look | None, now: float) -> CardLine:
    since = since_safe(ledger, view.id)
    level, at = view.level, view.verdict_at
    if look and look.at > at:  # the ledger keeps no answers of `check`
        level, at = look.level, look.at
    badge, title, remark = LEVELS[level], TITLES.get(level, "No verdict yet"), ""
    gone = not_carried(ledger, since.verdict_id) if since and level == "safe" else 0
    if gone:
        badge, title = "wait", "NO LONGER SAFE"
        remark = f"{files(gone)} of that answer {'has' if gone == 1 else 'have'} fewer than two copies now."
    unsteady = ""
    if view.unsteady:
        reader = f" ({display_text(view.reader)})" if view.reader else ""
        unsteady = f"{when(view.unsteady_at, now)}: two reads disagreed{reader}. Do not trust it with the next job."
    return CardLine(
        display_text(view.label) or "card",
        shown_uuid(view.uuid),
        view.size,
        view.last_seen,
        badge,
        title,
        when(at, now) if level else "",
        view.files,
        remark,
        _formatted(since, now, look),
        unsteady,
        since.verdict_id if since else 0,
        when(since.seen_at, now) if since else "",
    )


def _formatted(since: SinceSafe | None, now: float, look: Look | None = None) -> str:
    """What later looks at the same card show; what nobody looked at is said to be unknown."""
    if since is None:
        return "not known: it was never judged here"
    if look and look.at > since.seen_at and since.level == "safe":
        at = when(look.at, now)
        if look.fingerprint == since.fingerprint:
            return f"no: at {at} it held what was judged"
        return f"not known: at {at} it held something else than was judged"
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
