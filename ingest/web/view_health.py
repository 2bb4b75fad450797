"""*Health* in words: destinations, the queue, the ledger's backups, the watcher, drills, the night."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.care.words import drill_words, last_lines
from ingest.cloud.pace import pace_of, seconds_left
from ingest.cloud.rules import sending_now
from ingest.config import Settings
from ingest.config.cloud_settings import CloudSettings
from ingest.config.line_values import bytes_per_second
from ingest.ledger.backups import last_backups
from ingest.ledger.catalogs import last_snapshots
from ingest.ledger.nights import last_night
from ingest.ledger.sightings import seen
from ingest.ledger.upload_counts import sent_lately, totals
from ingest.ledger.upload_switch import switch
from ingest.ledger.views_health import SeenPlace, last_drills, places_seen
from ingest.model.names import display, display_text
from ingest.model.places import Destination, DestinationKind
from ingest.stream.store import Beat
from ingest.web.places import Stands
from ingest.web.view_cards import when
from ingest.web.view_watcher import watcher_words
from ingest.words import about, day, files, size, speed

_LATELY = 900.0  # seconds
_KINDS = {"ssd": "solid-state disk", "hdd": "hard disk", "nas": "network storage", "drive": "carried elsewhere"}


@dataclass(frozen=True, slots=True)
class PlaceHealth:
    """A destination. level, state: for a badge. problem, hint, lacks: sentences, "" where it is well.

    has_gaps: it is known to lack something.
    """

    name: str
    kind: str
    root: str
    site: str
    level: str
    state: str
    problem: str
    hint: str
    room: str
    device: str
    last_proof: str
    lacks: str
    has_gaps: bool


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """The third copies. waiting, sent, checked, needs_you: files. why: what holds it, "" for nothing."""

    bucket: str
    level: str
    state: str
    why: str
    waiting: int
    bytes: int
    sent: int
    checked: int
    needs_you: int
    rate: str
    left: str


@dataclass(frozen=True, slots=True)
class Line:
    """A fact with a badge: level, word, then text."""

    level: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class HealthView:
    """looked_at: when destinations were asked, in words, "" for not yet. queue: None where none is set up.

    drills: rows of place, when, files equal, passed or failed. report: of the last night, "" where there was none.
    """

    places: tuple[PlaceHealth, ...]
    looked_at: str
    queue: QueueHealth | None
    backups: tuple[Line, ...]
    catalogs: tuple[Line, ...]
    watcher: Line
    notices: Line
    drill: Line
    drills: tuple[tuple[str, str, str, str], ...]
    care: tuple[Line, ...]
    night: Line
    report: str


def health_view(
    ledger: sqlite3.Connection,
    settings: Settings,
    beat: Beat | None,
    stands: Stands,
    now: float,
    unsent: tuple[str, float] | None = None,
) -> HealthView:
    """All of it. beat: the watcher's last. now: seconds since 1970 UTC.

    unsent: why the last notice could not be sent, and since when; None where notices arrive.
    """
    known = places_seen(ledger)
    places = [_place(ledger, place, known.get(place.name), stands, now) for place in settings.places()]
    level, text = watcher_words(beat, now)
    word = "runs" if level == "good" else "does not run" if "not running" in text else "needs you"
    night, report = _night(ledger, now)
    return HealthView(
        tuple(places),
        when(stands.at, now) if stands.at else "",
        _queue(ledger, settings.cloud, now) if settings.cloud else None,
        tuple(_backups(ledger, settings, known, now)),
        tuple(_catalogs(ledger, settings, now)),
        Line(level, word, text),
        Line("note", "not sent", f"since {when(unsent[1], now)}: {display_text(unsent[0])}")
        if unsent
        else Line("good", "as it should be", "None is known that could not be sent."),
        _drill(ledger, now),
        tuple(
            (row.place, when(row.at, now), f"{row.equal:,} of {row.tried:,}", "passed" if row.passed else "FAILED")
            for row in last_drills(ledger)
        ),
        tuple(_care(text) for text in last_lines(ledger, now)),
        night,
        report,
    )


def _place(
    ledger: sqlite3.Connection, place: Destination, known: SeenPlace | None, stands: Stands, now: float
) -> PlaceHealth:
    found = stands.answers.get(place.name, {}).get("lacks")
    lacks = _lacks(found)
    level, state, problem, hint, room, device = _stand(ledger, place, known, stands, now)
    proof = "nothing yet" if known is None else "longer ago" if not known.last_proof else when(known.last_proof, now)
    return PlaceHealth(
        place.name, _KINDS[place.kind.value], display(place.root), "" if place.site == "here" else place.site,
        level, state, problem, hint, room, device, proof, lacks, bool(found and found[0]),
    )  # fmt: skip


def _lacks(found: Sequence[int] | None) -> str:
    """found: files, shoots, bytes."""
    if found is None:
        return "not counted yet"
    return f"{files(found[0])} of {files(found[1], 'shoot')}, {size(found[2])}" if found[0] else ""


def _stand(
    ledger: sqlite3.Connection, place: Destination, known: SeenPlace | None, stands: Stands, now: float
) -> tuple[str, str, str, str, str, str]:
    """(level, state, problem, hint, room, device)."""
    device = display_text(known.device.replace("+", ", ")) if known else ""
    if place.kind is DestinationKind.DRIVE:
        last = seen(ledger, place.name)
        since = f" since {when(last.since, now)}" if last.since else ""
        return ("good" if last.what == "here" else "note", (last.what or "never seen") + since, "", "", "", device)
    found = stands.answers.get(place.name)
    if found is None or "problem" not in found:
        return "note", "not asked yet", "", "", "", device
    if found["problem"]:
        used = f" It was last used {when(known.last_seen, now)}." if known else ""
        return "wait", "away", f"{display_text(found['problem'])}.{used}", display_text(found["hint"]), "", device
    device = display_text(", ".join(found["devices"]))
    room = f"{size(found['free'])} free"
    if known and found["marker"] != known.marker:
        problem = "The folder is there, but it is not the destination that was used before."
        return "bad", "another one", problem, f"Mount {place.name}; a new drive gets a new name", room, device
    if not found["proves"]:
        problem = f"{found['fs_type']}: copies there cannot be read around the cache, so they are never proven."
        return "bad", "cannot prove", problem, "Use ext4, xfs, btrfs, exFAT by the kernel, NFS or SMB", room, device
    return "good", "here", "", "", room, device


def _queue(ledger: sqlite3.Connection, cloud: CloudSettings, now: float) -> QueueHealth:
    state, count, hours = switch(ledger, cloud.bucket), totals(ledger, cloud.bucket), sending_now(cloud, now)
    pace = pace_of(sent_lately(ledger, cloud.bucket, now - _LATELY), now)
    left = seconds_left(count.bytes, pace, bytes_per_second(cloud.limit)) if count.bytes else None
    level, word, why = "good", "nothing to send", ""
    if state.stopped_by or count.needs_you:
        why = state.stopped_by or f"{files(count.needs_you)}: safelight cloud status"
        level, word = "note", "needs you"
    elif state.paused:
        level, word, why = "wait", "paused", "by you: safelight cloud resume"
    elif count.files and not hours.allowed:
        level, word, why = "wait", "waits", hours.reason
    elif count.files:
        level, word = "wait", "sending" if pace else "waits"
    return QueueHealth(
        cloud.bucket, level, word, why, count.files, count.bytes, count.sent, count.checked, count.needs_you,
        speed(pace) if pace else "nothing lately", about(left) if left is not None else "",
    )  # fmt: skip


def _backups(ledger: sqlite3.Connection, settings: Settings, known: dict[str, SeenPlace], now: float) -> list[Line]:
    """Of each destination of the settings that was ever used."""
    last = last_backups(ledger)
    found = []
    for place in settings.places():
        each = last.get(place.name)
        if each:
            found.append(Line("good", place.name, f"{when(each.at, now)}, {size(each.size)}"))
        elif place.name in known:
            found.append(Line("note", place.name, "none yet: safelight ledger backup"))
    return found


def _catalogs(ledger: sqlite3.Connection, settings: Settings, now: float) -> list[Line]:
    last = {each.catalog: each for each in last_snapshots(ledger)}
    found = []
    for name in (display(str(catalog.path).encode("utf-8", "surrogateescape")) for catalog in settings.catalogs):
        if name in last:
            where = ", ".join(last[name].places) or "nowhere any more"
            found.append(Line("good", name, f"{when(last[name].at, now)}, {where}"))
        else:
            found.append(Line("note", name, "no snapshot yet: safelight catalog snapshot"))
    return found


def _drill(ledger: sqlite3.Connection, now: float) -> Line:
    is_overdue, text = drill_words(ledger, now)
    if not text:
        return Line("note", "not due", "There is nothing yet to bring back.")
    return Line("note", "overdue", text) if is_overdue else Line("good", "in time", text)


def _care(text: str) -> Line:
    """`last verify today 23:25: ...`."""
    head, _, told = text.removeprefix("last ").partition(": ")
    is_well = "OTHER" not in told and "NOT" not in told and "gone" not in told
    return Line("good" if is_well else "note", head, told)


def _night(ledger: sqlite3.Connection, now: float) -> tuple[Line, str]:
    last = last_night(ledger)
    if last is None:
        return Line("note", "none yet", "Let it run by itself: safelight schedule install"), ""
    began = when(last.began, now)
    if last.failed:
        return Line("note", "needs you", f"{began}: {last.failed} of its steps did not succeed"), last.report
    return Line("good", "well", f"{day(last.began, now)}, every step succeeded"), last.report
