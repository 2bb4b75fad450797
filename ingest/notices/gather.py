"""What is known now, for `decide`: from the ledger, which is only read, and from the stream."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from ingest.certificates.wording import words_of
from ingest.config import Settings
from ingest.errors import Exit
from ingest.gate.alarm import is_alarming
from ingest.ledger import heralded
from ingest.ledger.drills import holds_since, last_passed
from ingest.ledger.nights import last_night
from ingest.ledger.upload_switch import switch
from ingest.notices.decide import FRESH, Event, JudgedNow, Queue, World
from ingest.plan.drill import DrillDue
from ingest.plan.nights import missed
from ingest.stream import store
from ingest.stream.watcher import ANOTHER_READER
from ingest.words import files, shown_uuid

_LEDGER, _SCHEDULE = "ledger.sqlite", "schedule"  # in the home, as `cli.home` writes them
_NO_MATTER = (Exit.USAGE, Exit.CARD_BUSY, Exit.INTERRUPTED)  # whoever caused them knows


def ledger_of(home: Path) -> sqlite3.Connection:
    """The ledger to read from alone: nothing is created, migrated or repaired.

    Raises:
        sqlite3.Error: there is none, or it cannot be opened.
    """
    return sqlite3.connect(f"file:{quote(str(home / _LEDGER))}?mode=ro", uri=True, isolation_level=None, timeout=0.5)


def verdicts_of(ledger: sqlite3.Connection, now: float) -> list[JudgedNow]:
    """The newest verdict of each card that was judged lately."""
    found = []
    for row in heralded.verdicts_now(ledger, now - FRESH):
        words, card = words_of(row.body, now), row.body["card"]
        name = " ".join(filter(None, (card["label"] or "card", shown_uuid(card["uuid"]))))
        reason, step = (words.reasons or ("",))[0], (words.steps or ("",))[0]
        found.append(JudgedNow(row.number, row.at, words.level, name, words.claim, reason, step))
    return found


def queue_of(ledger: sqlite3.Connection, settings: Settings) -> tuple[Queue, float | None, float | None]:
    """(the third copies, when the oldest of them was queued, when the last one was sent)."""
    if settings.cloud is None:
        return Queue(), None, None
    bucket = settings.cloud.bucket
    found, stands = heralded.queue_now(ledger, bucket), switch(ledger, bucket)
    queue = Queue(found.waiting, found.needing, found.problem, stands.stopped_by, stands.paused)
    return queue, found.oldest, found.last_sent


def care_of(ledger: sqlite3.Connection, home: Path, now: float) -> World:
    """Drills, nights and the newest verify; the rest of the world is empty."""
    drill, night, verify = heralded.drill_now(ledger), last_night(ledger), heralded.verify_now(ledger)
    due = DrillDue(last_passed(ledger), holds_since(ledger), now)
    return World(
        alarm=Event(
            str(verify.started), verify.ended, "Very many copies changed",
            f"{files(verify.differs)} of {verify.looked_at:,} have other bytes than were proven. Look before anything "
            "is repaired: safelight verify --history",
        )
        if verify and is_alarming(verify.looked_at, verify.differs)
        else None,
        drill=Event(
            str(drill.at), drill.at, f"Not all came back from {', '.join(drill.failed)}", "See: safelight status"
        )
        if drill and drill.failed
        else None,
        night=Event(
            str(night.began), night.began, f"{files(night.failed, 'step')} failed", "See: safelight nightly --last"
        )
        if night and night.failed
        else None,
        drill_overdue=due.is_overdue,
        nights_missed=missed(night.began if night else None, _installed(home), now),
    )  # fmt: skip


def _installed(home: Path) -> float | None:
    """Since when nights are expected."""
    try:
        return float((home / _SCHEDULE).read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None


def sessions_of(stream: sqlite3.Connection, now: float) -> tuple[list[Event], list[Event]]:
    """(sessions that ended with an error, cards that wait for a word or say nothing), of the last hour."""
    epoch, since = store.epoch_of(stream), now - FRESH
    ingests = {row.id for row in store.newest_sessions(stream, 100) if row.verb == "ingest"}
    errors = [
        Event(f"{epoch} {told.id}", told.at, str(told.body.get("message", "")), str(told.body.get("hint", "")))
        for told in store.told_of(stream, "error", since)
        if told.session in ingests and told.body.get("exit") not in _NO_MATTER
    ]
    silent = [
        Event(
            f"{epoch} {told.id}", told.at, f"{told.body.get('label')} does not answer, do not format it", ANOTHER_READER
        )
        for told in store.told_of(stream, "card_silent", since)
    ]
    return errors, [*_waiting(epoch, store.told_of(stream, "card_waits", since)), *silent]


def _waiting(epoch: str, told: Iterable[store.Told]) -> Iterable[Event]:
    for each in told:
        name = " ".join(filter(None, (str(each.body.get("label") or ""), shown_uuid(str(each.body.get("uuid") or "")))))
        hint = "Say whether it is to be ingested: safelight ingest, or on the page"
        yield Event(f"{epoch} {each.id}", each.at, f"A card waits for you: {name}".rstrip(": "), hint)
